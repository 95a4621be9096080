"""The practice Classroom API: every request and answer checked against the discovery document."""

import base64
from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from integrations.practice import classroom_schema as schema
from integrations.practice.classroom_store import PracticeClassroom, Resource, stamp
from integrations.practice.field_mask import masked
from integrations.practice.google_oauth import Grant, PracticeGoogle
from integrations.practice.mischief import Mischief

STATUS_OF = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    501: "UNIMPLEMENTED",
}
PAGE_SIZE = 30
GRADE_FIELDS = {"draftGrade", "assignedGrade"}


class ApiError(Exception):
    """An answer in Google's words."""

    def __init__(self, code: int, message: str, status: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.status = status or STATUS_OF[code]


def make_blueprint(
    classroom: PracticeClassroom, google: PracticeGoogle, mischief: Mischief
) -> Blueprint:
    """`/v1/…`, as the discovery document has it."""
    blueprint = Blueprint("classroom_api", __name__)
    views = _Views(classroom)

    @blueprint.errorhandler(ApiError)
    def say(error: ApiError) -> ResponseReturnValue:
        body = {"code": error.code, "message": str(error), "status": error.status}
        return jsonify(error=body), error.code

    @blueprint.route("/v1/<path:_path>", methods=["GET", "POST", "PATCH", "PUT", "DELETE"])
    def call(_path: str) -> ResponseReturnValue:
        try:
            method, arguments = schema.find(request.method, request.path.lstrip("/"))
        except schema.NotInDiscovery as error:
            raise ApiError(404, f"Method not found: {error}") from error
        name = method.id.removeprefix("classroom.courses.")
        answer: ResponseReturnValue = mischief.suffer(
            mischief.take(f"classroom.{name}"), lambda: _answer(method, name, arguments)
        )
        return answer

    def _answer(method: schema.Method, name: str, arguments: dict[str, str]) -> Response:
        body = request.get_json(silent=True) or {}
        try:
            schema.check_query(method, request.args.to_dict(flat=False))
            if method.request:
                schema.check_body(method.request, body)
        except schema.NotInDiscovery as error:
            raise ApiError(400, str(error)) from error
        grant = google.grant_of(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if grant is None:
            raise ApiError(401, "Request had invalid authentication credentials.")
        if not grant.scopes & method.scopes:
            raise ApiError(403, "Request had insufficient authentication scopes.")
        view = views.by_name.get(name)
        if view is None:
            raise ApiError(501, f"{method.id} is not practised here.")
        with classroom.lock:
            answer = view(grant, arguments, body)
        if method.response:
            schema.check_body(method.response, answer)
        return jsonify(masked(answer, request.args.get("fields", "")))

    return blueprint


View = Callable[[Grant, dict[str, str], Resource], Resource]


class _Views:
    """What each method does."""

    def __init__(self, classroom: PracticeClassroom) -> None:
        self._classroom = classroom
        self.by_name: dict[str, View] = {
            "list": self.courses,
            "get": self.course,
            "topics.list": self.topics,
            "courseWork.list": self.course_work,
            "courseWork.get": self.one_work,
            "courseWorkMaterials.list": self.materials,
            "students.list": self.students,
            "teachers.list": self.teachers,
            "courseWork.studentSubmissions.list": self.submissions,
            "courseWork.studentSubmissions.get": self.submission,
            "courseWork.studentSubmissions.patch": self.patch,
        }

    def courses(self, grant: Grant, _arguments: dict[str, str], _body: Resource) -> Resource:
        states = request.args.getlist("courseStates") or ["ACTIVE"]
        rows = [
            course
            for course in self._classroom.courses.values()
            if course["courseState"] in states and self._role(grant, course["id"]) == "teacher"
        ]
        return _page("courses", rows)

    def course(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        return self._course(grant, arguments["id"])

    def topics(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        course = self._course(grant, arguments["courseId"])
        return _page("topic", self._classroom.topics[course["id"]])

    def course_work(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        return self._works(grant, arguments, material=False, name="courseWork")

    def materials(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        return self._works(grant, arguments, material=True, name="courseWorkMaterial")

    def _works(
        self, grant: Grant, arguments: dict[str, str], *, material: bool, name: str
    ) -> Resource:
        course = self._course(grant, arguments["courseId"])
        works = [w for w in self._classroom.works[course["id"]] if w["_material"] == material]
        return _page(name, [self._shown(work) for work in works])

    def one_work(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        course = self._course(grant, arguments["courseId"])
        return self._shown(self._work(course["id"], arguments["id"]))

    def _shown(self, work: Resource) -> Resource:
        shown = {name: value for name, value in work.items() if not name.startswith("_")}
        if not work["_material"]:
            shown["associatedWithDeveloper"] = work["_owner"] == self._classroom.own_client_id
        return shown

    def students(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        course = self._course(grant, arguments["courseId"])
        ids = self._classroom.school_course(course["id"]).student_ids
        return _page("students", [self._profile(grant, course["id"], i) for i in ids])

    def teachers(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        course = self._course(grant, arguments["courseId"])
        ids = self._classroom.school_course(course["id"]).teacher_ids
        return _page("teachers", [self._profile(grant, course["id"], i) for i in ids])

    def _profile(self, grant: Grant, course_id: str, person_id: str) -> Resource:
        person = self._classroom.school.people[person_id]
        given, _, family = person.name.partition(" ")
        profile: Resource = {
            "id": person.google_id,
            "name": {"givenName": given, "familyName": family, "fullName": person.name},
        }
        if any(scope.endswith("classroom.profile.emails") for scope in grant.scopes):
            profile["emailAddress"] = person.email
        return {"courseId": course_id, "userId": person.google_id, "profile": profile}

    def submissions(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        course = self._course(grant, arguments["courseId"])
        wanted = arguments["courseWorkId"]
        if wanted != "-":
            self._work(course["id"], wanted)
        present = {
            self._classroom.school.people[i].google_id
            for i in self._classroom.school_course(course["id"]).student_ids
        }
        user_id = request.args.get("userId")
        if user_id is not None and user_id not in present:
            raise ApiError(404, "Requested entity was not found.")
        existing = {work["id"] for work in self._classroom.works[course["id"]]}
        rows = [
            self._submission_shown(submission)
            for (course_id, work_id), place in self._classroom.submissions.items()
            if course_id == course["id"] and wanted in ("-", work_id) and work_id in existing
            for submission in place.values()
            if user_id in (None, submission["userId"]) and submission["userId"] in present
        ]
        return _page("studentSubmissions", rows)

    def submission(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        return self._submission_shown(self._submission(grant, arguments))

    def patch(self, grant: Grant, arguments: dict[str, str], body: Resource) -> Resource:
        submission = self._submission(grant, arguments)
        work = self._work(submission["courseId"], submission["courseWorkId"])
        if work["_owner"] != self._classroom.own_client_id:
            raise ApiError(
                403,
                "@ProjectPermissionDenied The Developer Console project is not permitted "
                "to make this request.",
            )
        if self._classroom.courses[submission["courseId"]]["courseState"] != "ACTIVE":
            raise ApiError(
                400, "@CourseNotModifiable The course is archived.", "FAILED_PRECONDITION"
            )
        mask = set(request.args.get("updateMask", "").split(",")) - {""}
        if not mask or mask - GRADE_FIELDS:
            raise ApiError(400, "updateMask: only draftGrade and assignedGrade can be updated.")
        for name in mask:
            if name in body:
                submission[name] = body[name]
            else:
                submission.pop(name, None)
        submission["updateTime"] = stamp()
        self._classroom.patches.append({**submission})
        return self._submission_shown(submission)

    def _submission_shown(self, submission: Resource) -> Resource:
        work = self._work(submission["courseId"], submission["courseWorkId"])
        ours = work["_owner"] == self._classroom.own_client_id
        return {**submission, "associatedWithDeveloper": ours}

    def _submission(self, grant: Grant, arguments: dict[str, str]) -> Resource:
        course = self._course(grant, arguments["courseId"])
        place = self._classroom.submissions.get((course["id"], arguments["courseWorkId"]), {})
        if arguments["id"] not in place:
            raise ApiError(404, "Requested entity was not found.")
        return place[arguments["id"]]

    def _work(self, course_id: str, work_id: str) -> Resource:
        work = self._classroom.work(course_id, work_id)
        if work is None:
            raise ApiError(404, "Requested entity was not found.")
        return work

    def _course(self, grant: Grant, course_id: str) -> Resource:
        course = self._classroom.courses.get(course_id)
        role = self._role(grant, course_id) if course else None
        if course is None or role is None:
            raise ApiError(404, "Requested entity was not found.")
        if role != "teacher":
            raise ApiError(403, "The caller does not have permission")
        return course

    def _role(self, grant: Grant, course_id: str) -> str | None:
        course = self._classroom.school_course(course_id)
        role: str | None = course.role_of(grant.person.id) if course else None
        return role


def _page(name: str, rows: list[Resource]) -> Resource:
    asked = request.args.get("pageSize", default=0, type=int)
    size = min(asked or PAGE_SIZE, 100)
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
