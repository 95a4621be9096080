"""The practice Classroom in a process of its own, so that what ours costs is measured alone."""

import multiprocessing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from integrations.practice.server import PracticeServer
from tests import district


@dataclass(frozen=True)
class Asked:
    """What was asked for so far."""

    calls: int
    """As Google counts them: those inside a batch one by one, the batch itself not."""
    bytes: int
    """Of answers, before compression."""


@dataclass(frozen=True)
class Held:
    """How much there is, as rows of ours."""

    students: int
    checkpoints: int
    activities: int
    grades: int


class PracticeDistrict:
    """`with PracticeDistrict(1200, 25, 20) as practice:`; `url` ends without a slash."""

    def __init__(self, courses: int, students: int, works: int) -> None:
        ours, theirs = multiprocessing.Pipe()
        self._ask = ours
        self._process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(theirs, courses, students, works), daemon=True
        )

    def __enter__(self) -> "PracticeDistrict":
        self._process.start()
        self.url, self.courses, self.held = self._ask.recv()
        return self

    def asked(self) -> Asked:
        """What was asked for so far."""
        self._ask.send("asked")
        found: Asked = self._ask.recv()
        return found

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.join()


def _serve(pipe: Connection, courses: int, students: int, works: int) -> None:
    school = district.school(courses, students)
    # The place to set the practice Classroom's quotas, multiplied by as much as real time is
    # too long (a first mirror of the whole district takes nine minutes at 3,000 a minute).
    practice = PracticeServer("http://127.0.0.1:9", school, works=district.works(works))
    district.settle(practice.classroom)
    counted = _Counted()
    with practice:
        server = practice._server
        assert server is not None
        server.app = counted.around(server.app)
        pipe.send((practice.url, district.at_google(practice), _held(practice)))
        while pipe.recv() == "asked":
            calls = practice.mischief.calls
            made = sum(n for name, n in calls.items() if name.startswith("classroom."))
            pipe.send(Asked(made - calls["classroom.batch"], counted.bytes))


class _Counted:
    def __init__(self) -> None:
        self.bytes = 0

    def around(self, app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        """The application, with the bytes of its answers counted."""

        def counting(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            for part in app(environ, start):
                self.bytes += len(part)
                yield part

        return counting


def _held(practice: PracticeServer) -> Held:
    store = practice.classroom
    works = [work for held in store.works.values() for work in held]
    graded = [work for work in works if work.get("maxPoints")]
    return Held(
        students=sum(len(course.student_ids) for course in practice.school.courses.values()),
        checkpoints=len(graded),
        # A piece with several things to open is an activity for each.
        activities=sum(
            max(1, len(work.get("materials", ()))) for work in works if not work.get("maxPoints")
        ),
        grades=sum(
            "assignedGrade" in submission
            for place in store.submissions.values()
            for submission in place.values()
        ),
    )
