"""The exact planner, with OR-Tools' CP-SAT. Only the worker calls it.

Two steps, because they are quick one after the other and slow as one: `when.py` says which targets
meet in which slot, with a proven bound on the urgency that any plan can meet; `who.py` gives those
sessions their teachers and students. The same problem gives the same plan: one seed, one thread,
and limits that count the solver's own steps and not seconds.
"""

from collections import defaultdict
from dataclasses import replace

from lti_app.coaching.planner import greedy, when, who
from lti_app.coaching.planner.problem import Need, Place, Problem, Proposed, Solution
from lti_app.coaching.planner.reasons import left_out


def plan(problem: Problem) -> Solution:
    """Plan a day. Teams that share neither students nor teachers are planned one by one."""
    proposed: list[Proposed] = []
    met = bound = 0
    for part in parts(problem):
        solved = _solve(part)
        proposed += solved.sessions
        met += solved.urgency_met
        bound += solved.urgency_bound
    proposed.sort(key=lambda one: (problem.slots[one.slot], one.teacher_id))
    return Solution(tuple(proposed), met, bound, left_out(problem, proposed))


def parts(problem: Problem) -> list[Problem]:
    """The problem in parts that have no student and no teacher in common."""
    root: dict[tuple[str, int], tuple[str, int]] = {}

    def find(one: tuple[str, int]) -> tuple[str, int]:
        while root.setdefault(one, one) != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    for need in problem.needs:
        root[find(("student", need.person_id))] = find(("team", need.team_id))
    for place in problem.places:
        root[find(("teacher", place.teacher_id))] = find(("team", place.team_id))
    needs: dict[tuple[str, int], list[Need]] = defaultdict(list)
    places: dict[tuple[str, int], list[Place]] = defaultdict(list)
    for need in sorted(problem.needs, key=lambda need: need.gap_id):
        needs[find(("team", need.team_id))].append(need)
    for place in sorted(problem.places):
        places[find(("team", place.team_id))].append(place)
    return [
        replace(problem, needs=tuple(some), places=tuple(places[key]))
        for key, some in needs.items()
        if places[key]
    ]


def _solve(problem: Problem) -> Solution:
    by_hand = greedy.plan(problem)
    meetings, bound = when.choose(problem, by_hand.sessions)
    sessions = who.fill(problem, meetings)
    urgency = {need.gap_id: need.urgency for need in problem.needs}
    met = sum(urgency[gap_id] for one in sessions for gap_id in one.gap_ids)
    if met < by_hand.urgency_met:
        sessions, met = list(by_hand.sessions), by_hand.urgency_met
    return Solution(tuple(sessions), met, max(met, bound), {})
