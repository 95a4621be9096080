"""First step of planning: which targets meet in which slot, so that most urgency is met.

It does not look at who teaches (only at how many can), so no plan can meet more than its bound.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lti_app.coaching.models import SessionKind
from lti_app.coaching.planner.problem import Need, Problem, Proposed, overlapping
from lti_app.coaching.planner.reasons import possible_kinds
from lti_app.coaching.planner.solver import solved

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar

STEPS = 1.0
"""For a team of 250 gaps."""
GROWS = 1.5
"""Teams that share teachers or students are one, larger problem, and harder than its parts."""
MOST_GROUPS = 2
"""Small groups on one target at the same time."""


@dataclass(frozen=True, order=True)
class Meeting:
    """A target that meets in a slot."""

    target_id: int
    slot: int
    copy: int
    """0, or 1 for a second group at the same time."""


def choose(problem: Problem, hint: Iterable[Proposed]) -> tuple[list[Meeting], int]:
    """The meetings to hold, and the urgency that no plan can go beyond.

    `hint` is a plan to better.
    """
    modelled = _Model(problem)
    modelled.begin_with(hint)
    steps = STEPS * max(1.0, len(problem.needs) / 250) ** GROWS
    solver = solved(modelled.model, steps)
    everything = sum(need.urgency for need in problem.needs)
    if solver is None:
        return [], everything
    meetings = [
        Meeting(target_id, slot, copy)
        for (target_id, slot), held in sorted(modelled.held.items())
        for copy in range(int(solver.value(held)))
    ]
    return meetings, min(int(solver.best_objective_bound + 1e-6), everything)


class _Model:
    """Seats by need and slot; seminars and groups by target and slot."""

    def __init__(self, problem: Problem) -> None:
        from ortools.sat.python import cp_model

        self.problem = problem
        self.model: CpModel = cp_model.CpModel()
        self.held: dict[tuple[int, int], Any] = {}
        """How many sessions a target has in a slot."""
        self.seats: dict[tuple[int, int], IntVar] = {}
        """By gap and slot."""
        self.seminars: dict[tuple[int, int], IntVar] = {}
        self.groups: dict[tuple[int, int], IntVar] = {}
        self.teachers: dict[tuple[int, int], set[int]] = defaultdict(set)
        """Free ones by team and slot."""
        for place in problem.places:
            self.teachers[place.team_id, place.slot].add(place.teacher_id)
        self._meetings()
        self._nobody_twice()
        self.model.maximize(
            sum(need.urgency * seat for need in problem.needs for seat in self._of(need))
        )

    def _of(self, need: Need) -> list["IntVar"]:
        return [
            self.seats[need.gap_id, slot]
            for slot in sorted(need.slots)
            if (need.gap_id, slot) in self.seats
        ]

    def _meetings(self) -> None:
        sizes = self.problem.sizes
        wide = Counter(need.target_id for need in self.problem.needs)
        asking: dict[tuple[int, int], list[Need]] = defaultdict(list)
        for need in self.problem.needs:
            kinds = possible_kinds(wide[need.target_id], sizes.group_most, sizes.seminar_from)
            for slot in sorted(need.slots):
                free = self.teachers.get((need.team_id, slot), set())
                if any((one, kind) not in need.tried for one in free for kind in kinds):
                    asking[need.target_id, slot].append(need)
        for (target_id, slot), needs in asking.items():
            kinds = possible_kinds(wide[target_id], sizes.group_most, sizes.seminar_from)
            self._meeting(target_id, slot, needs, SessionKind.SEMINAR in kinds)

    def _meeting(self, target_id: int, slot: int, needs: list[Need], is_wide: bool) -> None:
        add, most = self.model, self.problem.sizes.group_most
        key = target_id, slot
        at_once = 1
        if len(needs) > most:
            at_once = min(MOST_GROUPS, len(self.teachers[needs[0].team_id, slot]))
        groups = add.new_int_var(0, at_once, f"groups_{target_id}_{slot}")
        seats = []
        for need in needs:
            seat = add.new_bool_var(f"seat_{need.gap_id}_{slot}")
            self.seats[need.gap_id, slot] = seat
            seats.append(seat)
        self.groups[key] = groups
        if is_wide and len(needs) > most:
            seminar = add.new_bool_var(f"seminar_{target_id}_{slot}")
            self.seminars[key] = seminar
            # A seminar is for all of them: no groups on the same at the same time.
            add.add(groups + at_once * seminar <= at_once)
            held = groups + seminar
            add.add(sum(seats) <= most * groups + len(seats) * seminar)
            add.add(sum(seats) >= (most + 1) * seminar)
        else:
            held = groups
            if len(needs) > most:
                add.add(sum(seats) <= most * groups)
        add.add(sum(seats) >= held)
        for seat in seats:
            add.add(seat <= held)
        self.held[key] = held

    def _nobody_twice(self) -> None:
        add, problem = self.model, self.problem
        team_of = {need.target_id: need.team_id for need in problem.needs}
        of_student: dict[int, list[Need]] = defaultdict(list)
        for need in problem.needs:
            of_student[need.person_id].append(need)
            add.add_at_most_one(self._of(need))
        teams = sorted(set(team_of.values()))
        for clashing in [*overlapping(problem.slots), *((n,) for n in range(len(problem.slots)))]:
            for some in [*([team] for team in teams), teams]:
                free = set().union(
                    *(self.teachers.get((team, slot), ()) for team in some for slot in clashing)
                )
                add.add(
                    sum(
                        held
                        for (target_id, slot), held in self.held.items()
                        if slot in clashing and team_of[target_id] in some
                    )
                    <= len(free)
                )
            for needs in of_student.values():
                add.add_at_most_one(
                    self.seats[need.gap_id, slot]
                    for need in needs
                    for slot in clashing
                    if (need.gap_id, slot) in self.seats
                )
        for person_id, needs in of_student.items():
            left = max(0, problem.most_a_day - problem.held.get(person_id, 0))
            add.add(sum(seat for need in needs for seat in self._of(need)) <= left)

    def begin_with(self, proposed: Iterable[Proposed]) -> None:
        """Give the solver a plan to better."""
        groups: Counter[tuple[int, int]] = Counter()
        seminars: set[tuple[int, int]] = set()
        seated: set[tuple[int, int]] = set()
        for one in proposed:
            key = one.target_id, one.slot
            seated.update((gap_id, one.slot) for gap_id in one.gap_ids)
            if one.kind == SessionKind.SEMINAR:
                seminars.add(key)
            else:
                groups[key] += 1
        for key, var in self.groups.items():
            self.model.add_hint(var, groups[key])
        for key, var in self.seminars.items():
            self.model.add_hint(var, key in seminars)
        for key, var in self.seats.items():
            self.model.add_hint(var, key in seated)
