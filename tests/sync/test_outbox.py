"""The outbox: what is put in, what is not, and what the teacher sees of it."""

import pytest
from sqlalchemy import select, update

from lti_app.errors import NotHere
from lti_app.learning import targets
from lti_app.learning.models import Score
from lti_app.people.models import Enrolment, Section
from lti_app.sync import outbox
from lti_app.sync.models import DeliveryState, GradebookColumn, GradeDelivery
from tests.school import browser_of


def test_a_score_that_is_rolled_back_leaves_nothing_in_the_outbox(world, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("the power went out")

    monkeypatch.setattr(outbox, "grades_waiting", fail)
    with pytest.raises(RuntimeError):
        world.score(0, 3)
    with world.session() as session:
        assert session.scalars(select(GradeDelivery)).all() == []
        assert session.scalars(select(Score)).all() == []


def test_a_section_without_a_gradebook_sends_nothing(world):
    with world.transaction() as session:
        session.execute(update(Section).values(service_scopes=[]))
    world.score(0, 3)
    with world.session() as session:
        assert session.scalars(select(GradebookColumn)).all() == []


def test_another_sections_grade_cannot_be_retried(world):
    world.score(0, 3)
    with pytest.raises(NotHere), world.transaction() as session:
        outbox.retry(session, world.section_id + 1, world.delivery().id)


def test_the_teacher_sees_what_did_not_arrive_and_sends_it_again(world):
    world.score(0, 3)
    with world.transaction() as session:
        session.execute(
            update(GradeDelivery).values(state=DeliveryState.PARKED, reason="forbidden")
        )
        enrolments = dict(session.execute(select(Enrolment.person_id, Enrolment.id)).all())

    class School:
        enrolment_of = enrolments

    teacher = browser_of(world.app, School, world.teacher_id)
    page = teacher.get("/grades").text
    assert "does not let Pathways write grades" in page
    assert teacher.post("/grades/retry", delivery=[world.delivery().id]).status_code == 302
    world.deliver()
    assert world.grade() == 3
    assert "Every grade has arrived" in teacher.get("/grades").text


def test_a_checkpoint_named_long_makes_a_column_all_the_same(world):
    with world.transaction() as session:
        target = targets.of_team(session, 1, world.section_id)[0]
        checkpoint = targets.add_checkpoint(session, target, title="x" * 300, max_points=2)
    world.score(0, 1, checkpoint=checkpoint.id)
    world.deliver()
    assert world.states() == {DeliveryState.DELIVERED}
