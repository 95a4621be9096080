"""What tests of teachers' pages do again and again."""

from lti_app.learning import attempts, targets
from lti_app.people.models import Enrolment, Person, Role, Section


def score_attempt(database, school, person_id, points, feedback="", section_id=None):
    """Write and score a student's first attempt."""
    with database.transaction(district_id=school.district_id) as session:
        checkpoint = targets.get_checkpoint(
            session, school.team_id, school.section_id, school.checkpoint_id
        )
        attempt = attempts.submit(
            session,
            checkpoint=checkpoint,
            person_id=person_id,
            section_id=section_id or school.section_id,
            number=1,
            evidence="6/5",
        )
        attempts.score(
            session,
            attempt=attempt,
            points=points,
            feedback=feedback,
            scored_by_id=school.teacher_id,
        )


def second_section(database, school, *person_ids):
    """A section beside the school's, in its team, with these students and a new one; both ids."""
    with database.transaction(district_id=school.district_id) as session:
        section = Section(team_id=school.team_id, title="Room 14", source="lti:1", external_id="b")
        session.add(section)
        session.flush()
        new = Person(name="Zoe Neighbor")
        session.add(new)
        session.flush()
        for person_id in (*person_ids, new.id):
            session.add(Enrolment(section_id=section.id, person_id=person_id, role=Role.STUDENT))
        return section.id, new.id
