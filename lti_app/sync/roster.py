"""The roster: who is in a section, as the LMS says. Those who left keep their work, not access."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from integrations.lms import FollowedRoster, LmsError, LmsUnavailable, Member
from lti_app.db import Database
from lti_app.people import teams
from lti_app.people.events import left_section
from lti_app.people.identities import role_of
from lti_app.people.models import Enrolment, Identity, Role, Section
from lti_app.people.viewer import STAFF
from lti_app.sync import groups, reports
from lti_app.sync.reading import Reading, enrolments_of, identities_of, name_of

log = logging.getLogger(__name__)

MEMBERS_AT_ONCE = 200
WHOLE_EVERY = timedelta(days=1)
"""Differences are trusted for so long; then the whole roster is read again."""


def bring_in_roster(
    database: Database, district_id: int, section_id: int, roster: FollowedRoster, secret: str
) -> int:
    """Bring a section's enrolments up to what `roster` says; returns the id of the report.

    Where the LMS tells what changed since the last reading, only that is read; the whole roster
    once a day, and whenever the differences can't be had. `secret` keys the digests of addresses.
    Raises `LmsError` where the LMS stops answering; what was read until then is kept.
    """
    with database.transaction(district_id=district_id) as session:
        report_id = reports.begin(session, section_id, "roster").id
        section = session.get_one(Section, section_id)
        reading = Reading(database, district_id, section_id, section.source, secret)
        since = _changes_since(section, roster, reading.began)
    failed = ""
    try:
        if since is None or not _read_changes(reading, roster, since):
            _read_whole(reading, roster)
    except LmsError as error:
        failed = error.code
        raise
    finally:
        with database.transaction(district_id=district_id) as session:
            reports.finish(session, report_id, dict(reading.counts), failed)
    return report_id


def _changes_since(section: Section, roster: FollowedRoster, began: datetime) -> str | None:
    """Where to ask for changes only; None: the whole roster is read.

    Someone who changes groups changes no membership (NRPS 2.0 knows no groups): a course with
    groups is read whole.
    """
    if roster.offers_groups or section.roster_read_at is None:
        return None
    recent = section.roster_read_at > began - WHOLE_EVERY
    return section.roster_differences_url if recent else None


def _read_changes(reading: Reading, roster: FollowedRoster, since: str) -> bool:
    """Apply what changed; False where the LMS does not tell (any more), as after a long time."""
    try:
        for some in _batches(roster.changes(since)):
            with reading.transaction() as session:
                present = _take(session, reading, some, {})
                gone = {member.user_id for member in some} - present
                counted = _let_go(session, reading, _known_as(reading, gone))
                reading.counts["left"] += counted
    except LmsError as error:
        if isinstance(error, LmsUnavailable) and error.code != "garbled":
            raise
        log.warning("no differences for section %s: %s", reading.section_id, error.code)
        return False
    with reading.transaction() as session:
        section = session.get_one(Section, reading.section_id)
        section.roster_differences_url = roster.differences_url
    return True


def _read_whole(reading: Reading, roster: FollowedRoster) -> None:
    """Read everyone. Members stream in: memory does not grow with the roster. Only when every
    page was read do those leave whom no page listed."""
    ours = _groups(reading, roster)
    for some in _batches(roster.members()):
        with reading.transaction() as session:
            _take(session, reading, some, ours)
    left = MEMBERS_AT_ONCE
    while left == MEMBERS_AT_ONCE:
        with reading.transaction() as session:
            left = _let_go(session, reading, _not_listed(reading))
            reading.counts["left"] += left
    with reading.transaction() as session:
        section = session.get_one(Section, reading.section_id)
        section.roster_differences_url = roster.differences_url
        section.roster_read_at = reading.began


def _groups(reading: Reading, roster: FollowedRoster) -> dict[str, int]:
    """The course's groups; a service of groups that fails keeps nobody out of the roster."""
    if not roster.offers_groups:
        return {}
    try:
        return groups.bring_in_groups(
            reading.database, reading.district_id, reading.section_id, roster
        )
    except LmsError as error:
        log.warning("groups of section %s not read: %s", reading.section_id, error.code)
        return {}


def _batches(members: Iterator[Member]) -> Iterator[list[Member]]:
    while some := list(islice(members, MEMBERS_AT_ONCE)):
        yield some


def _take(
    session: Session, reading: Reading, members: Sequence[Member], ours: dict[str, int]
) -> set[str]:
    """Write one batch; returns the LMS's ids of those who are in the course.

    `ours` are the groups to put them into; empty where the LMS tells of none.
    """
    present = {
        member.user_id: (member, role)
        for member in members
        if member.active and (role := role_of(member.roles)) is not None
    }
    identities = identities_of(session, reading, [member for member, _ in present.values()])
    enrolments = enrolments_of(
        session,
        reading,
        {identities[subject].person_id: role for subject, (_, role) in present.items()},
    )
    staff: dict[int, Role] = {}
    placed: dict[int, Sequence[str]] = {}
    for subject, (member, role) in present.items():
        person = identities[subject].person
        if member.name and person.name != name_of(member):
            person.name = name_of(member)
        enrolment = enrolments[person.id]
        if not enrolment.active:
            enrolment.active = True
            reading.counts["back"] += 1
        if enrolment.role != role:
            enrolment.role = role
            reading.counts["role_changed"] += 1
        if role in STAFF:
            staff[person.id] = role
        placed[person.id] = (member.group_ids or ()) if role == Role.STUDENT else ()
    session.flush()
    session.execute(
        update(Enrolment)
        .where(
            Enrolment.id.in_([one.id for one in enrolments.values()]),
            or_(Enrolment.listed_at.is_(None), Enrolment.listed_at < reading.began),
        )
        .values(listed_at=reading.began)
        .execution_options(synchronize_session=False)
    )
    if staff:
        teams.note_members(session, session.get_one(Section, reading.section_id).team_id, staff)
    if ours:
        groups.place(session, reading.section_id, ours, placed)
    return set(present)


def _not_listed(reading: Reading) -> Select[int, int]:
    """Those whom this reading did not find; who was launched meanwhile is no such one."""
    return (
        _present(reading)
        .where(
            Enrolment.created_at < reading.began,
            or_(Enrolment.listed_at.is_(None), Enrolment.listed_at < reading.began),
        )
        .limit(MEMBERS_AT_ONCE)
    )


def _known_as(reading: Reading, subjects: set[str]) -> Select[int, int]:
    return (
        _present(reading)
        .join(Identity, Identity.person_id == Enrolment.person_id)
        .where(Identity.source == reading.source, Identity.subject.in_(subjects))
    )


def _present(reading: Reading) -> Select[int, int]:
    return select(Enrolment.id, Enrolment.person_id).where(
        Enrolment.section_id == reading.section_id, Enrolment.active
    )


def _let_go(session: Session, reading: Reading, leavers: Select[int, int]) -> int:
    """They keep their work and lose access; returns how many."""
    left: dict[int, int] = dict(session.execute(leavers).all())
    let_go(session, reading.section_id, left)
    return len(left)


def let_go(session: Session, section_id: int, left: dict[int, int]) -> None:
    """End enrolments of a section, by their ids, and tell of the people who held them."""
    if not left:
        return
    session.execute(update(Enrolment).where(Enrolment.id.in_(left)).values(active=False))
    groups.place(session, section_id, {}, dict.fromkeys(left.values(), ()))
    left_section.send(session, section_id=section_id, person_ids=list(left.values()))
