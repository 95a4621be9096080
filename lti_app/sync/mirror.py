"""The mirror: a course's topics, coursework and grades become units, targets, activities,
checkpoints and attempts. Running it again changes only what changed, and keeps teachers' edits.

Once a day, and when a teacher asks, everything is read. In between a look reads what Google says
was changed since, and takes turns with the rest (`marks.py`, which says how late a grade may be).
Every stage is a transaction of its own, and says of itself what is done: a worker that is killed
leaves what it took, and the next one goes on from there.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from integrations.lms import (
    CourseSource,
    Coursework,
    LmsError,
    LmsRefused,
    LmsUnavailable,
    Topic,
)
from lti_app.db import Database
from lti_app.sync import reports, rubrics_in
from lti_app.sync.grade_looks import GradeReading
from lti_app.sync.marks import Marks
from lti_app.sync.models import ClassroomConnection, ItemKind, MirroredItem
from lti_app.sync.titles import shortened
from lti_app.sync.works_in import Run

RUBRICS_AT_ONCE = 50
LIMITS = frozenset({"rate_limited", "budget_spent"})
"""Codes of what is only asked too early."""


def mirror_course(
    database: Database,
    district_id: int,
    section_id: int,
    source: CourseSource,
    *,
    whole: bool = False,
    keep: Callable[[], None] = lambda: None,
) -> int:
    """Mirror one course into a section; returns the id of the report.

    `whole`: read everything, also where a look at what changed would do. `keep` is called between
    stages, and raises where the course is no longer this worker's. What the LMS answers is read
    with no transaction open. Where it stops answering, or the course is gone, the report says so
    and nothing is changed (what was taken stays taken).
    """
    with database.transaction(district_id=district_id) as session:
        report_id = reports.begin(session, section_id, "mirror").id
        marks = Marks.load(session, section_id)
    whole = whole or marks.whole_is_due
    mirror = _Mirror(database, district_id, section_id, source, marks, keep, report_id)
    failed = ""
    try:
        mirror.run(whole=whole)
    except LmsError as error:
        # A look that stopped for a limit is a shorter look; the next one goes on.
        failed = "" if error.code == "budget_spent" and not whole else error.code
        raise
    except Exception:
        failed = "crashed"
        raise
    finally:
        with database.transaction(district_id=district_id) as session:
            news = [count for name, count in mirror.counts.items() if name != "unchanged"]
            if whole or failed or any(news) or reports.says_anything_new(session, report_id):
                if not whole and not failed:
                    reports.carry_over(session, report_id, mirror.titles)
                reports.finish(session, report_id, dict(mirror.counts), failed)
            else:
                reports.drop(session, report_id)
    return report_id


@dataclass
class _Mirror:
    """One mirror, stage by stage."""

    database: Database
    district_id: int
    section_id: int
    source: CourseSource
    marks: Marks
    keep: Callable[[], None]
    report_id: int
    counts: Counter[str] = field(default_factory=Counter)
    titles: set[str] = field(default_factory=set)
    """Of the coursework that was read."""

    def __post_init__(self) -> None:
        self.grades = GradeReading(
            self.database,
            self.district_id,
            self.section_id,
            self.source,
            self.marks,
            self.keep,
            self.counts,
        )

    def run(self, *, whole: bool) -> None:
        """Read the course, then its coursework, rubrics and grades. Raises `LmsError`."""
        if self.source.course().archived:
            raise LmsRefused("course_archived")
        if whole:
            self._take(list(self.source.topics()), self._works(None), whole=True)
            self.grades.whole()
        else:
            if works := self._works(self.marks.changed_mark):
                self._take(self._topics_of(works), works, whole=False)
            topics = self.grades.some()
            if topics is not None:
                self._take(topics, [], whole=False)
        if self.grades.unknown:
            with self._transaction() as session:
                count = str(len(self.grades.unknown))
                reports.note(session, self.report_id, "unknown_student", count)

    def _works(self, since: datetime | None) -> list[Coursework]:
        # A page that shifts while it is read can bring one thing twice.
        return list({work.id: work for work in self.source.coursework(since)}.values())

    def _topics_of(self, works: Sequence[Coursework]) -> list[Topic] | None:
        """The course's topics, where coursework is under one that is not known yet."""
        with self.database.session(district_id=self.district_id, writes=False) as session:
            known = set(
                session.scalars(
                    select(MirroredItem.external_id).where(
                        MirroredItem.section_id == self.section_id,
                        MirroredItem.kind == ItemKind.TOPIC,
                    )
                )
            )
        named = {work.topic_id for work in works if work.topic_id}
        return None if named <= known else list(self.source.topics())

    def _take(self, topics: list[Topic] | None, works: list[Coursework], *, whole: bool) -> None:
        self.keep()
        with self._transaction() as session:
            run = Run(session, self.section_id, self.report_id, self.counts)
            run.take(topics, works, whole=whole)
            done: dict[str, Any] = {
                "changed_mark": self.marks.after(work.updated_at for work in works)
            }
            if topics is not None:
                done["topics_read_at"] = self.marks.began
            if whole:
                done["whole_began_at"] = self.marks.whole_since
                done["whole_page"] = self.marks.resumes_at
            session.execute(
                update(ClassroomConnection)
                .where(ClassroomConnection.section_id == self.section_id)
                .values(**done)
            )
            # A reading that broke off among the grades had come to the end of the rubrics; a first
            # one goes on with those that were not read yet.
            anew = whole and self.marks.resumes_at is None and not self.marks.goes_on
            wanted = run.rubrics_wanted(works, whole=anew)
        self.titles |= {shortened(work.title) or work.id for work in works}
        for begin in range(0, len(wanted), RUBRICS_AT_ONCE):
            self._take_rubrics(wanted[begin : begin + RUBRICS_AT_ONCE])

    def _take_rubrics(self, coursework_ids: Sequence[str]) -> None:
        """Google's refusals of single rubrics are noted; they are asked for again with all. At a
        limit of Google's the mirror stops, and goes on later with those that are missing."""
        self.keep()
        answers, stopped = [], None
        try:
            for one, answer in self.source.rubrics(coursework_ids):
                if isinstance(answer, LmsUnavailable) and answer.code in LIMITS:
                    stopped = stopped or answer
                else:
                    answers.append((one, answer))
        except LmsUnavailable as error:
            stopped = error
        with self._transaction() as session:
            rubrics_in.take(session, self.section_id, self.report_id, answers)
        if stopped is not None:
            raise stopped

    def _transaction(self) -> AbstractContextManager[Session]:
        return self.database.transaction(district_id=self.district_id)
