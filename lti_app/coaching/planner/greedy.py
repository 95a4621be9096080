"""Most urgent first: what a careful person would do by hand. The solver begins with it."""

from collections import Counter
from dataclasses import dataclass, field

from lti_app.coaching.planner.problem import Need, Place, Problem, Proposed, Solution, kind_of
from lti_app.coaching.planner.reasons import left_out


@dataclass(eq=False)
class _Room:
    """A session being filled."""

    place: Place
    target_id: int
    seats: int
    needs: list[Need] = field(default_factory=list)


def plan(problem: Problem) -> Solution:
    """Give each gap, the most urgent first, a seat in a session on its target, or open one."""
    wide = Counter(need.target_id for need in problem.needs)
    rooms: list[_Room] = []
    busy: set[tuple[str, int, int]] = set()
    held = Counter(problem.held)
    for need in sorted(problem.needs, key=lambda need: (-need.urgency, need.gap_id)):
        if held[need.person_id] >= problem.most_a_day:
            continue
        room = _with_seat(problem, rooms, need, busy) or _opened(problem, need, busy, wide)
        if room is None:
            continue
        if room not in rooms:
            rooms.append(room)
            busy |= _times(problem, "teacher", room.place.teacher_id, room.place.slot)
        room.needs.append(need)
        held[need.person_id] += 1
        busy |= _times(problem, "student", need.person_id, room.place.slot)
    return _solution(problem, rooms)


def _times(problem: Problem, who: str, person_id: int, slot: int) -> set[tuple[str, int, int]]:
    span = problem.slots[slot]
    return {(who, person_id, tick) for tick in range(span.first, span.last)}


def _may_come(problem: Problem, need: Need, place: Place, busy: set[tuple[str, int, int]]) -> bool:
    return (
        place.team_id == need.team_id
        and place.slot in need.slots
        and not _has_tried(need, place)
        and busy.isdisjoint(_times(problem, "student", need.person_id, place.slot))
    )


def _with_seat(
    problem: Problem, rooms: list[_Room], need: Need, busy: set[tuple[str, int, int]]
) -> _Room | None:
    for room in rooms:
        if (
            room.target_id == need.target_id
            and len(room.needs) < room.seats
            and _may_come(problem, need, room.place, busy)
        ):
            return room
    return None


def _opened(
    problem: Problem, need: Need, busy: set[tuple[str, int, int]], wide: Counter[int]
) -> _Room | None:
    sizes = problem.sizes
    is_wide = wide[need.target_id] >= sizes.seminar_from
    for place in sorted(problem.places):
        if _may_come(problem, need, place, busy) and busy.isdisjoint(
            _times(problem, "teacher", place.teacher_id, place.slot)
        ):
            seats = wide[need.target_id] if is_wide else sizes.group_most
            return _Room(place, need.target_id, seats)
    return None


def _has_tried(need: Need, place: Place) -> bool:
    """Which kind it becomes is not known yet: another teacher is always something new."""
    return any(teacher_id == place.teacher_id for teacher_id, _ in need.tried)


def _solution(problem: Problem, rooms: list[_Room]) -> Solution:
    proposed = tuple(
        Proposed(
            room.place.slot,
            room.place.teacher_id,
            room.target_id,
            kind_of(len(room.needs), problem.sizes),
            tuple(sorted(need.gap_id for need in room.needs)),
        )
        for room in rooms
    )
    met = sum(need.urgency for room in rooms for need in room.needs)
    return Solution(
        sessions=proposed,
        urgency_met=met,
        urgency_bound=sum(need.urgency for need in problem.needs),
        left_out=left_out(problem, proposed),
    )
