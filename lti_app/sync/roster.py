"""The roster: who is in a section, as the LMS says. Those who left keep their work, not access."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from integrations.lms import LmsError, Member, Roster
from lti_app.db import Database, insert_if_missing, now
from lti_app.people.events import left_section
from lti_app.people.identities import email_digest, role_of
from lti_app.people.models import Enrolment, Identity, Person, Role, Section
from lti_app.sync import reports

MEMBERS_AT_ONCE = 200


def bring_in_roster(
    database: Database, district_id: int, section_id: int, roster: Roster, secret: str
) -> int:
    """Bring a section's enrolments up to what `roster` says; returns the id of the report.

    Members stream in: memory does not grow with the roster. Only when every page was read are
    those who were not seen marked as having left. `secret` keys the digests of addresses.
    Raises `LmsError` where the LMS stops answering; what was read until then is kept.
    """
    with database.transaction(district_id=district_id) as session:
        report_id = reports.begin(session, section_id, "roster").id
        source = session.get_one(Section, section_id).source
    counts: Counter[str] = Counter()
    failed = ""
    seen: set[int] = set()
    try:
        members = roster.members()
        while some := list(islice(members, MEMBERS_AT_ONCE)):
            with database.transaction(district_id=district_id) as session:
                seen |= _take(session, section_id, source, some, secret, counts)
        with database.transaction(district_id=district_id) as session:
            counts["left"] = _let_go(session, section_id, seen)
    except LmsError as error:
        failed = error.code
        raise
    finally:
        with database.transaction(district_id=district_id) as session:
            reports.finish(session, report_id, dict(counts), failed)
    return report_id


def _take(
    session: Session,
    section_id: int,
    source: str,
    members: Sequence[Member],
    secret: str,
    counts: Counter[str],
) -> set[int]:
    """Write one batch; returns the enrolment ids seen."""
    present = [
        (member, role)
        for member in members
        if member.active and (role := role_of(member.roles)) is not None
    ]
    identities = {
        identity.subject: identity
        for identity in session.scalars(
            select(Identity).where(
                Identity.source == source,
                Identity.subject.in_([member.user_id for member, _ in present]),
            )
        )
    }
    for member, _ in present:
        digest = email_digest(secret, member.email) if member.email else None
        identity = identities.get(member.user_id)
        if identity is None:
            person = Person(name=_name(member))
            session.add(person)
            session.flush()
            identity = Identity(person_id=person.id, source=source, subject=member.user_id)
            session.add(identity)
            identities[member.user_id] = identity
            counts["new"] += 1
        if digest and identity.email_digest != digest:
            identity.email_digest = digest
    session.flush()
    person_ids = [identity.person_id for identity in identities.values()]
    names = {
        person.id: person
        for person in session.scalars(select(Person).where(Person.id.in_(person_ids)))
    }
    enrolments = {
        enrolment.person_id: enrolment
        for enrolment in session.scalars(
            select(Enrolment).where(
                Enrolment.section_id == section_id, Enrolment.person_id.in_(person_ids)
            )
        )
    }
    seen: set[int] = set()
    for member, role in present:
        person_id = identities[member.user_id].person_id
        if member.name and names[person_id].name != _name(member):
            names[person_id].name = _name(member)
        seen.add(_enrol(session, section_id, person_id, role, enrolments.get(person_id), counts))
    session.flush()
    return seen


def _name(member: Member) -> str:
    return member.name.strip()[:200] or "—"


def _enrol(
    session: Session,
    section_id: int,
    person_id: int,
    role: Role,
    enrolment: Enrolment | None,
    counts: Counter[str],
) -> int:
    if enrolment is None:
        insert_if_missing(
            session,
            Enrolment,
            section_id=section_id,
            person_id=person_id,
            role=role,
            active=True,
            created_at=now(),
        )
        enrolment = session.scalars(
            select(Enrolment).where(
                Enrolment.section_id == section_id, Enrolment.person_id == person_id
            )
        ).one()
        counts["enrolled"] += 1
    elif not enrolment.active:
        enrolment.active = True
        counts["back"] += 1
    if enrolment.role != role:
        enrolment.role = role
        counts["role_changed"] += 1
    return enrolment.id


def _let_go(session: Session, section_id: int, seen: set[int]) -> int:
    active = session.execute(
        select(Enrolment.id, Enrolment.person_id).where(
            Enrolment.section_id == section_id, Enrolment.active
        )
    )
    left = {one.id: one.person_id for one in active if one.id not in seen}
    if left:
        session.execute(update(Enrolment).where(Enrolment.id.in_(left)).values(active=False))
        left_section.send(session, section_id=section_id, person_ids=list(left.values()))
    return len(left)
