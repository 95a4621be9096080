"""The mastery grid of 150 students × 80 targets next to a trivial page:
`python -m tests.benchmarks.bench_grid`.

The trivial page is one of a section that shows one empty list: it too knows who looks, and wears
the same frame. Beside it stands the health check, which shows nothing at all. All are asked of
the application in this process, one after the other in turns, so that the machine's mood is the
same for all. Prints server time (median), ratios, statements and bytes.
"""

import random
import statistics
import tempfile
import time
from pathlib import Path

from cryptography.fernet import Fernet
from flask.testing import FlaskClient

from lti_app import create_app, schema
from lti_app.learning import targets
from lti_app.learning.models import Level, Mastery, Unit
from lti_app.settings import Settings
from tests.conftest import Queries
from tests.school import browser_of, make_school

STUDENTS, TARGETS, UNITS = 150, 80, 8
TURNS = 25


def main() -> None:
    """Fill a school, ask for both pages in turns, print the table."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        schema.upgrade(url)
        app = create_app(
            Settings(
                _env_file=None,
                secret_key="b" * 40,
                encryption_keys=[Fernet.generate_key().decode()],
                database_url=url,
                queue_url=f"sqlite:///{folder}/queue.db",
            )
        )
        database = app.extensions["pathways.database"]
        school = make_school(database, students=STUDENTS)
        _fill(database, school)
        browser = browser_of(app, school, school.teacher_id)
        queries = Queries(database)
        grid, health = f"{browser.base}/students?section=all", "/healthz"
        trivial = f"{browser.base}/groups"
        times: dict[str, list[float]] = {grid: [], trivial: [], health: []}
        for _ in range(TURNS):
            for address in times:
                times[address].append(_seconds(browser.client, address))
        queries.clear()
        plain = browser.client.get(grid)
        counted = len(queries)
        sent = browser.client.get(grid, headers={"Accept-Encoding": "gzip"})
        ms = {address: 1000 * statistics.median(found) for address, found in times.items()}
        database.dispose()
    print(f"\nMastery grid, {STUDENTS} students × {TARGETS} targets")
    for name, address in (("a trivial page", trivial), ("the health check", health)):
        print(f"  server time {ms[grid]:.1f} ms; {name} {ms[address]:.2f} ms;", end=" ")
        print(f"ratio {ms[grid] / ms[address]:.1f}")
    print(f"  {counted} statements; {len(plain.data):,} bytes, {len(sent.data):,} compressed")


def _fill(database, school) -> None:  # type: ignore[no-untyped-def]
    levels, dice = list(Level), random.Random(5)
    with database.transaction(district_id=school.district_id) as session:
        units = [Unit(team_id=school.team_id, title=f"Unit {n}", position=n) for n in range(UNITS)]
        session.add_all(units)
        session.flush()
        ids = [school.target_id]
        for n in range(TARGETS - 1):
            title = f"I can explain how to do number {n} with a drawing and in words."
            unit_id = units[n % UNITS].id
            ids.append(targets.add_target(session, school.team_id, title=title, unit_id=unit_id).id)
        session.add_all(
            Mastery(person_id=kid, target_id=target_id, level=dice.choice(levels))
            for kid in school.student_ids
            for target_id in ids
        )


def _seconds(client: FlaskClient, address: str) -> float:
    began = time.perf_counter()
    answer = client.get(address)
    took = time.perf_counter() - began
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return took


if __name__ == "__main__":
    main()
