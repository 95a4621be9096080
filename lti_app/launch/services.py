"""A section's roster and gradebook over LTI, ready to be called."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from integrations.lms import EditableGradebook, FollowedRoster, LmsRefused
from integrations.lti.connector import LtiConnector, ToolRegistration
from integrations.lti.gradebook import LtiGradebook
from integrations.lti.roster import LtiRoster
from integrations.lti.transport import http_session
from lti_app.db import Database
from lti_app.launch.keys import current_key
from lti_app.launch.models import Platform
from lti_app.launch.platforms import is_near
from lti_app.launch.tokens import StoredTokens
from lti_app.people.models import Section


@dataclass(frozen=True)
class LtiServices:
    """What a section's platform offers. Call its clients outside any writing transaction."""

    connector: LtiConnector
    roster_url: str | None
    groups_url: str | None
    line_items_url: str | None
    scopes: tuple[str, ...]

    def roster(self, link_id: str = "") -> FollowedRoster:
        """The roster; with `link_id`, of those who can open that resource link.

        Raises `LmsRefused('forbidden')` where the platform offers none.
        """
        if self.roster_url is None:
            raise LmsRefused("forbidden", "no roster service")
        return LtiRoster(self.connector, self.roster_url, self.groups_url, link_id=link_id)

    def gradebook(self, work_url: Callable[[int], str] | None = None) -> EditableGradebook:
        """The gradebook, whose scores link to the work at `work_url` of an attempt's id.

        Raises `LmsRefused('forbidden')` where the platform offers none.
        """
        if self.line_items_url is None:
            raise LmsRefused("forbidden", "no gradebook service")
        return LtiGradebook(self.connector, self.line_items_url, self.scopes, work_url)


def lti_services(database: Database, section: Section) -> LtiServices:
    """The services of an LTI section, as its last launch named them.

    Raises `LmsRefused`: `invalid` for a section of another source, `unauthorized` where its
    platform was removed or switched off.
    """
    kind, _, platform_id = section.source.partition(":")
    if kind != "lti" or not platform_id.isdigit():
        raise LmsRefused("invalid", "not an LTI section")
    with database.session(writes=False) as session:
        platform = session.scalar(
            select(Platform).where(Platform.id == int(platform_id), Platform.active)
        )
    if platform is None:
        raise LmsRefused("unauthorized", "platform switched off")
    return LtiServices(
        connector=connector_to(database, platform),
        roster_url=section.roster_url,
        groups_url=section.groups_url,
        line_items_url=section.line_items_url,
        scopes=tuple(section.service_scopes),
    )


def connector_to(database: Database, platform: Platform) -> LtiConnector:
    """Service requests to a platform."""
    return LtiConnector(
        registration_with(database, platform),
        StoredTokens(database, platform.id),
        http_session(allow_loopback=is_near(platform.token_url)),
    )


def registration_with(database: Database, platform: Platform) -> ToolRegistration:
    """Ours at a platform, with the key we sign with now."""
    key = current_key(database)
    return ToolRegistration(
        issuer=platform.issuer,
        client_id=platform.client_id,
        token_url=platform.token_url,
        token_audience=platform.token_audience,
        kid=key.kid,
        private_pem=key.private_pem,
    )
