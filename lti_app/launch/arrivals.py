"""From a verified launch to a person in a section: rows are found, made or brought up to date."""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from integrations.lti.claims import DeepLinkingSettings, LaunchClaims, MessageType
from integrations.lti.roles import is_administrator
from lti_app.db import Base, now
from lti_app.launch.copies import MOST_HISTORY, bring_from_earlier
from lti_app.launch.events import Opened, link_opened
from lti_app.launch.models import DeepLinking, Platform, ResourceLink
from lti_app.launch.places import Place, place_of
from lti_app.launch.platforms import is_safe_address, source_of
from lti_app.launch.refusals import refuse
from lti_app.launch.subscriptions import note_service
from lti_app.people import audit, teams
from lti_app.people.identities import email_digest, role_of
from lti_app.people.models import Enrolment, Identity, Person, Role, Section
from lti_app.people.observers import looks_on
from lti_app.people.viewer import STAFF

LAUNCH_SEEN_EVERY = timedelta(minutes=1)
DEEP_LINKING_LASTS = timedelta(hours=1)

# Every launch asks these: they are put together once.
_PERSON = (
    select(Identity, Person)
    .join(Person, Identity.person_id == Person.id)
    .where(Identity.source == bindparam("source"), Identity.subject == bindparam("subject"))
)
_SECTION = (
    select(Section, Enrolment, ResourceLink)
    .outerjoin(
        Enrolment,
        and_(
            Enrolment.section_id == Section.id,
            Enrolment.person_id == bindparam("person_id"),
        ),
    )
    .outerjoin(
        ResourceLink,
        and_(
            ResourceLink.section_id == Section.id,
            ResourceLink.external_id == bindparam("resource_link_id"),
        ),
    )
    .where(Section.source == bindparam("source"), Section.external_id == bindparam("context_id"))
)


@dataclass(frozen=True)
class Ground:
    """What the installation and the deployment add to a launch."""

    platform: Platform
    district_id: int
    deployment_id: int
    """Our row of it."""
    public_url: str
    secret: str
    """Keys the digests of e-mail addresses."""
    allow_loopback_http: bool


@dataclass(frozen=True)
class Arrival:
    """Where a launch ended: in a section with a role, or as an administrator outside of any."""

    person_id: int | None
    """None: nobody comes in; they read the privacy page, as anyone may."""
    district_id: int
    section_id: int | None = None
    enrolment_id: int | None = None
    role: Role | None = None
    place: Place | None = None
    """What the launch opens; None: the section's front page."""
    deep_linking_id: int | None = None
    review: tuple[str, str] | None = None
    """Line item and the student's id at the platform, of a submission review."""
    privacy_of: str | None = None
    """Of an administrator's data privacy launch: whom it is about, at the platform, or nobody."""
    looks_on: bool = False
    """A principal or coach whom an administrator lets look on, without a role in a course."""


def arrive(session: Session, ground: Ground, claims: LaunchClaims) -> Arrival:
    """Let a verified launch in; the caller commits.

    Raises `LaunchRefusal` (`no_role`, `no_course`) before anything is written, and
    `IntegrityError` where a simultaneous first launch was quicker: try the transaction again.
    """
    administers = is_administrator(claims.roles)
    role = role_of(claims.roles)
    privacy = claims.message_type == MessageType.DATA_PRIVACY
    if privacy and not administers:
        return Arrival(None, ground.district_id)
    if claims.deep_linking is not None:
        if claims.context_id is None:
            raise refuse("no_course")
        if role != Role.TEACHER:
            raise refuse("teachers_only")
    if (role is None or claims.context_id is None) and not administers:
        onlooker = _onlooker(session, ground, claims)
        if onlooker is None:
            raise refuse("no_role" if role is None else "no_course")
        _note_launch(session, ground.platform, claims.issued_at)
        _record(session, ground, "launch.building", onlooker)
        return Arrival(onlooker.id, ground.district_id, looks_on=True)
    person = _person(session, ground, claims)
    # Taken back, too, when the platform no longer says so.
    _bring_up_to_date(person, is_admin=administers)
    _note_launch(session, ground.platform, claims.issued_at)
    note_service(
        session,
        ground.deployment_id,
        claims,
        ground.public_url,
        allow_loopback_http=ground.allow_loopback_http,
    )
    if privacy:
        _record(session, ground, "launch.privacy", person)
        return Arrival(person.id, ground.district_id, privacy_of=claims.for_user_id)
    if role is None or claims.context_id is None:
        _record(session, ground, "launch.admin", person)
        return Arrival(person.id, ground.district_id)
    section, enrolment = _section(session, ground, claims, claims.context_id, person, role)
    _record(session, ground, "launch.section", person, section, role=role.value)
    session.flush()
    arrival = Arrival(person.id, ground.district_id, section.id, enrolment.id, role)
    if claims.deep_linking is not None:
        begun = _begin_deep_linking(session, ground, claims, claims.deep_linking, enrolment)
        return replace(arrival, deep_linking_id=begun)
    if claims.message_type == MessageType.SUBMISSION_REVIEW:
        return replace(arrival, review=(claims.line_item_url or "", claims.for_user_id))
    place = place_of(claims.target_link_uri)
    if place is not None:
        link_opened.send(
            session,
            opened=Opened(
                section=section,
                role=role,
                place=place,
                line_item_url=_address(claims.line_item_url, ground),
                link_history=_history(claims, "link_history"),
            ),
        )
    return replace(arrival, place=place)


def _begin_deep_linking(
    session: Session,
    ground: Ground,
    claims: LaunchClaims,
    asked: DeepLinkingSettings,
    enrolment: Enrolment,
) -> int:
    """Keep what the answer needs; returns the id under which the teacher picks."""
    if not is_safe_address(asked.return_url, allow_loopback_http=ground.allow_loopback_http):
        raise refuse("wrong_address")
    session.execute(delete(DeepLinking).where(DeepLinking.expires_at < now()))
    begun = DeepLinking(
        platform_id=ground.platform.id,
        enrolment_id=enrolment.id,
        deployment_id=claims.deployment_id,
        return_url=asked.return_url,
        data=asked.data,
        takes_several=asked.takes_several,
        takes_line_items=asked.takes_line_items,
        expires_at=now() + DEEP_LINKING_LASTS,
    )
    session.add(begun)
    session.flush()
    return begun.id


def _history(claims: LaunchClaims, name: str) -> tuple[str, ...]:
    """Ids a copied course or link had before, newest first (LTI 1.3, `*.id.history`)."""
    ids = [one.strip() for one in claims.custom.get(name, "").split(",")]
    return tuple(one for one in ids if one)[:MOST_HISTORY]


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
    row = session.execute(_PERSON, {"source": source, "subject": claims.subject}).first()
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
    _bring_up_to_date(
        person,
        name=claims.name[:200] or person.name,
        locale=_locale(claims) or person.locale,
    )
    _bring_up_to_date(identity, email_digest=digest or identity.email_digest)
    return person


def _bring_up_to_date(row: Base, **columns: object) -> None:
    """Set what changed; a row of which nothing did is not even looked at by the next flush."""
    for column, value in columns.items():
        if getattr(row, column) != value:
            setattr(row, column, value)


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
    asked = {
        "source": source_of(ground.platform.id),
        "context_id": context_id,
        "person_id": person.id,
        "resource_link_id": claims.resource_link_id,
    }
    row = session.execute(_SECTION, asked).first()
    section, enrolment, link = row if row is not None else (None, None, None)
    if section is None:
        section = teams.open_section(
            session,
            title=claims.context_title or claims.resource_link_title or context_id,
            source=source_of(ground.platform.id),
            external_id=context_id,
        )
        bring_from_earlier(session, section, _history(claims, "context_history"))
    _refresh_section(section, ground, claims)
    if enrolment is None:
        enrolment = Enrolment(section_id=section.id, person_id=person.id, role=role)
        session.add(enrolment)
    # The platform vouches for whoever it launches: roles follow, and those who left are back.
    _bring_up_to_date(enrolment, role=role, active=True)
    if role in STAFF:
        teams.note_member(session, section.team_id, person.id, role)
    if not claims.resource_link_id:
        return section, enrolment
    if link is None:
        link = ResourceLink(section_id=section.id, external_id=claims.resource_link_id)
        session.add(link)
    _bring_up_to_date(
        link,
        title=claims.resource_link_title[:500],
        line_item_url=_address(claims.line_item_url, ground) or link.line_item_url,
    )
    return section, enrolment


def _refresh_section(section: Section, ground: Ground, claims: LaunchClaims) -> None:
    """Title and services as the platform names them now; what this launch left out stays."""
    _bring_up_to_date(
        section,
        title=claims.context_title[:300] or section.title,
        groups_url=_address(claims.groups_url, ground) or section.groups_url,
    )
    roster_url = _address(claims.roster_url, ground)
    if roster_url is not None and roster_url != section.roster_url:
        section.roster_url = roster_url
        section.roster_differences_url = None  # it told of the roster at the former address
    line_items_url = _address(claims.line_items_url, ground)
    if line_items_url is not None:
        scopes = sorted(set(claims.scopes))
        _bring_up_to_date(section, line_items_url=line_items_url, service_scopes=scopes)


def _address(url: str | None, ground: Ground) -> str | None:
    """A service's address, if it is one we may call."""
    if url is None or not is_safe_address(url, allow_loopback_http=ground.allow_loopback_http):
        return None
    return url


def _note_launch(session: Session, platform: Platform, issued_at: float) -> None:
    """When the platform last launched, and how its clock goes, once a minute: a whole school
    writes this one row."""
    cutoff = now() - LAUNCH_SEEN_EVERY
    if platform.last_launch_at is not None and platform.last_launch_at > cutoff:
        return
    session.execute(
        update(Platform)
        .where(
            Platform.id == platform.id,
            or_(Platform.last_launch_at.is_(None), Platform.last_launch_at < cutoff),
        )
        .values(last_launch_at=now(), clock_ahead_s=issued_at - now().timestamp())
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
