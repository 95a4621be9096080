"""Working out standings anew: `python -m tests.benchmarks.bench_recalculate [students …]`.

A district of 3,000 and of 30,000 students with 60 targets each, two scored attempts a target; every
standing changes. Each size runs in a process of its own, so that its peak memory is its own. Prints
standings a second and the growth of the peak from the small to the large district: flat is 1.0.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import text

from lti_app import schema
from lti_app.db import Database
from lti_app.learning import recalculate
from lti_app.learning.models import MasteryRule
from lti_app.learning.rules import Rule

SIZES = (3_000, 30_000)
TARGETS = 60
TEAM = 100
"""Students in a team."""

NUMBERS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :most)
"""
AT = "'2026-09-01 10:00:00.000000'"
FILL = [
    "INSERT INTO districts (id, name, timezone, created_at) VALUES (1, 'Bench', 'UTC', {at})",
    NUMBERS + "INSERT INTO teams (id, district_id, name, grade, created_at) "
    "SELECT n, 1, 'T', '', {at} FROM numbers WHERE n <= :teams",
    NUMBERS + "INSERT INTO sections (id, district_id, team_id, title, source, external_id, "
    "service_scopes, created_at) SELECT n, 1, n, 'S', 'lti:1', n, '[]', {at} "
    "FROM numbers WHERE n <= :teams",
    NUMBERS + "INSERT INTO persons (id, district_id, name, is_admin, created_at) "
    "SELECT n, 1, 'P', 0, {at} FROM numbers WHERE n <= :students",
    NUMBERS + "INSERT INTO targets (id, district_id, team_id, title, position, source, created_at, "
    "version) SELECT n, 1, (n - 1) / :targets + 1, 'I can', n, 'written', {at}, 1 "
    "FROM numbers WHERE n <= :teams * :targets",
    "INSERT INTO checkpoints (id, district_id, target_id, title, question, max_points, takes_text, "
    "takes_link, takes_files, wait_hours, needs_activity, position, source, hidden, version) "
    "SELECT id, 1, id, 'C', '', 4, 1, 0, 0, 0, 0, 1, 'written', 0, 1 FROM targets",
    "INSERT INTO mastery (district_id, person_id, target_id, percent, level, changed_at) "
    "SELECT 1, p.id, t.id, 50, 'working', {at} FROM persons p "
    "JOIN targets t ON t.team_id = (p.id - 1) / :team + 1",
    "INSERT INTO attempts (district_id, checkpoint_id, person_id, section_id, number, evidence, "
    "answers, submitted_at, source) SELECT 1, m.target_id, m.person_id, (m.person_id - 1) / :team "
    "+ 1, k.n, '', '{{}}', {at}, 'written' FROM mastery m "
    "JOIN (SELECT 1 AS n UNION ALL SELECT 2) k",
    "INSERT INTO scores (district_id, attempt_id, points, max_points, marks, feedback, source, "
    "scored_at) SELECT 1, id, 1 + (id % 4), 4, '{{}}', '', 'teacher', {at} FROM attempts",
]


def fill(database: Database, students: int) -> None:
    """Write the district in a few large statements, with the statistics that PostgreSQL gathers by
    itself: without them the planner takes the district for a good way to find a score."""
    teams = students // TEAM
    values = {
        "students": students,
        "teams": teams,
        "targets": TARGETS,
        "team": TEAM,
        "most": max(students, teams * TARGETS),
    }
    with database.engine.begin() as connection:
        for statement in FILL:
            filled = text(statement.format(at=AT))
            connection.execute(filled, {name: values[name] for name in filled._bindparams})
        connection.execute(text("ANALYZE"))


def measure(students: int) -> dict[str, float]:
    """Recalculate a whole district of this size; seconds, standings, peak memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        schema.upgrade(url)
        database = Database(url)
        fill(database, students)
        began = time.perf_counter()
        moved = 0
        for team_id in range(1, students // TEAM + 1):
            with database.transaction(district_id=1) as session:
                rule_of = {
                    target.id: Rule(kind=MasteryRule.HIGHEST)
                    for target in recalculate.targets_of(session, team_id)
                }
                moved += recalculate.apply(session, rule_of)
        seconds = time.perf_counter() - began
        database.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "standings": students * TARGETS, "moved": moved, "peak_mb": peak}


def main(sizes: tuple[int, ...] = SIZES) -> None:
    """Each size in a process of its own; then the table."""
    print(f"\nWorking out standings anew ({TARGETS} targets a student, two attempts a target)")
    print(f"{'students':>10} {'standings':>10} {'moved':>10} {'a second':>10} {'peak MB':>8}")
    peaks = []
    for size in sizes:
        printed = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.bench_recalculate", "--one", str(size)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        one = json.loads(printed)
        peaks.append(one["peak_mb"])
        print(
            f"{size:>10,} {one['standings']:>10,.0f} {one['moved']:>10,.0f} "
            f"{one['standings'] / one['seconds']:>10,.0f} {one['peak_mb']:>8.0f}"
        )
    print(f"Peak memory, largest against smallest: {peaks[-1] / peaks[0]:.2f} (flat: 1.0)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        main(tuple(map(int, sys.argv[1:])) or SIZES)
