"""The practice platform's gradebook: AGS 2.0, and what all its services share."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from integrations.practice import gradebook, links
from integrations.practice.paging import UnknownBookmark, one_page
from integrations.practice.platform import (
    AGS,
    LineItem,
    PracticePlatform,
    link_id,
)
from integrations.practice.school import PracticeCourse

F = TypeVar("F", bound=Callable[..., Any])

LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
FILTERS = {"resource_id": "resourceId", "tag": "tag", "resource_link_id": "resourceLinkId"}


class Refused(Exception):
    """A request that is not served; nothing was changed."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


def make_blueprint(platform: PracticePlatform) -> Blueprint:
    """The services' addresses."""
    blueprint = Blueprint("lti_services", __name__, url_prefix="/lti/courses/<course_id>")
    _add_columns(blueprint, platform)
    _add_column(blueprint, platform)
    _add_scores(blueprint, platform)
    return blueprint


def allow(platform: PracticePlatform, *scopes: str) -> Callable[[F], F]:
    """Only with a token that has one of the scopes; the view gets the course."""

    def decorate(view: F) -> F:
        @wraps(view)
        def checked(course_id: str, **kwargs: Any) -> ResponseReturnValue:
            try:
                course = _admitted(platform, course_id, scopes)
                with platform.lock:
                    answered: ResponseReturnValue = view(course, **kwargs)
            except Refused as refused:
                return _no(refused)
            return answered

        return checked  # type: ignore[return-value]

    return decorate


def _admitted(
    platform: PracticePlatform, course_id: str, scopes: tuple[str, ...]
) -> PracticeCourse:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    granted = platform.scopes_of(token) if kind.lower() == "bearer" else None
    if granted is None:
        raise Refused(401, "the token is unknown or has expired")
    if not granted.intersection(scopes):
        raise Refused(403, "the token lacks the scope")
    course = platform.school.courses.get(course_id)
    if course is None:
        raise Refused(404, "there is no such course")
    return course


def _add_columns(blueprint: Blueprint, platform: PracticePlatform) -> None:
    @blueprint.get("/line_items")
    @platform.mischief.on("lti.line_items")
    @allow(platform, AGS + "lineitem", AGS + "lineitem.readonly")
    def line_items(course: PracticeCourse) -> ResponseReturnValue:
        _check_query(platform)
        items = [item for item in platform.line_items.values() if item.course_id == course.id]
        rows = [gradebook.shown(item) for item in items]
        for parameter, name in FILTERS.items():
            if (wanted := request.args.get(parameter)) is not None:
                rows = [row for row in rows if row.get(name) == wanted]
        some, link = one_page_of(platform, rows)
        return answer(some, LINE_ITEMS, link)

    @blueprint.post("/line_items")
    @platform.mischief.on("lti.line_items.create")
    @allow(platform, AGS + "lineitem")
    def create(course: PracticeCourse) -> ResponseReturnValue:
        _check_query(platform)
        fields = _sent(LINE_ITEM)
        if wrong := gradebook.wrong_line_item(_link_ids(platform, course), fields):
            raise Refused(*wrong)
        item = links.add_column(platform, course, fields)
        return answer(gradebook.shown(item), LINE_ITEM, status=201)


def _add_column(blueprint: Blueprint, platform: PracticePlatform) -> None:
    @blueprint.get("/line_items/<key>")
    @platform.mischief.on("lti.line_item")
    @allow(platform, AGS + "lineitem", AGS + "lineitem.readonly")
    def show(course: PracticeCourse, key: str) -> ResponseReturnValue:
        return answer(gradebook.shown(_item(platform, course, key)), LINE_ITEM)

    @blueprint.put("/line_items/<key>")
    @platform.mischief.on("lti.line_item.update")
    @allow(platform, AGS + "lineitem")
    def change(course: PracticeCourse, key: str) -> ResponseReturnValue:
        item = _item(platform, course, key)
        fields = _sent(LINE_ITEM)
        if wrong := gradebook.wrong_line_item(_link_ids(platform, course), fields):
            raise Refused(*wrong)
        item.fields = fields
        return answer(gradebook.shown(item), LINE_ITEM)

    @blueprint.delete("/line_items/<key>")
    @platform.mischief.on("lti.line_item.delete")
    @allow(platform, AGS + "lineitem")
    def delete(course: PracticeCourse, key: str) -> ResponseReturnValue:
        item = _item(platform, course, key)
        if item.fields.get("resourceLinkId") in platform.links:
            raise Refused(401, "the column belongs to a link of the course")  # as Canvas does
        del platform.line_items[key]
        return "", 204


def _add_scores(blueprint: Blueprint, platform: PracticePlatform) -> None:
    @blueprint.post("/line_items/<key>/scores")
    @platform.mischief.on("lti.scores")
    @allow(platform, AGS + "score")
    def score(course: PracticeCourse, key: str) -> ResponseReturnValue:
        item = _item(platform, course, key)
        given = _sent(SCORE)
        if wrong := gradebook.wrong_score(course, item, given):
            raise Refused(*wrong)
        item.scores[given["userId"]] = given
        platform.received.append({**given, "lineItem": item.id})
        return "", 200

    @blueprint.get("/line_items/<key>/results")
    @platform.mischief.on("lti.results")
    @allow(platform, AGS + "result.readonly")
    def results(course: PracticeCourse, key: str) -> ResponseReturnValue:
        item = _item(platform, course, key)
        wanted = request.args.get("user_id")
        rows = [
            gradebook.result(item, given)
            for user_id, given in item.scores.items()
            if wanted in (None, user_id)
        ]
        some, link = one_page_of(platform, rows)
        return answer(some, RESULTS, link)


def _item(platform: PracticePlatform, course: PracticeCourse, key: str) -> LineItem:
    """The course's own line item; another course's is as good as none."""
    item = platform.line_items.get(key)
    if item is None or item.course_id != course.id:
        raise Refused(404, "no such line item")
    _check_query(platform)
    return item


def _link_ids(platform: PracticePlatform, course: PracticeCourse) -> set[str]:
    return {link_id(course), *(link.id for link in links.of_course(platform, course.id))}


def _check_query(platform: PracticePlatform) -> None:
    # A tool that drops an address's own query (to add `/scores`, say) finds nothing on Moodle.
    own = platform.line_item_query.removeprefix("?")
    if own and own not in request.query_string.decode().split("&"):
        raise Refused(404, f"the address had a query, {own}, that is gone")


def _sent(media_type: str) -> Any:
    if request.mimetype != media_type:
        raise Refused(415, f"send {media_type}")
    if (body := request.get_json(force=True, silent=True)) is None:
        raise Refused(400, "the body is not JSON")
    return body


def one_page_of(platform: PracticePlatform, rows: Sequence[Any]) -> tuple[Sequence[Any], str]:
    """The page that was asked for, and its `Link` header."""
    query = list(request.args.items(multi=True))
    try:
        return one_page(rows, platform.base_url + request.path, query, platform.page_size)
    except UnknownBookmark as error:
        raise Refused(404, "there is no such page") from error


def answer(body: Any, media_type: str, link: str = "", status: int = 200) -> Response:
    """A body in its media type, with its `Link` header."""
    response = jsonify(body)
    response.status_code = status
    response.mimetype = media_type
    if link:
        response.headers["Link"] = link
    return response


def _no(refused: Refused) -> Response:
    response = jsonify(errors={"type": "error", "message": refused.words})
    response.status_code = refused.status
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    elif refused.status == 403:
        response.headers["WWW-Authenticate"] = 'Bearer error="insufficient_scope"'
    return response
