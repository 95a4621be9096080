"""A course's roster over Names and Role Provisioning Services 2.0, and its groups."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from integrations.lms import Group, LmsRefused, Member
from integrations.lti.claims import ID_LENGTH
from integrations.lti.connector import LtiConnector, linked
from integrations.lti.gradebook import with_query

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ACCEPT = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
GROUPS_SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
GROUPS_ACCEPT = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"
LONGEST_ADDRESS = 2000


class LtiRoster:
    """Implements `integrations.lms.FollowedRoster`.

    With `link_id`, members are only those who can open that resource link (NRPS 2.0, resource
    link membership: the `rlid` query).
    """

    def __init__(
        self,
        connector: LtiConnector,
        memberships_url: str,
        groups_url: str | None = None,
        *,
        link_id: str = "",
    ) -> None:
        self._connector = connector
        self._memberships_url = memberships_url
        self._groups_url = groups_url
        self._link_id = link_id
        self.offers_groups = groups_url is not None
        self.differences_url: str | None = None

    def members(self) -> Iterator[Member]:
        """All members, page by page: no more than one page is held at a time."""
        url = self._memberships_url
        if self._link_id:
            url = with_query(url, rlid=self._link_id)
        if self.offers_groups:  # Course Groups 1.0: only then members come with their groups
            url = with_query(url, groups="true")
        return self._read(url)

    def changes(self, differences_url: str) -> Iterator[Member]:
        """Members whose membership changed since then; those who left are not `active`."""
        return self._read(differences_url)

    def groups(self) -> Iterator[Group]:
        """The course's groups, page by page."""
        for _, entries in self._pages(
            GROUPS_SCOPE, self._groups_url or "", GROUPS_ACCEPT, "groups"
        ):
            for entry in entries:
                if isinstance(entry, dict) and (group_id := _id(entry.get("id"))):
                    yield Group(group_id, _text(entry, "name"))

    def _read(self, url: str) -> Iterator[Member]:
        self.differences_url = None
        for link, entries in self._pages(SCOPE, url, ACCEPT, "members"):
            for entry in entries:
                member = _member(entry)
                if member is not None:
                    yield member
            # Of the last page: what the pages before it said is older.
            self.differences_url = self._own(linked(link, url, "differences"))

    def _pages(
        self, scope: str, url: str, accept: str, name: str
    ) -> Iterator[tuple[str, list[Any]]]:
        """Each page's Link header, and the entries under `name`."""
        for page in self._connector.get_paginated_data([scope], url, accept=accept):
            body = page["body"]
            entries = body.get(name) if isinstance(body, dict) else None
            if not isinstance(entries, list):
                raise LmsRefused("invalid", f"no {name} in the answer")
            yield page["headers"].get("link", ""), entries

    def _own(self, url: str | None) -> str | None:
        """An address that is kept gets our tokens for a day: only one of the roster's server."""
        if url is None or len(url) > LONGEST_ADDRESS:
            return None
        ours, theirs = urlsplit(self._memberships_url), urlsplit(url)
        return url if (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc) else None


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
        group_ids=_group_ids(entry.get("group_enrollments")),
    )


def _group_ids(enrolments: Any) -> tuple[str, ...] | None:
    """Groups of a member (Course Groups 1.0): `[{"group_id": …}]`."""
    if not isinstance(enrolments, list):
        return None
    found = (_id(one.get("group_id")) for one in enrolments if isinstance(one, dict))
    return tuple(group_id for group_id in found if group_id)


def _id(value: Any) -> str:
    """A group's id as text: some platforms send their numbers. Empty where it can't be one."""
    given = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return given if isinstance(given, str) and len(given) <= ID_LENGTH else ""


def _text(entry: dict[str, Any], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""
