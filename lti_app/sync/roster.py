"""The roster: who is in a section, as the LMS says. Those who left keep their work, not access."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session, joinedload

from integrations.lms import FollowedRoster, LmsError, LmsUnavailable, Member
from lti_app.db import Database, insert_missing, now
from lti_app.people import teams
from lti_app.people.events import left_section
from lti_app.people.identities import email_digest, role_of
from lti_app.people.models import Enrolment, Identity, Person, Role, Section
from lti_app.people.viewer import STAFF
from lti_app.sync import groups, reports

log = logging.getLogger(__name__)

MEMBERS_AT_ONCE = 200
WHOLE_EVERY = timedelta(days=1)
"""Differences are trusted for so long; then the whole roster is read again."""


@dataclass(frozen=True)
class _Reading:
    """One reading of one section's roster."""

    database: Database
    district_id: int
    section_id: int
    source: str
    secret: str
    began: datetime = field(default_factory=now)
    counts: Counter[str] = field(default_factory=Counter)

    def transaction(self) -> AbstractContextManager[Session]:
        return self.database.transaction(district_id=self.district_id)


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
        reading = _Reading(database, district_id, section_id, section.source, secret)
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


def _read_changes(reading: _Reading, roster: FollowedRoster, since: str) -> bool:
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


def _read_whole(reading: _Reading, roster: FollowedRoster) -> None:
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


def _groups(reading: _Reading, roster: FollowedRoster) -> dict[str, int]:
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
    session: Session, reading: _Reading, members: Sequence[Member], ours: dict[str, int]
) -> set[str]:
    """Write one batch; returns the LMS's ids of those who are in the course.

    `ours` are the groups to put them into; empty where the LMS tells of none.
    """
    present = {
        member.user_id: (member, role)
        for member in members
        if member.active and (role := role_of(member.roles)) is not None
    }
    identities = _identities(session, reading, [member for member, _ in present.values()])
    enrolments = _enrolments(
        session,
        reading,
        {identities[subject].person_id: role for subject, (_, role) in present.items()},
    )
    staff: dict[int, Role] = {}
    placed: dict[int, Sequence[str]] = {}
    for subject, (member, role) in present.items():
        person = identities[subject].person
        if member.name and person.name != _name(member):
            person.name = _name(member)
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


def _identities(
    session: Session, reading: _Reading, members: Sequence[Member]
) -> dict[str, Identity]:
    """The members' identities by subject, with their persons; made where there is none."""
    known = {
        identity.subject: identity
        for identity in session.scalars(
            select(Identity)
            .where(
                Identity.source == reading.source,
                Identity.subject.in_([member.user_id for member in members]),
            )
            .options(joinedload(Identity.person))
        )
    }
    new = [member for member in members if member.user_id not in known]
    made = [
        Identity(source=reading.source, subject=member.user_id, person=Person(name=_name(member)))
        for member in new
    ]
    session.add_all(made)
    reading.counts["new"] += len(new)
    known |= {identity.subject: identity for identity in made}
    for member in members:
        digest = email_digest(reading.secret, member.email) if member.email else None
        identity = known[member.user_id]
        if digest and identity.email_digest != digest:
            identity.email_digest = digest
    session.flush()
    return known


def _enrolments(
    session: Session, reading: _Reading, roles: dict[int, Role]
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


def _name(member: Member) -> str:
    return member.name.strip()[:200] or "—"


def _not_listed(reading: _Reading) -> Select[int, int]:
    """Those whom this reading did not find; who was launched meanwhile is no such one."""
    return (
        _present(reading)
        .where(
            Enrolment.created_at < reading.began,
            or_(Enrolment.listed_at.is_(None), Enrolment.listed_at < reading.began),
        )
        .limit(MEMBERS_AT_ONCE)
    )


def _known_as(reading: _Reading, subjects: set[str]) -> Select[int, int]:
    return (
        _present(reading)
        .join(Identity, Identity.person_id == Enrolment.person_id)
        .where(Identity.source == reading.source, Identity.subject.in_(subjects))
    )


def _present(reading: _Reading) -> Select[int, int]:
    return select(Enrolment.id, Enrolment.person_id).where(
        Enrolment.section_id == reading.section_id, Enrolment.active
    )


def _let_go(session: Session, reading: _Reading, leavers: Select[int, int]) -> int:
    """They keep their work and lose access; returns how many."""
    left: dict[int, int] = dict(session.execute(leavers).all())
    if left:
        session.execute(update(Enrolment).where(Enrolment.id.in_(left)).values(active=False))
        groups.place(session, reading.section_id, {}, dict.fromkeys(left.values(), ()))
        left_section.send(session, section_id=reading.section_id, person_ids=list(left.values()))
    return len(left)
