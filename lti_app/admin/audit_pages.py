"""The audit log: who did what, when, by id."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from lti_app.admin.words import ACTIONS, action_in_words
from lti_app.learning import typed
from lti_app.people.models import AuditEvent, Section
from lti_app.people.visit import admin_blueprint, admin_viewer, db_session

blueprint = admin_blueprint("audit", __name__)

PAGE = 100


def init_app(app: Flask) -> None:
    """Add the page."""
    app.register_blueprint(blueprint)


@blueprint.get("/audit")
def overview() -> ResponseReturnValue:
    """Events of the district, newest first, a page at a time; by action, person, section, days."""
    session = db_session()
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(PAGE + 1)
    action, person_id = request.args.get("action", ""), _number("person")
    first, last = (typed.day(request.args.get(name, "")) for name in ("first", "last"))
    if action:
        query = query.where(AuditEvent.action == action)
    if person_id is not None:
        query = query.where(AuditEvent.person_id == person_id)
    if (section_id := _number("section")) is not None:
        query = query.where(AuditEvent.section_id == section_id)
    if first is not None:
        query = query.where(AuditEvent.at >= _begins(first))
    if last is not None:
        query = query.where(AuditEvent.at < _begins(last + timedelta(days=1)))
    if (before := _number("before")) is not None:
        query = query.where(AuditEvent.id < before)
    events = session.scalars(query).all()
    older = events[PAGE - 1].id if len(events) > PAGE else None
    return render_template(
        "admin/audit.html",
        events=events[:PAGE],
        sections=session.scalars(select(Section).order_by(Section.title).limit(500)).all(),
        actions=sorted(((str(words), code) for code, words in ACTIONS.items())),
        action_in_words=action_in_words,
        asked=request.args,
        older=_without_empty(before=older) if older is not None else None,
    )


def _number(name: str) -> int | None:
    """A filter's id; None where it was left empty. Raises `BadInput` for what is no number."""
    given = request.args.get(name, "").strip()
    return typed.whole(given) if given else None


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(admin_viewer().timezone)).astimezone(UTC)


def _without_empty(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**request.args, **changes}.items() if value != ""}
