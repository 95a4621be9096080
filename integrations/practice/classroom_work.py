"""The practice Classroom's coursework and materials: shown, created, changed."""

import re
from typing import Any

from flask import request

from integrations.practice import classroom_rules as rules
from integrations.practice.classroom_rights import ApiError, Rights, not_found, page
from integrations.practice.classroom_store import PracticeClassroom, Resource, stamp
from integrations.practice.google_oauth import Grant

CHANGEABLE = {
    "title",
    "description",
    "state",
    "dueDate",
    "dueTime",
    "maxPoints",
    "scheduledTime",
    "submissionModificationMode",
    "topicId",
    "gradingPeriodId",
}
WRITABLE = CHANGEABLE | {
    "materials",
    "workType",
    "assigneeMode",
    "individualStudentsOptions",
}
"""Everything else Google calls read-only: it is passed over where a request carries it."""
NEVER_EMPTY = {"title", "state"}


class WorkViews:
    """`courseWork` and `courseWorkMaterials`."""

    def __init__(self, classroom: PracticeClassroom, rights: Rights) -> None:
        self._classroom = classroom
        self._rights = rights

    def works(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """Coursework of a course."""
        return self._list(grant, arguments, "courseWork", "courseWorkStates", material=False)

    def materials(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """Materials of a course."""
        return self._list(
            grant, arguments, "courseWorkMaterial", "courseWorkMaterialStates", material=True
        )

    def _list(
        self, grant: Grant, arguments: dict[str, str], name: str, states: str, *, material: bool
    ) -> Resource:
        course = self._rights.course(grant, arguments["courseId"])
        wanted = request.args.getlist(states) or ["PUBLISHED"]
        rows = [
            self._shown(work)
            for work in self._classroom.works[course["id"]]
            if work["_material"] == material
            and work["state"] in wanted
            and self._rights.may_see(grant, work)
        ]
        return page(name, _in_order(rows, request.args.get("orderBy", "")))

    def work(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """One piece of coursework."""
        return self._shown(self._rights.work(grant, arguments["courseId"], arguments["id"]))

    def create(self, grant: Grant, arguments: dict[str, str], body: Resource) -> Resource:
        """Make coursework, which from then on belongs to the caller's project."""
        course = self._rights.taught(grant, arguments["courseId"])
        self._rights.must_be_active(course["id"])
        fields = {"state": "DRAFT", **{n: v for n, v in body.items() if n in WRITABLE}}
        if not fields.get("workType"):
            raise ApiError(400, "workType: must be specified.")
        if fields["state"] not in {"DRAFT", "PUBLISHED"}:
            raise ApiError(400, "state: Invalid value.")
        if fields.get("assigneeMode") == "INDIVIDUAL_STUDENTS":
            named = fields.get("individualStudentsOptions", {}).get("studentIds", [])
            found = rules.assignees(self._classroom, course["id"], named)
            fields["individualStudentsOptions"] = {"studentIds": found}
        rules.must_be_valid(self._classroom, course["id"], fields)
        rules.must_be_ahead(fields, fields)
        work = self._classroom.add_work(
            course["id"], owner=self._classroom.own_client_id, **{"title": "", **fields}
        )
        if work["state"] == "PUBLISHED":
            self._classroom.hand_out(course["id"], work["id"])
        return self._shown(work)

    def patch(self, grant: Grant, arguments: dict[str, str], body: Resource) -> Resource:
        """Change the fields named in the mask."""
        work = self._to_change(grant, arguments)
        self._rights.must_be_ours(work)
        mask = update_mask(CHANGEABLE)
        changed = {**work}
        for name in mask:
            if name in body:
                changed[name] = body[name]
            elif name in NEVER_EMPTY:
                raise ApiError(400, f"{name}: can't be cleared.")
            else:
                changed.pop(name, None)
        rules.must_be_a_step(work["state"], changed["state"])
        if changed["state"] == "PUBLISHED":
            changed.pop("scheduledTime", None)
        rules.must_be_valid(self._classroom, work["courseId"], changed)
        rules.must_be_ahead({**changed, **body}, mask)
        comes_out = changed["state"] != work["state"]
        work.clear()
        work.update(changed, updateTime=stamp())
        if comes_out:
            self._classroom.hand_out(work["courseId"], work["id"])
        self._classroom.changes.work(work)
        return self._shown(work)

    def delete(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """Take coursework away, with all submissions to it."""
        work = self._to_change(grant, arguments)
        self._rights.must_be_ours(work)
        self._classroom.remove_work(work["courseId"], work["id"])
        return {}

    def modify_assignees(self, grant: Grant, arguments: dict[str, str], body: Resource) -> Resource:
        """Who is assigned it. Any teacher's program may say so, whoever made the coursework."""
        work = self._to_change(grant, arguments)
        mode = body.get("assigneeMode")
        changes = body.get("modifyIndividualStudentsOptions")
        if mode == "ALL_STUDENTS" and changes is None:
            work.pop("individualStudentsOptions", None)
        elif mode == "INDIVIDUAL_STUDENTS":
            before = work.get("individualStudentsOptions", {}).get("studentIds", [])
            removed = set((changes or {}).get("removeStudentIds", []))
            kept = [one for one in before if one not in removed]
            named = [*kept, *(changes or {}).get("addStudentIds", [])]
            found = rules.assignees(self._classroom, work["courseId"], named)
            work["individualStudentsOptions"] = {"studentIds": found}
        else:
            raise ApiError(400, "assigneeMode: Invalid value.")
        work.update(assigneeMode=mode, updateTime=stamp())
        if work["state"] == "PUBLISHED":
            self._classroom.hand_out(work["courseId"], work["id"])
        self._classroom.changes.work(work)
        return self._shown(work)

    def _to_change(self, grant: Grant, arguments: dict[str, str]) -> Resource:
        """Coursework of a course that the caller teaches and that is not archived."""
        course = self._rights.taught(grant, arguments["courseId"])
        if arguments["id"] in self._classroom.deleted:
            raise ApiError(400, "The course work was deleted already.", "FAILED_PRECONDITION")
        work = self._classroom.work(course["id"], arguments["id"])
        if work is None or work["_material"]:
            raise not_found()
        self._rights.must_be_active(course["id"])
        return work

    def _shown(self, work: Resource) -> Resource:
        shown = {name: value for name, value in work.items() if not name.startswith("_")}
        if not work["_material"]:
            shown["associatedWithDeveloper"] = self._rights.is_ours(work)
        if work["state"] != "PUBLISHED":
            shown.pop("alternateLink", None)
        return shown


def update_mask(allowed: set[str]) -> set[str]:
    """The request's mask, which must name something, and only what is allowed."""
    written = request.args.get("updateMask", "").split(",")
    # Google takes the names as in JSON and as in its own schema (`draft_grade`).
    mask = {re.sub(r"_(\w)", lambda m: m[1].upper(), name.strip()) for name in written} - {""}
    if not mask or mask - allowed:
        raise ApiError(400, f"updateMask: only {', '.join(sorted(allowed))} can be updated.")
    return mask


def _in_order(rows: list[Resource], order: str) -> list[Resource]:
    for part in reversed([part.split() for part in order.split(",") if part.strip()]):
        name, *way = part
        if name not in ("updateTime", "dueDate") or way not in ([], ["asc"], ["desc"]):
            raise ApiError(400, "orderBy: Invalid value.")
        rows = sorted(rows, key=lambda row: _place(row, name), reverse=way == ["desc"])
    return rows


def _place(row: Resource, name: str) -> Any:
    if name == "updateTime":
        return row["updateTime"]
    date = row.get("dueDate")
    return (date["year"], date["month"], date["day"]) if date else (9999, 12, 31)
