"""During and after a coaching session: its list, its one-minute check, its note, once more."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.coaching import sessions
from lti_app.coaching.models import (
    CoachingSession,
    Gap,
    GapHelp,
    InvitationState,
    Outcome,
    SessionKind,
)
from lti_app.errors import BadInput
from lti_app.learning.models import Attempt, Checkpoint
from lti_app.people.models import Person

LONGEST_NOTE = 2000
GONE = (InvitationState.WITHDRAWN,)
WAS_HERE = {InvitationState.ATTENDED: True, InvitationState.MISSED: False}


@dataclass(frozen=True)
class Row:
    """A student on a session's list."""

    person: Person
    answer: InvitationState | None
    """None: a walk-in."""
    word: str
    here: bool | None
    """None: not marked yet."""
    outcome: Outcome | None
    """What became of the gap; None: the session worked on none."""
    is_decided: bool
    checked: bool
    """Has answered the one-minute check since the session began."""


def rows(session: Session, coaching: CoachingSession) -> list[Row]:
    """The session's students by name, invited ones and walk-ins."""
    outcome_of: dict[int, tuple[Outcome | None, bool]] = {
        person_id: (Outcome(outcome), decided_at is not None)
        for person_id, outcome, decided_at in session.execute(
            select(Gap.person_id, GapHelp.outcome, GapHelp.decided_at)
            .join(Gap, GapHelp.gap_id == Gap.id)
            .where(GapHelp.coaching_session_id == coaching.id)
        )
    }
    checked = _checked(session, coaching)

    def row(person: Person, answer: InvitationState | None, word: str, here: bool | None) -> Row:
        outcome, is_decided = outcome_of.get(person.id, (None, False))
        return Row(person, answer, word, here, outcome, is_decided, person.id in checked)

    found = [
        row(one.person, InvitationState(one.state), one.word, WAS_HERE.get(one.state))
        for one in coaching.invitations
        if one.state not in GONE
    ]
    found += [row(one.person, None, "", one.here) for one in coaching.walk_ins]
    return sorted(found, key=lambda row: (row.person.name, row.person.id))


def _checked(session: Session, coaching: CoachingSession) -> set[int]:
    if coaching.exit_checkpoint_id is None:
        return set()
    return set(
        session.scalars(
            select(Attempt.person_id).where(
                Attempt.checkpoint_id == coaching.exit_checkpoint_id,
                Attempt.submitted_at >= coaching.starts_at,
            )
        )
    )


def possible_checks(
    session: Session, coaching: CoachingSession, section_id: int
) -> list[Checkpoint]:
    """Checkpoints on the session's targets that are answered here, the shortest first."""
    found = session.scalars(
        select(Checkpoint).where(
            Checkpoint.target_id.in_([target.id for target in coaching.targets]),
            Checkpoint.hidden.is_(False),
            Checkpoint.url.is_(None),
            (Checkpoint.section_id.is_(None)) | (Checkpoint.section_id == section_id),
        )
    )
    return sorted(found, key=lambda one: (one.max_points, one.position, one.id))


def set_note(coaching: CoachingSession, note: str) -> None:
    """The teacher's word for the team. Raises `BadInput` for a very long one."""
    note = note.replace("\0", "").strip()
    if len(note) > LONGEST_NOTE:
        raise BadInput(
            _l("That is a lot to read."),
            _l("Say it in under %(n)s letters, please.", n=LONGEST_NOTE),
        )
    coaching.note = note


def set_check(
    session: Session, coaching: CoachingSession, section_id: int, checkpoint_id: int | None
) -> None:
    """The one-minute check at the end; None: the next checkpoint decides. Raises `BadInput`."""
    ids = {one.id for one in possible_checks(session, coaching, section_id)}
    if checkpoint_id is not None and checkpoint_id not in ids:
        raise BadInput(_l("Please pick one from the list."), _l("Nothing was saved."))
    coaching.exit_checkpoint_id = checkpoint_id


def repeat(session: Session, coaching: CoachingSession, *, starts_at: datetime) -> CoachingSession:
    """Offer a session once more at another time, open to all. Raises `BadInput` as any new one."""
    minutes = int((coaching.ends_at - coaching.starts_at).total_seconds() // 60)
    again = CoachingSession(
        team_id=coaching.team_id,
        teacher_id=coaching.teacher_id,
        kind=SessionKind.SEMINAR if coaching.places is None else coaching.kind,
        room=coaching.room,
        starts_at=starts_at,
        ends_at=sessions.ends(starts_at, minutes),
        places=coaching.places,
        targets=list(coaching.targets),
        repeats_id=coaching.id,
    )
    sessions.make(session, [(again, [])])
    return again
