"""The practice platform's people: the roster (NRPS 2.0) and groups (Course Groups 1.0)."""

import secrets
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from integrations.practice import links
from integrations.practice.lti_services import Refused, allow, answer, one_page_of
from integrations.practice.platform import (
    CLAIM,
    GROUPS_SCOPE,
    NRPS_SCOPE,
    ROLE_URIS,
    PracticePlatform,
    link_id,
)
from integrations.practice.school import PracticeCourse

MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
GROUPS = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"

Row = dict[str, Any]


def make_blueprint(platform: PracticePlatform) -> Blueprint:
    """The services' addresses."""
    blueprint = Blueprint("lti_people", __name__, url_prefix="/lti/courses/<course_id>")
    _add_roster(blueprint, platform)
    _add_groups(blueprint, platform)
    return blueprint


def _add_roster(blueprint: Blueprint, platform: PracticePlatform) -> None:
    @blueprint.get("/members")
    @platform.mischief.on("lti.members")
    @allow(platform, NRPS_SCOPE)
    def members(course: PracticeCourse) -> ResponseReturnValue:
        asked = request.args
        standing = _members(platform, course)
        rows = list(standing.values())
        if (since := asked.get("since")) is not None:
            rows = _changed(platform, since, standing)
        if (link := asked.get("rlid")) is not None:
            rows = _who_can_open(platform, course, link, rows)
        if role := asked.get("role"):
            rows = [row for row in rows if _has_role(row["roles"], role)]
        some, header = one_page_of(platform, rows)
        if platform.tells_differences and not header and not asked.keys() & {"rlid", "role"}:
            header = _link_to_differences(platform, standing)
        body = {
            "id": request.base_url,
            "context": {"id": course.id, "title": course.title},
            "members": some,
        }
        return answer(body, MEMBERS, header)


def _add_groups(blueprint: Blueprint, platform: PracticePlatform) -> None:
    @blueprint.get("/groups")
    @platform.mischief.on("lti.groups")
    @allow(platform, GROUPS_SCOPE)
    def groups(course: PracticeCourse) -> ResponseReturnValue:
        if not platform.offers_groups:
            raise Refused(404, "there is no groups service")
        wanted = request.args.get("user_id")
        rows = [
            {"id": group.id, "name": group.name}
            for group in course.groups
            if wanted is None or wanted in group.student_ids
        ]
        some, header = one_page_of(platform, rows)
        return answer({"id": request.base_url, "groups": some}, GROUPS, header)


def _members(platform: PracticePlatform, course: PracticeCourse) -> dict[str, Row]:
    statuses = [
        *((person_id, "Active") for person_id in [*course.teacher_ids, *course.student_ids]),
        *((person_id, "Inactive") for person_id in course.inactive_ids),
    ]
    rows = {person_id: _member(platform, person_id, status) for person_id, status in statuses}
    if platform.offers_groups and request.args.get("groups") == "true":
        for person_id, row in rows.items():
            row["group_enrollments"] = [
                {"group_id": group.id} for group in course.groups if person_id in group.student_ids
            ]
    return rows


def _member(platform: PracticePlatform, person_id: str, status: str) -> Row:
    person = platform.school.people[person_id]
    given, _, family = person.name.partition(" ")
    return {
        "user_id": person.id,
        "status": status,
        "name": person.name,
        "given_name": given,
        "family_name": family,
        "email": person.email,
        "roles": ROLE_URIS[person.role][:1],
    }


def _link_to_differences(platform: PracticePlatform, standing: dict[str, Row]) -> str:
    """NRPS 2.0, membership differences: the link tells what changes from this answer on."""
    token = secrets.token_urlsafe(8)
    platform.rosters_told[token] = standing
    kept = [f"{name}={value}" for name, value in request.args.items() if name == "groups"]
    query = "&".join([*kept, f"since={token}"])
    return f'<{platform.base_url}{request.path}?{query}>; rel="differences"'


def _changed(platform: PracticePlatform, since: str, standing: dict[str, Row]) -> list[Row]:
    """Members who are not as they were; `Deleted` is said here only, of those who are gone."""
    if since not in platform.rosters_told:
        raise Refused(410, "the changes since then are not known any more")
    before = platform.rosters_told[since]
    gone = [{**row, "status": "Deleted"} for who, row in before.items() if who not in standing]
    return [row for who, row in standing.items() if before.get(who) != row] + gone


def _who_can_open(
    platform: PracticePlatform, course: PracticeCourse, link: str, rows: list[Row]
) -> list[Row]:
    """NRPS 2.0, resource link membership: with what a launch by each of them would say."""
    if link not in {link_id(course), *(one.id for one in links.of_course(platform, course.id))}:
        raise Refused(404, "there is no such link in the course")
    closed = platform.closed_links.get(link, set())
    message = {CLAIM + "message_type": "LtiResourceLinkRequest", CLAIM + "custom": {}}
    return [
        {**row, "message": [message]}
        for row in rows
        if row["status"] == "Active" and row["user_id"] not in closed
    ]


def _has_role(roles: list[str], wanted: str) -> bool:
    """NRPS 2.0, role query parameter: the whole URI, or a context role's simple name."""
    return any(wanted in (role, role.rpartition("#")[2]) for role in roles)
