"""The mirror: what a course holds comes in once, follows changes, and keeps teachers' edits."""

from sqlalchemy import func, select

from lti_app.coaching.models import Gap
from lti_app.db import Base
from lti_app.learning.models import (
    Activity,
    ActivityKind,
    Attempt,
    Checkpoint,
    Mastery,
    Pathway,
    Source,
    Target,
    Unit,
)
from lti_app.learning.targets import standards_of
from lti_app.sync.models import GradebookColumn
from tests.conftest import Queries
from tests.sync.conftest import connect, look_now, make_world, mirror
from tests.sync.looking import (
    attempts_of,
    dump,
    notes_of,
    submission_of,
    the_one,
    work_of,
    works_of,
)


def test_a_course_becomes_units_targets_activities_checkpoints_and_attempts(connected):
    world = connected
    world.practice.classroom.grade(submission_of(world, "Exit ticket", 0), 1)
    mirror(world)
    with world.session() as session:
        assert set(session.scalars(select(Unit.title))) == {"Unit 2: Decimals", "Unit 3: Fractions"}
        strips = the_one(world, Activity, "Fraction strips: make your own set")
        video = the_one(world, Activity, "Multiplying fractions with an area model")
        assert (strips.kind, video.kind) == (ActivityKind.OTHER, ActivityKind.VIDEO)
        exit_ticket = the_one(world, Checkpoint, "Exit ticket: adding fractions")
        target = session.get(Target, exit_ticket.target_id)
        assert [standard.code for standard in target.standards] == ["5.NF.1"]
        # The strips name the same standard in another spelling: the same target.
        assert session.get(Pathway, strips.pathway_id).target_id == target.id
        # Work without a code is at home in its topic.
        warm_up = session.scalars(select(Checkpoint).where(Checkpoint.title == "Warm-up")).first()
        assert session.get(Target, warm_up.target_id).title == "Unit 3: Fractions"
        assert session.scalar(select(func.count(Attempt.id))) > 20
        assert session.scalar(select(func.count(Mastery.id))) > 10
        assert set(session.scalars(select(Gap.person_id))) == {world.student_ids[0]}
        ours = the_one(world, Checkpoint, "Checkpoint: fraction times whole number")
        columns = {c.checkpoint_id: c.writable for c in session.scalars(select(GradebookColumn))}
        assert (columns[ours.id], columns[exit_ticket.id]) == (True, False)
        assert (ours.url, bool(exit_ticket.url)) == (None, True)


def test_running_it_again_changes_nothing(connected):
    mirror(connected)
    before = dump(connected)
    mirror(connected)
    assert dump(connected) == before
    assert notes_of(connected)[1].counts["new"] == 13  # the second one had nothing to report
    look_now(connected)
    assert dump(connected) == before
    assert notes_of(connected)[1].counts["unchanged"] == 13


def test_an_unchanged_course_costs_as_many_queries_with_five_students_as_with_forty(settings):
    counted = []
    for students in (5, 40):
        for world in make_world(settings, students=students):
            connect(world)
            mirror(world)
            queries = Queries(world.database)
            mirror(world)
            counted.append(len(queries))
            with world.database.engine.begin() as connection:
                for table in reversed(Base.metadata.sorted_tables):
                    connection.execute(table.delete())
    # The one page of submissions that is read has six statements, however many rows it holds.
    assert abs(counted[0] - counted[1]) <= 7
    assert max(counted) < 60


def test_changes_are_followed_and_teachers_edits_are_kept(connected):
    world = connected
    mirror(world)
    followed = the_one(world, Checkpoint, "Exit ticket: adding fractions")
    edited = the_one(world, Checkpoint, "Check-in: fractions as division")
    with world.transaction() as session:
        session.get(Checkpoint, edited.id).title = "Sharing granola bars"
        session.get(Checkpoint, followed.id).hidden = True
    work_of(world, "Exit ticket")["title"] = "Exit ticket: adding, new"
    work_of(world, "Check-in")["title"] = "Check-in: another name"
    work_of(world, "Check-in")["maxPoints"] = 6
    mirror(world)
    with world.session() as session:
        followed, edited = session.get(Checkpoint, followed.id), session.get(Checkpoint, edited.id)
    assert (followed.title, followed.hidden) == ("Exit ticket: adding, new", True)
    assert (edited.title, edited.max_points) == ("Sharing granola bars", 6)
    assert ("kept_edit", "Check-in: another name") in notes_of(world)[0]


def test_work_that_moves_to_another_standard_moves_unless_a_teacher_moved_it(connected):
    world = connected
    mirror(world)
    work_of(world, "Exit ticket")["description"] = "Now for 5.NF.B.6"
    mirror(world)
    with world.session() as session:
        moved = the_one(world, Checkpoint, "Exit ticket: adding fractions")
        target = session.get(Target, moved.target_id)
        assert [standard.code for standard in target.standards] == ["5.NF.6"]
        elsewhere = session.scalars(select(Target.id).where(Target.id != target.id)).first()
    with world.transaction() as session:
        session.get(Checkpoint, moved.id).target_id = elsewhere
    work_of(world, "Exit ticket")["description"] = "Now for 5.NF.B.3"
    mirror(world)
    assert the_one(world, Checkpoint, "Exit ticket: adding fractions").target_id == elsewhere


def test_deleted_work_is_hidden_with_its_attempts_and_can_come_back(connected):
    world = connected
    mirror(world)
    works = list(works_of(world))
    gone = work_of(world, "Exit ticket")
    checkpoint = the_one(world, Checkpoint, gone["title"])
    before = dump(world)["attempts"]
    world.practice.classroom.remove_work(world.google_course_id, gone["id"])
    mirror(world)
    assert the_one(world, Checkpoint, gone["title"]).hidden
    assert dump(world)["attempts"] == before
    assert ("gone", gone["title"]) in notes_of(world)[0]
    world.practice.classroom.works[world.google_course_id] = works
    mirror(world)
    assert not the_one(world, Checkpoint, gone["title"]).hidden
    assert the_one(world, Checkpoint, gone["title"]).id == checkpoint.id
    assert dump(world)["attempts"] == before


def test_a_changed_grade_is_a_new_score_and_a_new_turn_in_a_new_attempt(connected):
    world = connected
    title = "Exit ticket: adding fractions"
    mirror(world)
    submission = submission_of(world, title, 0)
    world.practice.classroom.grade(submission, 1.5)
    mirror(world)
    attempt = attempts_of(world, title, 0)[0]
    assert (len(attempt.scores), attempt.score.points) == (2, 1.5)
    world.practice.classroom.turn_in(submission)
    world.practice.classroom.grade(submission, 4)
    mirror(world)
    assert [a.score.points for a in attempts_of(world, title, 0)] == [1.5, 4]


def test_our_own_grade_is_sent_and_not_taken_back_as_a_new_attempt(connected):
    world = connected
    title = "Checkpoint: fraction times whole number"
    mirror(world)
    world.score(0, 3, checkpoint=the_one(world, Checkpoint, title).id)
    mirror(world)  # before it is delivered: the old state there says nothing
    world.deliver()
    assert world.practice.classroom.patches[-1]["assignedGrade"] == 3
    mirror(world)
    assert len(attempts_of(world, title, 0)) == 1
    # The teacher changes it in Classroom: that one is taken.
    world.practice.classroom.grade(submission_of(world, title, 0), 4)
    mirror(world)
    assert [a.score.points for a in attempts_of(world, title, 0)] == [3, 4]


def test_a_teams_own_target_for_the_standard_is_used_and_not_doubled(connected):
    world = connected
    with world.transaction() as session:
        target = session.scalars(select(Target)).one()
        target.standards = standards_of(session, "5.NF.4a")
    mirror(world)
    ours = the_one(world, Checkpoint, "Checkpoint: fraction times whole number")
    assert ours.target_id == target.id
    with world.session() as session:
        assert session.get(Target, target.id).source == Source.WRITTEN
