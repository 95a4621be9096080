"""From a verified launch to a person in a section, or to an administrator outside of any."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import delete, or_, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from integrations.lti.claims import DeepLinkingSettings, LaunchClaims, MessageType
from integrations.lti.roles import is_administrator
from lti_app.db import Joined, now
from lti_app.launch.entry import Entry, Ground, history
from lti_app.launch.events import Opened, link_opened
from lti_app.launch.models import DeepLinking
from lti_app.launch.places import Place, place_of
from lti_app.launch.platforms import PLATFORMS, RegisteredPlatform, is_safe_address
from lti_app.launch.refusals import refuse
from lti_app.launch.subscriptions import note_service
from lti_app.people import audit
from lti_app.people.identities import role_of
from lti_app.people.models import Role, Section
from lti_app.people.observers import looks_on

LAUNCH_SEEN_EVERY = timedelta(minutes=1)
DEEP_LINKING_LASTS = timedelta(hours=1)


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


def arrive(
    connection: Connection, session: Joined, ground: Ground, claims: LaunchClaims
) -> Arrival:
    """Let a verified launch in; the caller commits.

    Takes a connection in a writing transaction, and what opens a session that joins it, for those
    rules that are seldom called and take one.
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
    entry = Entry(connection, session, ground, claims)
    if (role is None or claims.context_id is None) and not administers:
        onlooker_id = entry.known_person_id
        # Nobody is written for a launch that is refused.
        if onlooker_id is None or not looks_on(session(), onlooker_id):
            raise refuse("no_role" if role is None else "no_course")
        _note_launch(connection, ground.platform, claims.issued_at)
        _record(connection, ground, "launch.building", onlooker_id)
        return Arrival(onlooker_id, ground.district_id, looks_on=True)
    person_id = entry.person(is_admin=administers)
    _note_launch(connection, ground.platform, claims.issued_at)
    note_service(
        session,
        ground.deployment_id,
        claims,
        ground.public_url,
        allow_loopback_http=ground.allow_loopback_http,
    )
    if privacy:
        _record(connection, ground, "launch.privacy", person_id)
        return Arrival(person_id, ground.district_id, privacy_of=claims.for_user_id)
    if role is None or claims.context_id is None:
        _record(connection, ground, "launch.admin", person_id)
        return Arrival(person_id, ground.district_id)
    section_id = entry.section(claims.context_id)
    enrolment_id = entry.enrolment(person_id, section_id, role)
    entry.link(section_id)
    _record(connection, ground, "launch.section", person_id, section_id, role=role.value)
    arrival = Arrival(person_id, ground.district_id, section_id, enrolment_id, role)
    if claims.deep_linking is not None:
        begun = _begin_deep_linking(session(), ground, claims, claims.deep_linking, enrolment_id)
        return replace(arrival, deep_linking_id=begun)
    if claims.message_type == MessageType.SUBMISSION_REVIEW:
        return replace(arrival, review=(claims.line_item_url or "", claims.for_user_id))
    place = place_of(claims.target_link_uri)
    if place is None:
        return arrival
    link_opened.send(
        session(),
        opened=Opened(
            section=session().get_one(Section, section_id),
            role=role,
            place=place,
            line_item_url=entry.address(claims.line_item_url),
            link_history=history(claims, "link_history"),
        ),
    )
    return replace(arrival, place=place)


def _begin_deep_linking(
    session: Session,
    ground: Ground,
    claims: LaunchClaims,
    asked: DeepLinkingSettings,
    enrolment_id: int,
) -> int:
    """Keep what the answer needs; returns the id under which the teacher picks."""
    if not is_safe_address(asked.return_url, allow_loopback_http=ground.allow_loopback_http):
        raise refuse("wrong_address")
    session.execute(delete(DeepLinking).where(DeepLinking.expires_at < now()))
    begun = DeepLinking(
        platform_id=ground.platform.id,
        enrolment_id=enrolment_id,
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


def _note_launch(connection: Connection, platform: RegisteredPlatform, issued_at: float) -> None:
    """When the platform last launched, and how its clock goes, once a minute: a whole school
    writes this one row."""
    at = now()
    cutoff = at - LAUNCH_SEEN_EVERY
    if platform.last_launch_at is not None and platform.last_launch_at > cutoff:
        return
    seen = PLATFORMS.c.last_launch_at
    connection.execute(
        update(PLATFORMS)
        .where(PLATFORMS.c.id == platform.id, or_(seen.is_(None), seen < cutoff))
        .values(last_launch_at=at, clock_ahead_s=issued_at - at.timestamp())
    )


def _record(
    connection: Connection,
    ground: Ground,
    action: str,
    person_id: int,
    section_id: int | None = None,
    **about: str,
) -> None:
    audit.record(
        connection,
        action,
        district_id=ground.district_id,
        person_id=person_id,
        section_id=section_id,
        platform_id=ground.platform.id,
        **about,
    )
