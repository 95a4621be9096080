"""Days to plan, made by rule: teams with students, gaps, teachers and two blocks each."""

import random

from lti_app.coaching.models import SessionKind
from lti_app.coaching.planner.problem import Need, Place, Problem, Slot

BLOCKS = ((120, 128), (156, 164))
"""Two blocks of 40 minutes, in numbers of five minutes."""
SLOT_TICKS = 4


def day(
    teams: int, *, students: int = 104, gaps: int = 250, teachers: int = 4, seed: int = 5
) -> Problem:
    """A day of `teams` teams. A third of the students have only one of the blocks; the gaps pile
    up on some targets, as they do in classrooms; a fifth of them were tried before."""
    chance = random.Random(seed)
    slots = tuple(
        Slot(at, at + SLOT_TICKS) for first, last in BLOCKS for at in range(first, last, SLOT_TICKS)
    )
    halves = (range(len(slots) // 2), range(len(slots) // 2, len(slots)))
    needs: list[Need] = []
    places: list[Place] = []
    for team in range(1, teams + 1):
        staff = [team * 100 + which for which in range(teachers)]
        places += [Place(slot, one, team) for slot in range(len(slots)) for one in staff]
        targets = [team * 1000 + which for which in range(30)]
        weights = [1 / (1 + which) ** 0.7 for which in range(len(targets))]
        pairs: set[tuple[int, int]] = set()
        while len(pairs) < gaps:
            pairs.add((chance.randrange(students), chance.choices(targets, weights)[0]))
        free = {
            student: frozenset(
                range(len(slots)) if chance.random() < 2 / 3 else chance.choice(halves)
            )
            for student in range(students)
        }
        for student, target in sorted(pairs):
            tried = frozenset(
                {(chance.choice(staff), chance.choice(list(SessionKind)))}
                if chance.random() < 0.2
                else ()
            )
            needs.append(
                Need(
                    gap_id=len(needs) + 1,
                    person_id=team * 10_000 + student,
                    team_id=team,
                    target_id=target,
                    urgency=chance.randint(5, 95),
                    slots=free[student],
                    tried=tried,
                )
            )
    return Problem(slots=slots, needs=tuple(needs), places=tuple(places))
