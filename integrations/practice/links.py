"""Links of the practice LMS's courses: picked in the tool's dialog, launched, copied with a course.

Deep Linking 2.0; ids of copied courses and links as `Context.id.history` and
`ResourceLink.id.history` (LTI 1.3 core, appendix D).
"""

import copy
import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import jwt
import requests
from jwt import PyJWKSet

from integrations.practice import notices
from integrations.practice.platform import (
    AGS_ENDPOINT,
    CLAIM,
    LineItem,
    PracticeLink,
    PracticePlatform,
)
from integrations.practice.school import PracticeCourse

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


class AnswerRefused(Exception):
    """A deep linking response that is not acceptable; its words say why."""


def settings(platform: PracticePlatform, course: PracticeCourse) -> dict[str, Any]:
    """Claims of an LtiDeepLinkingRequest (Deep Linking 2.0 §4.4)."""
    return {
        CLAIM + "message_type": "LtiDeepLinkingRequest",
        CLAIM + "resource_link": None,
        DL + "deep_linking_settings": {
            "deep_link_return_url": f"{platform.base_url}/lti/deep_link/{course.id}",
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "accept_multiple": platform.takes_several_links,
            "accept_lineitem": True,
            "data": f"for-{course.id}",
        },
    }


def take_answer(
    platform: PracticePlatform, course: PracticeCourse, token: str
) -> list[PracticeLink]:
    """Verify what the tool sent back and put its links into the course, with their columns.

    Raises `AnswerRefused`; nothing is added then.
    """
    message = _verified(platform, token)
    if message.get(DL + "data") != f"for-{course.id}":
        raise AnswerRefused("data is not what we sent")
    items = message.get(DL + "content_items", [])
    if not isinstance(items, list) or any(_wrong(item) for item in items):
        raise AnswerRefused("content_items are not ltiResourceLinks with title and url")
    if len(items) > 1 and not platform.takes_several_links:
        raise AnswerRefused("only one link is taken")
    with platform.lock:
        return [_add(platform, course, item) for item in items]


def _verified(platform: PracticePlatform, token: str) -> dict[str, Any]:
    try:
        client_id = jwt.decode(token, options={"verify_signature": False})["iss"]
        tool = platform.tools[client_id]
        key_set = PyJWKSet.from_dict(requests.get(tool.jwks_url, timeout=10).json())
        message: dict[str, Any] = jwt.decode(
            token,
            key_set[jwt.get_unverified_header(token)["kid"]],
            algorithms=["RS256"],
            audience=platform.base_url,
            issuer=client_id,
            options={"require": ["exp", "iat", "nonce"]},
        )
    except (jwt.PyJWTError, KeyError, TypeError, requests.RequestException) as error:
        raise AnswerRefused(type(error).__name__) from error
    expected = {
        "message_type": "LtiDeepLinkingResponse",
        "version": "1.3.0",
        "deployment_id": tool.deployment_id,
    }
    for name, value in expected.items():
        if message.get(CLAIM + name) != value:
            raise AnswerRefused(f"{name} must be {value}")
    with platform.lock:
        if message["nonce"] in platform.seen_answers:
            raise AnswerRefused("this answer was sent before")
        platform.seen_answers.add(message["nonce"])
    return message


def _wrong(item: Any) -> bool:
    return not (
        isinstance(item, dict)
        and item.get("type") == "ltiResourceLink"
        and isinstance(item.get("title"), str)
        and isinstance(item.get("url"), str)
    )


def _add(platform: PracticePlatform, course: PracticeCourse, item: dict[str, Any]) -> PracticeLink:
    link = PracticeLink(
        id=secrets.token_hex(8),
        course_id=course.id,
        title=item["title"],
        url=item["url"],
        opens=item.get("available", {}).get("startDateTime", ""),
        due=item.get("submission", {}).get("endDateTime", ""),
    )
    platform.links[link.id] = link
    if "lineItem" in item:
        fields = {"label": link.title, **item["lineItem"], "resourceLinkId": link.id}
        add_column(platform, course, fields)
    return link


def add_column(
    platform: PracticePlatform, course: PracticeCourse, fields: dict[str, Any]
) -> LineItem:
    """Put a column into a course's gradebook."""
    key = secrets.token_hex(6)
    address = f"{platform.base_url}/lti/courses/{course.id}/line_items/{key}"
    platform.line_items[key] = LineItem(address + platform.line_item_query, course.id, fields)
    return platform.line_items[key]


def of_course(platform: PracticePlatform, course_id: str) -> list[PracticeLink]:
    """A course's links, oldest first."""
    return [link for link in platform.links.values() if link.course_id == course_id]


def review(
    platform: PracticePlatform, course: PracticeCourse, item: LineItem, user_id: str
) -> dict[str, Any]:
    """Claims of an LtiSubmissionReviewRequest (Submission Review 1.0 §4): a click on a grade."""
    endpoint = f"{platform.base_url}/lti/courses/{course.id}/line_items{platform.line_item_query}"
    return {
        CLAIM + "message_type": "LtiSubmissionReviewRequest",
        CLAIM + "for_user": {"user_id": user_id},
        AGS_ENDPOINT: {"scope": [], "lineitems": endpoint, "lineitem": item.id},
    }


def privacy(user_id: str) -> dict[str, Any]:
    """Claims of a DataPrivacyLaunchRequest (Data Privacy Launch 1.0): about someone, or nobody."""
    return {
        CLAIM + "message_type": "DataPrivacyLaunchRequest",
        CLAIM + "resource_link": None,
        CLAIM + "context": None,
        CLAIM + "for_user": {"user_id": user_id} if user_id else None,
    }


def copy_course(
    platform: PracticePlatform,
    course: PracticeCourse,
    title: str,
    student_ids: Iterable[str] = (),
) -> PracticeCourse:
    """The course of a new year: same teachers, links and empty columns; other students."""
    with platform.lock:
        new = PracticeCourse(
            id=secrets.token_hex(12),
            title=title,
            teacher_ids=list(course.teacher_ids),
            student_ids=list(student_ids),
            history=(course.id, *course.history),
        )
        platform.school.courses[new.id] = new
        for link in of_course(platform, course.id):
            twin = replace(
                link,
                id=secrets.token_hex(8),
                course_id=new.id,
                history=(link.id, *link.history),
            )
            platform.links[twin.id] = twin
            for item in [i for i in platform.line_items.values() if i.course_id == course.id]:
                if item.fields.get("resourceLinkId") == link.id:
                    fields = {**copy.deepcopy(item.fields), "resourceLinkId": twin.id}
                    add_column(platform, new, fields)
    notices.announce_copy(platform, new, course)
    return new
