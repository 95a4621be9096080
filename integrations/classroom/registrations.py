"""Having Google tell a Pub/Sub topic of a course's changes, for about a week at a time.

https://developers.google.com/workspace/classroom/reference/rest/v1/registrations
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.lms import LmsRefused, LmsUnavailable

GONE = "feed_or_topic_gone"
RESOURCE = "registrations"


class Feed(enum.StrEnum):
    """What of a course is told, in Google's words."""

    WORK = "COURSE_WORK_CHANGES"
    """Coursework and submissions; neither materials nor topics."""
    PEOPLE = "COURSE_ROSTER_CHANGES"


INFO = {Feed.WORK: "courseWorkChangesInfo", Feed.PEOPLE: "courseRosterChangesInfo"}


@dataclass(frozen=True)
class Registered:
    """A feed that is told to the topic."""

    id: str
    expires_at: datetime


class Registrations:
    """One teacher's registrations with one topic; `call` makes a request."""

    def __init__(self, call: Callable[..., dict[str, Any]], topic: str) -> None:
        self._call = call
        self._topic = topic

    def create(self, feed: Feed, course_id: str) -> Registered:
        """Have it told for about a week from now; asked for again, the same one lasts longer.

        Raises `LmsRefused`: `feed_or_topic_gone` (no such course for this teacher; or no such
        topic, or one that Classroom may not publish to: Google answers both alike), `forbidden`
        (the scope was not granted), `not_a_teacher`; `LmsUnavailable`.
        """
        body = {
            "feed": {"feedType": feed.value, INFO[feed]: {"courseId": course_id}},
            "cloudPubsubTopic": {"topicName": self._topic},
        }
        made = self._call(
            lambda registrations: registrations.create(
                body=body, fields="registrationId,expiryTime"
            ),
            GONE,
            RESOURCE,
        )
        registration_id = made.get("registrationId")
        if not isinstance(registration_id, str) or not registration_id:
            raise LmsUnavailable("garbled", "registration")
        return Registered(registration_id, _moment(made.get("expiryTime")))

    def delete(self, registration_id: str) -> None:
        """Have it told no more; one that is over already is fine. Raises `LmsError`."""
        try:
            self._call(
                lambda registrations: registrations.delete(registrationId=registration_id),
                GONE,
                RESOURCE,
            )
        except LmsRefused as refused:
            if refused.code != GONE:
                raise


def _moment(written: Any) -> datetime:
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise LmsUnavailable("garbled", "expiryTime") from error
