"""Second step of planning: which teacher holds each meeting, and which students it is for.

What is wanted, each far above the next: urgency met, few sessions a student, few sessions (nobody
is met alone only so that every teacher has a session), an even load on teachers.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lti_app.coaching.models import SessionKind
from lti_app.coaching.planner.problem import Problem, Proposed, overlapping
from lti_app.coaching.planner.reasons import possible_kinds
from lti_app.coaching.planner.solver import solved
from lti_app.coaching.planner.when import Meeting

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, IntVar

STEPS = 0.3


def fill(problem: Problem, meetings: Sequence[Meeting]) -> list[Proposed]:
    """The meetings as sessions; one for which no teacher may be found is not held."""
    if not meetings:
        return []
    modelled = _Model(problem, meetings)
    solver = solved(modelled.model, STEPS)
    return modelled.read(solver) if solver is not None else []


class _Model:
    """Kinds, teachers and seats of the meetings."""

    def __init__(self, problem: Problem, meetings: Sequence[Meeting]) -> None:
        from ortools.sat.python import cp_model

        self.problem = problem
        self.model: CpModel = cp_model.CpModel()
        self.kinds: dict[Meeting, dict[SessionKind, IntVar]] = {}
        self.teachers: dict[Meeting, dict[int, IntVar]] = {}
        self.seats: dict[Meeting, dict[int, IntVar]] = {}
        """Of each meeting, by index of the need."""
        self._variables(meetings)
        for one in self.kinds:
            self._one_of_each(one)
        self._nobody_twice()
        self._objective()

    def _variables(self, meetings: Sequence[Meeting]) -> None:
        problem, add = self.problem, self.model
        free: dict[tuple[int, int], list[int]] = defaultdict(list)
        for place in problem.places:
            free[place.team_id, place.slot].append(place.teacher_id)
        asking: dict[int, list[int]] = defaultdict(list)
        for which, need in enumerate(problem.needs):
            asking[need.target_id].append(which)
        for one in meetings:
            needs = asking[one.target_id]
            name = f"{one.target_id}_{one.slot}_{one.copy}"
            teachers = free[problem.needs[needs[0]].team_id, one.slot]
            kinds = possible_kinds(len(needs), problem.sizes.group_most, problem.sizes.seminar_from)
            self.kinds[one] = {kind: add.new_bool_var(f"{kind}_{name}") for kind in kinds}
            self.teachers[one] = {
                teacher: add.new_bool_var(f"teacher_{teacher}_{name}") for teacher in teachers
            }
            self.seats[one] = {
                which: add.new_bool_var(f"seat_{which}_{name}")
                for which in needs
                if one.slot in problem.needs[which].slots
            }

    def _one_of_each(self, one: Meeting) -> None:
        """A session has one kind, one teacher, and as many students as suits its kind."""
        add, group_most = self.model, self.problem.sizes.group_most
        kinds, seats, teachers = self.kinds[one], self.seats[one], self.teachers[one]
        least = {SessionKind.ONE_TO_ONE: 1, SessionKind.SMALL_GROUP: 2}
        most = {SessionKind.ONE_TO_ONE: 1, SessionKind.SMALL_GROUP: group_most}
        held, students = sum(kinds.values()), sum(seats.values())
        add.add(held <= 1)
        add.add(sum(teachers.values()) == held)
        add.add(
            students >= sum(least.get(kind, group_most + 1) * var for kind, var in kinds.items())
        )
        add.add(students <= sum(most.get(kind, len(seats)) * var for kind, var in kinds.items()))
        for which, seat in seats.items():
            add.add(seat <= held)
            for teacher, kind in sorted(self.problem.needs[which].tried):
                if teacher in teachers and kind in kinds:
                    add.add(seat + teachers[teacher] + kinds[kind] <= 2)
        first = replace(one, copy=one.copy - 1)
        if first in self.seats:
            add.add(sum(self.seats[first].values()) >= students)

    def _nobody_twice(self) -> None:
        add, problem = self.model, self.problem
        of_need: dict[int, list[IntVar]] = defaultdict(list)
        of_student: dict[int, dict[int, list[IntVar]]] = defaultdict(lambda: defaultdict(list))
        of_teacher: dict[int, dict[int, list[IntVar]]] = defaultdict(lambda: defaultdict(list))
        for one, seats in self.seats.items():
            for which, seat in seats.items():
                of_need[which].append(seat)
                of_student[problem.needs[which].person_id][one.slot].append(seat)
            for teacher, holds in self.teachers[one].items():
                of_teacher[teacher][one.slot].append(holds)
        for seats_of_need in of_need.values():
            add.add_at_most_one(seats_of_need)
        for clashing in overlapping(problem.slots):
            for who in (*of_student.values(), *of_teacher.values()):
                add.add_at_most_one(var for slot in clashing for var in who.get(slot, ()))
        self.extra: list[IntVar] = []
        """Sessions of a student beyond the first."""
        for person, slots in of_student.items():
            seats_of_person = [var for some in slots.values() for var in some]
            stand = problem.held.get(person, 0)
            left = max(0, problem.most_a_day - stand)
            add.add(sum(seats_of_person) <= left)
            free = 0 if stand else 1
            if left > free:
                extra = add.new_int_var(0, left - free, f"extra_{person}")
                add.add(extra >= sum(seats_of_person) - free)
                self.extra.append(extra)
        staff = {place.teacher_id for place in problem.places}
        self.loads = [
            sum(var for some in of_teacher[teacher].values() for var in some)
            + problem.load.get(teacher, 0)
            for teacher in sorted(staff)
        ]

    def _objective(self) -> None:
        add, problem = self.model, self.problem
        most_load = len(self.kinds) + max(problem.load.values(), default=0)
        highest = add.new_int_var(0, most_load, "highest")
        lowest = add.new_int_var(0, most_load, "lowest")
        for load in self.loads:
            add.add(highest >= load)
            add.add(lowest <= load)
        held = sum(var for kinds in self.kinds.values() for var in kinds.values())
        per_session = most_load + 1
        per_extra = per_session * (len(self.kinds) + 1)
        per_urgency = per_extra * (len(self.extra) * problem.most_a_day + 1)
        met = sum(
            problem.needs[which].urgency * seat
            for seats in self.seats.values()
            for which, seat in seats.items()
        )
        add.maximize(
            per_urgency * met
            - per_extra * sum(self.extra)
            - per_session * held
            - (highest - lowest)
        )

    def read(self, solver: "CpSolver") -> list[Proposed]:
        """The sessions of the solution found."""
        return [
            Proposed(
                one.slot,
                _chosen(solver, self.teachers[one].items()),
                one.target_id,
                _chosen(solver, kinds.items()),
                tuple(
                    sorted(
                        self.problem.needs[which].gap_id
                        for which, seat in self.seats[one].items()
                        if solver.boolean_value(seat)
                    )
                ),
            )
            for one, kinds in self.kinds.items()
            if any(solver.boolean_value(var) for var in kinds.values())
        ]


def _chosen(solver: "CpSolver", options: Iterable[tuple[Any, "IntVar"]]) -> Any:
    return next(option for option, var in options if solver.boolean_value(var))
