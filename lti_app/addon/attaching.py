"""A teacher attaches things to a post in Classroom: in the request, while the iframe's token lives.

Pressed twice, or again after half of it failed, nothing is attached twice: first it is looked at
what is there, and of two requests at once only one attaches a thing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from integrations.classroom.attachments import Attachment, AttachmentDraft, Attachments, Item
from integrations.classroom.client import ClassroomClient
from integrations.lms import LmsError, LmsRefused
from lti_app.addon import attached
from lti_app.addon.attachment_models import AddOnAttachment
from lti_app.addon.models import AddOnVisit
from lti_app.db import Database, now
from lti_app.errors import PathwaysError, Words
from lti_app.launch.places import Place, place_of
from lti_app.people import audit
from lti_app.people.models import Section
from lti_app.sync import opening
from lti_app.sync.picking import Pick

PATIENCE_S = 20.0
"""How long a request goes on attaching; what is left then is added with the next press."""
LEASE = timedelta(minutes=1)
MOST_AT_ONCE = 20
"""What a teacher can wait for; it is also a page of Classroom's own list."""

REASONS: dict[str, Words] = {
    "token_expired": _l(
        "This window was open for too long. Close it, and open Pathways in the assignment again."
    ),
    "token_not_yours": _l(
        "Classroom is open with another Google account. Sign out of the other accounts, then open "
        "Pathways in the assignment again."
    ),
    "may_not_attach": _l(
        "Your school's Google account may not use add-ons. Ask your Google administrator to turn "
        "them on for you."
    ),
    "forbidden": _l(
        "A permission is missing. Close this window, open Pathways in the assignment again, and "
        "tick every box that Google shows."
    ),
    "not_a_teacher": _l(
        "Google says that you do not teach this course. Open Classroom with the account you teach "
        "with, then open Pathways in the assignment again."
    ),
    "sign_in_again": _l(
        "Google asks you to sign in again. Close this window and open Pathways in the assignment "
        "again."
    ),
    "course_archived": _l("The course is archived. Restore it in Classroom, then try again."),
    "item_gone": _l("The assignment is no longer there. Close this window and look in Classroom."),
    "being_attached": _l("It is being added just now. Wait a moment, then look again."),
    "invalid": _l("Classroom did not take it as it is. Give it a shorter title, then try again."),
}
REASONS["scope_missing"] = REASONS["forbidden"]
REASONS["not_connected"] = REASONS["sign_in_again"]
BUSY: Words = _l("Classroom is busy. Wait a moment, then add it again.")
OF_ONE_THING = frozenset({"being_attached", "invalid"})
"""Refusals that say nothing about the other things."""


class ClassroomSaidNo(PathwaysError):
    """Classroom could not be asked at all."""

    status = 502
    code = "classroom"

    def __init__(self, error: LmsError) -> None:
        super().__init__(_l("Nothing was added."), in_words(error.code), code=error.code)


def in_words(code: str) -> Words:
    """Why something was not attached, and what to do."""
    return REASONS.get(code, BUSY)


@dataclass
class Outcome:
    """What came of it."""

    added: list[Pick] = field(default_factory=list)
    missing: list[tuple[Pick, Words]] = field(default_factory=list)
    """With the reason."""
    elsewhere: list[Pick] = field(default_factory=list)
    """Checkpoints among the added whose grades stand somewhere else."""

    def by_reason(self) -> dict[str, list[Pick]]:
        """What is missing, each reason once."""
        found: dict[str, list[Pick]] = {}
        for pick, why in self.missing:
            found.setdefault(str(why), []).append(pick)
        return found


def attach(
    database: Database,
    client: ClassroomClient,
    visit: AddOnVisit,
    picks: Sequence[Pick],
    public_url: str,
) -> Outcome:
    """Attach what is picked to the visit's post, in its teacher's name. No transaction may be
    open: Classroom is waited for.

    Raises `ClassroomSaidNo` where it does not even tell what is there.
    """
    run = _Run(database, client, visit, public_url)
    outcome = Outcome()
    stopped: Words = ""
    ends = monotonic() + PATIENCE_S
    for pick in picks:
        if not stopped and monotonic() > ends:
            stopped = BUSY
        if stopped:
            outcome.missing.append((pick, stopped))
            continue
        try:
            graded = run.attach(pick)
        except LmsError as error:
            outcome.missing.append((pick, in_words(error.code)))
            stopped = "" if error.code in OF_ONE_THING else in_words(error.code)
        else:
            outcome.added.append(pick)
            if pick.checkpoint is not None and run.item.takes_work and not graded:
                outcome.elsewhere.append(pick)
    return outcome


class _Run:
    """One request's attaching to one post."""

    def __init__(
        self, database: Database, client: ClassroomClient, visit: AddOnVisit, public_url: str
    ) -> None:
        self.item = Item(visit.course_id, visit.item_id, visit.item_type)
        self._database = database
        self._client = client
        self._visit = visit
        self._public_url = public_url
        self._attachments: Attachments = client.attachments(self.item)
        self._there = self._look()

    def _look(self) -> dict[Place, tuple[Place, Attachment]]:
        """What is attached already, by what it is here, with the place in its address."""
        try:
            found = self._attachments.all()
        except LmsError as error:
            raise ClassroomSaidNo(error) from error
        there: dict[Place, tuple[Place, Attachment]] = {}
        with self._session() as session:
            section = session.get_one(Section, self._visit.section_id)
            for one in found:
                named = place_of(one.student_url)
                local = opening.here(session, section.team_id, named) if named else None
                if named is not None and local is not None:
                    there.setdefault(local, (named, one))
        return there

    def _session(self) -> Session:
        return self._database.session(district_id=self._visit.district_id, writes=False)

    def attach(self, pick: Pick) -> bool:
        """Attach one thing, unless it is there. True where its grades stand at it.

        Raises `LmsError`; `being_attached` where another request is at it.
        """
        if pick.place in self._there:
            return self._note(pick, *self._there[pick.place])
        self._lease(pick)
        try:
            made = self._attachments.create(self._draft(pick), self._visit.add_on_token)
        except LmsError:
            self._release(pick)
            raise
        return self._note(pick, pick.place, made)

    def _lease(self, pick: Pick) -> None:
        with self._database.transaction(district_id=self._visit.district_id) as session:
            row = attached.at(session, self._visit.section_id, self.item, pick.place)
            if row.attaching_until is not None and row.attaching_until > now():
                raise LmsRefused("being_attached")
            row.attaching_until = now() + LEASE

    def _release(self, pick: Pick) -> None:
        with self._database.transaction(district_id=self._visit.district_id) as session:
            row = attached.at(session, self._visit.section_id, self.item, pick.place)
            row.attaching_until = None
            if row.attachment_id is None:
                session.delete(row)

    def _draft(self, pick: Pick) -> AttachmentDraft:
        return attached.draft(
            self._public_url,
            pick.place,
            pick.title,
            checkpoint=pick.checkpoint,
            takes_work=self.item.takes_work,
            graded=self.item.takes_work
            and pick.checkpoint is not None
            and self._will_be_graded(pick.checkpoint.id),
        )

    def _will_be_graded(self, checkpoint_id: int) -> bool:
        """Whether the checkpoint's grades will stand here. Where they stand at another attachment,
        Classroom is asked whether that is still there: nobody tells us when one is deleted."""
        with self._session() as session:
            other = attached.standing_at(session, self._visit.section_id, checkpoint_id)
        if other is not None and other.gone_at is None:
            if not self._is_gone(other):
                return False
            with self._database.transaction(district_id=other.district_id) as session:
                session.get_one(AddOnAttachment, other.id).gone_at = now()
        with self._session() as session:
            return attached.will_be_graded(session, self._visit.section_id, checkpoint_id)

    def _is_gone(self, other: AddOnAttachment) -> bool:
        """On this post it is: it was not among what is there."""
        if (other.course_id, other.item_id) == (self.item.course_id, self.item.id):
            return True
        item = Item(other.course_id, other.item_id, other.item_type)
        try:
            self._client.attachments(item).get(other.attachment_id or "")
        except LmsRefused as refused:
            return refused.code == "attachment_gone"
        return False

    def _note(self, pick: Pick, place: Place, attachment: Attachment) -> bool:
        seen = attached.Seen(
            section_id=self._visit.section_id,
            item=self.item,
            attachment=attachment,
            place=place,
            checkpoint_id=pick.checkpoint.id if pick.checkpoint is not None else None,
            teacher_id=self._visit.person_id,
        )
        with self._database.transaction(district_id=self._visit.district_id) as session:
            row = attached.note(session, seen)
            audit.record(
                session,
                "addon.attached",
                district_id=self._visit.district_id,
                person_id=self._visit.person_id,
                section_id=self._visit.section_id,
                place=str(pick.place),
            )
            return attached.is_graded(session, row)


def linked(url: str, public_url: str) -> Place | None:
    """What a link in coursework opens, where it is one of ours."""
    ours, theirs = urlsplit(public_url), urlsplit(url)
    if (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
        return None
    return place_of(url)
