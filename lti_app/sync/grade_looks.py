"""Reading the grades of a Classroom course: all of them page by page, or those that may be new."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from integrations.lms import CourseSource, LmsRefused, Submission, SubmissionPage, Topic
from lti_app.db import Database
from lti_app.people.models import Enrolment
from lti_app.sync.grades_in import take_grades
from lti_app.sync.marks import ONE_PAGE, Ask, Marks, Waiting, Work, works_of
from lti_app.sync.models import ClassroomConnection


@dataclass
class GradeReading:
    """One reading of a section's grades; every page is taken in a transaction of its own."""

    database: Database
    district_id: int
    section_id: int
    source: CourseSource
    marks: Marks
    keep: Callable[[], None]
    """Called between two transactions: the worker still has the course, or this raises."""
    counts: Counter[str] = field(default_factory=Counter)
    unknown: set[str] = field(default_factory=set)
    """Google's ids of graded students who are not matched with anyone here."""

    def whole(self) -> None:
        """Read every submission; one that broke off goes on where it stood."""
        waiting, found = Waiting(), 0
        for page in self._pages():
            self.keep()
            with self._transaction() as session:
                self._take(session, page.rows)
                self._remember(session, whole_page=page.following)
            waiting.add(page.rows)
            found += len(page.rows)
        resumed = self.marks.resumes_at is not None
        with self._transaction() as session:
            works = works_of(session, self.section_id, self.marks)
            self.marks.grades_read.clear()  # of coursework that is gone, too
            # Of the pages that were read before it broke off, nobody knows any more who waited.
            self._note_read(session, works, None if resumed else waiting)
            self._remember(
                session,
                whole_page=None,
                whole_began_at=None,
                # Grades of somebody who came meanwhile were passed over on the pages before.
                read_whole_at=None if self._somebody_came(session) else self.marks.whole_since,
                waiting_read_at=self.marks.began,
                submissions=found + (ONE_PAGE if resumed else 0),
            )

    def _somebody_came(self, session: Session) -> bool:
        if not self.unknown:
            return False
        came = exists().where(
            Enrolment.section_id == self.section_id, Enrolment.created_at >= self.marks.began
        )
        return bool(session.scalar(select(came)))

    def _pages(self) -> Iterator[SubmissionPage]:
        begin = self.marks.resumes_at
        try:
            yield from self.source.submission_pages(begin)
        except LmsRefused as refused:
            if begin is None or refused.code != "invalid":
                raise
            # Google no longer knows the page: from the beginning.
            yield from self.source.submission_pages()

    def some(self) -> list[Topic] | None:
        """Read what is known to have changed, else one more thing; returns topics if it is them."""
        with self.database.session(district_id=self.district_id, writes=False) as session:
            works = works_of(session, self.section_id, self.marks)
        unread = [work for work in works if work.is_unread]
        if len(unread) > max(1, self.marks.submissions // ONE_PAGE):
            self._all(works)
            return None
        if unread:
            self._each(unread)
            return None
        ask, work = self.marks.next(works)
        if ask == Ask.TOPICS:
            return list(self.source.topics())
        if ask == Ask.ALL_GRADES:
            self._all(works)
        elif ask == Ask.WAITING:
            self._each(self._changed(works))
        elif work is not None:
            self._each([work])
        return None

    def _all(self, works: Sequence[Work]) -> None:
        waiting, found = Waiting(), 0
        for page in self.source.submission_pages():
            self.keep()
            with self._transaction() as session:
                self._take(session, page.rows)
            waiting.add(page.rows)
            found += len(page.rows)
        with self._transaction() as session:
            self._note_read(session, works, waiting)
            self._remember(session, submissions=found, waiting_read_at=self.marks.began)

    def _changed(self, works: Sequence[Work]) -> list[Work]:
        """Those of which other submissions wait to be given back than before."""
        rows = self.source.waiting()
        waiting = Waiting()
        waiting.add(rows or ())
        with self._transaction() as session:
            self._remember(session, waiting_read_at=self.marks.began)
            if rows is None:  # more than a page: it says nothing of those left out
                return []
            for work in works:
                if work.waiting is None and work.read_at:
                    seen = waiting.of(work.external_id)
                    self.marks.grades_read[work.external_id] = (work.read_at.isoformat(), seen)
            self._remember(session, grades_read=self.marks.grades_read)
        return [
            work
            for work in works
            if work.waiting is not None and waiting.of(work.external_id) != work.waiting
        ]

    def _each(self, works: Iterable[Work]) -> None:
        for work in works:
            waiting = Waiting()
            try:
                rows = self.source.submissions(work.external_id)
                while some := list(islice(rows, ONE_PAGE)):
                    self.keep()
                    with self._transaction() as session:
                        self._take(session, some)
                    waiting.add(some)
            except LmsRefused as refused:
                if refused.code != "column_gone":
                    raise
            with self._transaction() as session:
                self._note_read(session, [work], waiting)

    def _take(self, session: Session, rows: Sequence[Submission]) -> None:
        self.counts["grades"] += take_grades(session, self.section_id, rows, self.unknown)

    def _note_read(self, session: Session, works: Sequence[Work], waiting: Waiting | None) -> None:
        """What changed since this reading began may not be in it: the time is that of its
        beginning."""
        for work in works:
            seen = waiting.of(work.external_id) if waiting else None
            self.marks.grades_read[work.external_id] = (self.marks.began.isoformat(), seen)
        self._remember(session, grades_read=self.marks.grades_read)

    def _remember(self, session: Session, **values: Any) -> None:
        session.execute(
            update(ClassroomConnection)
            .where(ClassroomConnection.section_id == self.section_id)
            .values(**values)
        )

    def _transaction(self) -> AbstractContextManager[Session]:
        return self.database.transaction(district_id=self.district_id)
