"""A team at work for coaching tests: blocks for every day, gaps, sessions, times that fit."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from lti_app.coaching import gaps, invitations, sessions, timetable
from lti_app.coaching.models import CoachingSession, Gap, SessionKind
from lti_app.coaching.planner import solve
from lti_app.coaching.plans import making
from lti_app.coaching.timetable import Draft
from lti_app.db import now
from lti_app.learning import attempts, targets
from lti_app.learning.models import Target
from lti_app.people.events import left_section
from lti_app.people.models import Enrolment, Person, Role, TeamMember, TeamRole
from tests.school import full_five

TIMEZONE = "America/New_York"
MONDAY = date(2026, 11, 30)
"""A school day on which nothing is off; tests of the clock travel to its week."""
BEFORE_SCHOOL = datetime(2026, 11, 30, 7, 0, tzinfo=ZoneInfo(TIMEZONE)).astimezone(UTC)


def at(clock: str, day: date = MONDAY) -> datetime:
    """A time of the school's clock."""
    return sessions.moment(day, time.fromisoformat(clock), TIMEZONE)


def colleague(database, school, name="Mr. Chen", *, role=TeamRole.TEACHER) -> int:
    """One more teacher of the team; the person's id."""
    with database.transaction(district_id=school.district_id) as session:
        person = Person(name=name)
        session.add(person)
        session.flush()
        enrolment = Enrolment(section_id=school.section_id, person_id=person.id, role=Role.TEACHER)
        session.add(enrolment)
        session.add(TeamMember(team_id=school.team_id, person_id=person.id, role=role))
        session.flush()
        school.enrolment_of[person.id] = enrolment.id
        return person.id


def block(database, school, *teacher_ids, starts="10:00", ends="10:40", name="Block") -> int:
    """A block on every weekday for the school's section."""
    with database.transaction(district_id=school.district_id) as session:
        return timetable.add(
            session,
            school.team_id,
            Draft(
                name,
                range(5),
                time.fromisoformat(starts),
                time.fromisoformat(ends),
                [school.section_id],
                {one: f"Room {one}" for one in teacher_ids or [school.teacher_id]},
            ),
        ).id


def new_target(database, school, title="I can add fractions.") -> int:
    """One more target, with a checkpoint of four points."""
    with database.transaction(district_id=school.district_id) as session:
        target = targets.add_target(session, school.team_id, title=title)
        targets.add_checkpoint(session, target, title=title, max_points=4, question="1/2 + 1/4?")
        session.flush()
        return target.id


def checkpoint_of(database, target_id) -> int:
    with database.session() as session:
        return session.get_one(Target, target_id).checkpoints[0].id


def flag(database, school, person_id, target_id=None) -> int:
    """A gap that a teacher flagged; its id."""
    with database.transaction(district_id=school.district_id) as session:
        return gaps.flag(
            session,
            person_id=person_id,
            section_id=school.section_id,
            target=session.get_one(Target, target_id or school.target_id),
            note="",
            teacher_id=school.teacher_id,
        ).id


def score(database, school, person_id, points, target_id=None) -> None:
    """The student answers the target's checkpoint and is scored, points of four."""
    checkpoint_id = checkpoint_of(database, target_id or school.target_id)
    with database.transaction(district_id=school.district_id) as session:
        checkpoint = targets.get_checkpoint(
            session, school.team_id, school.section_id, checkpoint_id
        )
        number = len(attempts.of_student(session, person_id, checkpoint_id)) + 1
        attempt = attempts.submit(
            session,
            checkpoint=checkpoint,
            person_id=person_id,
            section_id=school.section_id,
            number=number,
            evidence=f"try {number}",
        )
        attempts.score(
            session, attempt=attempt, points=points, feedback="", scored_by_id=school.teacher_id
        )


def invite(database, school, gap_ids, *, starts_at=None, minutes=20, teacher_id=None) -> int:
    """A coaching session on gaps; its id."""
    with database.transaction(district_id=school.district_id) as session:
        return invitations.invite_group(
            session,
            team_id=school.team_id,
            section_id=school.section_id,
            teacher_id=teacher_id or school.teacher_id,
            gap_ids=gap_ids,
            starts_at=starts_at or full_five(now() + timedelta(hours=1)),
            minutes=minutes,
            room="12",
        ).id


def open_session(database, school, *, starts_at, teacher_id=None, minutes=20) -> int:
    """A session on the school's target that nobody is invited to; its id."""
    with database.transaction(district_id=school.district_id) as session:
        coaching = CoachingSession(
            team_id=school.team_id,
            teacher_id=teacher_id or school.teacher_id,
            kind=SessionKind.SMALL_GROUP,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            places=6,
            targets=[session.get_one(Target, school.target_id)],
        )
        sessions.make(session, [(coaching, [])])
        return coaching.id


def gap_of(database, person_id, target_id) -> Gap | None:
    """The student's newest gap on a target."""
    with database.session() as session:
        return session.scalars(
            select(Gap)
            .where(Gap.person_id == person_id, Gap.target_id == target_id)
            .order_by(Gap.id.desc())
        ).first()


def plan_day(database, school, day=MONDAY):
    """Have a day planned, as the worker does."""
    with database.transaction(district_id=school.district_id) as session:
        plan_id = making.want(session, school.team_id, day).id
    assert making.make(database, school.district_id, plan_id, solve.plan)
    with database.session(district_id=school.district_id) as session:
        return making.of_day(session, school.team_id, day)


def leave(database, school, person_id):
    """The student is no longer in the roster."""
    with database.transaction(district_id=school.district_id) as session:
        session.get_one(Enrolment, school.enrolment_of[person_id]).active = False
        session.flush()
        left_section.send(session, section_id=school.section_id, person_ids=[person_id])
