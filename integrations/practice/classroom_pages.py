"""The practice Classroom's own page of an assignment, with the add-on's iframes as Google opens
them: https://developers.google.com/workspace/classroom/add-ons/developer-guides/iframes"""

from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from integrations.practice.classroom_addon_context import give_token, submission_id
from integrations.practice.classroom_store import PracticeClassroom, Resource
from integrations.practice.google_oauth import PracticeGoogle
from integrations.practice.platform import PracticePlatform
from integrations.practice.school import PracticePerson

SANDBOX = (
    "allow-popups allow-popups-to-escape-sandbox allow-forms allow-scripts "
    "allow-storage-access-by-user-activation allow-same-origin"
)
"""Of every iframe: nothing in it may turn the page around it elsewhere."""


def make_blueprint(
    platform: PracticePlatform, classroom: PracticeClassroom, google: PracticeGoogle
) -> Blueprint:
    """`/classroom/<course>` and `/classroom/<course>/<item>`, each `?as=<person>`; with
    `open=<view>` an iframe is open."""
    blueprint = Blueprint("classroom_pages", __name__, template_folder="templates")

    @blueprint.get("/classroom/<course_id>")
    def course(course_id: str) -> ResponseReturnValue:
        person = google.school.people.get(request.args.get("as", ""))
        if person is None or course_id not in classroom.courses:
            abort(404)
        return render_template(
            "practice/classroom_course.html",
            course=classroom.courses[course_id],
            items=classroom.works[course_id],
            person=person,
        )

    @blueprint.get("/classroom/<course_id>/<item_id>")
    def item(course_id: str, item_id: str) -> ResponseReturnValue:
        person = google.school.people.get(request.args.get("as", ""))
        course = classroom.school_course(course_id)
        found = classroom.work(course_id, item_id) if course else None
        if person is None or found is None:
            abort(404)
        attached = classroom.attachments.get((course_id, item_id), [])
        students = [google.school.people[one] for one in course.student_ids]
        return render_template(
            "practice/classroom_item.html",
            course=classroom.courses[course_id],
            item=found,
            person=person,
            teaches=course.role_of(person.id) == "teacher",
            attached=attached,
            students=students,
            grades=_grades(found, students),
            frame=_frame(found, attached, person),
            sandbox=SANDBOX,
        )

    def _grades(item: Resource, students: list[PracticePerson]) -> dict[str, str]:
        """By student, what a teacher sees of graded work: `2 / 4`, `2 / 4 (draft)`."""
        theirs = {
            submission["userId"]: submission
            for submission in classroom.submissions.get((item["courseId"], item["id"]), {}).values()
        }
        grades = {}
        for student in students if item.get("maxPoints") else ():
            found = theirs.get(student.google_id, {})
            most = f" / {item['maxPoints']:g}"
            if "assignedGrade" in found:
                grades[student.id] = f"{found['assignedGrade']:g}{most}"
            elif "draftGrade" in found:
                grades[student.id] = f"{found['draftGrade']:g}{most} (draft)"
        return grades

    def _frame(item: Resource, attached: list[Resource], person: PracticePerson) -> str:
        """The address of the iframe that is open; empty: none is."""
        opened, of = request.args.get("open", ""), request.args.get("attachment", "")
        attachment = next((one for one in attached if one["id"] == of), None)
        query = {
            "courseId": item["courseId"],
            "itemId": item["id"],
            "itemType": "courseWorkMaterials" if item["_material"] else "courseWork",
        }
        if google.granted_by(person):  # Google tells it only once somebody signed in to the tool
            query["login_hint"] = person.google_id
        if opened in {"discovery", "upgrade"}:
            query["addOnToken"] = give_token(classroom, item["courseId"], item["id"])
            if opened == "upgrade":
                query["urlToUpgrade"] = request.args.get("url", "")
            return _with(f"{_tool_url()}/addon/{opened}", query)
        if attachment is None:
            return ""
        query["attachmentId"] = attachment["id"]
        if opened == "review":
            student = google.school.people.get(request.args.get("student", ""))
            query["submissionId"] = submission_id(
                item["courseId"], item["id"], of, student.google_id if student else ""
            )
        uri = {
            "teacher": "teacherViewUri",
            "student": "studentViewUri",
            "review": "studentWorkReviewUri",
        }.get(opened, "")
        return _with(attachment[uri]["uri"], query) if uri in attachment else ""

    def _tool_url() -> str:
        tool = next(iter(platform.tools.values()))
        return tool.launch_url.removesuffix("/lti/launch")

    return blueprint


def _with(address: str, query: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
