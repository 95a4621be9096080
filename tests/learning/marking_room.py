"""What tests of evidence, scoring and retakes share."""

from io import BytesIO

from PIL import Image
from sqlalchemy import func, select

from lti_app.learning import targets
from lti_app.learning.items import kinds
from lti_app.learning.models import AnswerKind, Checkpoint, CheckpointItem, Target
from lti_app.people.models import Enrolment, Person, Role, Section
from tests.school import Browser, browser_of


def count(database, model) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(model))


def change(database, school, checkpoint_id=0, **values):
    """Set what a teacher sets in a checkpoint."""
    with database.transaction(district_id=school.district_id) as session:
        checkpoint = session.get_one(Checkpoint, checkpoint_id or school.checkpoint_id)
        for name, value in values.items():
            setattr(checkpoint, name, value)


def with_items(database, school, *, max_points=3.0, **values) -> tuple[int, list[int]]:
    """A checkpoint with a fraction (1 point) and a choice (2 points); ids of all."""
    with database.transaction(district_id=school.district_id) as session:
        target = session.get_one(Target, school.target_id)
        checkpoint = targets.add_checkpoint(session, target, title="Quick", max_points=max_points)
        for name, value in ({"takes_text": False} | values).items():
            setattr(checkpoint, name, value)
        items = [
            CheckpointItem(
                checkpoint_id=checkpoint.id,
                kind=AnswerKind.FRACTION,
                prompt="3 × 2/5 =",
                key={"right": "6/5"},
                points=1.0,
            ),
            CheckpointItem(
                checkpoint_id=checkpoint.id,
                kind=AnswerKind.ONE_CHOICE,
                prompt="More than 3?",
                key=kinds.to_json(kinds.OneChoiceKey(("Yes", "No way"), 1)),
                points=2.0,
                position=1,
            ),
        ]
        session.add_all(items)
        session.flush()
        return checkpoint.id, [item.id for item in items]


def answers(item_ids, *given):
    """The fields of a form that answers items."""
    fields = {f"item-{i}": one for i, one in zip(item_ids, given, strict=True) if one is not None}
    return {"asked": [str(i) for i in item_ids], **fields}


def student_of(app, school, seat=0):
    return browser_of(app, school, school.student_ids[seat])


def teacher_of(app, school):
    return browser_of(app, school, school.teacher_id)


def picture(width=40, height=30, kind="JPEG", colour="red", **how) -> bytes:
    written = BytesIO()
    Image.new("RGB", (width, height), colour).save(written, kind, **how)
    return written.getvalue()


def attached(*contents, name="IMG_0001 Ana Lopez.jpg"):
    """Files of a form, under a name that we must not keep."""
    return [(BytesIO(content), name) for content in contents]


def second_teacher(app, database, school) -> Browser:
    """A teacher of another section of the team, with a student of theirs (`student`)."""
    with database.transaction(district_id=school.district_id) as session:
        section = Section(
            team_id=school.team_id, title="Room 14", source="lti:1", external_id="course-14"
        )
        person = Person(name="Mr. Webb")
        kid = Person(name="Fourteen Student")
        session.add_all([section, person, kid])
        session.flush()
        rows = [
            Enrolment(section_id=section.id, person_id=person.id, role=Role.TEACHER),
            Enrolment(section_id=section.id, person_id=kid.id, role=Role.STUDENT),
        ]
        session.add_all(rows)
        session.flush()
        browser = Browser(app, person.id, rows[0].id)
        browser.section_id = section.id
        browser.student = Browser(app, kid.id, rows[1].id)
        return browser
