"""The practice Classroom's registrations: which changes are told to which Pub/Sub topic, and till
when.

https://developers.google.com/workspace/classroom/reference/rest/v1/registrations
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from integrations.practice.classroom_changes import Change
from integrations.practice.classroom_rights import ApiError, Rights, not_found
from integrations.practice.classroom_store import PracticeClassroom, Resource, stamp
from integrations.practice.google_oauth import Grant
from integrations.practice.pubsub import PracticePubSub
from integrations.practice.school import PracticePerson

LASTS = timedelta(days=7)
SCOPE = "https://www.googleapis.com/auth/classroom.push-notifications"
COURSE_FEEDS = {
    "COURSE_WORK_CHANGES": "courseWorkChangesInfo",
    "COURSE_ROSTER_CHANGES": "courseRosterChangesInfo",
}
FEED_OF = {
    "courses.courseWork": "COURSE_WORK_CHANGES",
    "courses.courseWork.studentSubmissions": "COURSE_WORK_CHANGES",
    "courses.students": "COURSE_ROSTER_CHANGES",
    "courses.teachers": "COURSE_ROSTER_CHANGES",
}


@dataclass
class PracticeRegistration:
    """Whom a feed of a course is told to."""

    id: str
    person: PracticePerson
    feed: str
    course_id: str
    topic: str
    expires_at: datetime


class Registrations:
    """All registrations; `tell` is called with every change in the store."""

    def __init__(self, classroom: PracticeClassroom, pubsub: PracticePubSub) -> None:
        self.by_id: dict[str, PracticeRegistration] = {}
        self.created = 0
        """How often one was made or made longer."""
        self._classroom = classroom
        self._pubsub = pubsub
        self._rights = Rights(classroom)

    def create(self, grant: Grant, _arguments: dict[str, str], body: Resource) -> Resource:
        """Make one; the same once more makes it last longer."""
        topic = body.get("cloudPubsubTopic", {}).get("topicName", "")
        if not topic.startswith("projects/") or "/topics/" not in topic:
            raise ApiError(400, "cloudPubsubTopic: Invalid value.")
        feed, course_id = self._feed(grant, body.get("feed", {}))
        if grant.is_delegated:
            # "Domain-wide delegation of authority is not currently supported for this purpose."
            raise ApiError(403, "The caller does not have permission")
        if not self._pubsub.topics.get(topic):
            raise not_found()
        key = (grant.person, feed, course_id, topic)
        for known in self.by_id.values():
            if (known.person, known.feed, known.course_id, known.topic) == key:
                found = known
                break
        else:
            found = PracticeRegistration(secrets.token_hex(8), *key, datetime.now(UTC))
            self.by_id[found.id] = found
        found.expires_at = datetime.now(UTC) + LASTS
        self.created += 1
        return {
            "registrationId": found.id,
            "feed": body["feed"],
            "cloudPubsubTopic": {"topicName": topic},
            "expiryTime": stamp(found.expires_at),
        }

    def delete(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """End one of one's own."""
        found = self.by_id.get(arguments["registrationId"])
        if found is None or found.person != grant.person:
            raise not_found()
        del self.by_id[found.id]
        return {}

    def tell(self, change: Change) -> None:
        """Publish a change to those who asked for it, may see it, and still allow it."""
        at = datetime.now(UTC)
        for one in list(self.by_id.values()):
            course = self._classroom.school_course(one.course_id)
            if (
                one.expires_at > at
                and one.feed == FEED_OF[change.collection]
                and one.course_id == change.course_id
                and course.role_of(one.person.id) == "teacher"
                and SCOPE in self._pubsub.google.granted_by(one.person)
            ):
                said = {
                    "collection": change.collection,
                    "eventType": change.event,
                    "resourceId": {"courseId": change.course_id, **change.ids},
                }
                self._pubsub.publish(one.topic, said, {"registrationId": one.id})

    def _feed(self, grant: Grant, feed: Resource) -> tuple[str, str]:
        """The feed's type and its course, which the caller teaches."""
        kind = feed.get("feedType", "")
        if kind == "DOMAIN_ROSTER_CHANGES":
            if grant.person.role != "administrator":
                raise ApiError(403, "The caller does not have permission")
            raise ApiError(501, "Feeds of a domain are not practised here.")
        if kind not in COURSE_FEEDS or set(feed) != {"feedType", COURSE_FEEDS[kind]}:
            raise ApiError(400, "feed: Invalid value.")
        course_id = feed[COURSE_FEEDS[kind]].get("courseId", "")
        return kind, str(self._rights.taught(grant, course_id)["id"])
