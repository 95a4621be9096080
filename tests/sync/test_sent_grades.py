"""A grade that we sent comes back from Classroom as ours, whatever Classroom made of it."""

from lti_app.learning.models import Checkpoint
from tests.sync.conftest import mirror
from tests.sync.looking import attempts_of, submission_of, the_one, work_of

TITLE = "Checkpoint: fraction times whole number"


def _send(world, points):
    mirror(world)
    world.score(0, points, checkpoint=the_one(world, Checkpoint, TITLE).id)
    world.deliver()


def test_a_grade_that_classroom_rounded_is_not_taken_for_a_teachers(connected):
    world = connected
    _send(world, 2.66666)
    assert submission_of(world, TITLE, 0)["assignedGrade"] == 2.67
    mirror(world)
    assert [a.score.points for a in attempts_of(world, TITLE, 0)] == [2.66666]


def test_a_maximum_that_changed_before_the_grade_was_sent_keeps_its_share(connected):
    world = connected
    mirror(world)
    world.score(0, 3, checkpoint=the_one(world, Checkpoint, TITLE).id)
    work_of(world, TITLE).update(maxPoints=10, updateTime="2030-01-01T00:00:00.000Z")
    world.deliver()
    assert submission_of(world, TITLE, 0)["assignedGrade"] == 7.5
    mirror(world)
    assert the_one(world, Checkpoint, TITLE).max_points == 10
    assert len(attempts_of(world, TITLE, 0)) == 1


def test_a_teachers_own_grade_close_to_ours_is_taken(connected):
    world = connected
    _send(world, 3)
    world.practice.classroom.grade(submission_of(world, TITLE, 0), 3.02)
    mirror(world)
    assert [a.score.points for a in attempts_of(world, TITLE, 0)] == [3, 3.02]
