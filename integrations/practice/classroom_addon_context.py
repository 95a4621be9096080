"""The practice Classroom's word on who looks at an add-on's iframe: `getAddOnContext`."""

import secrets

from flask import request

from integrations.practice.classroom_rights import ApiError, Rights, not_found
from integrations.practice.classroom_store import PracticeClassroom, Resource
from integrations.practice.google_oauth import Grant
from integrations.practice.school import opaque

IFRAME_TYPES = ("courseWork", "courseWorkMaterials", "announcements")
"""As an iframe's `itemType` names them; the API's collections have the same names."""


def give_token(classroom: PracticeClassroom, course_id: str, item_id: str) -> str:
    """An `addOnToken` for an iframe in which something may be attached to the item."""
    token = secrets.token_urlsafe(16)
    classroom.add_on_tokens[token] = (course_id, item_id)
    return token


def submission_id(course_id: str, item_id: str, attachment_id: str, user_id: str) -> str:
    """Classroom's id of a student's submission to one attachment."""
    return f"Cg{opaque(course_id, item_id, attachment_id, user_id)[:12]}"


class AddOnContextViews:
    """`getAddOnContext` of the three kinds of items."""

    def __init__(self, classroom: PracticeClassroom, rights: Rights) -> None:
        self._classroom = classroom
        self._rights = rights

    def of_work(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """In an assignment, which takes students' work."""
        self._rights.work(grant, arguments["courseId"], arguments["itemId"])
        return self._context(grant, arguments, takes_work=True)

    def of_material(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """In a material, which takes none."""
        course = self._rights.course(grant, arguments["courseId"])
        item = self._classroom.work(course["id"], arguments["itemId"])
        if item is None or not item["_material"] or not self._rights.may_see(grant, item):
            raise not_found()
        return self._context(grant, arguments, takes_work=False)

    def of_announcement(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """In an announcement, known here by what is attached to it."""
        self._rights.course(grant, arguments["courseId"])
        return self._context(grant, arguments, takes_work=False)

    def _context(self, grant: Grant, arguments: dict[str, str], *, takes_work: bool) -> Resource:
        course_id, item_id = arguments["courseId"], arguments["itemId"]
        attachment_id = self._attachment_id(course_id, item_id)
        context: Resource = {"courseId": course_id, "itemId": item_id, "postId": item_id}
        context["supportsStudentWork"] = takes_work
        if self._rights.role(grant, course_id) == "teacher":
            return {**context, "teacherContext": {}}
        student: Resource = {}
        if takes_work:
            user_id = grant.person.google_id
            student["submissionId"] = submission_id(course_id, item_id, attachment_id, user_id)
        return {**context, "studentContext": student}

    def _attachment_id(self, course_id: str, item_id: str) -> str:
        """Google wants to be told the attachment, or shown a token that is good for the item."""
        named, token = request.args.get("attachmentId", ""), request.args.get("addOnToken", "")
        if named:
            attached = self._classroom.attachments.get((course_id, item_id), [])
            if not any(one["id"] == named for one in attached):
                raise not_found()
            return named
        if not token:
            raise ApiError(400, "attachmentId or addOnToken is required.")
        if self._classroom.add_on_tokens.get(token) != (course_id, item_id):
            raise ApiError(403, "@InvalidAddOnToken The add-on token is not valid for the item.")
        return ""
