"""The practice Classroom API: every request and answer checked against the discovery document."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from integrations.practice import classroom_schema as schema
from integrations.practice.classroom_addon_context import AddOnContextViews
from integrations.practice.classroom_addons import (
    ITEM_TYPES,
    AttachmentSubmissionViews,
    AttachmentViews,
)
from integrations.practice.classroom_courses import CourseViews
from integrations.practice.classroom_quota import OverQuota
from integrations.practice.classroom_registrations import Registrations
from integrations.practice.classroom_rights import ApiError, Rights
from integrations.practice.classroom_rubrics import RubricViews
from integrations.practice.classroom_store import PracticeClassroom, Resource
from integrations.practice.classroom_submissions import SubmissionViews
from integrations.practice.classroom_work import WorkViews
from integrations.practice.field_mask import masked, parsed
from integrations.practice.google_oauth import Grant, PracticeGoogle
from integrations.practice.mischief import Fault, Mischief

View = Callable[[Grant, dict[str, str], Resource], Resource]
INTERNAL_WITHOUT_SCOPE = {"courseWork.rubrics.create"}
FAULTS = {
    "too_many_requests": ("RESOURCE_EXHAUSTED", "Quota exceeded.", "rateLimitExceeded"),
    "rate_limit_exceeded": ("PERMISSION_DENIED", "Rate Limit Exceeded", "rateLimitExceeded"),
    "server_error": ("INTERNAL", "Internal error encountered.", "backendError"),
    "expired_token": ("UNAUTHENTICATED", "Invalid Credentials", "authError"),
}


def make_blueprint(
    classroom: PracticeClassroom,
    registrations: Registrations,
    google: PracticeGoogle,
    mischief: Mischief,
) -> Blueprint:
    """`/v1/…`, as the discovery document has it."""
    blueprint = Blueprint("classroom_api", __name__)
    views = _views(classroom, registrations)

    @blueprint.errorhandler(ApiError)
    def say(error: ApiError) -> ResponseReturnValue:
        body = {"code": error.code, "message": str(error), "status": error.status}
        return jsonify(error=body), error.code

    @blueprint.errorhandler(OverQuota)
    def say_too_many(error: OverQuota) -> ResponseReturnValue:
        return jsonify(error=error.body()), 429

    @blueprint.after_request
    def count_bytes(answer: Response) -> Response:
        classroom.quota.note_bytes(len(answer.data))
        return answer

    @blueprint.route("/v1/<path:_path>", methods=["GET", "POST", "PATCH", "PUT", "DELETE"])
    def call(_path: str) -> ResponseReturnValue:
        try:
            method, arguments = schema.find(request.method, request.path.lstrip("/"))
        except schema.NotInDiscovery as error:
            raise ApiError(404, f"Method not found: {error}") from error
        name = method.id.removeprefix("classroom.").removeprefix("courses.")
        fault = mischief.take(f"classroom.{name}")
        answer: Response = mischief.suffer(fault, lambda: _answer(method, name, arguments))
        return _in_googles_words(fault, answer)

    def _answer(method: schema.Method, name: str, arguments: dict[str, str]) -> Response:
        body = _checked_body(method)
        grant = google.grant_of(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if grant is None:
            raise ApiError(401, "Request had invalid authentication credentials.")
        classroom.quota.take(grant.person.google_id)
        if not grant.scopes & method.scopes:
            # For these Google's reference says so.
            code = 500 if name in INTERNAL_WITHOUT_SCOPE else 403
            raise ApiError(code, "Request had insufficient authentication scopes.")
        view = views.get(name)
        if view is None:
            raise ApiError(501, f"{method.id} is not practised here.")
        if method.response != "Empty" and not request.args.get("fields"):
            classroom.unmasked.append(name)
        with classroom.lock:
            classroom.come_out(arguments.get("courseId", ""))
            answer = view(grant, arguments, body)
        if method.response:
            schema.check_body(method.response, answer)
        return jsonify(masked(answer, request.args.get("fields", "")))

    return blueprint


def _checked_body(method: schema.Method) -> Resource:
    """The request's body, once it and the query are known to the discovery document."""
    body = request.get_json(silent=True, force=True) if request.data else {}
    if body is None:
        raise ApiError(400, "Invalid JSON payload received.")
    try:
        schema.check_query(method, request.args.to_dict(flat=False))
        if method.request:
            schema.check_body(method.request, body)
        if method.response:
            schema.check_fields(method.response, parsed(request.args.get("fields", "")))
    except schema.NotInDiscovery as error:
        raise ApiError(400, str(error)) from error
    return body if isinstance(body, dict) else {}


def _in_googles_words(fault: Fault | None, answer: Response) -> Response:
    """Mischief has one plain body for all systems; Google's clients expect Google's."""
    if fault is None or fault.kind not in FAULTS:
        return answer
    status, message, reason = FAULTS[fault.kind]
    said = jsonify(
        error={
            "code": answer.status_code,
            "message": message,
            "status": status,
            "errors": [{"message": message, "domain": "global", "reason": reason}],
        }
    )
    answer.data = said.data
    return answer


def _views(classroom: PracticeClassroom, registrations: Registrations) -> dict[str, View]:
    """What each method does, by its id without `classroom.courses.`."""
    rights = Rights(classroom)
    courses = CourseViews(classroom, rights)
    works = WorkViews(classroom, rights)
    rubrics = RubricViews(classroom, rights)
    submissions = SubmissionViews(classroom, rights)
    contexts = AddOnContextViews(classroom, rights)
    attachments = AttachmentViews(classroom, rights)
    graded = AttachmentSubmissionViews(classroom, rights, attachments)
    return {
        "list": courses.courses,
        "get": courses.course,
        "topics.list": courses.topics,
        "topics.create": courses.create_topic,
        "students.list": courses.students,
        "teachers.list": courses.teachers,
        "userProfiles.get": courses.user_profile,
        "registrations.create": registrations.create,
        "registrations.delete": registrations.delete,
        "courseWork.list": works.works,
        "courseWork.get": works.work,
        "courseWork.create": works.create,
        "courseWork.patch": works.patch,
        "courseWork.delete": works.delete,
        "courseWork.modifyAssignees": works.modify_assignees,
        "courseWorkMaterials.list": works.materials,
        "courseWork.rubrics.list": rubrics.rubrics,
        "courseWork.rubrics.get": rubrics.rubric,
        "courseWork.rubrics.create": rubrics.create,
        "courseWork.studentSubmissions.list": submissions.submissions,
        "courseWork.studentSubmissions.get": submissions.submission,
        "courseWork.studentSubmissions.patch": submissions.patch,
        "courseWork.studentSubmissions.turnIn": submissions.turn_in,
        "courseWork.studentSubmissions.return": submissions.return_,
        "courseWork.getAddOnContext": contexts.of_work,
        "courseWorkMaterials.getAddOnContext": contexts.of_material,
        "announcements.getAddOnContext": contexts.of_announcement,
        **{
            f"{item_type}.addOnAttachments.{verb}": view
            for item_type in ITEM_TYPES
            for verb, view in attachments.all(item_type).items()
        },
        "courseWork.addOnAttachments.studentSubmissions.list": graded.submissions,
        "courseWork.addOnAttachments.studentSubmissions.get": graded.submission,
        "courseWork.addOnAttachments.studentSubmissions.patch": graded.patch,
    }
