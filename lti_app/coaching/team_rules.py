"""What a team set about gaps and coaching sessions, and what its rules look at."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from lti_app.coaching import school_days
from lti_app.coaching.models import CoachingRules
from lti_app.coaching.school_days import SchoolDays
from lti_app.db import insert_if_missing
from lti_app.errors import BadInput, Clash
from lti_app.learning import editing
from lti_app.learning.plan import needs
from lti_app.people.models import District, Team

MOST_STUCK_DAYS = 40
LONGEST_SESSION_MINUTES = 120
LARGEST_GROUP = 15
MOST_A_DAY = 6


@dataclass(frozen=True)
class Wanted:
    """A team's coaching rules as plain values."""

    finds_below_line: bool = True
    line_percent: float = 60.0
    finds_needs_first: bool = True
    finds_stuck: bool = True
    stuck_days: int = 5
    session_minutes: int = 20
    group_most: int = 6
    seminar_from: int = 8
    most_a_day: int = 2


NAMES = tuple(field.name for field in fields(Wanted))
DEFAULTS: dict[str, Any] = {
    **asdict(Wanted()),
    "version": 0,
    "announce_in_classroom": False,
    "message_in_canvas": False,
    "events_in_google": False,
}
"""Of a team that set nothing."""


def of_team(session: Session, team_id: int) -> CoachingRules:
    """What the team set; a new row with the defaults, not yet kept, where it set nothing."""
    found = session.scalars(select(CoachingRules).where(CoachingRules.team_id == team_id)).first()
    return found or CoachingRules(
        team_id=team_id,
        **DEFAULTS,
    )


def values_of(rules: CoachingRules) -> Wanted:
    """A team's rules as plain values."""
    return Wanted(**{name: getattr(rules, name) for name in NAMES})


def checked(wanted: Wanted) -> Wanted:
    """The rules, if a team can work by them. Raises `BadInput`."""
    if not 1 <= wanted.line_percent <= 100:
        raise BadInput(
            _l("The line is from 1 to 100 percent."), _l("Correct the number and save again.")
        )
    if not 1 <= wanted.stuck_days <= MOST_STUCK_DAYS:
        raise BadInput(
            _l(
                "A student can count as stuck after 1 to %(most)s school days.",
                most=MOST_STUCK_DAYS,
            ),
            _l("Correct the number and save again."),
        )
    if not 5 <= wanted.session_minutes <= LONGEST_SESSION_MINUTES or wanted.session_minutes % 5:
        raise BadInput(
            _l("A session takes 5, 10, 15 … up to %(most)s minutes.", most=LONGEST_SESSION_MINUTES),
            _l("Correct the minutes and save again."),
        )
    if not 2 <= wanted.group_most <= LARGEST_GROUP:
        raise BadInput(
            _l("A small group has 2 to %(most)s places.", most=LARGEST_GROUP),
            _l("Correct the number and save again."),
        )
    if not wanted.group_most < wanted.seminar_from <= 100:
        raise BadInput(
            _l("A seminar is for more students than a small group has places."),
            _l("Correct the number and save again."),
        )
    if not 1 <= wanted.most_a_day <= MOST_A_DAY:
        raise BadInput(
            _l("A student can be invited to 1 to %(most)s sessions a day.", most=MOST_A_DAY),
            _l("Correct the number and save again."),
        )
    return wanted


def set_for_team(
    session: Session,
    team_id: int,
    wanted: Wanted,
    *,
    version: int,
    editor_id: int,
    clashes: list[Clash],
) -> CoachingRules:
    """Set a team's rules. Raises `BadInput`, and `Conflict` where somebody saved meanwhile."""
    checked(wanted)
    rules = _kept(session, team_id)
    editing.begin(session, rules, version=version, editor_id=editor_id, clashes=clashes)
    for name in NAMES:
        setattr(rules, name, getattr(wanted, name))
    session.flush()
    _forget(session)
    return rules


def _kept(session: Session, team_id: int) -> CoachingRules:
    """The team's row, written where it was missing."""
    insert_if_missing(
        session,
        CoachingRules,
        team_id=team_id,
        **DEFAULTS,
    )
    return session.scalars(
        select(CoachingRules)
        .where(CoachingRules.team_id == team_id)
        .execution_options(populate_existing=True)
    ).one()


def switch_channels(
    session: Session,
    team_id: int,
    *,
    announce_in_classroom: bool,
    message_in_canvas: bool,
    events_in_google: bool,
) -> None:
    """Say where the team's sessions are told of outside of Pathways."""
    rules = _kept(session, team_id)
    rules.announce_in_classroom = announce_in_classroom
    rules.message_in_canvas = message_in_canvas
    rules.events_in_google = events_in_google
    session.flush()


@dataclass(frozen=True)
class Looks:
    """All that finding gaps in a team goes by."""

    rules: Wanted
    school_days: SchoolDays
    timezone: str
    needs: dict[int, tuple[int, ...]]
    """Target → the targets it needs first."""


def looks(session: Session, team_id: int) -> Looks:
    """What finding gaps in a team goes by; read once a transaction, however many scores come."""
    known: dict[int, Looks] = session.info.setdefault("coaching_looks", {})
    if team_id not in known:
        first: dict[int, list[int]] = {}
        for target_id, needs_id in sorted(needs.edges(session, team_id)):
            first.setdefault(target_id, []).append(needs_id)
        known[team_id] = Looks(
            rules=values_of(of_team(session, team_id)),
            school_days=school_days.load(session),
            timezone=_timezone(session, team_id),
            needs={target_id: tuple(ids) for target_id, ids in first.items()},
        )
    return known[team_id]


def _timezone(session: Session, team_id: int) -> str:
    return session.scalars(
        select(District.timezone)
        .join(Team, Team.district_id == District.id)
        .where(Team.id == team_id)
    ).one()


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _forget(session: Session, *_: Any) -> None:
    session.info.pop("coaching_looks", None)
