"""*Who needs me* today: each student once, with all reasons, the most pressing first."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.coaching import gaps
from lti_app.coaching.models import (
    CoachingSession,
    Gap,
    GapReason,
    GapState,
    Invitation,
    InvitationState,
)
from lti_app.coaching.words import REASONS
from lti_app.db import now
from lti_app.errors import Words
from lti_app.learning import attempts, quiet, rules
from lti_app.learning.models import Proposal, ProposalState, Target
from lti_app.people.models import Enrolment, Person, Role
from lti_app.sync import outbox
from lti_app.sync.models import DeliveryState


class Kind(enum.IntEnum):
    """Why someone needs a teacher, the most pressing first."""

    ASKED = 1
    OTHER_TIME = 2
    STILL_OPEN = 3
    BELOW_THE_LINE = 4
    PROPOSAL = 5
    TO_SCORE = 6
    QUIET = 7
    PARKED = 8


@dataclass(frozen=True)
class Reason:
    """A reason in words, and the page where a teacher does something about it."""

    kind: Kind
    since: datetime
    """From when on the student has waited for the teacher."""
    words: Words
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NeedsMe:
    """A student with the reasons, the most pressing first."""

    person_id: int
    name: str
    reasons: list[Reason]


def today(session: Session, team_id: int, section_id: int) -> list[NeedsMe]:
    """The section's students who need a teacher, in a number of queries that does not grow.

    Of those with the same reason, who has waited longest stands first.
    """
    names: dict[int, str] = {}
    reasons: dict[int, list[Reason]] = {}
    for person_id, name, reason in _all(session, team_id, section_id):
        names[person_id] = name
        reasons.setdefault(person_id, []).append(reason)
    found = [
        NeedsMe(person_id, names[person_id], sorted(given, key=lambda one: (one.kind, one.since)))
        for person_id, given in reasons.items()
    ]
    return sorted(
        found, key=lambda one: (one.reasons[0].kind, one.reasons[0].since, one.name, one.person_id)
    )


def _all(session: Session, team_id: int, section_id: int) -> Iterator[tuple[int, str, Reason]]:
    yield from _gaps(session, team_id, section_id)
    yield from _other_time(session, team_id, section_id)
    yield from _proposals(session, section_id)
    yield from _to_score(session, section_id)
    yield from _quiet(session, team_id, section_id)
    yield from _parked(session, section_id)


def _gaps(session: Session, team_id: int, section_id: int) -> Iterator[tuple[int, str, Reason]]:
    for group in gaps.groups(session, team_id, section_id):
        for gap in group.waiting:
            yield gap.person_id, gap.person.name, _gap_reason(gap)


def _gap_reason(gap: Gap) -> Reason:
    title = gap.target.title
    if any(seen.get("reason") == GapReason.ASKED_FOR_HELP for seen in gap.evidence):
        kind, words = Kind.ASKED, _l("asked for help: %(target)s", target=title)
    elif gap.state == GapState.ATTENDED or gap.raised:
        words = _l("still needs help after a session: %(target)s", target=title)
        kind = Kind.STILL_OPEN
    else:
        kind, words = Kind.BELOW_THE_LINE, _l("below the line: %(target)s", target=title)
        if gap.reason != GapReason.BELOW_THE_LINE:
            words = _l("%(reason)s: %(target)s", reason=REASONS[gap.reason], target=title)
    return Reason(kind, gap.opened_at, words, "coaching.needs")


def _other_time(
    session: Session, team_id: int, section_id: int
) -> Iterator[tuple[int, str, Reason]]:
    rows = session.execute(
        select(Person.id, Person.name, Invitation.answered_at, Invitation.invited_at)
        .join(Invitation, Invitation.person_id == Person.id)
        .join(CoachingSession)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            Invitation.state == InvitationState.OTHER_TIME,
            CoachingSession.team_id == team_id,
            CoachingSession.ends_at > now(),
            CoachingSession.cancelled_at.is_(None),
            *_present(section_id),
        )
        .order_by(CoachingSession.starts_at)
    )
    for person_id, name, answered_at, invited_at in rows:
        words = _l("asks for another time")
        since = answered_at or invited_at
        yield person_id, name, Reason(Kind.OTHER_TIME, since, words, "coaching.needs")


def _proposals(session: Session, section_id: int) -> Iterator[tuple[int, str, Reason]]:
    rows = session.execute(
        select(Person.id, Person.name, Target.title, Proposal.id, Proposal.changed_at)
        .join(Proposal, Proposal.person_id == Person.id)
        .join(Target, Proposal.target_id == Target.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            Proposal.section_id == section_id,
            Proposal.state == ProposalState.SENT,
            *_present(section_id),
        )
        .order_by(Proposal.changed_at)
    )
    for person_id, name, title, proposal_id, since in rows:
        words = _l("proposes a way of their own: %(target)s", target=title)
        values = {"proposal_id": proposal_id}
        yield person_id, name, Reason(Kind.PROPOSAL, since, words, "proposals.read", values)


def _present(section_id: int) -> tuple[Any, ...]:
    return Enrolment.section_id == section_id, Enrolment.active, Enrolment.role == Role.STUDENT


def _to_score(session: Session, section_id: int) -> Iterator[tuple[int, str, Reason]]:
    for one in attempts.waiting_for_score(session, section_id):
        words = _l("waits for a score: %(checkpoint)s", checkpoint=one.checkpoint.title)
        values = {"attempt_id": one.attempt.id}
        since = one.attempt.submitted_at
        reason = Reason(Kind.TO_SCORE, since, words, "scoring.attempt", values)
        yield one.student.id, one.student.name, reason


def _quiet(session: Session, team_id: int, section_id: int) -> Iterator[tuple[int, str, Reason]]:
    days = rules.of_team(session, team_id).quiet_days
    for one in quiet.of_team(session, team_id, days, section_id):
        words = ngettext("quiet for %(num)s day", "quiet for %(num)s days", one.days)
        values = {"person_id": one.person_id}
        yield one.person_id, one.name, Reason(Kind.QUIET, one.since, words, "students.one", values)


def _parked(session: Session, section_id: int) -> Iterator[tuple[int, str, Reason]]:
    """Grades that did not arrive or were changed, also of those who left: the teacher alone can
    see to them."""
    for one in outbox.wanting(session, section_id):
        words = _l("a grade did not arrive: %(checkpoint)s", checkpoint=one.checkpoint.title)
        if one.delivery.state == DeliveryState.DIFFERS:
            words = _l(
                "a grade was changed in the gradebook: %(checkpoint)s",
                checkpoint=one.checkpoint.title,
            )
        reason = Reason(Kind.PARKED, one.delivery.scored_at, words, "sync.grades")
        yield one.student.id, one.student.name, reason
