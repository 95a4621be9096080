"""Waking a worker, after the commit that gave it something to do.

The tables say what is to be done; a wake-up only makes it soon. One that gets lost, because the
queue is down, costs a minute: the worker looks by itself every minute.
"""

import logging
from collections.abc import Callable
from typing import Any

from flask import current_app, has_app_context
from sqlalchemy import event
from sqlalchemy.orm import Session

log = logging.getLogger(__name__)


def grades_waiting(session: Session) -> None:
    """Once `session` commits, have the outbox drained."""
    _after_commit(session, "deliver_grades")


def mirror_wanted(
    session: Session, district_id: int, section_id: int, *, whole: bool = True
) -> None:
    """Once `session` commits, have a section's Classroom course mirrored: all of it, or what
    changed."""
    _after_commit(session, "mirror_section", district_id, section_id, whole)


def roster_wanted(session: Session, district_id: int, section_id: int) -> None:
    """Once `session` commits, have a section's roster brought in."""
    _after_commit(session, "bring_in_roster", district_id, section_id)


def check_wanted(session: Session, district_id: int, check_id: int) -> None:
    """Once `session` commits, have a platform's connection tried."""
    _after_commit(session, "check_platform", district_id, check_id)


def links_waiting(session: Session) -> None:
    """Once `session` commits, have the pages read that activities link to."""
    _after_commit(session, "read_links")


def attachments_waiting(session: Session) -> None:
    """Once `session` commits, have attachments looked at that were opened and are not known."""
    _after_commit(session, "settle_attachments")


def plan_waiting(session: Session) -> None:
    """Once `session` commits, have days planned."""
    _after_commit(session, "make_plans")


def messages_waiting(session: Session) -> None:
    """Once `session` commits, have reminders told."""
    _after_commit(session, "tell_messages")


def publications_waiting(session: Session) -> None:
    """Once `session` commits, have Classroom hold what teachers gave there."""
    _after_commit(session, "publish_due")


def revocations_waiting(session: Session) -> None:
    """Once `session` commits, have Google told of grants that are over."""
    _after_commit(session, "revoke_grants")


def feeds_waiting(session: Session) -> None:
    """Once `session` commits, have Google asked to tell of courses, or to tell no more."""
    _after_commit(session, "keep_feeds")


def looks_waiting(session: Session, delay_s: float) -> None:
    """Some time after `session` commits, have courses looked at of which Google told."""
    _after_commit(session, "look_where_told", delay_s=delay_s)


def enqueue(job: str, *args: Any, delay_s: float | None = None) -> None:
    """Ask the queue to run a job by name; a queue that is down is logged, not raised."""
    jobs: dict[str, Any] = current_app.extensions["pathways.jobs"]
    try:
        if delay_s is None:
            jobs[job](*args)
        else:
            jobs[job].schedule(args=args, delay=delay_s)
    except Exception as error:
        # Whatever the queue's driver raises: the work itself is safe in the tables.
        log.warning("could not wake a worker for %s: %s", job, type(error).__name__)


def _after_commit(session: Session, job: str, *args: Any, delay_s: float | None = None) -> None:
    wanted: dict[tuple[Any, ...], Callable[[], None]] = session.info.setdefault("wake", {})
    wanted[(job, *args)] = lambda: enqueue(job, *args, delay_s=delay_s)


@event.listens_for(Session, "after_commit")
def _wake(session: Session) -> None:
    wanted = session.info.pop("wake", {})
    if has_app_context():
        for call in wanted.values():
            call()


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("wake", None)
