"""Announcements in a Classroom course.

https://developers.google.com/workspace/classroom/reference/rest/v1/courses.announcements
"""

from collections.abc import Callable
from typing import Any

from integrations.lms import LmsRefused


class Announcements:
    """A course's stream; `call` makes a request on the `courses()` resource."""

    def __init__(self, call: Callable[..., dict[str, Any]], course_id: str) -> None:
        self._call = call
        self._course_id = course_id

    def post(self, text: str) -> str:
        """Say something to the whole course; returns the announcement's id. Raises `LmsError`."""
        made = self._call(
            lambda courses: courses.announcements().create(
                courseId=self._course_id, body={"text": text, "state": "PUBLISHED"}, fields="id"
            )
        )
        return str(made.get("id", ""))

    def change(self, announcement_id: str, text: str) -> None:
        """Say it otherwise. Raises `LmsError`; `gone` where somebody deleted it."""
        self._call(
            lambda courses: courses.announcements().patch(
                courseId=self._course_id,
                id=announcement_id,
                updateMask="text",
                body={"text": text},
                fields="id",
            ),
            "gone",
        )

    def remove(self, announcement_id: str) -> None:
        """Take it back; one that is gone already is fine. Raises `LmsError`."""
        try:
            self._call(
                lambda courses: courses.announcements().delete(
                    courseId=self._course_id, id=announcement_id
                ),
                "gone",
            )
        except LmsRefused as refused:
            if refused.code != "gone":
                raise
