"""The audit trail: who did what, when. Ids only."""

from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from lti_app.people.models import AuditEvent

# Each launch writes one: nothing is gained by an object that is never looked at again.
_INSERT = insert(cast(Table, AuditEvent.__table__))


def record(
    within: Session | Connection,
    action: str,
    *,
    district_id: int,
    person_id: int | None = None,
    section_id: int | None = None,
    **about: Any,
) -> None:
    """Add one event in the caller's transaction; `about` holds ids and codes, never names."""
    connection = within.connection() if isinstance(within, Session) else within
    connection.execute(
        _INSERT,
        {
            "action": action,
            "district_id": district_id,
            "person_id": person_id,
            "section_id": section_id,
            "about": about,
        },
    )
