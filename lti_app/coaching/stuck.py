"""Stuck: begun, not met, and no movement for some school days.

Nothing scans for it. Each movement writes down the day on which the student will count as stuck;
a worker looks only at those whose day has come.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from sqlalchemy import and_, delete, exists, select, tuple_, update
from sqlalchemy.orm import Session

from lti_app.coaching import gaps, team_rules
from lti_app.coaching.events import school_days_changed
from lti_app.coaching.models import GapReason, Movement
from lti_app.coaching.team_rules import Looks
from lti_app.db import Database, insert_into, now
from lti_app.learning.models import Level, Mastery, Target
from lti_app.learning.voice.weeks import local_day
from lti_app.people.models import District, Enrolment, Role

AT_ONCE = 200
MET = (Level.MET, Level.BEYOND)


def note_movement(
    session: Session, looks: Looks, person_id: int, target_id: int, section_id: int
) -> bool:
    """The student moved on a target just now. False where it is met: nobody waits there."""
    if _is_met(session, person_id, target_id):
        return False
    pair = (person_id, target_id)
    note_movements(session, {pair: looks}, {pair: section_id})
    return True


def note_movements(
    session: Session,
    looks: Mapping[tuple[int, int], Looks],
    section_ids: Mapping[tuple[int, int], int],
) -> None:
    """Students moved just now on targets that they have not met; both by student and target."""
    at = now()
    days: dict[tuple[str, int], date] = {}
    rows = []
    for pair in sorted(section_ids):
        look = looks[pair]
        wait = (look.timezone, look.rules.stuck_days)
        if wait not in days:
            days[wait] = look.school_days.after(local_day(at, look.timezone), wait[1])
        rows.append(
            {
                "person_id": pair[0],
                "target_id": pair[1],
                "district_id": session.info["district_id"],
                "section_id": section_ids[pair],
                "moved_at": at,
                "stuck_on": days[wait] if look.rules.finds_stuck else None,
                "found_at": None,
            }
        )
    statement = insert_into(session, Movement).values(rows)
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id", "target_id"],
            set_={
                "section_id": new.section_id,
                "moved_at": new.moved_at,
                "stuck_on": new.stuck_on,
                "found_at": new.found_at,
            },
        )
    )


def _is_met(session: Session, person_id: int, target_id: int) -> bool:
    return bool(
        session.scalar(
            select(
                exists().where(
                    Mastery.person_id == person_id,
                    Mastery.target_id == target_id,
                    Mastery.level.in_(MET),
                )
            )
        )
    )


def met(session: Session, pairs: Collection[tuple[int, int]]) -> None:
    """These students met these targets: nobody waits for movement there any more."""
    session.execute(
        delete(Movement)
        .where(tuple_(Movement.person_id, Movement.target_id).in_(pairs))
        .execution_options(synchronize_session=False)
    )


def open_due(database: Database) -> bool:
    """Open the gaps of students whose day has come, some of each district.

    True where there are more. A worker that is killed half-way leaves no gap twice: a day is
    taken off a movement in the same transaction.
    """
    latest = (now() + timedelta(days=1)).date()
    with database.session(writes=False) as session:
        districts = session.execute(
            select(District.id, District.timezone).where(
                exists().where(Movement.district_id == District.id, Movement.stuck_on <= latest)
            )
        ).all()
    more = False
    for district_id, timezone in districts:
        with database.transaction(district_id=district_id) as session:
            more |= _open_some(session, timezone) == AT_ONCE
    return more


def _open_some(session: Session, timezone: str) -> int:
    today = local_day(now(), timezone)
    present = exists().where(
        Enrolment.section_id == Movement.section_id,
        Enrolment.person_id == Movement.person_id,
        Enrolment.active,
        Enrolment.role == Role.STUDENT,
    )
    has_met = exists().where(
        and_(
            Mastery.person_id == Movement.person_id,
            Mastery.target_id == Movement.target_id,
            Mastery.level.in_(MET),
        )
    )
    rows = session.execute(
        select(Movement, Target.team_id, Target.archived_at, present, has_met)
        .join(Target, Target.id == Movement.target_id)
        .where(Movement.stuck_on <= today)
        .order_by(Movement.stuck_on, Movement.person_id, Movement.target_id)
        .limit(AT_ONCE)
        .with_for_update(of=Movement, skip_locked=True)
    ).all()
    for movement, team_id, archived_at, is_present, is_met in rows:
        looks = team_rules.looks(session, team_id)
        movement.stuck_on = None
        if archived_at is not None or not is_present or is_met or not looks.rules.finds_stuck:
            continue
        moved_on = local_day(movement.moved_at, timezone)
        due = looks.school_days.after(moved_on, looks.rules.stuck_days)
        if due > today:  # the calendar or the rule has changed meanwhile
            movement.stuck_on = due
            continue
        movement.found_at = now()
        gaps.open_gap(
            session,
            person_id=movement.person_id,
            section_id=movement.section_id,
            target_id=movement.target_id,
            reason=GapReason.STUCK,
            school_days=looks.school_days.between(moved_on, today),
        )
    return len(rows)


def reckon_anew(session: Session, team_id: int) -> None:
    """The team's rule has changed: those who wait to be found are looked at at once.

    Those found already are found again only after they have moved.
    """
    looks = team_rules.looks(session, team_id)
    session.execute(
        update(Movement)
        .where(
            Movement.target_id.in_(select(Target.id).where(Target.team_id == team_id)),
            Movement.found_at.is_(None),
        )
        .values(stuck_on=local_day(now(), looks.timezone) if looks.rules.finds_stuck else None)
    )


@school_days_changed.connect
def answer_calendar(session: Session) -> None:
    """Other days are off now: whoever waits to be found is looked at once more.

    Their day may have come forward; where it was put off, looking says so.
    """
    session.execute(
        update(Movement)
        .where(Movement.stuck_on.is_not(None))
        .values(stuck_on=(now() - timedelta(days=1)).date())
    )


def follow_merge(session: Session, from_id: int, into_id: int) -> None:
    """Movements on a merged target are movements on the one it went into."""
    there = select(Movement.person_id).where(Movement.target_id == into_id)
    session.execute(
        delete(Movement).where(Movement.target_id == from_id, Movement.person_id.in_(there))
    )
    session.execute(update(Movement).where(Movement.target_id == from_id).values(target_id=into_id))
