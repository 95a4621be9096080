"""The practice platform's services: NRPS 2.0 and AGS 2.0."""

import base64
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from integrations.practice.platform import AGS, ROLE_URIS, LineItem, PracticePlatform
from integrations.practice.school import PracticeCourse

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
ACTIVITY = {"Initialized", "Started", "InProgress", "Submitted", "Completed"}
GRADING = {"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"}


def make_blueprint(platform: PracticePlatform) -> Blueprint:
    """The services' addresses."""
    blueprint = Blueprint("lti_services", __name__, url_prefix="/lti/courses/<course_id>")
    on = platform.mischief.on

    def allow(*scopes: str) -> Callable[[F], F]:
        """Only with a token that has one of the scopes; the view gets the course."""

        def decorate(view: F) -> F:
            @wraps(view)
            def checked(course_id: str, **kwargs: Any) -> ResponseReturnValue:
                token = request.headers.get("Authorization", "").removeprefix("Bearer ")
                granted = platform.scopes_of(token)
                if granted is None:
                    return _no(401, "the token is unknown or has expired")
                if not granted.intersection(scopes):
                    return _no(403, "the token lacks the scope")
                course = platform.school.courses.get(course_id)
                if course is None:
                    return _no(404, "there is no such course")
                with platform.lock:
                    answer: ResponseReturnValue = view(course, **kwargs)
                return answer

            return checked  # type: ignore[return-value]

        return decorate

    @blueprint.get("/members")
    @on("lti.members")
    @allow(NRPS_SCOPE)
    def members(course: PracticeCourse) -> ResponseReturnValue:
        ids = [
            *((person_id, "Active") for person_id in [*course.teacher_ids, *course.student_ids]),
            *((person_id, "Inactive") for person_id in course.inactive_ids),
        ]
        rows = [_member(platform, person_id, status) for person_id, status in ids]
        if role := request.args.get("role"):
            rows = [row for row in rows if role in " ".join(row["roles"])]
        page, link = _page(platform, rows)
        body = {
            "id": request.base_url,
            "context": {"id": course.id, "title": course.title},
            "members": page,
        }
        return _answer(body, MEMBERS, link)

    @blueprint.get("/line_items")
    @on("lti.line_items")
    @allow(AGS + "lineitem", AGS + "lineitem.readonly")
    def line_items(course: PracticeCourse) -> ResponseReturnValue:
        rows = [_shown(i) for i in platform.line_items.values() if i.course_id == course.id]
        for parameter, name in (
            ("resource_id", "resourceId"),
            ("tag", "tag"),
            ("resource_link_id", "resourceLinkId"),
        ):
            if (wanted := request.args.get(parameter)) is not None:
                rows = [row for row in rows if row.get(name) == wanted]
        page, link = _page(platform, rows)
        return _answer(page, LINE_ITEMS, link)

    @blueprint.post("/line_items")
    @on("lti.line_items.create")
    @allow(AGS + "lineitem")
    def create(course: PracticeCourse) -> ResponseReturnValue:
        if request.mimetype != LINE_ITEM:
            return _no(415, f"send {LINE_ITEM}")
        fields = request.get_json(force=True)
        if not fields.get("label") or not fields.get("scoreMaximum", 0) > 0:
            return _no(400, "label and a scoreMaximum above 0 are required")
        if fields.get("resourceLinkId") not in (None, f"link-{course.id}"):
            return _no(404, "there is no such resource link")
        key = secrets.token_hex(6)
        address = f"{platform.base_url}/lti/courses/{course.id}/line_items/{key}"
        item = LineItem(address + platform.line_item_query, course.id, dict(fields))
        platform.line_items[key] = item
        return _answer(_shown(item), LINE_ITEM, status=201)

    @blueprint.get("/line_items/<key>")
    @on("lti.line_item")
    @allow(AGS + "lineitem", AGS + "lineitem.readonly")
    def show(course: PracticeCourse, key: str) -> ResponseReturnValue:
        item = platform.line_items.get(key)
        return _answer(_shown(item), LINE_ITEM) if item else _no(404, "no such line item")

    @blueprint.put("/line_items/<key>")
    @on("lti.line_item.update")
    @allow(AGS + "lineitem")
    def change(course: PracticeCourse, key: str) -> ResponseReturnValue:
        item = platform.line_items.get(key)
        if item is None:
            return _no(404, "no such line item")
        item.fields = dict(request.get_json(force=True))
        return _answer(_shown(item), LINE_ITEM)

    @blueprint.delete("/line_items/<key>")
    @on("lti.line_item.delete")
    @allow(AGS + "lineitem")
    def delete(course: PracticeCourse, key: str) -> ResponseReturnValue:
        if platform.line_items.pop(key, None) is None:
            return _no(404, "no such line item")
        return "", 204

    @blueprint.post("/line_items/<key>/scores")
    @on("lti.scores")
    @allow(AGS + "score")
    def score(course: PracticeCourse, key: str) -> ResponseReturnValue:
        item = platform.line_items.get(key)
        if item is None:
            return _no(404, "no such line item")
        if request.mimetype != SCORE:
            return _no(415, f"send {SCORE}")
        given = request.get_json(force=True)
        if wrong := _wrong_score(course, item, given):
            return _no(*wrong)
        item.scores[given["userId"]] = given
        platform.received.append({**given, "lineItem": item.id})
        return "", 200

    @blueprint.get("/line_items/<key>/results")
    @on("lti.results")
    @allow(AGS + "result.readonly")
    def results(course: PracticeCourse, key: str) -> ResponseReturnValue:
        item = platform.line_items.get(key)
        if item is None:
            return _no(404, "no such line item")
        wanted = request.args.get("user_id")
        rows = [
            _result(item, given)
            for user_id, given in item.scores.items()
            if wanted in (None, user_id)
        ]
        page, link = _page(platform, rows)
        return _answer(page, RESULTS, link)

    return blueprint


def _wrong_score(
    course: PracticeCourse, item: LineItem, given: dict[str, Any]
) -> tuple[int, str] | None:
    """Why a score can't be taken (AGS 2.0, score publish service); None for a good one."""
    required = ("userId", "timestamp", "activityProgress", "gradingProgress")
    if missing := [name for name in required if not given.get(name)]:
        return 400, f"{', '.join(missing)} missing"
    if given["activityProgress"] not in ACTIVITY or given["gradingProgress"] not in GRADING:
        return 400, "activityProgress or gradingProgress is not a word of the spec"
    if "scoreGiven" in given and not given.get("scoreMaximum", 0) > 0:
        return 422, "scoreMaximum is required with scoreGiven"
    try:
        at = datetime.fromisoformat(given["timestamp"])
    except ValueError:
        return 400, "timestamp is not ISO 8601"
    if at.tzinfo is None:
        return 400, "timestamp needs a time zone"
    if course.role_of(given["userId"]) != "student":
        return 422, "this user is not a student of the course"
    before = item.scores.get(given["userId"])
    if before is not None and at <= datetime.fromisoformat(before["timestamp"]):
        return 409, "a score with this or a newer timestamp is here already"
    return None


def _member(platform: PracticePlatform, person_id: str, status: str) -> dict[str, Any]:
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


def _shown(item: LineItem) -> dict[str, Any]:
    return {**item.fields, "id": item.id}


def _result(item: LineItem, given: dict[str, Any]) -> dict[str, Any]:
    # A result is on the column's own maximum, whatever maximum the score came with.
    most = item.fields["scoreMaximum"]
    return {
        "id": f"{item.id}/results/{given['userId']}",
        "userId": given["userId"],
        "resultScore": given.get("scoreGiven", 0) / given.get("scoreMaximum", 1) * most,
        "resultMaximum": most,
        "comment": given.get("comment", ""),
        "scoreOf": item.id,
    }


def _page(platform: PracticePlatform, rows: Sequence[T]) -> tuple[Sequence[T], str]:
    """One page of rows and the Link header to the next. The page's token is opaque and its case
    matters, like Canvas's bookmarks."""
    token = request.args.get("page", "")
    begin = 0
    if token:
        begin = int(base64.b64decode(token.removeprefix("bookmark:")).decode().partition("|")[2])
    limit = request.args.get("limit", default=platform.page_size, type=int)
    size = max(1, min(limit, platform.page_size))
    end = begin + size
    if end >= len(rows):
        return rows[begin:end], ""
    bookmark = base64.b64encode(f"Zq|{end}".encode()).decode()
    kept = {name: value for name, value in request.args.items() if name != "page"}
    query = "&".join(f"{name}={value}" for name, value in {**kept, "page": ""}.items())
    path = request.base_url.removeprefix(request.host_url)
    return rows[begin:end], (f'<{platform.base_url}/{path}?{query}bookmark:{bookmark}>; rel="next"')


def _answer(body: Any, media_type: str, link: str = "", status: int = 200) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.mimetype = media_type
    if link:
        response.headers["Link"] = link
    return response


def _no(status: int, words: str) -> Response:
    response = jsonify(errors={"type": "error", "message": words})
    response.status_code = status
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return response
