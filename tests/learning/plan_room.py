"""A team's plan for tests: targets by name, and links between them."""

from sqlalchemy import func, select

from lti_app.learning import attempts, targets
from lti_app.learning.models import Attempt, Level, Mastery, Target
from lti_app.learning.plan import needs


def write_targets(database, school, titles, unit_id=None):
    """Write targets; returns their ids in order."""
    with database.transaction(district_id=school.district_id) as session:
        return [
            targets.add_target(session, school.team_id, title=title, unit_id=unit_id).id
            for title in titles
        ]


def add_link(database, school, target_id, needs_id):
    """Add a needs-first link."""
    with database.transaction(district_id=school.district_id) as session:
        return needs.add(session, school.team_id, target_id, needs_id)


def links_of(database, school):
    """All links, as pairs."""
    with database.session(district_id=school.district_id) as session:
        return needs.edges(session, school.team_id, archived=True)


def read(database, school, question):
    """What a query says."""
    with database.session(district_id=school.district_id) as session:
        return session.execute(question).all()


def count(database, school, model, *where):
    """How many rows there are."""
    return read(database, school, select(func.count()).select_from(model).where(*where))[0][0]


def titles(database, school):
    """Titles of the targets in use, in order."""
    with database.session(district_id=school.district_id) as session:
        found = targets.of_team(session, school.team_id, school.section_id)
        return [target.title for target in found]


def add_checkpoint(database, school, target_id, title="Second ticket"):
    """One more checkpoint of 4 points; returns its id."""
    with database.transaction(district_id=school.district_id) as session:
        target = session.get_one(Target, target_id)
        return targets.add_checkpoint(session, target, title=title, max_points=4).id


def answer(database, school, person_id, checkpoint_id, points=None):
    """One more attempt of a student, scored where points are given; returns its id."""
    with database.transaction(district_id=school.district_id) as session:
        checkpoint = targets.get_checkpoint(
            session, school.team_id, school.section_id, checkpoint_id
        )
        number = 1 + session.scalar(
            select(func.count(Attempt.id)).where(
                Attempt.checkpoint_id == checkpoint_id, Attempt.person_id == person_id
            )
        )
        attempt = attempts.submit(
            session,
            checkpoint=checkpoint,
            person_id=person_id,
            section_id=school.section_id,
            number=number,
            evidence=f"try {number}",
        )
        if points is not None:
            attempts.score(
                session,
                attempt=attempt,
                points=points,
                feedback="",
                scored_by_id=school.teacher_id,
            )
        return attempt.id


def levels(database, school, target_id):
    """Students' levels on a target."""
    rows = read(
        database,
        school,
        select(Mastery.person_id, Mastery.level).where(Mastery.target_id == target_id),
    )
    return {person_id: Level(level) for person_id, level in rows}


def id_of(database, school, title):
    """The target with this title."""
    return read(database, school, select(Target.id).where(Target.title == title))[0][0]
