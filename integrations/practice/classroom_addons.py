"""The practice Classroom's add-on attachments, and the grades that stand at them.

What the discovery document's descriptions and the guides say and no schema can:
https://developers.google.com/workspace/classroom/add-ons/developer-guides/attachment-interactions
"""

import math
from datetime import UTC, datetime
from typing import Any

from flask import request

from integrations.practice.classroom_addon_context import submission_id
from integrations.practice.classroom_attachments import attach, choose_grade_sync
from integrations.practice.classroom_rights import ApiError, Rights, not_found, page
from integrations.practice.classroom_store import PracticeClassroom, Resource
from integrations.practice.classroom_work import update_mask
from integrations.practice.google_oauth import Grant

Arguments = dict[str, str]

ITEM_TYPES = ("courseWork", "courseWorkMaterials", "announcements")
LONGEST_TITLE = 1_000
LONGEST_ADDRESS = 1_800
PAGE_SIZE = 20
REQUIRED = {"title", "teacherViewUri", "studentViewUri"}
WRITABLE = REQUIRED | {"studentWorkReviewUri", "maxPoints", "dueDate", "dueTime"}
"""Everything else is output only or immutable: passed over where a request carries it."""
READS_STUDENTS = ("coursework.students", "student-submissions.students")
"""Who may know whose an attachment's submission is (`userId`)."""


class AttachmentViews:
    """`….addOnAttachments` of coursework, materials and announcements."""

    def __init__(self, classroom: PracticeClassroom, rights: Rights) -> None:
        self._classroom = classroom
        self._rights = rights

    def all(self, item_type: str) -> dict[str, Any]:
        """The methods of one kind of item, by name."""

        def of(view: Any) -> Any:
            return lambda grant, arguments, body: view(grant, item_type, arguments, body)

        return {
            "list": of(self._list),
            "get": of(self._get),
            "create": of(self._create),
            "patch": of(self._patch),
            "delete": of(self._delete),
        }

    def item(self, grant: Grant, item_type: str, arguments: Arguments) -> Resource:
        """The post that carries attachments. It must be of the kind the path says."""
        course = self._rights.course(grant, arguments["courseId"])
        rows = self._classroom.announcements[course["id"]]
        if item_type != "announcements":
            material = item_type == "courseWorkMaterials"
            works = self._classroom.works[course["id"]]
            rows = [work for work in works if work["_material"] == material]
        for row in rows:
            if row["id"] == arguments["itemId"] and self._rights.may_see(grant, row):
                return row
        raise not_found()

    def ours(self, grant: Grant, item_type: str, arguments: Arguments) -> Resource:
        """One attachment, for the project that made it."""
        item = self.item(grant, item_type, arguments)
        for row in self._on(item):
            if row["id"] == arguments["attachmentId"]:
                if not self._is_ours(row):
                    raise ApiError(
                        400,
                        "@AttachmentNotVisible The attachment is not visible to the add-on.",
                        "FAILED_PRECONDITION",
                    )
                return row
        raise not_found()

    def _on(self, item: Resource) -> list[Resource]:
        return self._classroom.attachments.get((item["courseId"], item["id"]), [])

    def _is_ours(self, attachment: Resource) -> bool:
        own = self._classroom.own_client_id
        return bool(attachment.get("_owner", own) == own)

    def _list(self, grant: Grant, item_type: str, arguments: Arguments, _body: Any) -> Resource:
        item = self.item(grant, item_type, arguments)
        mine = [one for one in self._on(item) if self._is_ours(one)]
        return page("addOnAttachments", [_shown(one) for one in mine], PAGE_SIZE, PAGE_SIZE)

    def _get(self, grant: Grant, item_type: str, arguments: Arguments, _body: Any) -> Resource:
        return _shown(self.ours(grant, item_type, arguments))

    def _create(self, grant: Grant, item_type: str, arguments: Arguments, body: Any) -> Resource:
        item = self._changeable(grant, item_type, arguments)
        self._must_be_let(grant, item)
        fields = {name: value for name, value in body.items() if name in WRITABLE}
        _must_be_valid(fields)
        made = attach(self._classroom, item, fields, self._classroom.own_client_id)
        return _shown(made)

    def _must_be_let(self, grant: Grant, item: Resource) -> None:
        """Without a token only to what the project itself published."""
        token = request.args.get("addOnToken", "")
        if not token and self._rights.is_ours(item):
            return
        limit = self._classroom.token_limits.get(token)
        is_theirs = limit is None or limit.user_id == grant.person.google_id
        good_for = self._classroom.add_on_tokens.get(token)
        if good_for != (item["courseId"], item["id"]) or not is_theirs:
            raise ApiError(403, "@InvalidAddOnToken The add-on token is invalid.")
        if limit is not None and limit.ends < datetime.now(UTC):
            raise ApiError(403, "@ExpiredAddOnToken The add-on token has expired.")

    def _patch(self, grant: Grant, item_type: str, arguments: Arguments, body: Any) -> Resource:
        item = self._changeable(grant, item_type, arguments)
        attachment = self.ours(grant, item_type, arguments)
        changed = {**attachment}
        for name in update_mask(WRITABLE):
            if name in body:
                changed[name] = body[name]
            elif name in REQUIRED:
                raise ApiError(400, f"{name}: can't be cleared.")
            else:
                changed.pop(name, None)
                if name == "studentWorkReviewUri":
                    changed.pop("maxPoints", None)
        _must_be_valid(changed)
        attachment.clear()
        attachment.update(changed)
        choose_grade_sync(self._classroom, item)
        return _shown(attachment)

    def _delete(self, grant: Grant, item_type: str, arguments: Arguments, _body: Any) -> Resource:
        item = self._changeable(grant, item_type, arguments)
        self._on(item).remove(self.ours(grant, item_type, arguments))
        choose_grade_sync(self._classroom, item)
        return {}

    def _changeable(self, grant: Grant, item_type: str, arguments: Arguments) -> Resource:
        """An item whose attachments this teacher may change."""
        self._rights.taught(grant, arguments["courseId"])
        item = self.item(grant, item_type, arguments)
        if grant.person.google_id in self._classroom.without_add_ons:
            raise ApiError(
                403,
                "@UserIneligibleToModifyAttachment The user is not permitted to create or "
                "modify add-on attachments.",
            )
        self._rights.must_be_active(item["courseId"])
        return item


class AttachmentSubmissionViews:
    """`courseWork.addOnAttachments.studentSubmissions`: only coursework takes work."""

    def __init__(
        self, classroom: PracticeClassroom, rights: Rights, attachments: AttachmentViews
    ) -> None:
        self._classroom = classroom
        self._rights = rights
        self._attachments = attachments

    def submissions(self, grant: Grant, arguments: Arguments, _body: Resource) -> Resource:
        """Of all students for a teacher, else one's own."""
        attachment = self._attachments.ours(grant, "courseWork", arguments)
        rows = [
            self._shown(grant, attachment, submission) for submission in self._of(grant, arguments)
        ]
        return page("addOnAttachmentStudentSubmissions", rows)

    def submission(self, grant: Grant, arguments: Arguments, _body: Resource) -> Resource:
        """One of them."""
        attachment = self._attachments.ours(grant, "courseWork", arguments)
        return self._shown(grant, attachment, self._find(grant, arguments))

    def patch(self, grant: Grant, arguments: Arguments, body: Resource) -> Resource:
        """Set the points earned; with grade sync they stand in the gradebook, too, as a draft."""
        self._rights.taught(grant, arguments["courseId"])
        attachment = self._attachments.ours(grant, "courseWork", arguments)
        submission = self._find(grant, arguments)
        self._rights.must_be_active(arguments["courseId"])
        update_mask({"pointsEarned"})
        if not attachment.get("maxPoints"):
            raise ApiError(400, "pointsEarned: the attachment has no maximum points.")
        points = body.get("pointsEarned")
        if points is not None and not 0 <= points < math.inf:
            raise ApiError(400, "pointsEarned: must be a number that is not negative.")
        given = self._given(attachment)
        if points is None:
            given.pop(arguments["submissionId"], None)
        else:
            given[arguments["submissionId"]] = points
            if attachment.get("gradeSyncEnabled"):
                submission["draftGrade"] = round(points, 2)
        return self._shown(grant, attachment, submission)

    def _of(self, grant: Grant, arguments: Arguments) -> list[Resource]:
        """The coursework submissions of those who are in the course now, made where missing."""
        course_id, work_id = arguments["courseId"], arguments["itemId"]
        school = self._classroom.school
        ids = self._classroom.school_course(course_id).student_ids
        if self._rights.role(grant, course_id) == "student":
            ids = [one for one in ids if one == grant.person.id]
        return [
            self._classroom.submission(course_id, work_id, school.people[one].google_id)
            for one in ids
        ]

    def _find(self, grant: Grant, arguments: Arguments) -> Resource:
        for submission in self._of(grant, arguments):
            if _id_of(submission, arguments["attachmentId"]) == arguments["submissionId"]:
                return submission
        raise not_found()

    def _given(self, attachment: Resource) -> dict[str, float]:
        return self._classroom.attachment_points[(attachment["itemId"], attachment["id"])]

    def _shown(self, grant: Grant, attachment: Resource, submission: Resource) -> Resource:
        own_id = _id_of(submission, attachment["id"])
        shown: Resource = {
            "id": own_id,
            "courseWorkSubmissionId": submission["id"],
            "postSubmissionState": submission["state"],
        }
        if own_id in self._given(attachment):
            shown["pointsEarned"] = self._given(attachment)[own_id]
        reads = any(part in scope for scope in grant.scopes for part in READS_STUDENTS)
        if reads and self._rights.role(grant, submission["courseId"]) == "teacher":
            shown["userId"] = submission["userId"]
        return shown


def _id_of(submission: Resource, attachment_id: str) -> str:
    """The id of a student's part of a submission at one attachment; the submission has its own."""
    return submission_id(
        submission["courseId"], submission["courseWorkId"], attachment_id, submission["userId"]
    )


def _must_be_valid(attachment: Resource) -> None:
    """What the descriptions of `AddOnAttachment`'s fields ask for."""
    points = attachment.get("maxPoints", 0)
    wrong = {
        "title": not 1 <= len(attachment.get("title", "")) <= LONGEST_TITLE,
        "teacherViewUri": not _is_address(attachment.get("teacherViewUri")),
        "studentViewUri": not _is_address(attachment.get("studentViewUri")),
        "studentWorkReviewUri": "studentWorkReviewUri" in attachment
        and not _is_address(attachment["studentWorkReviewUri"]),
        "maxPoints": points < 0
        or points != int(points)
        or (points > 0 and "studentWorkReviewUri" not in attachment),
        "dueDate": ("dueDate" in attachment) != ("dueTime" in attachment),
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise ApiError(400, f"{name}: Invalid value.")


def _is_address(embed: Resource | None) -> bool:
    return embed is not None and 1 <= len(embed.get("uri", "")) <= LONGEST_ADDRESS


def _shown(attachment: Resource) -> Resource:
    return {name: value for name, value in attachment.items() if not name.startswith("_")}
