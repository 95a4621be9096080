"""The practice Classroom's courses, topics and people."""

from flask import request

from integrations.practice.classroom_rights import ApiError, Rights, not_found, page
from integrations.practice.classroom_store import PracticeClassroom, Resource
from integrations.practice.google_oauth import Grant

Arguments = dict[str, str]
LONGEST_TOPIC = 100
MOST_TOPICS = 200


class CourseViews:
    """`courses`, `topics`, `students`, `teachers`, `userProfiles`."""

    def __init__(self, classroom: PracticeClassroom, rights: Rights) -> None:
        self._classroom = classroom
        self._rights = rights

    def courses(self, grant: Grant, _arguments: Arguments, _body: Resource) -> Resource:
        """Those the caller is in; in any state, unless asked for some."""
        states = request.args.getlist("courseStates")
        found = [
            course
            for course in self._classroom.courses.values()
            if self._rights.role(grant, course["id"]) is not None
            and (not states or course["courseState"] in states)
        ]
        for parameter, role in (("teacherId", "teacher"), ("studentId", "student")):
            if named := request.args.get(parameter):
                person = self._rights.person(grant, named)
                found = [
                    course
                    for course in found
                    if self._classroom.school_course(course["id"]).role_of(person.id) == role
                ]
        return page("courses", found)

    def course(self, grant: Grant, arguments: Arguments, _body: Resource) -> Resource:
        """One course."""
        return self._rights.course(grant, arguments["id"])

    def topics(self, grant: Grant, arguments: Arguments, _body: Resource) -> Resource:
        """A course's topics."""
        course = self._rights.course(grant, arguments["courseId"])
        return page("topic", self._classroom.topics[course["id"]])

    def create_topic(self, grant: Grant, arguments: Arguments, body: Resource) -> Resource:
        """Add a topic; names are told apart by case, and white space in them collapses."""
        course = self._rights.taught(grant, arguments["courseId"])
        self._rights.must_be_active(course["id"])
        name = " ".join(body.get("name", "").split())
        if not 1 <= len(name) <= LONGEST_TOPIC:
            raise ApiError(400, "name: Invalid value.")
        topics = self._classroom.topics[course["id"]]
        if any(topic["name"] == name for topic in topics):
            raise ApiError(409, "Requested entity already exists")
        if len(topics) >= MOST_TOPICS:
            raise ApiError(400, "@CourseTopicLimitReached", "FAILED_PRECONDITION")
        self._classroom.add_topic(course["id"], name)
        return topics[-1]

    def students(self, grant: Grant, arguments: Arguments, _body: Resource) -> Resource:
        """A course's students, for its teachers."""
        course = self._rights.taught(grant, arguments["courseId"])
        ids = self._classroom.school_course(course["id"]).student_ids
        return page("students", [self._member(grant, course["id"], i) for i in ids])

    def teachers(self, grant: Grant, arguments: Arguments, _body: Resource) -> Resource:
        """A course's teachers."""
        course = self._rights.course(grant, arguments["courseId"])
        ids = self._classroom.school_course(course["id"]).teacher_ids
        return page("teachers", [self._member(grant, course["id"], i) for i in ids])

    def _member(self, grant: Grant, course_id: str, person_id: str) -> Resource:
        profile = self._profile(grant, person_id)
        return {"courseId": course_id, "userId": profile["id"], "profile": profile}

    def user_profile(self, grant: Grant, arguments: Arguments, _body: Resource) -> Resource:
        """The caller's own profile, that of someone the caller teaches, or, for an administrator
        of the domain, anybody's."""
        try:
            person = self._rights.person(grant, arguments["userId"])
        except ApiError as error:
            # Unlike elsewhere, Google says nothing about who exists.
            raise ApiError(403, "The caller does not have permission") from error
        courses = self._classroom.school.courses.values()
        if (
            person != grant.person
            and grant.person.role != "administrator"
            and not any(
                course.role_of(grant.person.id) == "teacher" and course.role_of(person.id)
                for course in courses
            )
        ):
            raise ApiError(403, "The caller does not have permission")
        return self._profile(grant, person.id)

    def _profile(self, grant: Grant, person_id: str) -> Resource:
        person = self._classroom.school.people.get(person_id)
        if person is None:
            raise not_found()
        given, _, family = person.name.partition(" ")
        profile: Resource = {
            "id": person.google_id,
            "name": {"givenName": given, "familyName": family, "fullName": person.name},
        }
        if any(scope.endswith("classroom.profile.emails") for scope in grant.scopes):
            profile["emailAddress"] = person.email
        return profile
