"""The practice Classroom's rubrics: shown, and made for coursework of the caller's project.

https://developers.google.com/workspace/classroom/rubrics/limitations
"""

from typing import Any

from flask import request

from integrations.practice.classroom_rights import ApiError, Rights, not_found
from integrations.practice.classroom_store import PracticeClassroom, Resource
from integrations.practice.google_oauth import Grant

MOST_CRITERIA = 50
MOST_LEVELS = 10


class RubricViews:
    """`courseWork.rubrics`. Coursework has one rubric or none."""

    def __init__(self, classroom: PracticeClassroom, rights: Rights) -> None:
        self._classroom = classroom
        self._rights = rights

    def rubrics(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """The one rubric, where there is one; the page's size changes nothing."""
        rubric = self._standing(grant, arguments)
        if request.args.get("pageToken"):
            raise ApiError(400, "Invalid page token.")
        return {"rubrics": [rubric]} if rubric else {}

    def rubric(self, grant: Grant, arguments: dict[str, str], _body: Resource) -> Resource:
        """The rubric by its id."""
        rubric = self._standing(grant, arguments)
        if rubric is None or rubric["id"] != arguments["id"]:
            raise not_found()
        return rubric

    def create(self, grant: Grant, arguments: dict[str, str], body: Resource) -> Resource:
        """Make a rubric for coursework that the caller's project created."""
        self._rights.taught(grant, arguments["courseId"])
        work = self._rights.work(grant, arguments["courseId"], arguments["courseWorkId"])
        self._rights.must_be_ours(work)
        self._rights.must_be_active(work["courseId"])
        if self._standing(grant, arguments) is not None:
            raise ApiError(400, "The course work has a rubric.", "FAILED_PRECONDITION")
        return self._classroom.set_rubric(work["courseId"], work["id"], valid(body.get("criteria")))

    def _standing(self, grant: Grant, arguments: dict[str, str]) -> Resource | None:
        work = self._rights.work(grant, arguments["courseId"], arguments["courseWorkId"])
        return self._classroom.rubrics.get((work["courseId"], work["id"]))


def valid(criteria: Any) -> list[Resource]:
    """The criteria with ids. Raises `ApiError` for what Google's prose forbids."""
    given = criteria or []
    levels = [level for one in given for level in one.get("levels", [])]
    scored = ["points" in level for level in levels]
    fits = (
        1 <= len(given) <= MOST_CRITERIA
        and all(1 <= len(one.get("levels", [])) <= MOST_LEVELS for one in given)
        and (all(scored) or not any(scored))
        and all(level.get("title") for level in levels if "points" not in level)
        and all(
            _in_order([level["points"] for level in one["levels"]]) for one in given if scored[0]
        )
    )
    if not fits:
        raise ApiError(400, "@RubricCriteriaInvalidFormat The criteria are not valid.")
    return [
        {
            **one,
            "id": f"c{place}",
            "levels": [
                {**level, "id": f"c{place}l{rank}"} for rank, level in enumerate(one["levels"])
            ],
        }
        for place, one in enumerate(given)
    ]


def _in_order(points: list[float]) -> bool:
    """Rising or falling, no two the same."""
    rising = sorted(points)
    return len(set(points)) == len(points) and points in (rising, rising[::-1])
