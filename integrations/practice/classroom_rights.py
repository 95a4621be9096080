"""Who may do what in the practice Classroom: what Google's prose says and no schema can."""

import base64

from flask import request

from integrations.practice.classroom_store import PracticeClassroom, Resource
from integrations.practice.google_oauth import Grant
from integrations.practice.school import PracticePerson

STATUS_OF = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
}
PAGE_SIZE = 30
MOST_A_PAGE = 100


class ApiError(Exception):
    """An answer in Google's words."""

    def __init__(self, code: int, message: str, status: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.status = status or STATUS_OF[code]


def not_found() -> ApiError:
    """Google's answer for what is not there, and for what is not yours to see."""
    return ApiError(404, "Requested entity was not found.")


class Rights:
    """Looks things up for a caller, and refuses what the caller may not see or change."""

    def __init__(self, classroom: PracticeClassroom) -> None:
        self._classroom = classroom

    def role(self, grant: Grant, course_id: str) -> str | None:
        """`teacher`, `student`, or None for someone outside the course."""
        course = self._classroom.school_course(course_id)
        role: str | None = course.role_of(grant.person.id) if course else None
        return role

    def course(self, grant: Grant, course_id: str) -> Resource:
        """A course the caller is in."""
        course = self._classroom.courses.get(course_id)
        if course is None or self.role(grant, course_id) is None:
            raise not_found()
        return course

    def taught(self, grant: Grant, course_id: str) -> Resource:
        """A course the caller teaches."""
        course = self.course(grant, course_id)
        if self.role(grant, course_id) != "teacher":
            raise ApiError(403, "The caller does not have permission")
        return course

    def may_see(self, grant: Grant, work: Resource) -> bool:
        """Students see only what is published and assigned to them."""
        if self.role(grant, work["courseId"]) == "teacher":
            return True
        if work.get("assigneeMode") == "INDIVIDUAL_STUDENTS":
            assigned = work["individualStudentsOptions"]["studentIds"]
            return work["state"] == "PUBLISHED" and grant.person.google_id in assigned
        return bool(work["state"] == "PUBLISHED")

    def work(self, grant: Grant, course_id: str, work_id: str) -> Resource:
        """Coursework the caller may see."""
        work = self._classroom.work(self.course(grant, course_id)["id"], work_id)
        if work is None or work["_material"] or work["state"] == "DELETED":
            raise not_found()
        if not self.may_see(grant, work):
            raise not_found()
        return work

    def is_ours(self, work: Resource) -> bool:
        """Created by the project whose client every token here belongs to."""
        return bool(work["_owner"] == self._classroom.own_client_id)

    def may_grade(self, work: Resource) -> bool:
        """Grades come from the project that created coursework, or whose attachment syncs them."""
        own = self._classroom.own_client_id
        attachments = self._classroom.attachments.get((work["courseId"], work["id"]), [])
        return self.is_ours(work) or any(
            one.get("gradeSyncEnabled") and one.get("_owner", own) == own for one in attachments
        )

    def must_be_ours(self, work: Resource) -> None:
        """Only the project that created coursework may change it and its submissions."""
        self._must(self.is_ours(work))

    def must_grade(self, work: Resource) -> None:
        """Refuse a grade from any other project."""
        self._must(self.may_grade(work))

    def _must(self, may: bool) -> None:
        if not may:
            raise ApiError(
                403,
                "@ProjectPermissionDenied The Developer Console project is not permitted "
                "to make this request.",
            )

    def must_be_active(self, course_id: str) -> None:
        """Nothing changes in an archived course."""
        if self._classroom.courses[course_id]["courseState"] != "ACTIVE":
            raise ApiError(
                400, "@CourseNotModifiable The course is archived.", "FAILED_PRECONDITION"
            )

    def person(self, grant: Grant, named: str) -> PracticePerson:
        """Someone by Google's id, by address, or `me`."""
        if named == "me":
            return grant.person
        for person in self._classroom.school.people.values():
            if named in (person.google_id, person.email):
                return person
        raise not_found()


def page(
    name: str, rows: list[Resource], usual: int = PAGE_SIZE, most: int = MOST_A_PAGE
) -> Resource:
    """The asked-for page of `rows`: 30 unless asked for otherwise, with an opaque next token."""
    asked = request.args.get("pageSize", default=0, type=int)
    if asked < 0:
        raise ApiError(400, "pageSize must not be negative.")
    size = min(asked or usual, most)
    token = request.args.get("pageToken", "")
    begin = 0
    if token:
        try:
            begin = int(base64.urlsafe_b64decode(token).decode().partition(":")[2])
        except ValueError as error:
            raise ApiError(400, "Invalid page token.") from error
    answer: Resource = {}
    if rows[begin : begin + size]:
        answer[name] = rows[begin : begin + size]
    if begin + size < len(rows):
        answer["nextPageToken"] = base64.urlsafe_b64encode(f"at:{begin + size}".encode()).decode()
    return answer
