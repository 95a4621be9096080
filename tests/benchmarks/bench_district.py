"""A district mirrored: `python -m tests.benchmarks.bench_district [--courses 1200] …`.

The practice Classroom in a process of its own holds a district whose teachers have connected every
course. What is due is picked as by the worker's every minute, and done by the worker's own jobs,
one after another: people and first mirror, then a look at everything unchanged. Prints what a
course costs, what it all comes to at Google's published 3,000 requests a minute, whether that was
kept to, whether memory grew with the number of courses, and whether everything that Google holds is
here.

The practice Classroom refuses what is over its quota; `--quota` sets both it and our budget lower,
to see mirrors stop at their share and go on.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import event, func, select

from integrations.classroom.budget import Share
from integrations.practice.server import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET
from lti_app import create_app, schema
from lti_app.db import Database, now
from lti_app.learning.models import Activity, Attempt, Checkpoint, Score
from lti_app.people.models import Enrolment, Role
from lti_app.settings import Settings
from lti_app.sync import connections, course_jobs, course_people
from lti_app.sync.models import ClassroomConnection
from lti_app.sync.quota import quota_of
from tests import district
from tests.benchmarks.practice_district import Asked, Held, PracticeDistrict

A_MINUTE = 3_000
"""Requests that Google takes of one client in a minute, as published."""
FLAT = 1.15
"""The most that memory may grow by from the first twelfth of the courses to the last."""
MOST_UNCHANGED = 4
AT_ONCE = 200
"""How many courses are picked at a time."""


def main(words: list[str] | None = None) -> None:
    """Fill, mirror, look again, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--courses", type=int, default=1_200)
    asked.add_argument("--students", type=int, default=25, help="a course")
    asked.add_argument("--works", type=int, default=20, help="a course")
    asked.add_argument("--database", default="", help="of an empty database; else SQLite")
    asked.add_argument("--quota", type=int, default=A_MINUTE, help="requests a minute")
    options = asked.parse_args(words)
    with (
        tempfile.TemporaryDirectory() as folder,
        PracticeDistrict(
            options.courses, options.students, options.works, options.quota
        ) as practice,
    ):
        address = options.database or f"sqlite:///{Path(folder) / 'bench.db'}"
        schema.upgrade(address)
        app = create_app(_settings(address, folder, practice.url, options.quota))
        database: Database = app.extensions["pathways.database"]
        district.connect(database, practice.courses)
        print(
            f"\nA district mirrored: {options.courses:,} courses, {practice.held.students:,}"
            f" students, {options.works} pieces of coursework a course,"
            f" {database.engine.dialect.name}"
        )
        print(
            f"{'':<12}{'requests':>10}{'KiB':>8}{'CPU ms':>8}{'queries':>9}{'most':>6}"
            f"{'wall s':>9}{'requests':>11}{'at 3,000/min':>14}"
        )
        first = _measured(practice, database, _first(app, database))
        _print("first mirror", first, options.courses)
        second = _measured(practice, database, _looks(app, database))
        _print("unchanged", second, options.courses)
        _say(max(second.calls) <= MOST_UNCHANGED, f"at most {max(second.calls)} for an unchanged")
        asked_for = practice.asked()
        _say(
            asked_for.refused == 0 and asked_for.most_a_minute <= options.quota,
            f"at most {asked_for.most_a_minute:,} requests in 60 s, {asked_for.refused} refused",
        )
        early, late = first.peaks[len(first.peaks) // 12], second.peaks[-1]
        grew = late / early
        _say(
            grew <= FLAT,
            f"memory {early:.0f} MiB at course {len(first.peaks) // 12 + 1}, {late:.0f} at the"
            f" end: ratio {grew:.2f}",
        )
        here = _held(database)
        _say(here == practice.held, f"here {here}, at Google {practice.held}")
        database.dispose()


def _settings(address: str, folder: str, url: str, quota: int) -> Settings:
    return Settings(
        _env_file=None,
        public_url="http://127.0.0.1:8000",
        secret_key="s" * 40,
        encryption_keys=[Fernet.generate_key().decode()],
        database_url=address,
        queue_url=f"sqlite:///{folder}/queue.db",
        files_url=f"folder:{folder}/files",
        allow_loopback_http=True,
        classroom_api_url=f"{url}/",
        google_client_id=GOOGLE_CLIENT_ID,
        google_client_secret=GOOGLE_CLIENT_SECRET,
        google_token_url=f"{url}/token",
        google_minute_quota=quota,
    )


Work = Iterator[Callable[[], object]]
"""What is to be done, a course at a time."""
Due = Callable[[Database], tuple[list[tuple[int, int]], datetime | None]]
"""What is to be done now, and when something else is, if it is known."""


def _first(app: Flask, database: Database) -> Work:
    """People and all coursework of each course."""
    people, mirror = (_job(app, name) for name in ("read_course_people", "mirror_section"))

    def both(course: tuple[int, int]) -> None:
        people(*course)
        mirror(*course)

    began = now()
    yield from _picked(app, _due_for_people, both)
    yield from _picked(app, partial(_due_for_mirror, since=began), lambda one: mirror(*one))


def _looks(app: Flask, database: Database) -> Work:
    """A look at each course, as if a quarter of an hour were over."""
    mirror = _job(app, "mirror_section")
    return _picked(app, partial(_due_for_mirror, since=now()), lambda one: mirror(*one))


def _picked(app: Flask, due: Due, do: Callable[[tuple[int, int]], object]) -> Work:
    """What is due, until nothing is. At its share of the quota work waits, as a worker's does."""
    database: Database = app.extensions["pathways.database"]
    quota = quota_of(database, app.extensions["pathways.settings"])
    while True:
        picked, again_at = due(database)
        if not picked and again_at is None:
            return
        if again_at is not None and not picked:
            time.sleep(max(0.1, (again_at - now()).total_seconds()))
        for course in picked:
            time.sleep(quota.quiet_s("", Share.BACKGROUND))
            yield partial(do, course)


def _job(app: Flask, name: str) -> Callable[..., object]:
    return app.extensions["pathways.jobs"][name].call_local  # type: ignore[no-any-return]


def _due_for_people(database: Database) -> tuple[list[tuple[int, int]], datetime | None]:
    with database.session(writes=False) as session:
        return course_people.due(session, course_jobs.PEOPLE_EVERY), None


def _due_for_mirror(
    database: Database, since: datetime
) -> tuple[list[tuple[int, int]], datetime | None]:
    """What is to be mirrored now of what was not since then; and when the next of those is due
    that stopped at a limit."""
    every = now() - since
    with database.session(writes=False) as session:
        later = session.scalar(select(func.min(ClassroomConnection.mirror_after)))
        return connections.due_for_mirror(session, every, every, AT_ONCE), later


@dataclass
class Costs:
    """What each course cost."""

    calls: list[int] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    """Of our memory up to then, in MiB."""
    wall_s: float = 0.0


def _measured(practice: PracticeDistrict, database: Database, work: Work) -> Costs:
    costs = Costs()
    statements = [0]

    def count(*_: object) -> None:
        statements[0] += 1

    event.listen(database.engine, "before_cursor_execute", count)
    before: Asked = practice.asked()
    started = time.monotonic()
    for do in work:
        statements[0] = 0
        began = time.process_time()
        do()
        costs.cpu_ms.append((time.process_time() - began) * 1000)
        costs.queries.append(statements[0])
        after = practice.asked()
        costs.calls.append(after.calls - before.calls)
        costs.bytes.append(after.bytes - before.bytes)
        before = after
        costs.peaks.append(_peak_mib())
    costs.wall_s = time.monotonic() - started
    event.remove(database.engine, "before_cursor_execute", count)
    return costs


def _print(name: str, costs: Costs, courses: int) -> None:
    """One line; the means are of a course, though one may have been begun twice."""
    total = sum(costs.calls)
    print(
        f"{name:<12}{total / courses:>10.1f}{sum(costs.bytes) / courses / 1024:>8.1f}"
        f"{sum(costs.cpu_ms) / courses:>8.1f}{sum(costs.queries) / courses:>9.1f}"
        f"{max(costs.queries):>6}{costs.wall_s:>9.1f}{total:>11,}{total / A_MINUTE:>10.1f} min"
    )


def _say(holds: bool, what: str) -> None:
    print(f"  {'PASS' if holds else 'FAIL'} {what}")


def _held(database: Database) -> Held:
    with database.session(writes=False) as session:

        def count(*wanted: object) -> int:
            return session.scalar(select(func.count()).where(*wanted)) or 0  # type: ignore[arg-type]

        grades = count(Attempt.external_id.is_not(None))
        if grades != count(Score.id > 0):
            grades = -1  # an attempt without its score, or a score given twice
        return Held(
            students=count(Enrolment.role == Role.STUDENT, Enrolment.active),
            checkpoints=count(Checkpoint.id > 0),
            activities=count(Activity.id > 0),
            grades=grades,
        )


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
