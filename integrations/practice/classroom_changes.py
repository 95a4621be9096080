"""What the practice Classroom tells of: each change by collection and ids, as in Google's feeds.

https://developers.google.com/workspace/classroom/best-practices/push-notifications
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.practice.school import PracticePerson

Resource = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """Something in a course was changed."""

    course_id: str
    collection: str
    event: str
    """`CREATED`, `MODIFIED` or `DELETED`."""
    ids: dict[str, str]
    """What names the resource, beside its course."""


class Changes:
    """Passes every change on to whoever listens."""

    def __init__(self) -> None:
        self.tell: Callable[[Change], None] = lambda _change: None

    def work(self, work: Resource, event: str = "MODIFIED") -> None:
        """Coursework changed; of materials nothing is told."""
        if not work["_material"]:
            ids = {"id": work["id"]}
            self.tell(Change(work["courseId"], "courses.courseWork", event, ids))

    def submission(self, submission: Resource) -> None:
        """A submission changed; of those that come with their coursework nothing is told."""
        ids = {"courseWorkId": submission["courseWorkId"], "id": submission["id"]}
        collection = "courses.courseWork.studentSubmissions"
        self.tell(Change(submission["courseId"], collection, "MODIFIED", ids))

    def person(self, course_id: str, role: str, person: PracticePerson, event: str) -> None:
        """Somebody joined or left; `role` is `students` or `teachers`."""
        self.tell(Change(course_id, f"courses.{role}", event, {"userId": person.google_id}))
