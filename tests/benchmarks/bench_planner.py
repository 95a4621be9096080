"""The planner beside most-urgent-first, on the same days:
`python -m tests.benchmarks.bench_planner`.

A team's day (104 students, 250 gaps, 4 teachers, 2 blocks of 40 minutes) and a building's (12
teams: 1,248 students, 3,000 gaps); then a building where one teacher helps in two teams each, so
that pairs of teams are one problem. Prints urgency met, sessions, seconds, and the proven bound.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from lti_app.coaching.planner import greedy, solve
from lti_app.coaching.planner.problem import Place, Problem, Solution
from tests.benchmarks.building import day

TEAMS = 12


def shared(problem: Problem) -> Problem:
    """The same day with a teacher for each pair of teams, free in all slots, on top."""
    extra = [
        Place(slot, 90_000 + pair, 2 * pair + team)
        for pair in range(TEAMS // 2)
        for team in (1, 2)
        for slot in range(len(problem.slots))
    ]
    return replace(problem, places=(*problem.places, *extra))


def main() -> None:
    """Plan each day both ways and print the table."""
    solve.plan(day(1, students=10, gaps=10))  # the solver is loaded
    print("\nPlanning a day: most urgent first beside the planner")
    print(f"{'':40}{'urgency':>9}{'bound':>9}{'share':>8}{'sessions':>10}{'seconds':>9}")
    building = day(TEAMS)
    for name, problem in (
        ("a team, 250 gaps", day(1)),
        ("another team", day(1, seed=6)),
        (f"a building, {len(building.needs)} gaps", building),
        ("a building that shares teachers", shared(building)),
    ):
        planned, seconds = _timed(solve.plan, problem)
        by_hand, quick = _timed(greedy.plan, problem)
        _line(f"{name}: by hand", by_hand, quick, planned.urgency_bound)
        _line(f"{name}: planner", planned, seconds, planned.urgency_bound)
        better = 100 * (planned.urgency_met / by_hand.urgency_met - 1)
        print(f"{'':40}{better:+8.1f} % more; at most {planned.gap_percent:.2f} % below the best")


def _timed(plan: Callable[[Problem], Solution], problem: Problem) -> tuple[Solution, float]:
    began = time.perf_counter()
    solution = plan(problem)
    return solution, time.perf_counter() - began


def _line(name: str, solution: Solution, seconds: float, bound: int) -> None:
    share = 100 * solution.urgency_met / bound
    print(
        f"{name:40}{solution.urgency_met:9}{bound:9}{share:6.1f} %"
        f"{len(solution.sessions):10}{seconds:9.2f}"
    )


if __name__ == "__main__":
    main()
