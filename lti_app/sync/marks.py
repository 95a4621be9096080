"""What a mirror remembers of a Classroom course, and what a look at it asks for next.

An unchanged course is looked at with four requests: the course, what changed of its coursework and
of its materials, and one more. Submissions come in no order and in many pages, so this one takes
turns: each thing to ask says how soon it wants to be asked again, and the one that has waited
longest by its own measure is next.

How late a grade may be here, with a look every quarter of an hour:

* A push told of it: as soon as the job ran (`told` marks the coursework; a look reads it first).
  Where Google tells of changes, what follows counts by looks every six hours instead, for a grade
  whose push got lost; the daily reading of everything comes first.
* The course has no more submissions than one page holds: at the next look, or the one after it.
* The work was turned in and is given back: three quarters of an hour, for as long as one page
  holds all that wait to be given back.
* Any other grade, or a grade that is changed later: two hours where up to three pieces of
  coursework are current (`_is_current`), and a quarter of an hour more for each further one.
* On other coursework: at the daily reading of everything.
* A teacher who presses *Look now* has everything read at once.
"""

import enum
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from integrations.lms import Submission
from lti_app.db import now
from lti_app.learning.models import Checkpoint
from lti_app.sync.models import ClassroomConnection, ColumnKind, GradebookColumn

SETTLES = timedelta(minutes=10)
"""Google may show a change later than one that was made after it, and clocks differ: what was
changed so recently is read again."""
WHOLE_EVERY = timedelta(days=1)
RESUMES_FOR = timedelta(hours=1)
"""How long Google's token of a page is tried again."""
ONE_PAGE = 100
TOPICS_EVERY = timedelta(hours=2)
WAITING_EVERY = timedelta(minutes=30)
CURRENT_EVERY = timedelta(hours=2)
NEWEST = 3
"""How many of the pieces that came in last are current in any case."""
CURRENT_BEFORE = timedelta(days=7)
CURRENT_AFTER = timedelta(days=14)
LONG_AGO = timedelta(days=365)


class Ask(enum.Enum):
    """The one more thing that a look asks for."""

    ALL_GRADES = "all grades"
    TOPICS = "topics"
    WAITING = "waiting"
    ONE_WORK = "one work"


@dataclass(frozen=True)
class Work:
    """Graded coursework, and what is known of its submissions."""

    external_id: str
    due_at: datetime | None
    told_at: datetime | None
    read_at: datetime | None
    waiting: str | None
    """Fingerprint of those that wait to be given back, as last read."""

    @property
    def is_unread(self) -> bool:
        """Never read, or changed since."""
        return self.read_at is None or (self.told_at is not None and self.told_at >= self.read_at)


@dataclass(frozen=True)
class Marks:
    """What was remembered when a mirror began."""

    changed_mark: datetime | None = None
    topics_read_at: datetime | None = None
    waiting_read_at: datetime | None = None
    read_whole_at: datetime | None = None
    whole_began_at: datetime | None = None
    whole_page: str | None = None
    submissions: int = 0
    grades_read: dict[str, Any] = field(default_factory=dict)
    """As `ClassroomConnection.grades_read`."""
    began: datetime = field(default_factory=now)

    @classmethod
    def load(cls, session: Session, section_id: int) -> "Marks":
        """Of a section; all empty where it is connected with no course."""
        found = session.get(ClassroomConnection, section_id)
        if found is None:
            return cls()
        return cls(
            found.changed_mark,
            found.topics_read_at,
            found.waiting_read_at,
            found.read_whole_at,
            found.whole_began_at,
            found.whole_page,
            found.submissions or 0,
            dict(found.grades_read or {}),
        )

    @property
    def whole_is_due(self) -> bool:
        """Everything must be read: never was, not for a day, or it was broken off."""
        read = self.read_whole_at
        return read is None or read < self.began - WHOLE_EVERY or self.whole_began_at is not None

    @property
    def resumes_at(self) -> str | None:
        """The page of submissions where a whole reading broke off, while Google knows it."""
        begun = self.whole_began_at
        return self.whole_page if begun and begun > self.began - RESUMES_FOR else None

    @property
    def goes_on(self) -> bool:
        """The first reading of everything was broken off lately: what it took is known."""
        begun = self.whole_began_at
        return bool(self.read_whole_at is None and begun and begun > self.began - RESUMES_FOR)

    @property
    def whole_since(self) -> datetime:
        """When the whole reading began that this one goes on with, or is."""
        return self.whole_began_at if self.resumes_at and self.whole_began_at else self.began

    def after(self, changes: Iterable[datetime | None]) -> datetime | None:
        """The next `changed_mark`, of the moments of all changes that were read."""
        newest = max((at for at in changes if at), default=None)
        if newest is None:
            return self.changed_mark
        mark = min(newest, self.began - SETTLES)
        return max(mark, self.changed_mark) if self.changed_mark else mark

    def next(self, works: Sequence[Work]) -> tuple[Ask, Work | None]:
        """What to ask for in a look that has nothing else to ask."""
        long_ago = self.began - LONG_AGO
        wishes: list[tuple[float, Ask, Work | None]] = []

        def wish(ask: Ask, last: datetime | None, every: timedelta, of: Work | None = None) -> None:
            wishes.append(((self.began - (last or long_ago)) / every, ask, of))

        if self.topics_read_at is None or self.began - self.topics_read_at >= TOPICS_EVERY:
            wish(Ask.TOPICS, self.topics_read_at, TOPICS_EVERY)
        if self.submissions <= ONE_PAGE:
            read = [work.read_at or long_ago for work in works]
            wish(Ask.ALL_GRADES, min(read, default=None), WAITING_EVERY)
        else:
            wish(Ask.WAITING, self.waiting_read_at, WAITING_EVERY)
            lately = works[-NEWEST:]
            for work in works:
                if self._is_current(work) or work in lately:
                    wish(Ask.ONE_WORK, work.read_at, CURRENT_EVERY, work)
        _, ask, chosen = max(wishes, key=lambda one: one[0])
        return ask, chosen

    def _is_current(self, work: Work) -> bool:
        """Its grades are likely to change now: some wait to be given back, or it is due about now.
        So are those of what came in last."""
        if work.waiting not in (None, "0"):
            return True
        due = work.due_at
        return due is not None and (self.began - CURRENT_AFTER < due < self.began + CURRENT_BEFORE)


def works_of(session: Session, section_id: int, marks: Marks) -> list[Work]:
    """The graded coursework of a section."""
    rows = session.execute(
        select(GradebookColumn.external_id, Checkpoint.due_at, GradebookColumn.grades_told_at)
        .join(Checkpoint)
        .where(
            GradebookColumn.section_id == section_id,
            GradebookColumn.kind == ColumnKind.CLASSROOM,
            GradebookColumn.external_id.is_not(None),
            Checkpoint.hidden.is_(False),
        )
        .order_by(GradebookColumn.id)
    )
    works = []
    for external_id, due_at, told_at in rows:
        read_at, waiting = marks.grades_read.get(external_id or "", (None, None))
        read = datetime.fromisoformat(read_at) if read_at else None
        works.append(Work(external_id or "", due_at, told_at, read, waiting))
    return works


def told(session: Session, section_id: int, coursework_id: str | None = None) -> None:
    """Google said that submissions changed, of one piece of coursework or of any: the next look
    reads them first, also where one is under way just now."""
    session.execute(
        update(GradebookColumn)
        .where(
            GradebookColumn.section_id == section_id,
            GradebookColumn.kind == ColumnKind.CLASSROOM,
            *([GradebookColumn.external_id == coursework_id] if coursework_id else []),
        )
        .values(grades_told_at=now())
    )


class Waiting:
    """Fingerprints of the submissions that wait to be given back, by coursework.

    How many there are, and when the newest was turned in: one that is given back, turned in or
    taken back changes the one or the other.
    """

    def __init__(self) -> None:
        self._count: dict[str, int] = defaultdict(int)
        self._newest: dict[str, datetime] = {}

    def add(self, rows: Iterable[Submission]) -> None:
        """Count those among `rows` that wait."""
        for row in rows:
            if row.waits:
                self._count[row.coursework_id] += 1
                if row.updated_at is not None:
                    newest = self._newest.get(row.coursework_id, row.updated_at)
                    self._newest[row.coursework_id] = max(newest, row.updated_at)

    def of(self, coursework_id: str) -> str:
        """The fingerprint of one piece of coursework."""
        newest = self._newest.get(coursework_id)
        count = self._count.get(coursework_id, 0)
        return f"{count} {newest.isoformat()}" if newest else str(count)
