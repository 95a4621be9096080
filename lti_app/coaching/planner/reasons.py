"""Why gaps have no place in a plan, in the order in which a teacher could do something about it."""

from collections import Counter
from collections.abc import Collection, Iterable

from lti_app.coaching.models import SessionKind
from lti_app.coaching.planner.problem import LeftOut, Need, Place, Problem, Proposed


def left_out(problem: Problem, proposed: Iterable[Proposed]) -> dict[int, LeftOut]:
    """A reason for each gap of the problem that none of the proposed sessions is for."""
    placed = {gap_id for one in proposed for gap_id in one.gap_ids}
    held = Counter(problem.held)
    held.update(need.person_id for need in problem.needs if need.gap_id in placed)
    return {
        need.gap_id: _reason(problem, need, held[need.person_id])
        for need in problem.needs
        if need.gap_id not in placed
    }


def _reason(problem: Problem, need: Need, held: int) -> LeftOut:
    if not need.slots:
        # Someone who is booked all day through has enough; someone else has no time at all.
        return LeftOut.ENOUGH_TODAY if held >= problem.most_a_day else LeftOut.NO_TIME
    free = [
        place
        for place in problem.places
        if place.slot in need.slots and place.team_id == need.team_id
    ]
    if not free:
        return LeftOut.NO_TEACHER
    if held >= problem.most_a_day:
        return LeftOut.ENOUGH_TODAY
    if not any(_may(need, place, problem) for place in free):
        return LeftOut.TRIED
    return LeftOut.MORE_PRESSING


def _may(need: Need, place: Place, problem: Problem) -> bool:
    same = sum(one.target_id == need.target_id for one in problem.needs) if need.tried else 0
    kinds = possible_kinds(same, problem.sizes.group_most, problem.sizes.seminar_from)
    return any((place.teacher_id, kind) not in need.tried for kind in kinds)


def possible_kinds(students: int, group_most: int, seminar_from: int) -> Collection[SessionKind]:
    """Kinds of session that a target with so many needs may have."""
    kinds = [SessionKind.ONE_TO_ONE]
    if students > 1:
        kinds.append(SessionKind.SMALL_GROUP)
    if students >= seminar_from and students > group_most:
        kinds.append(SessionKind.SEMINAR)
    return kinds
