"""Grades that leave for attachments in Classroom with no teacher there, and what comes between."""

import os
import signal
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from integrations.classroom.scopes import ADDON_TEACHER as SCOPE
from lti_app.addon import following
from lti_app.learning import targets
from lti_app.learning.models import Attempt, Checkpoint, Target
from lti_app.people.models import Enrolment
from lti_app.sync import differences, outbox
from lti_app.sync.models import DeliveryState, GoogleAccount, GradeDelivery
from tests.addon.conftest import BOTH, in_classroom
from tests.sync.conftest import make_world
from tests.sync.test_worker_killed import _delivered, start_worker, until

PATCH = "classroom.courseWork.addOnAttachments.patch"
GIVE = "classroom.courseWork.addOnAttachments.studentSubmissions.patch"


@pytest.fixture
def post(room):
    """An assignment that carries the world's checkpoint, of 4 points."""
    return room.attached()


def _score(room, seat, points, **more):
    with room.world.app.app_context():
        return room.world.score(seat, points, **more)


def _reason(room, seat=0):
    delivery = room.world.delivery(seat)
    return DeliveryState(delivery.state), delivery.reason


def _change(room, **values):
    with room.world.transaction() as session:
        session.execute(
            update(Checkpoint).where(Checkpoint.id == room.world.checkpoint_id).values(**values)
        )


def test_a_grade_stands_at_the_attachment_and_as_a_draft_in_the_gradebook(room, post):
    _score(room, 0, 3)
    room.world.deliver()
    assert room.points(post) == 3
    assert room.submission(post)["draftGrade"] == 3
    assert "assignedGrade" not in room.submission(post)
    assert room.world.states() == {DeliveryState.DELIVERED}


def test_the_newest_grade_stands_and_sending_it_twice_changes_nothing(room, post):
    _score(room, 0, 1)
    room.world.deliver()
    _score(room, 0, 4)
    room.world.deliver()
    with room.world.transaction() as session:
        session.execute(update(GradeDelivery).values(state=DeliveryState.WAITING))
    room.world.deliver()
    assert room.points(post) == 4
    assert room.world.states() == {DeliveryState.DELIVERED}


def test_a_grade_becomes_the_same_share_of_a_whole_number(room):
    _change(room, max_points=2.5)
    post = room.attached()
    _score(room, 0, 1)
    room.world.deliver()
    assert room.on(post)[0]["maxPoints"] == 3
    assert room.points(post) == 1.2
    _score(room, 0, 2.5)
    room.world.deliver()
    assert room.points(post) == 3
    assert room.world.states() == {DeliveryState.DELIVERED}


def test_what_was_scored_before_it_was_attached_is_sent_the_newest_of_each_student(room):
    _score(room, 0, 1)
    _score(room, 0, 4)
    _score(room, 1, 2)
    post = room.attached()
    room.world.deliver()
    assert [room.points(post, seat) for seat in range(3)] == [4, 2, None]


def test_only_the_add_ons_scope_is_needed_once_the_student_opened_it(room, post):
    room.allow(room.world.teacher_id, scopes=(SCOPE,))
    _score(room, 0, 3)
    room.world.deliver()
    assert _reason(room) == (DeliveryState.PARKED, "not_opened")
    assert "once they do" in str(outbox.in_words("not_opened"))
    room.open(post, room.world.student_ids[0])
    assert _reason(room) == (DeliveryState.WAITING, "")
    room.world.deliver()
    assert room.points(post) == 3


def test_who_left_the_course_has_no_grade_there(room, post):
    _score(room, 0, 3)
    room.world.course.leave(room.world.subjects[0])
    room.world.deliver()
    assert _reason(room) == (DeliveryState.PARKED, "not_a_student")


# In whose name


def test_when_the_grant_of_who_attached_ends_another_teachers_is_used(room, post):
    _score(room, 0, 3)
    room.world.practice.google.revoke()
    room.allow(room.another_teacher())
    room.world.deliver()
    assert room.points(post) == 3
    with room.world.session() as session:
        account = session.get_one(GoogleAccount, room.world.teacher_id)
        assert account.broken_at is not None


def test_a_teacher_who_left_the_course_in_classroom_stands_in_nobodys_way(room, post):
    room.allow(room.another_teacher())
    room.world.course.teacher_ids.remove(room.person(room.world.teacher_id).id)
    _score(room, 0, 3)
    room.world.deliver()
    assert room.points(post) == 3


def test_without_any_teachers_grant_it_is_parked_until_one_opens_the_add_on(room, post):
    _score(room, 0, 3)
    room.world.practice.google.revoke()
    room.world.deliver()
    assert _reason(room) == (DeliveryState.PARKED, "grant_needed")
    page = room.browser().get("/grades")
    assert "sign in there" in page.text
    room.allow(room.world.teacher_id)
    room.open(post, room.world.teacher_id)
    room.world.deliver()
    assert room.points(post) == 3


@pytest.mark.parametrize("who", ["student", "inactive", "without the scope"])
def test_a_grade_is_never_sent_in_anybody_elses_name(room, post, who):
    _score(room, 0, 3)
    room.world.practice.google.revoke()
    if who == "student":
        room.allow(room.world.student_ids[1])
    else:
        other = room.another_teacher()
        room.allow(other, scopes=BOTH if who == "inactive" else ("openid",))
        if who == "inactive":
            with room.world.transaction() as session:
                session.execute(
                    update(Enrolment).where(Enrolment.person_id == other).values(active=False)
                )
    room.world.deliver()
    assert _reason(room) == (DeliveryState.PARKED, "grant_needed")
    assert room.points(post) is None


# What comes between


@pytest.mark.parametrize("fault", ["too_many_requests", "rate_limit_exceeded", "server_error"])
def test_classroom_is_busy_and_the_grade_arrives_later(room, post, fault):
    _score(room, 0, 3)
    room.mischief.next(GIVE, fault)
    room.world.deliver()
    assert room.world.states() == {DeliveryState.WAITING}
    room.world.deliver()
    assert room.points(post) == 3


def test_an_expired_token_is_renewed(room, post):
    _score(room, 0, 3)
    room.world.deliver()
    room.world.practice.google.expire_tokens()
    _score(room, 0, 4)
    room.world.deliver()
    assert room.points(post) == 4


def test_an_archived_course_parks_the_grade(room, post):
    _score(room, 0, 3)
    room.store.courses[post["courseId"]]["courseState"] = "ARCHIVED"
    room.world.deliver()
    assert _reason(room) == (DeliveryState.PARKED, "course_archived")


def test_an_attachment_that_was_taken_away_parks_its_grades_until_it_is_there_again(room, post):
    _score(room, 0, 2)
    room.world.deliver()
    _score(room, 1, 3)
    room.on(post).clear()
    room.world.deliver()
    assert _reason(room, 1) == (DeliveryState.PARKED, "attachment_gone")
    again = room.attached(title="Again")
    room.world.deliver()
    assert (room.points(again, 0), room.points(again, 1)) == (2, 3)


def test_another_projects_attachment_is_not_graded(room, post):
    room.on(post)[0]["_owner"] = "another project"
    _score(room, 0, 3)
    room.world.deliver()
    assert _reason(room) == (DeliveryState.PARKED, "attachment_not_visible")


@pytest.mark.parametrize("field", ["draftGrade", "assignedGrade"])
def test_a_grade_that_a_teacher_changed_in_classroom_is_not_overwritten(room, post, field):
    if field == "draftGrade":
        _score(room, 0, 2)
        room.world.deliver()
    room.submission(post)[field] = 4
    _score(room, 0, 3)
    room.world.deliver()
    assert room.submission(post)[field] == 4
    assert room.points(post) == (2 if field == "draftGrade" else None)
    delivery = room.world.delivery()
    assert (delivery.state, delivery.their_points) == (DeliveryState.DIFFERS, 4)


def test_the_teacher_decides_which_grade_counts(room, post):
    for seat in (0, 1):
        room.submission(post, seat)["draftGrade"] = 1
        _score(room, seat, 3)
    room.world.deliver()
    with room.world.app.app_context(), room.world.transaction() as session:
        differences.send_ours(session, room.world.section_id, room.world.delivery(0).id)
        differences.keep_theirs(session, room.world.section_id, room.world.delivery(1).id)
    room.world.deliver()
    assert room.submission(post, 0)["draftGrade"] == 3
    assert room.submission(post, 1)["draftGrade"] == 1
    with room.world.session() as session:
        newest = session.scalars(
            select(Attempt)
            .where(Attempt.person_id == room.world.student_ids[1])
            .order_by(Attempt.id.desc())
        ).first()
        assert newest.score.points == 1


def test_without_a_scope_for_the_gradebook_our_grade_is_sent_all_the_same(room, post):
    room.allow(room.world.teacher_id, scopes=(SCOPE,))
    room.open(post, room.world.student_ids[0])
    room.submission(post)["draftGrade"] = 1
    _score(room, 0, 3)
    room.world.deliver()
    assert room.points(post) == 3


def test_two_attachments_of_one_assignment_have_their_own_grades(room, post):
    with room.world.transaction() as session:
        target = session.scalars(select(Target)).one()
        second = targets.add_checkpoint(session, target, title="Second", max_points=10)
        session.flush()
        second_id = second.id
    room.attach(post, f"checkpoint-{second_id}")
    _score(room, 0, 3)
    _score(room, 0, 7, checkpoint=second_id)
    room.world.deliver()
    assert (room.points(post, number=0), room.points(post, number=1)) == (3, 7)
    assert room.submission(post)["draftGrade"] == 3  # the first one's is the assignment's


# Changes here follow there


def test_title_points_and_due_date_follow_the_checkpoint(room, post):
    _change(room, title="New title", due_at=datetime(2026, 12, 1, 8, 30, 15, tzinfo=UTC))
    room.run("update_attachments")
    [one] = room.on(post)
    assert one["title"] == "New title"
    assert one["dueDate"] == {"year": 2026, "month": 12, "day": 1}
    assert one["dueTime"] == {"hours": 8, "minutes": 30}
    assert one["studentWorkReviewUri"]["uri"].endswith(room.checkpoint)
    _change(room, due_at=None)
    room.run("update_attachments")
    assert "dueDate" not in room.on(post)[0]
    before = room.mischief.calls[PATCH]
    room.run("update_attachments")
    assert room.mischief.calls[PATCH] == before == 2


def test_with_another_maximum_grades_keep_their_share_and_no_difference_is_seen(room, post):
    _score(room, 0, 3)
    room.world.deliver()
    _change(room, max_points=8)
    with room.world.app.app_context():
        room.run("update_attachments")
    assert room.on(post)[0]["maxPoints"] == 8
    room.world.deliver()
    assert room.points(post) == 6
    assert room.world.states() == {DeliveryState.DELIVERED}


def test_the_second_assignment_of_a_checkpoint_follows_without_points(room, post):
    second = room.post("Again")
    room.attach(second)
    _change(room, title="New title", max_points=8)
    room.run("update_attachments")
    assert room.on(second)[0]["title"] == "New title"
    assert "maxPoints" not in room.on(second)[0]
    room.run("update_attachments")
    assert room.mischief.calls[PATCH] == 2


@pytest.mark.parametrize("how", ["hidden", "archived"])
def test_what_is_hidden_or_archived_is_left(room, post, how):
    _change(room, title="New title", hidden=how == "hidden")
    if how == "archived":
        with room.world.transaction() as session:
            session.execute(update(Target).values(archived_at=datetime.now(UTC)))
    room.run("update_attachments")
    assert room.on(post)[0]["title"] == "Exit ticket"


def test_a_change_waits_while_classroom_is_busy_and_is_not_asked_again_once_refused(room, post):
    _change(room, title="New title")
    room.mischief.next(PATCH, "too_many_requests")
    room.run("update_attachments")
    assert room.on(post)[0]["title"] == "Exit ticket"
    room.world.end_quiet()
    room.store.courses[post["courseId"]]["courseState"] = "ARCHIVED"
    room.run("update_attachments")
    room.run("update_attachments")
    assert room.mischief.calls[PATCH] == 2
    room.store.courses[post["courseId"]]["courseState"] = "ACTIVE"
    _change(room, title="Newer title")
    room.run("update_attachments")
    assert room.on(post)[0]["title"] == "Newer title"


def test_a_change_without_anybodys_grant_asks_nothing(room, post):
    room.world.practice.google.revoke()
    _change(room, title="New title")
    database, settings = room.world.database, room.world.settings
    assert following.update_due(database, settings) == 0
    assert following.update_due(database, settings) == 0
    room.allow(room.world.teacher_id)
    assert following.update_due(database, settings) == 1
    assert room.on(post)[0]["title"] == "New title"


def test_an_attachment_that_was_taken_away_is_noticed(room, post):
    room.on(post).clear()
    _change(room, title="New title")
    room.run("update_attachments")
    assert room.rows()[0].gone_at is not None
    before = dict(room.mischief.calls)
    room.run("update_attachments")
    assert room.mischief.calls == before


# A worker is killed


@pytest.fixture
def killing(settings):
    yield from make_world(settings, students=4)


def test_every_grade_arrives_though_the_worker_is_killed_in_the_middle(killing, monkeypatch):
    room = in_classroom(killing)
    post = room.attached()
    for name in ("classroom_api_url", "google_token_url", "google_client_id"):
        monkeypatch.setenv(f"PATHWAYS_{name.upper()}", getattr(killing.settings, name))
    secret = killing.settings.google_client_secret.get_secret_value()
    monkeypatch.setenv("PATHWAYS_GOOGLE_CLIENT_SECRET", secret)
    for seat in range(4):
        _score(room, seat, 1)
    _score(room, 0, 4)
    room.mischief.next(GIVE, "slow", seconds=0.5, times=3)
    first = start_worker(killing)
    assert until(lambda: room.mischief.calls[GIVE] >= 2, 20)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert _delivered(killing) < 4

    second = start_worker(killing)
    with killing.app.app_context():
        jobs = killing.app.extensions["pathways.jobs"]
        arrived = until(lambda: _delivered(killing) == 4, 2)
        while not arrived and second.poll() is None:
            jobs["deliver_grades"]()
            arrived = until(lambda: _delivered(killing) == 4, 2)
    os.killpg(second.pid, signal.SIGTERM)
    assert second.wait(20) is not None
    assert arrived
    assert [room.points(post, seat) for seat in range(4)] == [4, 1, 1, 1]
    assert len(room.on(post)) == 1
