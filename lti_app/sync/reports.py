"""What a run of the mirror or of the roster did, written down for the teacher."""

from collections.abc import Collection
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, selectinload

from lti_app.db import now
from lti_app.errors import Words
from lti_app.sync.models import SyncNote, SyncReport

NOTES: dict[str, Words] = {
    "no_points": _l("has no points, so it became an activity and not a checkpoint."),
    "same_title": _l("has the same title as another one; both are kept."),
    "title_shortened": _l("has a very long title, which was shortened."),
    "no_title": _l("has no title."),
    "no_code": _l("names no standard we know; it was put under its topic."),
    "kept_edit": _l("was changed in the LMS, and here by a teacher; the teacher's edit was kept."),
    "gone": _l("is no longer in the LMS. It is hidden here; students' work on it is kept."),
    "back": _l("is in the LMS again."),
    "moved": _l("was moved in the LMS, so it was moved here too."),
    "rubric_unread": _l("has a rubric that Google does not show us."),
    "unknown_student": _l(
        "students there are not matched with anyone here; their grades were not brought in."
    ),
}

LASTING = {
    "no_points",
    "same_title",
    "title_shortened",
    "no_title",
    "no_code",
    "unknown_student",
    "rubric_unread",
}
"""Codes of notes that hold until what they are about changes."""

MATCHING = frozenset({"no_code", "same_title", "moved", "kept_edit"})
"""Notes on what a teacher may want to correct in the matching."""

FAILURES: dict[str, Words] = {
    "course_gone": _l("The course is no longer there, or no longer yours. Nothing was changed."),
    "course_archived": _l("The course is archived. Nothing was changed."),
    "sign_in_again": _l("Google asks you to sign in again. Connect Classroom again."),
    "forbidden": _l("A permission is missing. Connect again and tick every box Google shows."),
    "unauthorized": _l("The LMS does not accept our key. Ask your administrator."),
    "scope_missing": _l("Pathways may not read this yet. Allow it on this page."),
    "not_delegated": _l(
        "The district's service account may not act for the teacher. Ask your administrator."
    ),
    "not_connected": _l("This class has no roster service. Ask your administrator."),
    "budget_spent": _l("Google lets us ask only so much at a time. We go on by ourselves soon."),
}


def note_in_words(code: str) -> Words:
    """What a note says after its subject."""
    return NOTES.get(code, code)


def failure_in_words(code: str) -> Words:
    """Why a run stopped."""
    return FAILURES.get(code, _l("The LMS can't be reached now. We try again by ourselves."))


def begin(session: Session, section_id: int, kind: str) -> SyncReport:
    """Start the report of a run."""
    report = SyncReport(section_id=section_id, kind=kind, counts={})
    session.add(report)
    session.flush()
    return report


def note(session: Session, report_id: int, code: str, subject: str) -> None:
    """Add one thing the teacher should know; `subject` is a title, never a student's name."""
    session.add(SyncNote(report_id=report_id, code=code, subject=subject[:200]))


def finish(session: Session, report_id: int, counts: dict[str, int], failed: str = "") -> None:
    """Close the report of a run."""
    report = session.get_one(SyncReport, report_id)
    report.counts = counts
    report.failed = failed
    report.finished_at = now()


def carry_over(session: Session, report_id: int, read: Collection[str]) -> None:
    """What the report before said of things not in `read` (titles) holds still: note it again."""
    report = session.get_one(SyncReport, report_id)
    before = session.scalar(
        select(func.max(SyncReport.id)).where(
            SyncReport.section_id == report.section_id,
            SyncReport.kind == report.kind,
            SyncReport.id < report_id,
        )
    )
    noted = select(SyncNote.code).where(SyncNote.report_id == report_id)
    counted = {"unknown_student"}.intersection(session.scalars(noted))  # anew, not once more
    notes = session.scalars(select(SyncNote).where(SyncNote.report_id == before))
    for told in notes.all():
        if told.code in LASTING - counted and told.subject not in read:
            note(session, report_id, told.code, told.subject)


def says_anything_new(session: Session, report_id: int) -> bool:
    """Whether one of its notes is about something that happened."""
    codes = session.scalars(select(SyncNote.code).where(SyncNote.report_id == report_id))
    return not LASTING.issuperset(codes)


def drop(session: Session, report_id: int) -> None:
    """A run that found nothing new leaves no report."""
    session.execute(delete(SyncNote).where(SyncNote.report_id == report_id))
    session.execute(delete(SyncReport).where(SyncReport.id == report_id))


def newest(session: Session, section_id: int, kind: str) -> SyncReport | None:
    """A section's newest report of a kind, with its notes."""
    return session.scalars(
        select(SyncReport)
        .where(SyncReport.section_id == section_id, SyncReport.kind == kind)
        .order_by(SyncReport.id.desc())
        .limit(1)
        .options(selectinload(SyncReport.notes))
    ).first()


def last_begun(session: Session, section_id: int) -> dict[str, datetime]:
    """When a section's last run of each kind began."""
    rows = session.execute(
        select(SyncReport.kind, func.max(SyncReport.started_at))
        .where(SyncReport.section_id == section_id)
        .group_by(SyncReport.kind)
    )
    return dict(rows.all())
