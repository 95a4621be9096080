"""Login, launch and front page over one worker: `python -m tests.benchmarks.bench_launch`.

Two ways: inside this process (our own work alone, statements counted), and over HTTP with
gunicorn's single worker and several browsers at once. Bounded to about 20 seconds.
"""

import logging
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests
from cryptography.fernet import Fernet

from lti_app import create_app, schema
from lti_app.db import Database
from lti_app.launch.platforms import PlatformDraft, add_platform
from lti_app.people.models import District
from lti_app.settings import Settings
from tests.conftest import Queries
from tests.launch.signer import INSTRUCTOR, LEARNER, Signer

SECONDS_EACH = 6.0
BROWSERS = 4
STUDENTS = 100
STEPS = ("login", "launch", "front page")
Times = dict[str, list[float]]


def settings_for(folder: Path, port: int) -> Settings:
    """A fresh SQLite installation at `port`."""
    settings = Settings(
        _env_file=None,
        public_url=f"http://127.0.0.1:{port}",
        secret_key="b" * 40,
        encryption_keys=[Fernet.generate_key().decode()],
        database_url=f"sqlite:///{folder}/bench.db",
        queue_url=f"sqlite:///{folder}/queue.db",
        allow_loopback_http=True,
    )
    schema.upgrade(settings.database_url)
    return settings


def register(database: Database, signer: Signer) -> None:
    """Make the signer's platform known."""
    with database.transaction() as session:
        session.add(district := District(name="Bench"))
        session.flush()
        add_platform(
            session,
            PlatformDraft(
                "Bench",
                signer.issuer,
                signer.client_id,
                signer.issuer + "/auth",
                signer.issuer + "/token",
                signer.issuer + "/jwks",
            ),
            deployment_id=signer.deployment_id,
            district_id=district.id,
            allow_loopback_http=True,
        )


def one_visit(
    ask: Callable[..., tuple[int, str]],
    signer: Signer,
    public_url: str,
    number: int,
    note: Callable[[str, float], None],
) -> None:
    """One person's way in; `note` gets each step's seconds. Raises where a step fails."""

    def step(name: str, expected: int, *how: object, **more: object) -> str:
        began = time.perf_counter()
        status, location = ask(*how, **more)
        note(name, time.perf_counter() - began)
        if status != expected:
            raise RuntimeError(f"{name} answered {status}")
        return location

    to = step("login", 302, "GET", f"/lti/login?iss={signer.issuer}&login_hint=h")
    sent = parse_qs(urlsplit(to).query)
    claims = signer.claims(
        sent["nonce"][0],
        sub=f"student-{number % STUDENTS}",
        roles=[INSTRUCTOR if number % STUDENTS == 0 else LEARNER],
        target_link_uri=public_url + "/lti/launch",
    )
    form = {"state": sent["state"][0], "id_token": signer.sign(claims)}
    page = step("launch", 303, "POST", "/lti/launch", data=form)
    step("front page", 200, "GET", page)


def in_process(folder: Path, signer: Signer) -> tuple[Times, dict[str, float], float]:
    """Times by step, mean statements by step, launches a second."""
    settings = settings_for(folder, 8000)
    app = create_app(settings)
    database: Database = app.extensions["pathways.database"]
    register(database, signer)
    queries = Queries(database)
    times: Times = {name: [] for name in STEPS}
    statements: dict[str, list[int]] = {name: [] for name in STEPS}

    def note(name: str, seconds: float) -> None:
        times[name].append(seconds)
        statements[name].append(len(queries))
        queries.clear()

    until, number = time.monotonic() + SECONDS_EACH, 0
    while time.monotonic() < until:
        client = app.test_client()

        def ask(method: str, path: str, client=client, **more) -> tuple[int, str]:
            response = client.open(path, method=method, **more)
            return response.status_code, response.location or ""

        one_visit(ask, signer, settings.public_url, number, note)
        number += 1
    database.dispose()
    busy = sum(sum(seconds) for seconds in times.values())
    return times, {name: statistics.mean(statements[name]) for name in STEPS}, number / busy


def over_http(folder: Path, signer: Signer) -> tuple[Times, float]:
    """Times by step and launches a second, several browsers at gunicorn's one worker."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = settings_for(folder, port)
    database = Database(settings.database_url)
    register(database, signer)
    database.dispose()
    times: Times = {name: [] for name in STEPS}
    with serving(settings, port):
        until = time.monotonic() + SECONDS_EACH

        def browse(first: int) -> int:
            number = first
            while time.monotonic() < until:
                with requests.Session() as browser:

                    def ask(method: str, path: str, browser=browser, **more) -> tuple[int, str]:
                        address = settings.public_url + path
                        more = {"allow_redirects": False, "timeout": 10, **more}
                        response = browser.request(method, address, **more)
                        return response.status_code, response.headers.get("Location", "")

                    one_visit(
                        ask,
                        signer,
                        settings.public_url,
                        number,
                        lambda name, seconds: times[name].append(seconds),
                    )
                number += BROWSERS
            return (number - first) // BROWSERS

        with ThreadPoolExecutor(BROWSERS) as pool:
            launched = sum(pool.map(browse, range(BROWSERS)))
    return times, launched / SECONDS_EACH


@contextmanager
def serving(settings: Settings, port: int) -> Iterator[None]:
    """Gunicorn with one worker of four threads, until the end of the block."""
    environment = {
        **os.environ,
        "PATHWAYS_PUBLIC_URL": settings.public_url,
        "PATHWAYS_SECRET_KEY": settings.secret_key.get_secret_value(),
        "PATHWAYS_ENCRYPTION_KEYS": f'["{settings.encryption_keys[0].get_secret_value()}"]',
        "PATHWAYS_DATABASE_URL": settings.database_url,
        "PATHWAYS_QUEUE_URL": settings.queue_url,
        "PATHWAYS_ALLOW_LOOPBACK_HTTP": "true",
    }
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    command += ["--threads", str(BROWSERS), "--log-level", "warning", "lti_app:create_app()"]
    process = subprocess.Popen(command, env=environment)
    try:
        for _ in range(100):
            try:
                requests.get(settings.public_url + "/healthz", timeout=1)
                break
            except requests.RequestException:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def show(
    title: str, times: Times, launches_a_second: float, statements: dict[str, float] | None = None
) -> None:
    """Print one table."""
    print(f"\n{title}: {launches_a_second:.0f} launches/s, {len(times['launch'])} in all")
    print(f"{'step':<12}{'p50 ms':>9}{'p99 ms':>9}{'SQL':>7}")
    for name in STEPS:
        cuts = statistics.quantiles([seconds * 1000 for seconds in times[name]], n=100)
        sql = f"{statements[name]:.1f}" if statements else "–"
        print(f"{name:<12}{cuts[49]:>9.1f}{cuts[98]:>9.1f}{sql:>7}")


def main() -> None:
    """Run both and print their tables."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    signer = Signer()
    try:
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            times, statements, rate = in_process(Path(one), signer)
            show("In this process", times, rate, statements)
            times, rate = over_http(Path(two), signer)
            show(f"Over HTTP, one worker, {BROWSERS} browsers at once", times, rate)
    finally:
        signer.stop()


if __name__ == "__main__":
    main()
