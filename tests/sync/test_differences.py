"""A grade that a teacher changed in the LMS's gradebook: kept, shown, decided by a teacher."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lti_app.db import now
from lti_app.errors import NotHere
from lti_app.learning.models import Attempt, Checkpoint, ScoreSource
from lti_app.people.models import Enrolment, Section
from lti_app.sync import columns, differences, jobs, reports
from lti_app.sync.models import DeliveryState, GradebookColumn, GradeDelivery
from tests.school import browser_of


def in_gradebook(world, seat, points):
    """The course's teacher types a grade in the practice LMS."""
    [key] = world.practice.platform.line_items
    world.practice.platform.regrade(key, world.subjects[seat], points)


def reconcile(world, later=timedelta(minutes=6)):
    with world.transaction() as session:
        before = GradeDelivery.delivered_at.is_not(None)
        session.execute(update(GradeDelivery).where(before).values(delivered_at=now() - later))
    differences.reconcile(world.database, world.district_id, world.section_id, opened(world))


def opened(world):
    return lambda section: jobs.lti_gradebook(world.database, world.settings, section)


def strike(world, scope):
    """An administrator of the LMS took a scope away."""
    with world.transaction() as session:
        section = session.get_one(Section, world.section_id)
        section.service_scopes = [
            one for one in section.service_scopes if one.rpartition("/")[2] != scope
        ]


def newest_score(world, seat=0):
    with world.session() as session:
        attempt = session.scalars(
            select(Attempt)
            .where(Attempt.person_id == world.student_ids[seat])
            .order_by(Attempt.number.desc())
        ).first()
        return attempt.score.points, attempt.score.source


def decide(world, decision, seat=0):
    with world.transaction() as session:
        decision(session, world.section_id, world.delivery(seat).id)


def test_a_changed_grade_is_not_overwritten_by_the_next_score(world):
    world.score(0, 1)
    world.deliver()
    in_gradebook(world, 0, 2.5)
    world.score(0, 4)
    world.deliver()
    assert world.grade() == 2.5
    delivery = world.delivery()
    assert (delivery.state, delivery.their_points, delivery.their_max) == ("differs", 2.5, 4)


def test_a_grade_typed_in_before_our_first_score_is_not_overwritten(world):
    world.score(1, 1)
    world.deliver()  # the column is there
    in_gradebook(world, 0, 2)
    world.score(0, 4)
    world.deliver()
    assert world.grade() == 2
    assert world.delivery(0).state == DeliveryState.DIFFERS
    assert world.delivery(1).state == DeliveryState.DELIVERED


def test_a_grade_typed_in_that_says_the_same_is_no_difference(world):
    world.score(0, 1)
    world.deliver()
    in_gradebook(world, 0, 4)
    world.score(0, 4)
    world.deliver()
    assert world.states() == {DeliveryState.DELIVERED}


def test_sending_ours_overwrites_the_grade_that_was_seen_and_no_other(world):
    world.score(0, 1)
    world.deliver()
    in_gradebook(world, 0, 2.5)
    world.score(0, 4)
    world.deliver()
    decide(world, differences.send_ours)
    in_gradebook(world, 0, 3.5)  # once more, before ours leaves
    world.deliver()
    assert world.grade() == 3.5
    assert world.delivery().their_points == 3.5
    decide(world, differences.send_ours)
    decide(world, differences.send_ours)  # pressed twice
    world.deliver()
    assert world.grade() == 4
    assert world.states() == {DeliveryState.DELIVERED}


def test_keeping_theirs_makes_it_count_here_too_and_sends_nothing(world):
    world.score(0, 1)
    world.deliver()
    in_gradebook(world, 0, 2.5)
    reconcile(world)
    decide(world, differences.keep_theirs)
    decide(world, differences.keep_theirs)  # pressed twice
    sent = len(world.practice.platform.received)
    world.deliver()
    reconcile(world)
    assert newest_score(world) == (2.5, ScoreSource.LMS)
    assert world.states() == {DeliveryState.KEPT}
    assert (world.grade(), len(world.practice.platform.received)) == (2.5, sent)


def test_a_kept_grade_is_not_overwritten_by_a_later_score_either(world):
    world.score(0, 1)
    world.deliver()
    in_gradebook(world, 0, 2.5)
    reconcile(world)
    decide(world, differences.keep_theirs)
    world.score(0, 4)
    world.deliver()
    assert world.grade() == 2.5
    assert world.states() == {DeliveryState.DIFFERS}


def test_reconciling_finds_changed_and_cleared_grades_and_nothing_else(world):
    for seat in range(4):
        world.score(seat, 3)
    world.deliver()
    in_gradebook(world, 0, 1)
    in_gradebook(world, 1, None)
    with world.transaction() as session:  # 2 left the course: no grade of theirs is expected
        session.execute(
            update(Enrolment)
            .where(Enrolment.person_id == world.student_ids[2])
            .values(active=False)
        )
    in_gradebook(world, 2, None)
    reconcile(world)
    states = [world.delivery(seat).state for seat in range(4)]
    assert states == ["differs", "differs", "delivered", "delivered"]
    assert world.delivery(1).their_points is None
    with world.session() as session:
        report = reports.newest(session, world.section_id, "grades")
    assert (report.counts, report.failed) == ({"differing": 2}, "")


def test_reconciling_asks_once_for_each_column_however_many_students(world):
    for seat in range(5):
        world.score(seat, 3)
    world.deliver()
    before = world.practice.mischief.calls["lti.results"]
    world.practice.platform.page_size = 100
    reconcile(world)
    assert world.practice.mischief.calls["lti.results"] == before + 1


def test_a_score_just_delivered_is_not_compared_yet(world):
    """Some gradebooks show a score a little after they took it."""
    world.score(0, 3)
    world.deliver()
    in_gradebook(world, 0, None)
    reconcile(world, later=timedelta(minutes=1))
    assert world.states() == {DeliveryState.DELIVERED}


def test_a_platform_that_lets_nobody_read_grades_still_gets_ours(world):
    world.score(0, 1)
    world.deliver()
    strike(world, "result.readonly")
    world.score(0, 4)
    world.deliver()
    assert world.grade() == 4


def test_a_worker_that_died_after_sending_finds_no_difference(world):
    world.score(0, 3)
    world.practice.mischief.next("lti.scores", "lost_after_accepting", times=1)
    world.deliver()
    world.score(0, 2)  # meanwhile the next score, of which the gradebook knows nothing
    world.deliver()
    assert world.grade() == 2
    assert world.states() == {DeliveryState.DELIVERED}


def test_another_sections_difference_cannot_be_decided(world):
    world.score(0, 3)
    for decision in (differences.keep_theirs, differences.send_ours):
        with pytest.raises(NotHere), world.transaction() as session:
            decision(session, world.section_id + 1, world.delivery().id)


def test_the_teacher_sees_both_grades_and_decides(world):
    for seat in (0, 1):
        world.score(seat, 1)
    world.deliver()
    in_gradebook(world, 0, 2.5)
    in_gradebook(world, 1, 3)
    reconcile(world)
    with world.session() as session:
        enrolments = dict(session.execute(select(Enrolment.person_id, Enrolment.id)).all())

    class School:
        enrolment_of = enrolments

    teacher = browser_of(world.app, School, world.teacher_id)
    page = teacher.get("/grades").text
    assert "Changed in the gradebook" in page
    assert "2.5 / 4" in page
    assert "a grade was changed in the gradebook" in teacher.get("/needs-me").text
    decisions = {
        f"grade-{world.delivery(0).id}": "theirs",
        f"grade-{world.delivery(1).id}": "ours",
        "grade-x": "ours",
    }
    assert teacher.post("/grades/differences", **decisions).status_code == 302
    world.deliver()
    assert (world.grade(0), world.grade(1)) == (2.5, 1)
    assert "Changed in the gradebook" not in teacher.get("/grades").text


def test_a_new_title_or_maximum_reaches_the_column_and_what_else_it_holds_stays(world):
    world.score(0, 3)
    world.deliver()
    [item] = world.practice.platform.line_items.values()
    item.fields["resourceLinkId"] = None
    item.fields["startDateTime"] = "2026-01-01T00:00:00Z"
    assert columns.update_due(world.database, opened(world)) == 0
    with world.transaction() as session:
        session.execute(
            update(Checkpoint)
            .where(Checkpoint.id == world.checkpoint_id)
            .values(title="Exit ticket, new", max_points=8)
        )
    world.practice.mischief.next("lti.line_item.update", "server_error", times=1)
    assert columns.update_due(world.database, opened(world)) == 0  # later
    assert columns.update_due(world.database, opened(world)) == 1
    assert columns.update_due(world.database, opened(world)) == 0
    assert (item.fields["label"], item.fields["scoreMaximum"]) == ("Exit ticket, new", 8)
    assert item.fields["startDateTime"] == "2026-01-01T00:00:00Z"
    assert item.fields["resourceId"] == columns.resource_id(world.checkpoint_id)


def test_a_column_the_platform_will_not_change_is_not_asked_about_for_ever(world):
    world.score(0, 3)
    world.deliver()
    with world.transaction() as session:
        session.execute(update(Checkpoint).values(title="New"))
    strike(world, "lineitem")
    columns.update_due(world.database, opened(world))
    assert columns.update_due(world.database, opened(world)) == 0
    with world.session() as session:
        assert session.scalars(select(GradebookColumn.told_title)).all() == ["New"]


def test_each_attempt_is_a_submission_of_its_own_and_a_second_score_of_it_is_none(world):
    attempt_id = world.score(0, 1)
    world.deliver()
    extension = "https://canvas.instructure.com/lti/submission"
    first = world.practice.platform.received[-1][extension]
    assert first["new_submission"] is True
    assert first["submission_type"] == "basic_lti_launch"
    assert first["submission_data"].endswith(f"/lti/launch?open=attempt-{attempt_id}")
    with world.transaction() as session:
        session.execute(
            update(GradeDelivery).values(
                state=DeliveryState.WAITING, scored_at=GradeDelivery.scored_at, points=2
            )
        )
        delivery = session.scalars(select(GradeDelivery)).one()
        delivery.scored_at = now()
    world.deliver()
    assert world.grade() == 2
    assert world.practice.platform.received[-1][extension]["new_submission"] is False
    world.score(0, 3)
    world.deliver()
    assert world.practice.platform.received[-1][extension]["new_submission"] is True
