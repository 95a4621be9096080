"""The practice Classroom's submissions: read, turned in, graded, returned."""

import math

from flask import request

from integrations.practice.classroom_rights import ApiError, Rights, not_found, page
from integrations.practice.classroom_store import PracticeClassroom, Resource, stamp
from integrations.practice.classroom_work import update_mask
from integrations.practice.google_oauth import Grant

GRADE_FIELDS = {"draftGrade", "assignedGrade"}


class SubmissionViews:
    """`courseWork.studentSubmissions`."""

    def __init__(self, classroom: PracticeClassroom, rights: Rights) -> None:
        self._classroom = classroom
        self._rights = rights

    def submissions(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """Those the caller may see: all of a course one teaches, else one's own."""
        course = self._rights.course(grant, arguments["courseId"])
        wanted = arguments["courseWorkId"]
        if wanted != "-":
            self._rights.work(grant, course["id"], wanted)
        owners = self._owners(grant, course["id"])
        states = request.args.getlist("states")
        late = request.args.get("late")
        rows = [
            submission
            for work in self._classroom.works[course["id"]]
            if wanted in ("-", work["id"]) and work["state"] != "DELETED"
            for submission in self._classroom.submissions.get(
                (course["id"], work["id"]), {}
            ).values()
            if submission["userId"] in owners
            and (not states or submission["state"] in states)
            and (late is None or submission.get("late", False) == (late == "LATE_ONLY"))
        ]
        answer = page("studentSubmissions", rows)
        if some := answer.get("studentSubmissions"):
            answer["studentSubmissions"] = [self._shown(grant, submission) for submission in some]
        return answer

    def _owners(self, grant: Grant, course_id: str) -> set[str]:
        """Google's ids of those whose work is asked for; who left is no longer among them."""
        course = self._classroom.school_course(course_id)
        owners = {self._classroom.school.people[i].google_id for i in course.student_ids}
        if named := request.args.get("userId"):
            asked = self._rights.person(grant, named).google_id
            if asked not in owners:
                raise not_found()
            owners = {asked}
        if self._rights.role(grant, course_id) == "student":
            owners &= {grant.person.google_id}
        return owners

    def submission(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """One submission."""
        return self._shown(grant, self._find(grant, arguments))

    def patch(self, grant: Grant, arguments: dict[str, str], body: Resource) -> Resource:
        """Set draft and assigned grade."""
        self._rights.taught(grant, arguments["courseId"])
        submission = self._find(grant, arguments)
        self._rights.must_grade(self._work_of(submission))
        self._rights.must_be_active(submission["courseId"])
        mask = update_mask(GRADE_FIELDS)
        for name in mask:
            if not 0 <= body.get(name, 0) < math.inf:
                raise ApiError(400, f"{name}: must be a number that is not negative.")
        for name in mask:
            if name in body:
                submission[name] = round(body[name], 2)
            else:
                submission.pop(name, None)
        submission["updateTime"] = stamp()
        self._classroom.patches.append({**submission})
        self._classroom.changes.submission(submission)
        return self._shown(grant, submission)

    def turn_in(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """The student turns in their own work."""
        submission = self._find_ours(grant, arguments)
        if submission["userId"] != grant.person.google_id:
            raise ApiError(403, "The caller does not have permission")
        if submission["state"] == "TURNED_IN":
            raise ApiError(400, "The submission is turned in already.", "FAILED_PRECONDITION")
        self._classroom.enter_state(submission, "TURNED_IN", grant.person.google_id)
        return {}

    def return_(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """A teacher gives back what was turned in. The draft grade does not become the assigned
        one.

        https://developers.google.com/workspace/classroom/guides/classroom-api/manage-grades
        """
        self._rights.taught(grant, arguments["courseId"])
        submission = self._find_ours(grant, arguments)
        if submission["state"] != "TURNED_IN":
            raise ApiError(400, "The submission is not turned in.", "FAILED_PRECONDITION")
        self._classroom.enter_state(submission, "RETURNED", grant.person.google_id)
        return {}

    def _find(self, grant: Grant, arguments: dict[str, str]) -> Resource:
        work = self._rights.work(grant, arguments["courseId"], arguments["courseWorkId"])
        place = self._classroom.submissions.get((work["courseId"], work["id"]), {})
        submission = place.get(arguments["id"])
        if submission is None:
            raise not_found()
        if (
            self._rights.role(grant, work["courseId"]) == "student"
            and submission["userId"] != grant.person.google_id
        ):
            raise ApiError(403, "The caller does not have permission")
        return submission

    def _find_ours(self, grant: Grant, arguments: dict[str, str]) -> Resource:
        """A submission that the caller's project may change."""
        submission = self._find(grant, arguments)
        self._rights.must_be_ours(self._work_of(submission))
        self._rights.must_be_active(submission["courseId"])
        return submission

    def _work_of(self, submission: Resource) -> Resource:
        work = self._classroom.work(submission["courseId"], submission["courseWorkId"])
        if work is None:
            raise not_found()
        return work

    def _shown(self, grant: Grant, submission: Resource) -> Resource:
        ours = self._rights.is_ours(self._work_of(submission))
        shown = {**submission, "associatedWithDeveloper": ours}
        if self._rights.role(grant, submission["courseId"]) == "student":
            shown.pop("draftGrade", None)
        return shown
