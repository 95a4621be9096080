"""A reading of a roster, and the rows its members have here: found or made, a batch at a time."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, joinedload

from integrations.lms import Member
from lti_app.db import Database, insert_missing, now
from lti_app.people.identities import email_digest
from lti_app.people.models import Enrolment, Identity, Person, Role


@dataclass(frozen=True)
class Reading:
    """One reading of one section's roster."""

    database: Database
    district_id: int
    section_id: int
    source: str
    secret: str
    began: datetime = field(default_factory=now)
    counts: Counter[str] = field(default_factory=Counter)

    def transaction(self) -> AbstractContextManager[Session]:
        """For one batch."""
        return self.database.transaction(district_id=self.district_id)

    def digest(self, member: Member) -> str | None:
        """Of the member's address, where the LMS tells it."""
        return email_digest(self.secret, member.email) if member.email else None


def identities_of(
    session: Session, reading: Reading, members: Sequence[Member]
) -> dict[str, Identity]:
    """The members' identities by subject, with their persons; made where there is none."""
    query = (
        select(Identity)
        .where(
            Identity.source == reading.source,
            Identity.subject.in_([member.user_id for member in members]),
        )
        .options(joinedload(Identity.person))
    )
    known = {identity.subject: identity for identity in session.scalars(query)}
    if new := [member for member in members if member.user_id not in known]:
        _make_persons(session, reading, new)
        known = {identity.subject: identity for identity in session.scalars(query)}
    for member in members:
        digest = reading.digest(member)
        identity = known[member.user_id]
        if digest and identity.email_digest != digest:
            identity.email_digest = digest
    return known


def _make_persons(session: Session, reading: Reading, members: Sequence[Member]) -> None:
    """Persons and identities in one statement each. Databases return new rows in any order; two
    new persons of one name are the same to us until each has an identity."""
    district = {"district_id": reading.district_id}
    made: dict[str, list[int]] = defaultdict(list)
    for person_id, name in session.execute(
        insert(Person).returning(Person.id, Person.name),
        [{**district, "name": name_of(member)} for member in members],
    ):
        made[name].append(person_id)
    session.execute(
        insert(Identity),
        [
            {
                **district,
                "person_id": made[name_of(member)].pop(),
                "source": reading.source,
                "subject": member.user_id,
                "email_digest": reading.digest(member),
            }
            for member in members
        ],
    )
    reading.counts["new"] += len(members)


def enrolments_of(
    session: Session, reading: Reading, roles: dict[int, Role]
) -> dict[int, Enrolment]:
    """The enrolments of persons by their ids; made with `roles` where there is none."""
    query = select(Enrolment).where(
        Enrolment.section_id == reading.section_id, Enrolment.person_id.in_(roles)
    )
    known = {one.person_id: one for one in session.scalars(query)}
    missing = roles.keys() - known.keys()
    if not missing:
        return known
    rows = [
        {
            "section_id": reading.section_id,
            "person_id": person_id,
            "role": roles[person_id],
            "active": True,
            "created_at": now(),
        }
        for person_id in missing
    ]
    insert_missing(session, Enrolment, rows)
    reading.counts["enrolled"] += len(missing)
    return {one.person_id: one for one in session.scalars(query)}


def name_of(member: Member) -> str:
    """The name we keep."""
    return member.name.strip()[:200] or "—"
