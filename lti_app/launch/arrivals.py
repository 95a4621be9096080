"""From a verified launch to a person in a section: rows are found, made or brought up to date."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from integrations.lti.claims import LaunchClaims
from integrations.lti.roles import is_administrator
from lti_app.db import now
from lti_app.launch.models import Platform, ResourceLink
from lti_app.launch.platforms import is_safe_address, source_of
from lti_app.launch.refusals import refuse
from lti_app.people import audit, teams
from lti_app.people.identities import email_digest, role_of
from lti_app.people.models import Enrolment, Identity, Person, Role, Section, Team
from lti_app.people.observers import looks_on
from lti_app.people.viewer import STAFF

LAUNCH_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Ground:
    """What the installation and the deployment add to a launch."""

    platform: Platform
    district_id: int
    secret: str
    """Keys the digests of e-mail addresses."""
    allow_loopback_http: bool


@dataclass(frozen=True)
class Arrival:
    """Where a launch ended: in a section with a role, or as an administrator outside of any."""

    person_id: int
    district_id: int
    section_id: int | None = None
    enrolment_id: int | None = None
    role: Role | None = None
    looks_on: bool = False
    """A principal or coach whom an administrator lets look on, without a role in a course."""


def arrive(session: Session, ground: Ground, claims: LaunchClaims) -> Arrival:
    """Let a verified launch in; the caller commits.

    Raises `LaunchRefusal` (`no_role`, `no_course`) before anything is written, and
    `IntegrityError` where a simultaneous first launch was quicker: try the transaction again.
    """
    administers = is_administrator(claims.roles)
    role = role_of(claims.roles)
    if (role is None or claims.context_id is None) and not administers:
        onlooker = _onlooker(session, ground, claims)
        if onlooker is None:
            raise refuse("no_role" if role is None else "no_course")
        _note_launch(session, ground.platform)
        _record(session, ground, "launch.building", onlooker)
        return Arrival(onlooker.id, ground.district_id, looks_on=True)
    person = _person(session, ground, claims)
    person.is_admin = administers  # taken back, too, when the platform no longer says so
    _note_launch(session, ground.platform)
    if role is None or claims.context_id is None:
        _record(session, ground, "launch.admin", person)
        return Arrival(person.id, ground.district_id)
    section, enrolment = _section(session, ground, claims, claims.context_id, person, role)
    _record(session, ground, "launch.section", person, section, role=role.value)
    session.flush()
    return Arrival(person.id, ground.district_id, section.id, enrolment.id, role)


def _onlooker(session: Session, ground: Ground, claims: LaunchClaims) -> Person | None:
    """Somebody we know who may look on; nobody is written for a launch that is refused."""
    person = session.scalars(
        select(Person)
        .join(Identity, Identity.person_id == Person.id)
        .where(Identity.source == source_of(ground.platform.id), Identity.subject == claims.subject)
    ).first()
    return person if person is not None and looks_on(session, person.id) else None


def _person(session: Session, ground: Ground, claims: LaunchClaims) -> Person:
    source = source_of(ground.platform.id)
    digest = email_digest(ground.secret, claims.email) if claims.email else None
    row = session.execute(
        select(Identity, Person)
        .join(Person, Identity.person_id == Person.id)
        .where(Identity.source == source, Identity.subject == claims.subject)
    ).first()
    if row is None:
        person = Person(name=claims.name[:200] or _nameless(claims.subject), locale=_locale(claims))
        session.add(person)
        session.flush()
        session.add(
            Identity(
                person_id=person.id, source=source, subject=claims.subject, email_digest=digest
            )
        )
        session.flush()
        return person
    identity: Identity = row[0]
    person = row[1]
    person.name = claims.name[:200] or person.name
    person.locale = _locale(claims) or person.locale
    identity.email_digest = digest or identity.email_digest
    return person


def _nameless(subject: str) -> str:
    """A name for someone whose platform keeps names to itself: teachers can tell two apart."""
    return "# " + hashlib.sha256(subject.encode()).hexdigest()[:6]


def _locale(claims: LaunchClaims) -> str | None:
    return claims.locale if claims.locale and len(claims.locale) <= 16 else None


def _section(
    session: Session,
    ground: Ground,
    claims: LaunchClaims,
    context_id: str,
    person: Person,
    role: Role,
) -> tuple[Section, Enrolment]:
    """The section, enrolment and link of the launch, read in one go and brought up to date."""
    row = session.execute(
        select(Section, Enrolment, ResourceLink)
        .outerjoin(
            Enrolment,
            and_(Enrolment.section_id == Section.id, Enrolment.person_id == person.id),
        )
        .outerjoin(
            ResourceLink,
            and_(
                ResourceLink.section_id == Section.id,
                ResourceLink.external_id == claims.resource_link_id,
            ),
        )
        .where(Section.source == source_of(ground.platform.id), Section.external_id == context_id)
    ).first()
    section, enrolment, link = row if row is not None else (None, None, None)
    if section is None:
        section = _new_section(session, ground, claims, context_id)
    _refresh_section(section, ground, claims)
    if enrolment is None:
        enrolment = Enrolment(section_id=section.id, person_id=person.id, role=role)
        session.add(enrolment)
    # The platform vouches for whoever it launches: roles follow, and those who left are back.
    enrolment.role, enrolment.active = role, True
    if role in STAFF:
        teams.note_member(session, section.team_id, person.id, role)
    if link is None:
        link = ResourceLink(section_id=section.id, external_id=claims.resource_link_id)
        session.add(link)
    link.title = claims.resource_link_title[:500]
    link.line_item_url = _address(claims.line_item_url, ground) or link.line_item_url
    return section, enrolment


def _new_section(
    session: Session, ground: Ground, claims: LaunchClaims, context_id: str
) -> Section:
    """A section in a team of its own, named after it; teachers join teams later."""
    title = claims.context_title or claims.resource_link_title or context_id
    team = Team(name=title[:200])
    session.add(team)
    session.flush()
    section = Section(
        team_id=team.id,
        title=title[:300],
        source=source_of(ground.platform.id),
        external_id=context_id,
        service_scopes=[],
    )
    session.add(section)
    session.flush()
    return section


def _refresh_section(section: Section, ground: Ground, claims: LaunchClaims) -> None:
    """Title and services as the platform names them now; what this launch left out stays."""
    section.title = claims.context_title[:300] or section.title
    section.roster_url = _address(claims.roster_url, ground) or section.roster_url
    line_items_url = _address(claims.line_items_url, ground)
    if line_items_url is not None:
        section.line_items_url = line_items_url
        section.service_scopes = sorted(set(claims.scopes))


def _address(url: str | None, ground: Ground) -> str | None:
    """A service's address, if it is one we may call."""
    if url is None or not is_safe_address(url, allow_loopback_http=ground.allow_loopback_http):
        return None
    return url


def _note_launch(session: Session, platform: Platform) -> None:
    """When the platform last launched, once a minute: a whole school writes this one row."""
    cutoff = now() - LAUNCH_SEEN_EVERY
    if platform.last_launch_at is not None and platform.last_launch_at > cutoff:
        return
    session.execute(
        update(Platform)
        .where(
            Platform.id == platform.id,
            or_(Platform.last_launch_at.is_(None), Platform.last_launch_at < cutoff),
        )
        .values(last_launch_at=now())
        .execution_options(synchronize_session=False)
    )


def _record(
    session: Session,
    ground: Ground,
    action: str,
    person: Person,
    section: Section | None = None,
    **about: str,
) -> None:
    audit.record(
        session,
        action,
        district_id=ground.district_id,
        person_id=person.id,
        section_id=section.id if section is not None else None,
        platform_id=ground.platform.id,
        **about,
    )
