"""A course's roster over Names and Role Provisioning Services 2.0."""

from collections.abc import Iterator
from typing import Any

from integrations.lms import LmsRefused, Member
from integrations.lti.connector import LtiConnector

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ACCEPT = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


class LtiRoster:
    """Implements `integrations.lms.Roster`."""

    def __init__(self, connector: LtiConnector, memberships_url: str) -> None:
        self._connector = connector
        self._memberships_url = memberships_url

    def members(self) -> Iterator[Member]:
        """All members, page by page: no more than one page is held at a time."""
        for page in self._connector.get_paginated_data(
            [SCOPE], self._memberships_url, accept=ACCEPT
        ):
            body = page["body"]
            entries = body.get("members") if isinstance(body, dict) else None
            if not isinstance(entries, list):
                raise LmsRefused("invalid", "no members in the answer")
            for entry in entries:
                member = _member(entry)
                if member is not None:
                    yield member


def _member(entry: Any) -> Member | None:
    """One entry; None without the `user_id` that NRPS 2.0 §2.2 requires."""
    if not isinstance(entry, dict) or not isinstance(entry.get("user_id"), str):
        return None
    roles = entry.get("roles")
    return Member(
        user_id=entry["user_id"],
        name=_text(entry, "name")
        or f"{_text(entry, 'given_name')} {_text(entry, 'family_name')}".strip(),
        email=_text(entry, "email"),
        roles=tuple(r for r in roles if isinstance(r, str)) if isinstance(roles, list) else (),
        active=entry.get("status") in {None, "Active"},  # NRPS 2.0 §2.2: Active where absent
    )


def _text(entry: dict[str, Any], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""
