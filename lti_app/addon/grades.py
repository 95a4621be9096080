"""Grades that leave for Classroom's attachments, in the name of a teacher who need not be there."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import select

from integrations.classroom.attachment_gradebook import AttachmentColumn, AttachmentGradebook
from integrations.classroom.client import ClassroomClient
from integrations.lms import ColumnDraft, Gradebook, LmsRefused, ScoreDraft, StandingScore
from lti_app.addon import attached, grants
from lti_app.addon.models import AddOnSubmission
from lti_app.db import Database
from lti_app.people.models import Identity, Section
from lti_app.settings import Settings
from lti_app.sync import jobs
from lti_app.sync.models import ColumnKind

T = TypeVar("T")


class TeachersGradebook:
    """A section's attachments as columns: written by the teacher who attached, else by any other
    of the section who lets us; never by a student."""

    def __init__(self, database: Database, settings: Settings, section: Section) -> None:
        self._database = database
        self._settings = settings
        self._section = section
        self._opened: dict[str, AttachmentGradebook] = {}
        """By column, in the name of a teacher who turned out to may."""

    def find_or_create_column(self, draft: ColumnDraft) -> str:
        """An attachment is made by a teacher, never by the way: always refused."""
        raise LmsRefused("attachment_gone", draft.resource_id)

    def send(self, column_id: str, score: ScoreDraft) -> None:
        """Make `score` the points earned."""
        self._do(column_id, lambda book: book.send(column_id, score))

    def read(self, column_id: str, user_id: str) -> StandingScore | None:
        """The grade that stands."""
        return self._do(column_id, lambda book: book.read(column_id, user_id))

    def _do(self, column_id: str, act: Callable[[AttachmentGradebook], T]) -> T:
        if column_id in self._opened:
            return act(self._opened[column_id])

        def with_client(client: ClassroomClient, _teacher_id: int) -> T:
            book = client.attachment_gradebook(self._submission)
            done = act(book)
            self._opened[column_id] = book
            return done

        return grants.on_behalf(
            self._database, self._settings, self._section, self._first(column_id), with_client
        )

    def _first(self, column_id: str) -> int | None:
        named = AttachmentColumn.of(column_id)
        with self._database.session(district_id=self._section.district_id, writes=False) as session:
            row = attached.find(session, named.item.course_id, named.item.id, named.attachment_id)
            return row.attached_by_id if row is not None else None

    def _submission(self, column_id: str, user_id: str) -> str | None:
        """A student's submission as Classroom told it when they opened the attachment."""
        named = AttachmentColumn.of(column_id)
        with self._database.session(district_id=self._section.district_id, writes=False) as session:
            return session.scalar(
                select(AddOnSubmission.submission_id)
                .join(Identity, Identity.person_id == AddOnSubmission.person_id)
                .where(
                    AddOnSubmission.course_id == named.item.course_id,
                    AddOnSubmission.item_id == named.item.id,
                    AddOnSubmission.attachment_id == named.attachment_id,
                    Identity.source == "google",
                    Identity.subject == user_id,
                )
            )


def open_gradebook(database: Database, settings: Settings, section: Section) -> Gradebook:
    """A section's attachments in Classroom as its gradebook."""
    return TeachersGradebook(database, settings, section)


jobs.OPENERS[ColumnKind.ADDON] = open_gradebook
