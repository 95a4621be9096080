"""The practice Classroom in a process of its own, so that what ours costs is measured alone."""

import multiprocessing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType

from integrations.practice.server import PracticeServer
from tests import district


@dataclass(frozen=True)
class Asked:
    """What was asked for so far."""

    calls: int
    """As Google counts them: those inside a batch one by one, the batch itself not."""
    bytes: int
    """Of answers, before compression."""
    refused: int
    """Calls over a quota."""
    most_a_minute: int
    """Of calls, in any 60 seconds."""


@dataclass(frozen=True)
class Held:
    """How much there is, as rows of ours."""

    students: int
    checkpoints: int
    activities: int
    grades: int


class PracticeDistrict:
    """`with PracticeDistrict(1200, 25, 20, 3000) as practice:`; `url` ends without a slash."""

    def __init__(self, courses: int, students: int, works: int, quota: int) -> None:
        ours, theirs = multiprocessing.Pipe()
        self._ask = ours
        self._process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(theirs, courses, students, works, quota), daemon=True
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


def _serve(pipe: Connection, courses: int, students: int, works: int, quota: int) -> None:
    school = district.school(courses, students)
    practice = PracticeServer("http://127.0.0.1:9", school, works=district.works(works))
    practice.classroom.quota.minute = quota
    district.settle(practice.classroom)
    with practice:
        pipe.send((practice.url, district.at_google(practice), _held(practice)))
        while pipe.recv() == "asked":
            counted = practice.classroom.quota.counted()
            pipe.send(
                Asked(
                    calls=counted["total"],
                    bytes=counted["bytes"],
                    refused=counted["refused"],
                    most_a_minute=counted["most_a_minute"],
                )
            )


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
