"""The rows of one launch: the person, the section, one in the other, and the link."""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from integrations.lti.claims import LaunchClaims
from lti_app.db import Base, Joined
from lti_app.launch import known
from lti_app.launch.copies import MOST_HISTORY, bring_from_earlier
from lti_app.launch.known import Row
from lti_app.launch.models import ResourceLink
from lti_app.launch.platforms import RegisteredPlatform, is_safe_address, source_of
from lti_app.people import teams
from lti_app.people.identities import email_digest
from lti_app.people.models import Enrolment, Identity, Person, Role, Section, Team, TeamMember
from lti_app.people.viewer import STAFF

LOCALE_LENGTH = 16


@dataclass(frozen=True)
class Ground:
    """What the installation and the deployment add to a launch."""

    platform: RegisteredPlatform
    district_id: int
    deployment_id: int
    """Our row of it."""
    public_url: str
    secret: str
    """Keys the digests of e-mail addresses."""
    allow_loopback_http: bool


class Entry:
    """What stands of those a launch speaks of, and what it says of them now.

    What stands is read once; only what differs is written, in the caller's transaction.
    """

    def __init__(
        self, connection: Connection, session: Joined, ground: Ground, claims: LaunchClaims
    ) -> None:
        self._connection = connection
        self._session = session
        self._ground = ground
        self._claims = claims
        self._source = source_of(ground.platform.id)
        self._stands = known.find(
            self._connection,
            ground.deployment_id,
            self._source,
            subject=claims.subject,
            context_id=claims.context_id,
            resource_link_id=claims.resource_link_id,
        )

    @property
    def known_person_id(self) -> int | None:
        """The person, if the platform launched them before."""
        stood = self._stands.get(Person)
        return None if stood is None else int(stood["id"])

    def person(self, *, is_admin: bool) -> int:
        """The person's id. Whoever the platform calls an administrator no more is none."""
        claims, ground = self._claims, self._ground
        locale = claims.locale if claims.locale and len(claims.locale) <= LOCALE_LENGTH else None
        said = {**_told(name=claims.name[:200], locale=locale), "is_admin": is_admin}
        digest = _told(email_digest=claims.email and email_digest(ground.secret, claims.email))
        stood = self._stands.get(Person)
        if stood is not None:
            self._update(Person, stood, **said)
            self._update(Identity, self._stands[Identity], **digest)
            return int(stood["id"])
        person_id = self._add(Person, **{"name": _nameless(claims.subject), **said})
        self._add(
            Identity, person_id=person_id, source=self._source, subject=claims.subject, **digest
        )
        return person_id

    def section(self, context_id: str) -> int:
        """The section's id; a new one is in a team of its own, and what was planned in the course
        that it is a copy of comes along."""
        claims, said = self._claims, self._said_of_section()
        stood = self._stands.get(Section)
        if stood is not None:
            if said.get("roster_url", stood["roster_url"]) != stood["roster_url"]:
                said["roster_differences_url"] = None  # it told of the roster at the old address
            self._update(Section, stood, **said)
            return int(stood["id"])
        title = claims.context_title or claims.resource_link_title or context_id
        team_id = self._add(Team, name=title[:200])  # teachers join other teams later
        section_id = self._add(
            Section,
            team_id=team_id,
            source=self._source,
            external_id=context_id,
            **{"title": title[:300], "service_scopes": [], **said},
        )
        bring_from_earlier(
            self._session(),
            self._session().get_one(Section, section_id),
            history(claims, "context_history"),
        )
        return section_id

    def enrolment(self, person_id: int, section_id: int, role: Role) -> int:
        """The enrolment's id. The platform vouches for whoever it launches: roles follow, those
        who left are back, and who teaches belongs to the team."""
        if role in STAFF and TeamMember not in self._stands:
            section = self._session().get_one(Section, section_id)
            teams.note_member(self._session(), section.team_id, person_id, role)
        stood = self._stands.get(Enrolment)
        if stood is None:
            return self._add(Enrolment, section_id=section_id, person_id=person_id, role=role)
        self._update(Enrolment, stood, role=role, active=True)
        return int(stood["id"])

    def link(self, section_id: int) -> None:
        """Keep the link that was clicked, if one was, with its gradebook column."""
        claims = self._claims
        if not claims.resource_link_id:
            return
        column = _told(line_item_url=self.address(claims.line_item_url))
        said = {"title": claims.resource_link_title[:500], **column}
        stood = self._stands.get(ResourceLink)
        if stood is not None:
            self._update(ResourceLink, stood, **said)
            return
        self._add(ResourceLink, section_id=section_id, external_id=claims.resource_link_id, **said)

    def address(self, url: str | None) -> str | None:
        """A service's address, if it is one we may call."""
        allowed = self._ground.allow_loopback_http
        return url if url and is_safe_address(url, allow_loopback_http=allowed) else None

    def _said_of_section(self) -> dict[str, Any]:
        claims = self._claims
        said = _told(
            title=claims.context_title[:300],
            groups_url=self.address(claims.groups_url),
            roster_url=self.address(claims.roster_url),
            line_items_url=self.address(claims.line_items_url),
        )
        if "line_items_url" in said:
            said["service_scopes"] = sorted(set(claims.scopes))
        return said

    def _add(self, model: type[Base], **columns: Any) -> int:
        columns["district_id"] = self._ground.district_id
        return known.add(self._connection, model, columns)

    def _update(self, model: type[Base], stood: Row, **columns: Any) -> None:
        known.bring_up_to_date(self._connection, model, stood, columns)


def history(claims: LaunchClaims, name: str) -> tuple[str, ...]:
    """Ids a copied course or link had before, newest first (LTI 1.3, `*.id.history`)."""
    ids = [one.strip() for one in claims.custom.get(name, "").split(",")]
    return tuple(one for one in ids if one)[:MOST_HISTORY]


def _told(**columns: str | None) -> dict[str, Any]:
    """Without what the launch left out: that stays as it stands."""
    return {name: value for name, value in columns.items() if value}


def _nameless(subject: str) -> str:
    """A name for someone whose platform keeps names to itself: teachers can tell two apart."""
    return "# " + hashlib.sha256(subject.encode()).hexdigest()[:6]
