"""All that is kept of one person: counted by kind, and as JSON, row by row."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, LargeBinary, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from lti_app.db import Base, Database, EncryptedText
from lti_app.errors import Words
from lti_app.learning.models import Attempt
from lti_app.people.models import Identity, Person

KINDS: tuple[tuple[Words, tuple[str, ...]], ...] = (
    (
        _l("Accounts"),
        (
            "identities",
            "listed_admins",
            "google_accounts",
            "add_on_tickets",
            "add_on_tokens",
            "add_on_visits",
            "add_on_submissions",
            "google_revocations",
            "classroom_connections",
            "classroom_feeds",
            "calendar_feeds",
            "teacher_addresses",
            "observers",
        ),
    ),
    (_l("Classes, teams and groups"), ("enrolments", "team_members", "student_group_members")),
    (
        _l("Attempts, with scores, feedback and files"),
        ("attempts", "scores", "evidence_files", "evidence_comments", "retake_permits"),
    ),
    (_l("Mastery"), ("mastery", "mastery_changes", "movements")),
    (
        _l("Pathways and activities"),
        ("pathways", "pathway_choices", "pathway_walks", "activities_done"),
    ),
    (
        _l("Choice and proposals"),
        ("choice_settings", "choice_changes", "proposals", "proposal_words"),
    ),
    (_l("Goals and reflections"), ("goals", "reflections")),
    (_l("What they said works or should change"), ("voice_notes",)),
    (
        _l("Coaching"),
        (
            "gaps",
            "invitations",
            "bookings",
            "walk_ins",
            "notices",
            "coaching_sessions",
            "planned_sessions",
            "block_teachers",
            "teachers_away",
        ),
    ),
    (
        _l("Grades and messages sent to the LMS"),
        ("grade_deliveries", "messages", "publication_students"),
    ),
    (_l("Audit trail"), ("audit_events",)),
)
"""Tables by kind, in the order they are shown."""
OWNERS = ("person_id", "teacher_id")
"""Columns that say whose a row is; `…_by_id` says who wrote it, which is another's data."""
ROWS_AT_ONCE = 500
SECRET = frozenset({"token_digest", "email_digest", "digest", "channel"})


@dataclass(frozen=True)
class Found:
    """A person whom an id of the LMS names, and how much is kept."""

    person: Person
    counts: list[tuple[Words, int]]


def find(session: Session, subject: str) -> Found | None:
    """Whom the LMS knows by this id. One statement for all counts."""
    if not subject:
        return None
    person = session.scalars(
        select(Person)
        .join(Identity, Identity.person_id == Person.id)
        .where(Identity.subject == subject, Identity.source.like("lti:%"))
        .order_by(Person.id)
        .limit(1)
    ).first()
    if person is None:
        return None
    counted = union_all(
        *(
            select(literal(kind), func.count()).select_from(model).where(_of(model, person))
            for kind, (_words, tables) in enumerate(KINDS)
            for model in map(_model, tables)
        )
    )
    counts = [0] * len(KINDS)
    for kind, rows in session.execute(counted):
        counts[kind] += rows
    return Found(person, [(words, n) for (words, _t), n in zip(KINDS, counts, strict=True)])


def as_json(database: Database, person: Person) -> Iterator[str]:
    """Everything, a piece at a time: memory does not grow with the years."""
    own = {"id": person.id, "name": person.name, "created_at": person.created_at}
    yield '{"person": ' + _text(own)
    with database.session(district_id=person.district_id, writes=False) as session:
        for table in (one for _words, tables in KINDS for one in tables):
            yield f',\n"{table}": ['
            yield from _rows(session, _model(table), person)
            yield "]"
    yield "}\n"


def _rows(session: Session, model: Any, person: Person) -> Iterator[str]:
    columns = [
        column
        for column in model.__table__.columns
        if not isinstance(column.type, LargeBinary | EncryptedText) and column.name not in SECRET
    ]
    found = session.execute(
        select(*columns)
        .where(_of(model, person))
        .order_by(*model.__table__.primary_key.columns)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    between = ""
    for row in found:
        yield between + _text(dict(zip((c.name for c in columns), row, strict=True)))
        between = ",\n"


def _of(model: Any, person: Person) -> ColumnElement[bool]:
    """Which rows of a table are this person's, of this district: their own, or an attempt's."""
    columns = model.__table__.columns
    own = [columns[name] == person.id for name in OWNERS if name in columns]
    if not own:
        own = [columns["attempt_id"].in_(select(Attempt.id).where(Attempt.person_id == person.id))]
    return and_(or_(*own), columns["district_id"] == person.district_id)


def _model(table: str) -> Any:
    return next(m.class_ for m in Base.registry.mappers if m.local_table.name == table)  # type: ignore[attr-defined]


def _text(row: dict[str, Any]) -> str:
    return json.dumps(row, default=_plain, ensure_ascii=False)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
