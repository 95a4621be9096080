"""Grades back to the gradebook: each score arrives, the newest wins, none is lost."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from lti_app.db import now
from lti_app.people.models import Enrolment, Identity
from lti_app.sync import delivery, outbox
from lti_app.sync.delivery import deliver_due, lease_next
from lti_app.sync.models import DeliveryState, GradeDelivery


def test_a_score_arrives_with_its_feedback(world):
    world.score(0, 3, "Nearly: look at the whole number.")
    world.deliver()
    assert world.grade() == 3
    received = world.practice.platform.received[-1]
    assert received["comment"] == "Nearly: look at the whole number."
    assert (received["gradingProgress"], received["scoreMaximum"]) == ("FullyGraded", 4)
    assert world.states() == {DeliveryState.DELIVERED}


@pytest.mark.parametrize(
    ("endpoint", "fault"),
    [
        ("lti.scores", "too_many_requests"),
        ("lti.scores", "server_error"),
        ("lti.scores", "timeout"),
        ("lti.scores", "lost_after_accepting"),
        ("lti.scores", "expired_token"),
        ("lti.token", "server_error"),
        ("lti.token", "lost_after_accepting"),
        ("lti.line_items.create", "server_error"),
        ("lti.line_items.create", "lost_after_accepting"),
        ("lti.line_items", "server_error"),
    ],
)
def test_it_arrives_through_every_kind_of_failure_and_makes_one_column(world, endpoint, fault):
    times = 3
    if fault == "expired_token":
        # One that was taken before; a token refused when it is new is unwelcome, not expired.
        world.score(1, 1)
        world.deliver()
        times = 1
    world.practice.mischief.next(endpoint, fault, seconds=0.1, times=times)
    world.score(0, 3)
    for _ in range(6):
        world.deliver()
    assert world.grade() == 3
    assert world.states() == {DeliveryState.DELIVERED}
    assert len(world.practice.platform.line_items) == 1


def test_what_the_lms_asks_for_is_waited(world):
    world.practice.mischief.next("lti.scores", "too_many_requests", seconds=120)
    world.score(0, 3)
    world.score(1, 2)
    deliver_due(world.database, world.gradebooks)
    for seat in (0, 1):  # the other student's grade is not sent into the closed door either
        assert world.delivery(seat).due_at > now() + timedelta(seconds=100)
    assert world.delivery(0).reason == "rate_limited"
    assert world.practice.mischief.calls["lti.scores"] == 1


def test_a_slow_answer_is_waited_for(world):
    world.practice.mischief.next("lti.scores", "slow", seconds=0.5)
    world.score(0, 3)
    world.deliver()
    assert world.states() == {DeliveryState.DELIVERED}


def test_sent_twice_changes_nothing(world):
    world.score(0, 3)
    world.deliver()
    with world.transaction() as session:
        session.execute(update(GradeDelivery).values(state=DeliveryState.WAITING))
    world.deliver()
    assert world.grade() == 3
    assert world.states() == {DeliveryState.DELIVERED}
    assert len(world.practice.platform.received) == 1  # the second was refused as not newer


def test_the_newest_of_several_scores_is_the_only_one_sent(world):
    for points in (1, 2, 4):
        world.score(0, points)
    world.deliver()
    assert world.grade() == 4
    assert [given["scoreGiven"] for given in world.practice.platform.received] == [4]


def test_a_score_given_while_the_older_one_is_being_sent_still_wins(world):
    world.score(0, 1)
    leased = lease_next(world.database)
    world.score(0, 4)
    # Nobody else takes the newer one while the older is on its way …
    assert lease_next(world.database) is None
    delivery._send(world.database, world.gradebooks, leased)
    # … and the older one's success does not count for the newer.
    assert world.grade() == 1
    assert world.delivery().state == DeliveryState.WAITING
    deliver_due(world.database, world.gradebooks)
    assert world.grade() == 4
    assert world.states() == {DeliveryState.DELIVERED}


def test_timestamps_rise_even_for_scores_of_one_moment(world):
    world.score(0, 1)
    first = world.delivery().scored_at
    with world.transaction() as session:
        session.execute(update(GradeDelivery).values(scored_at=first + timedelta(hours=1)))
    world.score(0, 2)
    assert world.delivery().scored_at > first + timedelta(hours=1)


def test_a_worker_that_died_after_the_lms_took_the_score_leaves_no_trouble(world):
    world.score(0, 3)
    leased = lease_next(world.database)
    gradebook = world.gradebooks(leased.section, leased.column_kind)
    column = gradebook.find_or_create_column(
        delivery.ColumnDraft(f"pathways-checkpoint-{world.checkpoint_id}", "Exit ticket", 4)
    )
    gradebook.send(column, leased.score)  # and here it dies: nothing is settled
    assert deliver_due(world.database, world.gradebooks) is None  # its lease still stands
    world.deliver()  # the lease is over
    assert world.grade() == 3
    assert world.states() == {DeliveryState.DELIVERED}
    assert len(world.practice.platform.line_items) == 1


def test_a_worker_that_lost_its_lease_settles_nothing(world):
    world.score(0, 3)
    slow = lease_next(world.database, lease_s=-1)
    quick = lease_next(world.database)
    delivery._send(world.database, world.gradebooks, slow)
    assert world.delivery().leased_by == quick.token


def test_a_grade_with_a_time_to_come_waits_until_the_teacher_says_so(world):
    """A clock that is ahead: the platform refuses ours as older, though nobody changed it."""
    world.score(0, 3)
    world.deliver()
    item = next(iter(world.practice.platform.line_items.values()))
    theirs = item.scores[world.course.student_ids[0]]
    item.scores[world.course.student_ids[0]] = {**theirs, "timestamp": "2126-01-01T00:00:00.000Z"}
    world.score(0, 4)
    world.deliver()
    assert world.delivery().state == DeliveryState.PARKED
    assert world.delivery().reason == "newer_score"
    item.scores[world.course.student_ids[0]] = {**theirs, "timestamp": "2026-01-01T00:00:00.000Z"}
    with world.transaction() as session:
        outbox.retry(session, world.section_id, world.delivery().id)
    world.deliver()
    assert world.grade() == 4


def test_a_student_who_left_the_lms_is_shown_to_the_teacher(world):
    world.score(0, 3)
    world.score(1, 2)
    world.course.leave(world.course.student_ids[0])
    world.deliver()
    assert (world.delivery(0).state, world.delivery(0).reason) == (
        DeliveryState.PARKED,
        "not_a_student",
    )
    assert world.grade(1) == 2  # the others are not held up
    with world.session() as session:
        shown = outbox.undelivered(session, world.section_id)
    assert [row.delivery.person_id for row in shown] == [world.student_ids[0]]
    assert "does not know this student" in str(shown[0].why)


def test_a_deleted_column_is_made_anew_when_the_teacher_tries_again(world):
    world.score(0, 3)
    world.deliver()
    world.practice.platform.line_items.clear()
    world.score(0, 4)
    world.deliver()
    assert world.delivery().reason == "column_gone"
    with world.transaction() as session:
        outbox.retry(session, world.section_id, world.delivery().id)
    world.deliver()
    assert world.grade() == 4


def test_a_student_without_an_account_at_the_lms_is_parked_with_the_reason(world):
    with world.transaction() as session:
        session.execute(delete(Identity).where(Identity.person_id == world.student_ids[0]))
    world.score(0, 3)
    world.deliver()
    assert world.delivery().reason == "unknown_student"


def test_one_grade_that_keeps_failing_does_not_hold_up_the_others(world):
    world.score(0, 1)
    world.deliver()
    world.score(0, 3)
    for seat in (1, 2, 3):
        world.score(seat, 2)
    world.practice.mischief.next("lti.scores", "server_error")
    world.deliver()
    world.deliver()
    assert [world.grade(seat) for seat in (1, 2, 3)] == [2, 2, 2]


def test_after_many_tries_the_teacher_is_told(world):
    world.score(0, 3)
    with world.transaction() as session:
        session.execute(update(GradeDelivery).values(tries=delivery.MOST_TRIES - 1))
    world.practice.mischief.next("lti.scores", "server_error")
    world.deliver()
    assert world.delivery().state == DeliveryState.PARKED


def test_waits_double_with_jitter_and_never_undercut_what_was_asked():
    assert all(1 <= delivery.wait_s(1) <= 3 for _ in range(50))
    assert all(450 <= delivery.wait_s(30) <= 1350 for _ in range(50))
    assert delivery.wait_s(1, 600) == 600
    assert len({delivery.wait_s(5) for _ in range(5)}) > 1


def test_two_sections_are_served_side_by_side_and_one_is_not(world):
    world.score(0, 1)
    world.score(1, 1)
    assert lease_next(world.database) is not None
    assert lease_next(world.database) is None
    with world.transaction() as session:
        twin = world.add_twin(session)
        session.add(Enrolment(section_id=twin.id, person_id=world.student_ids[2], role="student"))
        twin_id = twin.id
    world.section_id = twin_id
    world.score(2, 1)
    leased = lease_next(world.database)
    assert leased.section.id == twin_id


def test_many_workers_at_once_send_each_score_once(world):
    for seat in range(5):
        world.score(seat, seat / 2)
    workers = [
        threading.Thread(target=deliver_due, args=(world.database, world.gradebooks))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    world.deliver()
    assert [world.grade(seat) for seat in range(5)] == [0, 0.5, 1, 1.5, 2]
    assert len(world.practice.platform.received) == 5
    assert len(world.practice.platform.line_items) == 1
