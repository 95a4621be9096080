"""A student who keeps goals, meets checkpoints at once and looks back."""

from lti_app.db import Database, now
from lti_app.learning import attempts, targets
from lti_app.learning.models import Goal, GoalState, Reflection
from tests.school import School


def do_well(database: Database, school: School, person_id: int) -> None:
    """Three goals kept, three checkpoints met the first time, one reflection."""
    with database.transaction(district_id=school.district_id) as session:
        target = targets.get(session, school.team_id, school.section_id, school.target_id)
        for n in range(3):
            goal = Goal(
                person_id=person_id,
                section_id=school.section_id,
                week=now().date(),
                text=str(n),
                state=GoalState.KEPT,
            )
            session.add(goal)
            checkpoint = targets.add_checkpoint(session, target, title=f"Check {n}", max_points=4)
            attempt = attempts.submit(
                session,
                checkpoint=checkpoint,
                person_id=person_id,
                section_id=school.section_id,
                number=1,
                evidence="6/5",
            )
            attempts.score(
                session, attempt=attempt, points=4, feedback="", scored_by_id=school.teacher_id
            )
        # Said in two prompts, one of them twice: still one reflection.
        for prompt, text in (("proud", "All."), ("proud", "All of it."), ("change", "Nothing.")):
            session.add(
                Reflection(
                    person_id=person_id,
                    section_id=school.section_id,
                    week=now().date(),
                    prompt=prompt,
                    text=text,
                )
            )
