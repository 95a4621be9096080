"""The practice Classroom's memory: topics, coursework, submissions, as Google's resources."""

import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from integrations.practice.classroom_changes import Changes
from integrations.practice.classroom_content import TOPICS, WORKS, Work
from integrations.practice.classroom_quota import PracticeQuota
from integrations.practice.school import PracticeSchool, opaque

Resource = dict[str, Any]


def stamp(moment: datetime | None = None) -> str:
    """A moment as Google writes it."""
    at = moment or datetime.now(UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class TokenLimit:
    """Whose an `addOnToken` is, and until when."""

    user_id: str
    ends: datetime


class PracticeClassroom:
    """Courses of the school, as Classroom knows them. Ids are digits, as Google's are."""

    def __init__(self, school: PracticeSchool, own_client_id: str, works: Any = WORKS) -> None:
        self.school = school
        self.own_client_id = own_client_id
        self.lock = threading.RLock()
        self.quota = PracticeQuota()
        self.courses: dict[str, Resource] = {}
        self.topics: dict[str, list[Resource]] = {}
        self.works: dict[str, list[Resource]] = {}
        """Coursework and materials, by course id; a material carries `_material`."""
        self.submissions: dict[tuple[str, str], dict[str, Resource]] = {}
        """By (course id, coursework id), then submission id."""
        self.rubrics: dict[tuple[str, str], Resource] = {}
        """By (course id, coursework id)."""
        self.unmasked: list[str] = []
        """Methods that were asked for everything, without a field mask, in order."""
        self.deleted: set[str] = set()
        """Ids of coursework that was there once."""
        self.announcements: dict[str, list[Resource]] = defaultdict(list)
        """By course id."""
        self.attachments: dict[tuple[str, str], list[Resource]] = {}
        """Of add-ons, by (course id, item id)."""
        self.add_on_tokens: dict[str, tuple[str, str]] = {}
        """(course id, item id) that a token of an iframe is good for."""
        self.token_limits: dict[str, TokenLimit] = {}
        """By token; one without is good for any teacher and for ever."""
        self.attachment_points: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
        """What add-ons gave: by (item id, attachment id), then submission id."""
        self.without_add_ons: set[str] = set()
        """Google ids of teachers whose district gives them no add-ons."""
        # Ids are never given twice, also after something was removed.
        self._numbers: dict[str, count[int]] = defaultdict(lambda: count(1))
        self._school_ids: dict[str, str] = {}
        """The school's id of a course by Classroom's."""
        self.patches: list[Resource] = []
        """Every grade that was patched in, oldest first."""
        self.changes = Changes()
        for course in school.courses.values():
            self.open_course(course.id, works)

    def google_course_id(self, course_id: str) -> str:
        """Classroom's id of the school's course."""
        return str(int(opaque("classroom", course_id)[:10], 16))

    def school_course(self, google_course_id: str) -> Any:
        """The school's course behind Classroom's."""
        return self.school.courses.get(self._school_ids.get(google_course_id, ""))

    def open_course(self, course_id: str, works: tuple[Work, ...]) -> None:
        """A course of the school's begins in Classroom."""
        course = self.school.courses[course_id]
        google_id = self.google_course_id(course_id)
        self._school_ids[google_id] = course_id
        self.courses[google_id] = {
            "id": google_id,
            "name": course.title,
            "courseState": "ACTIVE",
            "ownerId": self.school.people[course.teacher_ids[0]].google_id,
            "alternateLink": f"https://classroom.google.com/c/{google_id}",
            "creationTime": stamp(),
            "updateTime": stamp(),
        }
        self.topics[google_id] = []
        self.works[google_id] = []
        topic_ids = {name: self.add_topic(google_id, name) for name in TOPICS}
        for work in works:
            self._add(google_id, work, topic_ids[work.topic])

    def add_topic(self, google_course_id: str, name: str) -> str:
        """Add a topic; returns its id."""
        number = next(self._numbers[f"topics of {google_course_id}"])
        topic = {
            "courseId": google_course_id,
            "topicId": f"{google_course_id}{number:02}",
            "name": name,
            "updateTime": stamp(),
        }
        self.topics[google_course_id].append(topic)
        return str(topic["topicId"])

    def _add(self, google_course_id: str, work: Work, topic_id: str) -> None:
        materials: list[Resource] = []
        if work.video:
            materials.append(
                {
                    "youtubeVideo": {
                        "id": "practice4nf",
                        "title": work.title,
                        "alternateLink": work.video,
                    }
                }
            )
        if work.link:
            materials.append({"link": {"url": work.link, "title": work.title}})
        if work.form:
            materials.append({"form": {"formUrl": work.form, "title": work.title}})
        added = self.add_work(
            google_course_id,
            title=work.title,
            description=work.description,
            topicId=topic_id,
            materials=materials,
            maxPoints=work.points,
            material=work.material,
            owner=self.own_client_id if work.ours else "classroom",
        )
        if not work.material:
            self._begin(google_course_id, added["id"], work)

    def add_work(
        self,
        google_course_id: str,
        *,
        title: str,
        material: bool = False,
        owner: str = "classroom",
        **fields: Any,
    ) -> Resource:
        """Add coursework or a material; `fields` in Google's words, None ones left out."""
        number = self.next_number(google_course_id)
        work_id = f"{google_course_id}{number:04}"
        work: Resource = {
            "courseId": google_course_id,
            "id": work_id,
            "title": title,
            "state": "PUBLISHED",
            "alternateLink": f"https://classroom.google.com/c/{google_course_id}/a/{work_id}",
            "creationTime": stamp(),
            "updateTime": stamp(),
            "_owner": owner,
            "_material": material,
            **{name: value for name, value in fields.items() if value is not None},
        }
        if not material:
            work.setdefault("workType", "ASSIGNMENT")
        self.works[google_course_id].append(work)
        self.submissions.setdefault((google_course_id, work_id), {})
        self.changes.work(work, "CREATED")
        return work

    def join(self, google_course_id: str, person_id: str) -> None:
        """A student of the school joins a course."""
        course = self.school_course(google_course_id)
        if person_id in course.inactive_ids:
            course.inactive_ids.remove(person_id)
        course.student_ids.append(person_id)
        self.changes.person(google_course_id, "students", self.school.people[person_id], "CREATED")

    def leave(self, google_course_id: str, person_id: str) -> None:
        """A student leaves a course."""
        self.school_course(google_course_id).leave(person_id)
        self.changes.person(google_course_id, "students", self.school.people[person_id], "DELETED")

    def join_as_teacher(self, google_course_id: str, person_id: str) -> None:
        """Somebody teaches a course, too."""
        self.school_course(google_course_id).teacher_ids.append(person_id)
        self.changes.person(google_course_id, "teachers", self.school.people[person_id], "CREATED")

    def work(self, google_course_id: str, work_id: str) -> Resource | None:
        """One piece of coursework."""
        return next((w for w in self.works[google_course_id] if w["id"] == work_id), None)

    def change_work(self, google_course_id: str, work_id: str, **fields: Any) -> None:
        """The teacher changes a piece of coursework; fields that are None are emptied."""
        work = {**(self.work(google_course_id, work_id) or {}), **fields, "updateTime": stamp()}
        kept = {name: value for name, value in work.items() if value is not None}
        self.works[google_course_id] = [
            kept if one["id"] == work_id else one for one in self.works[google_course_id]
        ]
        self.changes.work(kept, "DELETED" if kept["state"] == "DELETED" else "MODIFIED")

    def remove_work(self, google_course_id: str, work_id: str) -> None:
        """The teacher deletes a piece of coursework: Google still lists it, as deleted, to
        teachers who ask for such, for some time (`forget_work`)."""
        self.change_work(google_course_id, work_id, state="DELETED")
        self.deleted.add(work_id)

    def forget_work(self, google_course_id: str, work_id: str) -> None:
        """The time is over: it is listed no more."""
        self.works[google_course_id] = [
            work for work in self.works[google_course_id] if work["id"] != work_id
        ]

    def come_out(self, google_course_id: str) -> None:
        """A course's drafts whose time has come are published."""
        at = datetime.now(UTC)
        for work in self.works.get(google_course_id, []):
            due = work.get("scheduledTime")
            if work["state"] == "DRAFT" and due and datetime.fromisoformat(due) <= at:
                work["state"] = "PUBLISHED"
                work["updateTime"] = work.pop("scheduledTime")
                self.hand_out(google_course_id, work["id"])
                self.changes.work(work)

    def set_rubric(
        self, google_course_id: str, work_id: str, criteria: list[Resource] | None
    ) -> Resource:
        """The teacher gives coursework a rubric, changes it, or (None) takes it away. Google
        does not say that the coursework's own time of change moves: here it does not."""
        where = (google_course_id, work_id)
        rubric = {
            "courseId": google_course_id,
            "courseWorkId": work_id,
            "id": f"{work_id}9",
            "creationTime": stamp(),
            "updateTime": stamp(),
            "criteria": criteria or [],
        }
        if criteria:
            self.rubrics[where] = rubric
        else:
            self.rubrics.pop(where, None)
        return rubric

    def next_number(self, of: str) -> int:
        """For an id that was never given before among those of a course or post."""
        return next(self._numbers[of])

    def announce(self, google_course_id: str, text: str, owner: str = "classroom") -> Resource:
        """A teacher says something to the whole course."""
        number = self.next_number(google_course_id)
        said: Resource = {
            "courseId": google_course_id,
            "id": f"{google_course_id}{number:04}",
            "text": text,
            "state": "PUBLISHED",
            "_owner": owner,
        }
        self.announcements[google_course_id].append(said)
        return said

    def hand_out(self, google_course_id: str, work_id: str) -> None:
        """Every student it is assigned to gets a submission to work on; others have none."""
        work = self.work(google_course_id, work_id) or {}
        students = self.school_course(google_course_id).student_ids
        user_ids = [self.school.people[person_id].google_id for person_id in students]
        if work.get("assigneeMode") == "INDIVIDUAL_STUDENTS":
            user_ids = work["individualStudentsOptions"]["studentIds"]
        for user_id in user_ids:
            self.submission(google_course_id, work_id, user_id)
        place, assigned = self.submissions[(google_course_id, work_id)], set(user_ids)
        for submission_id in [key for key, row in place.items() if row["userId"] not in assigned]:
            del place[submission_id]

    def _begin(self, google_course_id: str, work_id: str, work: Work) -> None:
        """Hand it out, and let as many as its share says turn it in and get a grade."""
        students = self.school_course(google_course_id).student_ids
        for seat, person_id in enumerate(students):
            submission = self.submission(
                google_course_id, work_id, self.school.people[person_id].google_id
            )
            if seat < round(work.turned_in_share * len(students)):
                self.turn_in(submission)
                if work.points:
                    # Most do well, a few need help: the same for every run.
                    share = (1.0, 0.75, 0.9, 0.4, 0.85, 1.0, 0.5)[(seat * 3 + len(work_id)) % 7]
                    self.grade(submission, round(share * work.points * 2) / 2)

    def submission(self, google_course_id: str, work_id: str, user_id: str) -> Resource:
        """A student's submission, made where there is none yet."""
        place = self.submissions.setdefault((google_course_id, work_id), {})
        submission_id = f"Cg{opaque(google_course_id, work_id, user_id)[:10]}"
        if submission_id in place:
            return place[submission_id]
        place[submission_id] = {
            "courseId": google_course_id,
            "courseWorkId": work_id,
            "id": submission_id,
            "userId": user_id,
            "state": "CREATED",
            "courseWorkType": "ASSIGNMENT",
            "creationTime": stamp(),
            "updateTime": stamp(),
            "alternateLink": f"https://classroom.google.com/c/{google_course_id}/sm/{submission_id}",
            "submissionHistory": [],
        }
        return place[submission_id]

    def turn_in(self, submission: Resource) -> None:
        """The student turned it in yesterday."""
        yesterday = datetime.now(UTC) - timedelta(days=1)
        self.enter_state(submission, "TURNED_IN", submission["userId"], yesterday)

    def enter_state(
        self,
        submission: Resource,
        state: str,
        actor_user_id: str,
        moment: datetime | None = None,
    ) -> None:
        """The submission goes into a state, which its history remembers."""
        at = stamp(moment)
        submission["state"] = state
        submission["updateTime"] = at
        submission["submissionHistory"].append(
            {
                "stateHistory": {
                    "state": state,
                    "stateTimestamp": at,
                    "actorUserId": actor_user_id,
                }
            }
        )
        self.changes.submission(submission)

    def grade(self, submission: Resource, points: float) -> None:
        """The teacher gives a grade in Classroom, which counts once the work is returned."""
        submission["assignedGrade"] = points
        submission["draftGrade"] = points
        teacher = self.courses[submission["courseId"]]["ownerId"]
        self.enter_state(submission, "RETURNED", teacher)

    def graded_work(self, course_id: str) -> list[Resource]:
        """Coursework with points of the school's course."""
        google_id = self.google_course_id(course_id)
        return [work for work in self.works[google_id] if work.get("maxPoints")]

    def submissions_to(self, course_id: str, work_id: str) -> list[Resource]:
        """All submissions to a piece of coursework of the school's course."""
        return list(self.submissions.get((self.google_course_id(course_id), work_id), {}).values())
