"""The practice LMS's own pages: who is there, the tool in a frame, the gradebook."""

import math
from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from integrations.practice import links
from integrations.practice.classroom_store import PracticeClassroom
from integrations.practice.gradebook import stands
from integrations.practice.lti_web import start_url
from integrations.practice.platform import PracticePlatform

Column = tuple[str, dict[str, str], str]
"""A gradebook column: its title, what stands in it by user id, and its line item's key (empty for
one of Classroom)."""


def make_blueprint(platform: PracticePlatform, classroom: PracticeClassroom) -> Blueprint:
    """The pages a person opens."""
    blueprint = Blueprint("practice", __name__, template_folder="templates")
    school = platform.school

    @blueprint.app_context_processor
    def school_name() -> dict[str, str]:
        return {"school_name": school.name}

    @blueprint.get("/")
    def front() -> ResponseReturnValue:
        return render_template("practice/front.html", school=school)

    @blueprint.get("/courses/<course_id>")
    def course(course_id: str) -> ResponseReturnValue:
        person = school.people.get(request.args.get("as", ""))
        found = school.courses.get(course_id)
        if person is None or (found is None and course_id != "account"):
            abort(404)
        opened = request.args.get("link", "")
        return render_template(
            "practice/course.html",
            person=person,
            course=found,
            classroom_id=classroom.google_course_id(found.id) if found else "",
            storage=platform.storage,
            links=links.of_course(platform, found.id) if found else [],
            opened=opened,
            start=start_url(
                platform,
                person.id,
                found.id if found else None,
                **_more(opened, request.args.get("privacy")),
            ),
        )

    @blueprint.post("/courses/<course_id>/copies")
    def copy(course_id: str) -> ResponseReturnValue:
        """The course of a new year, with the students of another one."""
        found = school.courses.get(course_id)
        if found is None:
            abort(404)
        others = next((c for c in school.courses.values() if c.id != found.id), found)
        links.copy_course(platform, found, f"{found.title} (copy)", others.student_ids)
        return redirect(url_for("practice.front"))

    @blueprint.get("/courses/<course_id>/gradebook")
    def gradebook(course_id: str) -> ResponseReturnValue:
        found = school.courses.get(course_id)
        if found is None:
            abort(404)
        return render_template(
            "practice/gradebook.html",
            school=school,
            course=found,
            columns=_columns(course_id),
            newest=_newest_score_at(platform, course_id),
        )

    @blueprint.post("/courses/<course_id>/gradebook")
    def regrade(course_id: str) -> ResponseReturnValue:
        """The teacher types a grade into a cell; an empty cell is no grade."""
        item = platform.line_items.get(request.form.get("column", ""))
        student = request.form.get("student", "")
        typed = request.form.get("points", "").strip()
        points = request.form.get("points", type=float) if typed else None
        if item is None or item.course_id != course_id or student not in school.people:
            abort(404)
        if typed and (points is None or not 0 <= points < math.inf):
            abort(400, "A grade is a number, 0 or more.")
        platform.regrade(request.form["column"], student, points)
        return redirect(url_for("practice.gradebook", course_id=course_id))

    @blueprint.get("/courses/<course_id>/gradebook.json")
    def gradebook_json(course_id: str) -> ResponseReturnValue:
        """What stands in the gradebook, `{column: {student's name: grade}}`, for scripts."""
        if course_id not in school.courses:
            abort(404)
        return {
            title: {school.people[user_id].name: grade for user_id, grade in grades.items()}
            for title, grades, _key in _columns(course_id)
        }

    def _columns(course_id: str) -> list[Column]:
        with platform.lock:
            return _lti_columns(platform, course_id) + _classroom_columns(course_id)

    def _classroom_columns(course_id: str) -> list[Column]:
        columns = []
        for work in classroom.graded_work(course_id):
            grades = {}
            for submission in classroom.submissions_to(course_id, work["id"]):
                person = school.by_google_id(submission["userId"])
                if person is not None and "assignedGrade" in submission:
                    grades[person.id] = f"{submission['assignedGrade']:g} / {work['maxPoints']:g}"
            columns.append((f"Classroom: {work['title']}", grades, ""))
        return columns

    return blueprint


def _more(opened: str, privacy: str | None) -> dict[str, str]:
    if privacy is not None:
        return {"message": f"privacy:{privacy}"}
    if not opened:
        return {}
    return {"message": "deep"} if opened == "new" else {"link": opened}


def _newest_score_at(platform: PracticePlatform, course_id: str) -> datetime | None:
    """When the newest score that came over LTI was given, in UTC."""
    with platform.lock:
        moments = [
            datetime.fromisoformat(given["timestamp"]).astimezone(UTC)
            for item in platform.line_items.values()
            if item.course_id == course_id
            for given in item.scores.values()
        ]
    return max(moments, default=None)


def _lti_columns(platform: PracticePlatform, course_id: str) -> list[Column]:
    columns = []
    for key, item in platform.line_items.items():
        if item.course_id == course_id:
            grades = {
                user_id: f"{given['scoreGiven']:g} / {given['scoreMaximum']:g}"
                for user_id, given in item.scores.items()
                if stands(given)
            }
            columns.append((str(item.fields["label"]), grades, key))
    return columns
