"""Rosters of 5,000 and of 50,000 members into SQLite: `python -m tests.benchmarks.bench_roster`.

A platform on loopback makes its pages as they are asked for; each roster is brought in twice by a
process of its own, first everyone new, then everyone known. Prints members a second, the memory
the process grew by at most, and the ratio of the two sizes' growth.
"""

import multiprocessing
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from integrations.lti.connector import LtiConnector, ToolRegistration
from integrations.lti.roster import LtiRoster
from integrations.lti.transport import http_session
from lti_app import schema
from lti_app.db import Database
from lti_app.launch.keys import new_key
from lti_app.launch.models import KeyState
from lti_app.people.models import District, Section, Team
from lti_app.sync.roster import bring_in_roster
from tests.crowd import Crowd
from tests.integrations.conftest import Tokens

SIZES = (5_000, 50_000)
WARM_UP = 400
"""Members read before memory is looked at: modules and pools are there by then."""


def main() -> None:
    """Bring in both sizes, print the table."""
    print("\nRoster into SQLite, over loopback, pages of 200")
    print(f"{'members':>9}{'new /s':>9}{'known /s':>10}{'grew by MiB':>13}")
    grown: list[float] = []
    spawn = multiprocessing.get_context("spawn")
    for size in SIZES:
        with Crowd(WARM_UP) as few, Crowd(size) as crowd, spawn.Pool(1) as one:
            new, known, growth = one.apply(_measured, (few.url, crowd.url, size))
        grown.append(growth)
        print(f"{size:>9,}{new:>9,.0f}{known:>10,.0f}{growth:>13.1f}")
    print(f"  ratio of growth {grown[1] / max(grown[0], 1.0):.2f}")


def _measured(few_url: str, url: str, size: int) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'bench.db'}"
        schema.upgrade(address)
        database = Database(address)
        district_id, warming_id, section_id = _sections(database)
        key = new_key(KeyState.CURRENT)

        def bring_in(at: str, into_id: int) -> float:
            ours = ToolRegistration(at, "bench", f"{at}/token", None, key.kid, key.private_pem)
            connector = LtiConnector(ours, Tokens(), http_session(allow_loopback=True))
            roster = LtiRoster(connector, f"{at}/members")
            began = time.perf_counter()
            bring_in_roster(database, district_id, into_id, roster, "secret")
            return time.perf_counter() - began

        bring_in(few_url, warming_id)
        before = _peak_mib()
        new, known = (bring_in(url, section_id) for _ in range(2))
        growth = _peak_mib() - before
        database.dispose()
    return size / new, size / known, growth


def _sections(database: Database) -> tuple[int, int, int]:
    with database.transaction() as session:
        session.add(district := District(name="Maple"))
        session.flush()
        district_id = district.id
    with database.transaction(district_id=district_id) as session:
        session.add(team := Team(name="Grade 5"))
        session.flush()
        more: dict[str, Any] = {"team_id": team.id, "source": "lti:1", "service_scopes": []}
        sections = [Section(title=one, external_id=one, **more) for one in ("few", "crowd")]
        session.add_all(sections)
        session.flush()
        return district_id, sections[0].id, sections[1].id


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
