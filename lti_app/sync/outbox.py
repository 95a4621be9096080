"""The outbox: a score is put here in the transaction that gives it, and leaves when delivered."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from lti_app.db import insert_if_missing, now
from lti_app.errors import NotHere, Words
from lti_app.learning.attempts import Scored
from lti_app.learning.events import attempts_scored
from lti_app.learning.models import Attempt, Checkpoint, Score, ScoreSource
from lti_app.people.models import Person, Section
from lti_app.sync.models import ColumnKind, DeliveryState, GradebookColumn, GradeDelivery
from lti_app.sync.wake import grades_waiting

SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
ONE_TICK = timedelta(milliseconds=1)

REASONS: dict[str, Words] = {
    "not_ours": _l(
        "This assignment was made in Google Classroom. Only assignments made by Pathways can be "
        "graded from here: enter this grade in Classroom."
    ),
    "newer_score": _l(
        "The gradebook holds a newer grade for this student. Look there; “Try again” sends ours."
    ),
    "column_gone": _l("The gradebook column was deleted. “Try again” makes it anew."),
    "course_gone": _l("The course is no longer there, or no longer yours."),
    "course_archived": _l("The course is archived. Restore it in the LMS, then try again."),
    "not_a_student": _l(
        "The LMS does not know this student in the course (left, or a test student)."
    ),
    "unknown_student": _l(
        "We do not know this student's account there yet. Bring in the roster, then try again."
    ),
    "sign_in_again": _l("Google asks you to sign in again. Connect Classroom again, then retry."),
    "not_connected": _l("The class is not connected any more. Connect it, then try again."),
    "scope_missing": _l(
        "Pathways may not write grades in Classroom yet. Open “Classroom” and allow it."
    ),
    "not_delegated": _l(
        "The district's service account may not act for the teacher. Ask your administrator."
    ),
    "unauthorized": _l("The LMS does not accept our key. Ask your administrator."),
    "forbidden": _l("The LMS does not let Pathways write grades. Ask your administrator."),
    "invalid": _l("The LMS did not accept the grade as it is."),
    "rate_limited": _l("The LMS is busy. We try again by ourselves."),
    "budget_spent": _l("Google lets us ask only so much at a time. We go on by ourselves soon."),
    "timeout": _l("The LMS did not answer in time. We try again by ourselves."),
    "lost_connection": _l("The LMS can't be reached. We try again by ourselves."),
    # Attachments of the Classroom add-on.
    "grant_needed": _l(
        "No teacher of this class lets Pathways write grades in Classroom now. Open an attachment "
        "of ours in Classroom and sign in there: the grade is sent then."
    ),
    "attachment_gone": _l(
        "The attachment was taken out of the assignment in Classroom. Add it there again, then "
        "try again."
    ),
    "attachment_not_visible": _l(
        "This attachment is no longer ours to grade. Add the checkpoint to the assignment again."
    ),
    "attachment_ungraded": _l("The attachment is being made ready. We try again by ourselves."),
    "may_not_attach": _l(
        "Your school's Google account may not use add-ons in Classroom. Ask your Google "
        "administrator to turn them on for you, then try again."
    ),
    "not_opened": _l(
        "The student has not opened the attachment yet. The grade is sent once they do."
    ),
    "crashed": _l("Something went wrong on our side. We try again by ourselves."),
    # What only Google Classroom answers.
    "not_out": _l(
        "Students do not see this assignment in Classroom yet. The grade goes out when they do."
    ),
    "not_a_teacher": _l(
        "Google says that the connected teacher does not teach this course any more. Connect it "
        "as one who does, then try again."
    ),
    "not_now": _l("Classroom does not allow it as things stand there. Look there, then try again."),
    "classroom_off": _l(
        "Google Classroom is switched off for the connected account. Your administrator can "
        "switch it on; perhaps it was the wrong account."
    ),
    "classroom_api_off": _l(
        "Your school does not let programs like Pathways use Classroom for this account. Your "
        "administrator can allow it."
    ),
}


CLASSROOM_REASONS: dict[str, Words] = {
    "column_gone": _l("The assignment was deleted in Classroom. Publish it again from Pathways."),
    "forbidden": _l(
        "Pathways is not allowed to write grades in Classroom. Connect it again and tick every "
        "box Google shows."
    ),
    "not_a_student": _l(
        "This student is not in the Classroom course any more, or the assignment is not for them."
    ),
}
"""Where Google means something else by it than an LTI platform does."""


class Way(enum.StrEnum):
    """Where a parked grade leads a teacher, beside trying again."""

    PUBLISH = "publish"
    """Make the assignment from here, so that its grades are ours to write."""
    CONNECT = "connect"
    """The page of the Classroom connection."""
    FORGET = "forget"
    """It can't arrive, and need not."""


CLASSROOM_WAYS = {
    "not_ours": Way.PUBLISH,
    "column_gone": Way.PUBLISH,
    "sign_in_again": Way.CONNECT,
    "not_connected": Way.CONNECT,
    "not_a_teacher": Way.CONNECT,
    "forbidden": Way.CONNECT,
    "course_gone": Way.CONNECT,
}


def in_words(code: str) -> Words:
    """Why a grade waits or is parked, for the teacher."""
    return REASONS.get(code, REASONS["lost_connection"])


@attempts_scored.connect
def put(session: Session, scored: Sequence[Scored]) -> None:
    """Put scores into the outbox, in the transaction that gives them.

    A score that came *from* the LMS does not go back. The newest score of a student in a column
    takes the place of an older one that is still waiting.
    """
    for one in scored:
        if one.score.source == ScoreSource.LMS:
            continue
        column = column_for(session, one.attempt.section_id, one.checkpoint)
        if column is not None:
            _put_into(session, column, one.attempt, one.score)


def put_standing(session: Session, column: GradebookColumn) -> None:
    """Put the newest score of every student into a column that did not exist when it was given.

    Who has a delivery there already, or whose newest score came from the LMS, is left alone.
    """
    has_one = exists().where(
        GradeDelivery.column_id == column.id, GradeDelivery.person_id == Attempt.person_id
    )
    newest = (
        select(func.max(Score.id))
        .join(Attempt, Score.attempt_id == Attempt.id)
        .where(
            Attempt.checkpoint_id == column.checkpoint_id,
            Attempt.section_id == column.section_id,
            ~has_one,
        )
        .group_by(Attempt.person_id)
    )
    rows = session.execute(
        select(Attempt, Score)
        .join(Attempt, Score.attempt_id == Attempt.id)
        .where(Score.id.in_(newest), Score.source != ScoreSource.LMS)
        .order_by(Score.id)
    ).all()
    for attempt, score in rows:
        _put_into(session, column, attempt, score)


def _put_into(session: Session, column: GradebookColumn, attempt: Attempt, score: Score) -> None:
    insert_if_missing(
        session,
        GradeDelivery,
        column_id=column.id,
        person_id=attempt.person_id,
        section_id=attempt.section_id,
        attempt_id=attempt.id,
        points=0,
        max_points=0,
        comment="",
        scored_at=datetime.fromisoformat("1970-01-01T00:00:00+00:00"),
        version=0,
        state=DeliveryState.WAITING,
        tries=0,
        due_at=now(),
        reason="",
        sent=[],
    )
    delivery = session.scalars(
        select(GradeDelivery)
        .where(
            GradeDelivery.column_id == column.id,
            GradeDelivery.person_id == attempt.person_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    delivery.attempt_id = attempt.id
    delivery.points = score.points
    delivery.max_points = score.max_points
    delivery.comment = score.feedback
    delivery.scored_at = max(score.scored_at, delivery.scored_at + ONE_TICK)
    delivery.version += 1
    delivery.tries = 0
    delivery.due_at = now()
    delivery.delivered_at = None
    delivery.state = DeliveryState.WAITING if column.writable else DeliveryState.PARKED
    delivery.reason = "" if column.writable else "not_ours"
    session.flush()
    grades_waiting(session)


def has_gradebook(session: Session, section_id: int) -> bool:
    """True where the section's LTI platform keeps grades for us, as its last launch said."""
    section = session.get_one(Section, section_id)
    return bool(section.line_items_url) and SCORE_SCOPE in section.service_scopes


def column_for(session: Session, section_id: int, checkpoint: Checkpoint) -> GradebookColumn | None:
    """The checkpoint's gradebook column in a section; None where the section has no gradebook.

    A mirrored checkpoint has its column since the mirror; one written here gets a column on the
    LTI platform, which the first delivery makes there.
    """
    has_one = has_gradebook(session, section_id)
    if has_one:
        insert_if_missing(
            session,
            GradebookColumn,
            section_id=section_id,
            checkpoint_id=checkpoint.id,
            kind=ColumnKind.LTI,
            writable=True,
            coupled=False,
        )
    column = session.scalars(
        select(GradebookColumn).where(
            GradebookColumn.section_id == section_id,
            GradebookColumn.checkpoint_id == checkpoint.id,
        )
    ).first()
    if column is not None and column.kind == ColumnKind.CLASSROOM and not column.external_id:
        # Its coursework was taken back from Classroom: the LMS's gradebook has its grades now.
        if not has_one:
            return None
        column.kind, column.writable = ColumnKind.LTI, True
    return column


def retry(session: Session, section_id: int, delivery_id: int) -> None:
    """The teacher asks to send a parked or waiting grade (again), as the newest word.

    Raises `NotHere` for another section's.
    """
    delivery = session.scalars(
        select(GradeDelivery)
        .where(GradeDelivery.id == delivery_id, GradeDelivery.section_id == section_id)
        .options(selectinload(GradeDelivery.column))
        .with_for_update()
    ).first()
    if delivery is None:
        raise NotHere
    if delivery.state not in {DeliveryState.WAITING, DeliveryState.PARKED}:
        return
    if delivery.reason == "column_gone" and delivery.column.kind == ColumnKind.LTI:
        delivery.column.external_id = None
    send_again(session, delivery)


def retry_parked(session: Session, section_ids: Sequence[int], reasons: Sequence[str]) -> None:
    """Send the grades of these sections that were parked for a reason which is gone."""
    for delivery in session.scalars(
        select(GradeDelivery)
        .where(
            GradeDelivery.section_id.in_(section_ids),
            GradeDelivery.state == DeliveryState.PARKED,
            GradeDelivery.reason.in_(reasons),
        )
        .order_by(GradeDelivery.id)
        .with_for_update()
    ).all():
        send_again(session, delivery)


def send_again(session: Session, delivery: GradeDelivery) -> None:
    """Send a locked delivery, as the newest word."""
    delivery.scored_at = max(now(), delivery.scored_at + ONE_TICK)
    delivery.version += 1
    delivery.state = DeliveryState.WAITING
    delivery.tries = 0
    delivery.due_at = now()
    delivery.reason = ""
    session.flush()
    grades_waiting(session)


def forget(session: Session, section_id: int, delivery_id: int) -> None:
    """A parked grade can't arrive, and the teacher says that it need not. The score stays here,
    and the student's next one is sent as ever.

    Raises `NotHere` for another section's.
    """
    delivery = session.scalars(
        select(GradeDelivery)
        .where(GradeDelivery.id == delivery_id, GradeDelivery.section_id == section_id)
        .with_for_update()
    ).first()
    if delivery is None:
        raise NotHere
    if delivery.state == DeliveryState.PARKED:
        delivery.state = DeliveryState.FORGOTTEN
        session.flush()


def send_column_again(session: Session, column_id: int) -> None:
    """A column moved to another place in the LMS: what was delivered before is sent there, too."""
    for delivery in session.scalars(
        select(GradeDelivery)
        .where(
            GradeDelivery.column_id == column_id,
            GradeDelivery.state == DeliveryState.DELIVERED,
        )
        .with_for_update()
    ).all():
        delivery.sent = []
        send_again(session, delivery)


def rescale(session: Session, column_id: int, factor: float) -> None:
    """A column has another maximum now: what stands in it of ours is `factor` times the share it
    was, and what was delivered is sent anew."""
    for delivery in session.scalars(
        select(GradeDelivery).where(GradeDelivery.column_id == column_id).with_for_update()
    ).all():
        delivery.sent = [share * factor for share in delivery.sent]
        if delivery.state == DeliveryState.DELIVERED:
            send_again(session, delivery)


def resume(
    session: Session,
    section_id: int,
    reason: str,
    *,
    column_id: int | None = None,
    person_id: int | None = None,
) -> None:
    """What a section's grades were parked for is mended: send them, or those of one column or
    one student."""
    parked = (
        select(GradeDelivery)
        .where(
            GradeDelivery.section_id == section_id,
            GradeDelivery.state == DeliveryState.PARKED,
            GradeDelivery.reason == reason,
        )
        .with_for_update()
    )
    if column_id is not None:
        parked = parked.where(GradeDelivery.column_id == column_id)
    if person_id is not None:
        parked = parked.where(GradeDelivery.person_id == person_id)
    for delivery in session.scalars(parked).all():
        send_again(session, delivery)


@dataclass(frozen=True)
class Outgoing:
    """A grade in the outbox, for the teacher."""

    delivery: GradeDelivery
    student: Person
    checkpoint: Checkpoint

    @property
    def why(self) -> Words:
        """The reason in words; empty while it simply waits its turn."""
        reason = self.delivery.reason
        if self.delivery.column.kind != ColumnKind.LTI and reason in CLASSROOM_REASONS:
            return CLASSROOM_REASONS[reason]
        return in_words(reason) if reason else ""

    @property
    def way(self) -> Way | None:
        """What else than trying again helps; None: nothing."""
        if self.delivery.state != DeliveryState.PARKED:
            return None
        if self.delivery.reason == "not_a_student":
            return Way.FORGET
        if self.delivery.column.kind == ColumnKind.LTI:
            return None
        return CLASSROOM_WAYS.get(self.delivery.reason)


def undelivered(session: Session, section_id: int) -> Sequence[Outgoing]:
    """Grades of a section that are parked (first) or waiting."""
    return _in(session, section_id, DeliveryState.PARKED, DeliveryState.WAITING)


def differing(session: Session, section_id: int) -> Sequence[Outgoing]:
    """Grades of a section that a teacher changed in the gradebook and nobody decided about."""
    return _in(session, section_id, DeliveryState.DIFFERS)


def wanting(session: Session, section_id: int) -> Sequence[Outgoing]:
    """Grades of a section that a teacher must see to: changed in the gradebook, or parked."""
    return _in(session, section_id, DeliveryState.DIFFERS, DeliveryState.PARKED)


def _in(session: Session, section_id: int, *states: DeliveryState) -> Sequence[Outgoing]:
    rows = session.execute(
        select(GradeDelivery, Person, Checkpoint)
        .join(Person, GradeDelivery.person_id == Person.id)
        .join(GradebookColumn, GradeDelivery.column_id == GradebookColumn.id)
        .join(Checkpoint, GradebookColumn.checkpoint_id == Checkpoint.id)
        .where(GradeDelivery.section_id == section_id, GradeDelivery.state.in_(states))
        .order_by(GradeDelivery.state, Person.name, GradeDelivery.id)
        .limit(200)
        .options(contains_eager(GradeDelivery.column))
    )
    return [Outgoing(*row) for row in rows]
