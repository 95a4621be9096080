"""The demo's three processes: web, worker, practice LMS; started, watched, stopped cleanly."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import requests
from cryptography.fernet import Fernet

from integrations.practice.pubsub import PUSH_ACCOUNT, TOPIC
from integrations.practice.school import PracticeSchool
from integrations.practice.server import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET
from lti_app import schema
from lti_app.db import Database, use_encryption_keys
from lti_app.demo.school import load

ROOT = Path(__file__).resolve().parent.parent.parent
START_WITHIN_S = 30.0
STOP_WITHIN_S = 10.0


class DemoError(RuntimeError):
    """The demo can't go on; the message says what to do."""


@dataclass
class Demo:
    """The demo in a folder of its own, made anew at every start."""

    folder: Path
    port: int
    practice_port: int
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _variables: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Pathways."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def practice_url(self) -> str:
        """The practice LMS."""
        return f"http://127.0.0.1:{self.practice_port}"

    def __enter__(self) -> "Demo":
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        environment = self._variables = self._environment()
        schema.upgrade(environment["PATHWAYS_DATABASE_URL"])
        database = Database(environment["PATHWAYS_DATABASE_URL"])
        load(database, self.practice_url, PracticeSchool.fifth_grade())
        database.dispose()
        try:
            self._start("practice LMS", self._practice_command(), environment)
            self._start("web", self._web_command(), environment)
            self._start("worker", self._worker_command(), environment)
            self._wait_for("practice LMS", self.practice_url)
            self._wait_for("web", f"{self.url}/readyz")
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _environment(self) -> dict[str, str]:
        key = Fernet.generate_key().decode()
        use_encryption_keys([key])
        return {
            **os.environ,
            "PATHWAYS_PUBLIC_URL": self.url,
            "PATHWAYS_SECRET_KEY": Fernet.generate_key().decode(),
            "PATHWAYS_ENCRYPTION_KEYS": f'["{key}"]',
            "PATHWAYS_DATABASE_URL": f"sqlite:///{self.folder}/pathways.db",
            "PATHWAYS_QUEUE_URL": f"sqlite:///{self.folder}/queue.db",
            "PATHWAYS_FILES_URL": f"folder:{self.folder}/files",
            "PATHWAYS_ALLOW_LOOPBACK_HTTP": "true",
            "PATHWAYS_MANY_PEOPLE_PER_BROWSER": "true",
            "PATHWAYS_GOOGLE_CLIENT_ID": GOOGLE_CLIENT_ID,
            "PATHWAYS_GOOGLE_CLIENT_SECRET": GOOGLE_CLIENT_SECRET,
            "PATHWAYS_GOOGLE_AUTH_URL": f"{self.practice_url}/o/oauth2/v2/auth",
            "PATHWAYS_GOOGLE_TOKEN_URL": f"{self.practice_url}/token",
            "PATHWAYS_GOOGLE_REVOKE_URL": f"{self.practice_url}/revoke",
            "PATHWAYS_GOOGLE_CERTS_URL": f"{self.practice_url}/oauth2/v3/certs",
            "PATHWAYS_PUBSUB_TOPIC": TOPIC,
            "PATHWAYS_PUBSUB_PUSH_ACCOUNT": PUSH_ACCOUNT,
            "PATHWAYS_CLASSROOM_API_URL": f"{self.practice_url}/",
            "PATHWAYS_CLASSROOM_ORIGINS": f'["{self.practice_url}"]',
        }

    def _practice_command(self) -> list[str]:
        return [
            sys.executable, "-m", "integrations.practice",
            "--port", str(self.practice_port), "--tool-url", self.url,
        ]  # fmt: skip

    def _web_command(self) -> list[str]:
        return [
            sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}",
            "--worker-class", "gthread", "--threads", "4", "--log-level", "warning",
            "lti_app:create_app()",
        ]  # fmt: skip

    def _worker_command(self) -> list[str]:
        return [sys.executable, "-m", "flask", "--app", "lti_app", "worker"]

    def _start(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        log = (self.folder / f"{name.replace(' ', '-')}.log").open("wb")
        self._running[name] = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop them in order
        )
        log.close()

    def _wait_for(self, name: str, url: str) -> None:
        ends = time.monotonic() + START_WITHIN_S
        while time.monotonic() < ends:
            self.check()
            try:
                if requests.get(url, timeout=2).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.1)
        raise DemoError(f"{name} did not start; see the logs in {self.folder}.")

    def check(self) -> None:
        """Raise `DemoError` where a process has ended by itself."""
        for name, process in self._running.items():
            if process.poll() is not None:
                log = self.folder / f"{name.replace(' ', '-')}.log"
                last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["no output"]
                raise DemoError(
                    f"{name} ended with {process.returncode}: {last[0]}\n"
                    f"If a port is taken, choose others with --port and --practice-port. "
                    f"The whole log: {log}"
                )

    def kill(self, name: str) -> None:
        """Kill a process on the spot, as a power cut would."""
        process = self._running[name]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def restart_worker(self) -> None:
        """Start the worker again after a kill."""
        self._start("worker", self._worker_command(), self._variables)

    def _stop(self) -> None:
        for process in reversed(self._running.values()):
            if process.poll() is None:
                process.terminate()
        ends = time.monotonic() + STOP_WITHIN_S
        for process in self._running.values():
            try:
                process.wait(max(0.1, ends - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._running.clear()
