"""A checkpoint or pathway given in Classroom: made once, followed, graded, taken back, and every
refusal with a way out. Driven against the practice Classroom over HTTP."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import time_machine
from sqlalchemy import select, update

from lti_app.db import now
from lti_app.errors import BadInput, NotHere
from lti_app.learning import targets
from lti_app.learning.models import Checkpoint, Pathway, Target
from lti_app.people.models import Enrolment, Identity, Section
from lti_app.sync import delivery, jobs, leases, outbox, publications
from lti_app.sync.models import (
    ClassroomConnection,
    ColumnKind,
    DeliveryState,
    GoogleAccount,
    GradebookColumn,
    GradeDelivery,
    MirroredItem,
)
from lti_app.sync.publication_models import Publication, Wanted
from lti_app.sync.publications import Wish
from lti_app.sync.publishing import publish_due
from tests.sync.conftest import mirror
from tests.sync.looking import the_one, work_of, works_of

CREATE = "classroom.courseWork.create"


@pytest.fixture
def room(connected):
    """The connected world, whose section has no gradebook but Classroom's."""
    with connected.transaction() as session:
        session.execute(update(Section).values(line_items_url=None, service_scopes=[]))
    return connected


def wish(**wanted) -> Wish:
    plain = {
        "wanted": Wanted.PUBLISHED,
        "publish_at": None,
        "topic": "",
        "points": 4,
        "hand_in_by": None,
        "person_ids": None,
    }
    return Wish(**{**plain, **wanted})


def give(world, thing: type = Checkpoint, thing_id: int = 0, **wanted) -> None:
    with world.transaction() as session:
        found = session.get_one(thing, thing_id or world.checkpoint_id)
        publications.give(session, world.section_id, found, wish(**wanted), world.teacher_id)


def act(world, verb) -> None:
    with world.transaction() as session:
        verb(session, world.section_id, session.get_one(Checkpoint, world.checkpoint_id))


def work(world) -> None:
    """One round of the worker, with every waiting row due and every lease over."""
    world.end_quiet()
    with world.transaction() as session:
        session.execute(update(Publication).values(due_at=now(), leased_until=None))
    with world.app.app_context():
        opened = partial(jobs.classroom_course, world.database, world.settings)
        publish_due(world.database, opened, world.settings.public_url)
        world.deliver()


def row(world) -> Publication:
    with world.session() as session:
        return session.scalars(select(Publication)).one()


def column(world) -> GradebookColumn:
    with world.session() as session:
        return session.scalars(
            select(GradebookColumn).where(GradebookColumn.checkpoint_id == world.checkpoint_id)
        ).one()


def ours(world) -> list[dict]:
    """Coursework of ours that the course did not begin with."""
    named = [one for one in works_of(world) if one["title"].startswith(("Exit ticket", "Renamed"))]
    return [one for one in named[1:] if one["state"] != "DELETED"]


def assigned(world, seat: int = 0) -> float | None:
    """The grade that stands at the published coursework."""
    submission = world.practice.classroom.submission(
        world.google_course_id, row(world).external_id, world.google_id(seat)
    )
    return submission.get("assignedGrade")


def later(**ahead) -> datetime:
    return (datetime.now(UTC) + timedelta(**ahead)).replace(second=0, microsecond=0)


def test_a_published_checkpoint_is_coursework_of_ours_with_its_grades(room):
    due = later(days=3)
    world = room
    world.score(0, 3)  # before it is given: there is no gradebook for it yet
    give(world, hand_in_by=due)
    work(world)

    [made] = ours(world)
    assert (made["state"], made["maxPoints"], made["title"]) == ("PUBLISHED", 4, "Exit ticket")
    assert made["dueTime"] == {"hours": due.hour, "minutes": due.minute}
    link = f"{world.settings.public_url}/open/checkpoint-{world.checkpoint_id}"
    assert made["materials"] == [{"link": {"url": f"{link}?class={world.section_id}"}}]
    assert (column(world).kind, column(world).writable) == (ColumnKind.CLASSROOM, True)
    assert row(world).state == DeliveryState.DELIVERED
    assert row(world).came_out_at is not None
    assert assigned(world) == 3
    world.score(1, 2)
    world.deliver()
    assert assigned(world, 1) == 2


def test_giving_it_twice_makes_it_once(room):
    give(room)
    give(room)
    work(room)
    give(room)
    work(room)
    assert len(ours(room)) == 1
    assert room.practice.mischief.calls["classroom.courseWork.patch"] == 0


def test_a_worker_that_dies_after_classroom_made_it_leaves_one_that_is_found(room, monkeypatch):
    give(room)

    class Killed(BaseException):
        pass

    def die(*_args, **_kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(leases, "settle", die)
        with pytest.raises(Killed):
            work(room)
    assert len(ours(room)) == 1
    assert row(room).external_id == ""
    with room.transaction() as session:
        session.get_one(Checkpoint, room.checkpoint_id).title = "Renamed meanwhile"
    work(room)
    [made] = ours(room)
    assert made["title"] == "Renamed meanwhile"
    assert row(room).external_id == made["id"]


def test_a_broken_connection_leaves_no_second_one(room):
    room.practice.mischief.next(CREATE, "lost_after_accepting")  # the library asks once more
    give(room)
    work(room)
    assert len(ours(room)) == 1
    room.practice.mischief.next(CREATE, "lost_after_accepting", times=2)
    act(room, publications.take_back)
    work(room)
    give(room)
    work(room)
    assert row(room).state == DeliveryState.WAITING
    work(room)
    assert len(ours(room)) == 1
    assert row(room).external_id == ours(room)[0]["id"]


def test_what_is_changed_while_it_is_sent_is_told_next(room, monkeypatch):
    give(room)
    settle = leases.settle

    def change_first(*args, **kwargs):
        monkeypatch.setattr(leases, "settle", settle)
        give(room, points=10)
        settle(*args, **kwargs)

    monkeypatch.setattr(leases, "settle", change_first)
    work(room)
    work(room)
    [made] = ours(room)
    assert made["maxPoints"] == 10


def test_the_mirror_does_not_bring_it_back_as_a_second_checkpoint(room):
    give(room)
    work(room)
    mirror(room)
    with room.session() as session:
        found = session.scalars(select(Checkpoint).where(Checkpoint.title == "Exit ticket")).all()
        assert [one.id for one in found] == [room.checkpoint_id]
        item = session.scalars(
            select(MirroredItem).where(MirroredItem.external_id == row(room).external_id)
        ).one()
        assert (item.kind, item.local_id) == ("ours", room.checkpoint_id)


def test_a_draft_waits_for_the_teacher_and_its_grades_with_it(room):
    give(room, wanted=Wanted.DRAFT)
    work(room)
    assert ours(room)[0]["state"] == "DRAFT"
    room.score(0, 4)
    room.deliver()
    assert (room.delivery().state, room.delivery().reason) == (DeliveryState.PARKED, "not_out")
    # The teacher publishes it in Classroom; the mirror comes by, and then we look.
    ours(room)[0]["state"] = "PUBLISHED"
    room.practice.classroom.hand_out(room.google_course_id, row(room).external_id)
    work(room)
    assert row(room).came_out_at is None
    mirror(room)
    work(room)
    assert row(room).came_out_at is not None
    assert assigned(room) == 4


def test_a_scheduled_one_comes_out_at_its_time(room):
    at = later(hours=2)
    give(room, wanted=Wanted.SCHEDULED, publish_at=at, hand_in_by=at + timedelta(days=1))
    work(room)
    room.score(0, 2)
    work(room)
    assert row(room).came_out_at is None
    with time_machine.travel(at + timedelta(minutes=1), tick=True):
        work(room)
        assert row(room).came_out_at is not None
        assert assigned(room) == 2


def test_one_whose_time_is_over_when_the_worker_comes_is_published_at_once(room):
    at = later(minutes=2)
    give(room, wanted=Wanted.SCHEDULED, publish_at=at)
    with time_machine.travel(at + timedelta(minutes=5), tick=True):
        work(room)
        assert ours(room)[0]["state"] == "PUBLISHED"


def test_it_can_be_scheduled_anew_and_published_by_hand(room):
    give(room, wanted=Wanted.DRAFT)
    work(room)
    at = later(days=1)
    give(room, wanted=Wanted.SCHEDULED, publish_at=at)
    work(room)
    assert datetime.fromisoformat(ours(room)[0]["scheduledTime"]) == at
    give(room, wanted=Wanted.DRAFT)
    work(room)
    assert "scheduledTime" not in ours(room)[0]
    give(room)
    work(room)
    assert ours(room)[0]["state"] == "PUBLISHED"
    with pytest.raises(BadInput, match="bad_input"):
        give(room, wanted=Wanted.DRAFT)


def test_what_changes_here_follows(room):
    give(room)
    work(room)
    due = later(days=2)
    with room.transaction() as session:
        checkpoint = session.get_one(Checkpoint, room.checkpoint_id)
        checkpoint.title, checkpoint.max_points, checkpoint.due_at = "Renamed", 5.5, due
    work(room)
    [made] = ours(room)
    assert (made["title"], made["maxPoints"]) == ("Renamed", 6)  # Classroom has whole points
    assert made["dueDate"]["day"] == due.day
    calls = room.practice.mischief.calls["classroom.courseWork.patch"]
    work(room)
    assert room.practice.mischief.calls["classroom.courseWork.patch"] == calls == 1


def test_what_a_teacher_changed_in_classroom_stays_until_it_is_set_here(room):
    give(room)
    work(room)
    ours(room)[0].update(title="Exit ticket, try again", maxPoints=8)
    with room.transaction() as session:
        checkpoint = session.get_one(Checkpoint, room.checkpoint_id)
        checkpoint.title, checkpoint.max_points = "Renamed", 6
    work(room)
    [made] = ours(room)
    assert (made["title"], made["maxPoints"]) == ("Exit ticket, try again", 8)
    assert row(room).theirs == ["title", "max_points"]
    room.score(0, 3)
    room.deliver()
    assert assigned(room) == 4  # the same share of theirs
    give(room, points=10)
    work(room)
    assert (made["title"], made["maxPoints"]) == ("Exit ticket, try again", 10)
    assert row(room).theirs == ["title"]


def test_a_pathway_is_given_ungraded_under_a_topic(room):
    mirror(room)
    topic = room.practice.classroom.topics[room.google_course_id][1]["topicId"]
    with room.transaction() as session:
        target = session.scalars(select(Target).order_by(Target.id)).first()
        pathway = targets.add_pathway(session, target, title="Exit ticket pathway")
        session.flush()
        pathway_id = pathway.id
    give(room, Pathway, pathway_id, points=None, topic=topic)
    work(room)
    [made] = ours(room)
    assert (made["topicId"], made.get("maxPoints")) == (topic, None)
    assert made["materials"][0]["link"]["url"].endswith(
        f"/open/pathway-{pathway_id}?class={room.section_id}"
    )
    with room.transaction() as session:
        session.get_one(Pathway, pathway_id).title = "Renamed pathway"
    work(room)
    assert ours(room)[0]["title"] == "Renamed pathway"


def test_only_picked_students_get_it_and_the_pick_can_change(room):
    first, second = room.student_ids[:2]
    give(room, person_ids=frozenset({first}))
    work(room)
    store = room.practice.classroom
    place = store.submissions[(room.google_course_id, row(room).external_id)]
    assert [one["userId"] for one in place.values()] == [room.google_id(0)]
    room.score(1, 2)
    room.deliver()
    assert (room.delivery(1).state, room.delivery(1).reason) == (
        DeliveryState.PARKED,
        "not_a_student",
    )
    give(room, person_ids=frozenset({first, second}))
    work(room)
    assert len(place) == 2
    with room.transaction() as session:
        outbox.retry(session, room.section_id, room.delivery(1).id)
    room.deliver()
    assert assigned(room, 1) == 2
    give(room)
    work(room)
    assert len(place) == 5


def test_an_lti_column_gives_way_and_comes_back_when_it_is_taken_back(connected):
    world = connected
    world.score(0, 3)
    world.deliver()
    assert world.grade() == 3
    before = column(world).external_id
    give(world)
    work(world)
    assert column(world).kind == ColumnKind.CLASSROOM
    assert (assigned(world), world.grade()) == (3, 3)
    world.score(0, 4)
    world.deliver()
    assert (assigned(world), world.grade()) == (4, 3)

    act(world, publications.take_back)
    work(world)
    assert ours(world) == []
    assert (column(world).kind, column(world).external_id) == (ColumnKind.LTI, before)
    assert world.grade() == 4


def test_taken_back_and_given_again_it_has_all_its_grades(room):
    give(room)
    work(room)
    room.score(0, 3)
    room.deliver()
    act(room, publications.take_back)
    work(room)
    assert (ours(room), row(room).external_id) == ([], "")
    room.score(1, 1)  # there is no gradebook for it now: nothing is parked
    assert room.states() == {DeliveryState.DELIVERED}
    give(room)
    work(room)
    assert (assigned(room), assigned(room, 1)) == (3, 1)


def test_taking_back_is_safe_though_a_worker_died_while_making(room, monkeypatch):
    room.practice.mischief.next(CREATE, "lost_after_accepting", times=2)
    give(room)
    work(room)
    assert len(ours(room)) == 2
    act(room, publications.take_back)
    work(room)
    assert ours(room) == []


def test_coursework_deleted_in_classroom_is_published_again_with_its_grades(room):
    give(room)
    work(room)
    room.practice.classroom.remove_work(room.google_course_id, row(room).external_id)
    room.score(0, 4)
    room.deliver()
    assert room.delivery().reason == "column_gone"
    with room.session() as session:
        [parked] = outbox.undelivered(session, room.section_id)
        assert parked.way == outbox.Way.PUBLISH
    act(room, publications.again)
    work(room)
    assert len(ours(room)) == 1
    assert assigned(room) == 4


def test_a_deleted_one_is_noticed_when_it_should_follow(room):
    give(room)
    work(room)
    room.practice.classroom.remove_work(room.google_course_id, row(room).external_id)
    with room.transaction() as session:
        session.get_one(Checkpoint, room.checkpoint_id).title = "Renamed"
    work(room)
    assert (row(room).state, row(room).reason) == (DeliveryState.PARKED, "column_gone")
    act(room, publications.again)
    work(room)
    assert [one["title"] for one in ours(room)] == ["Renamed"]


def test_an_assignment_of_the_teachers_is_published_from_here_and_takes_grades(room):
    mirror(room)
    title = "Check-in: fractions as division"
    checkpoint = the_one(room, Checkpoint, title)
    student = room.student_ids[4]
    with room.transaction() as session:
        session.get_one(Checkpoint, checkpoint.id).url = None  # answered here from now on
    room.score(4, 5, checkpoint=checkpoint.id)
    room.deliver()
    with room.session() as session:
        [parked] = outbox.undelivered(session, room.section_id)
        assert (parked.delivery.reason, parked.way) == ("not_ours", outbox.Way.PUBLISH)
    give(room, Checkpoint, checkpoint.id, points=5)
    work(room)
    work(room)
    made = row(room).external_id
    assert made != work_of(room, title)["id"]
    submission = room.practice.classroom.submission(room.google_course_id, made, room.google_id(4))
    assert submission["assignedGrade"] == 5
    assert student == room.delivery(4).person_id


@pytest.mark.parametrize(
    ("break_it", "reason", "mend_it"),
    [
        ("archive", "course_archived", "restore"),
        ("vanish", "course_gone", "return"),
        ("dismiss", "not_a_teacher", "hire"),
        ("disconnect", "not_connected", None),
        ("no_topic", "topic_gone", "nothing: the topic is dropped"),
    ],
)
def test_what_google_refuses_is_parked_and_goes_once_it_is_mended(room, break_it, reason, mend_it):
    store, course_id = room.practice.classroom, room.google_course_id
    mirror(room)
    topic = store.topics[course_id][0]["topicId"]
    give(room, topic=topic)
    course, teacher = store.courses[course_id], room.course.teacher_ids[0]
    if break_it == "archive":
        course["courseState"] = "ARCHIVED"
    elif break_it == "vanish":
        del store.courses[course_id]
    elif break_it == "dismiss":
        room.course.teacher_ids.remove(teacher)
        room.course.student_ids.append(teacher)
    elif break_it == "disconnect":
        with room.transaction() as session:
            session.delete(session.get_one(ClassroomConnection, room.section_id))
    else:
        store.topics[course_id] = store.topics[course_id][1:]
    work(room)
    assert (row(room).state, row(room).reason) == (DeliveryState.PARKED, reason)
    assert ours(room) == []
    with room.app.test_request_context():
        assert len(str(publications.in_words(row(room)))) > 20
    if mend_it is None:
        return
    course["courseState"] = "ACTIVE"
    store.courses[course_id] = course
    if break_it == "dismiss":
        room.course.student_ids.remove(teacher)
        room.course.teacher_ids.append(teacher)
    act(room, publications.again)
    work(room)
    [made] = ours(room)
    assert made.get("topicId") == (None if reason == "topic_gone" else topic)


def test_a_busy_google_is_asked_again_later_and_nothing_is_lost(room):
    room.practice.mischief.next(CREATE, "too_many_requests", seconds=30)
    give(room)
    work(room)
    waits = row(room)
    assert (waits.state, waits.reason) == (DeliveryState.WAITING, "rate_limited")
    assert waits.due_at > now() + timedelta(seconds=25)
    work(room)
    assert len(ours(room)) == 1


def test_a_due_date_that_is_over_is_said_and_can_be_set_anew(room):
    give(room, hand_in_by=later(minutes=5))
    with time_machine.travel(later(minutes=10), tick=True):
        work(room)
        assert (row(room).state, row(room).reason) == (DeliveryState.PARKED, "due_over")
        give(room, hand_in_by=later(days=1))
        work(room)
        assert len(ours(room)) == 1


def test_students_who_left_are_not_asked_for(room):
    first, second = room.student_ids[:2]
    give(room, person_ids=frozenset({first, second}))
    with room.transaction() as session:
        session.execute(update(Enrolment).where(Enrolment.person_id == first).values(active=False))
    work(room)
    assert row(room).state == DeliveryState.DELIVERED
    place = room.practice.classroom.submissions[(room.google_course_id, row(room).external_id)]
    assert [one["userId"] for one in place.values()] == [room.google_id(1)]
    with room.transaction() as session:
        session.execute(update(Enrolment).where(Enrolment.person_id == second).values(active=False))
    act(room, publications.again)
    room.practice.classroom.remove_work(room.google_course_id, ours(room)[0]["id"])
    work(room)
    assert row(room).reason == "no_students"


@pytest.mark.parametrize(
    "wrong",
    [
        {"wanted": Wanted.SCHEDULED},
        {"wanted": Wanted.SCHEDULED, "publish_at": later(hours=-1)},
        {"hand_in_by": later(hours=-1)},
        {"wanted": Wanted.SCHEDULED, "publish_at": later(days=2), "hand_in_by": later(days=1)},
        {"points": -1},
        {"points": 10_001},
        {"topic": "4711"},
        {"topic": publications.NEW_TOPIC},
        {"person_ids": frozenset()},
        {"person_ids": frozenset({4711})},
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(room, wrong):
    with pytest.raises(BadInput):
        give(room, **wrong)
    with room.session() as session:
        assert session.scalars(select(Publication)).all() == []


def test_a_student_nobody_matched_and_a_class_nobody_connected_are_said(room):
    with room.transaction() as session:
        session.execute(
            Identity.__table__.delete().where(
                Identity.person_id == room.student_ids[0], Identity.source == "google"
            )
        )
    with pytest.raises(BadInput):
        give(room, person_ids=frozenset(room.student_ids[:1]))
    with room.transaction() as session:
        session.delete(session.get_one(ClassroomConnection, room.section_id))
    with pytest.raises(BadInput):
        give(room)


def test_nothing_is_taken_back_or_tried_again_that_was_never_given(room):
    for verb in (publications.take_back, publications.again):
        with pytest.raises(NotHere):
            act(room, verb)


def test_a_grade_that_cannot_arrive_is_forgotten_only_when_the_teacher_says_so(room):
    give(room)
    work(room)
    room.course.leave(room.subjects[0])
    room.score(0, 3)
    room.deliver()
    assert room.delivery().reason == "not_a_student"
    with room.session() as session:
        [parked] = outbox.undelivered(session, room.section_id)
        assert parked.way == outbox.Way.FORGET
    with pytest.raises(NotHere), room.transaction() as session:
        outbox.forget(session, room.section_id + 1, parked.delivery.id)
    with room.transaction() as session:
        outbox.forget(session, room.section_id, parked.delivery.id)
    with room.session() as session:
        assert outbox.undelivered(session, room.section_id) == []
    room.score(0, 4)
    assert room.delivery().state == DeliveryState.WAITING
    with room.session() as session:
        assert session.scalars(select(GradeDelivery)).one().points == 4


def test_a_grade_on_its_way_to_the_lms_when_its_column_moves_reaches_classroom(
    connected, monkeypatch
):
    world = connected
    give(world)
    world.score(0, 3)
    sent = world.practice.platform.score_of

    def publish_first(*args):
        # The first grade makes its line item; meanwhile the coursework takes the column.
        with monkeypatch.context():
            monkeypatch.setattr(delivery, "_keep_column", keep_column)
            with world.app.app_context():
                opened = partial(jobs.classroom_course, world.database, world.settings)
                publish_due(world.database, opened, world.settings.public_url)
        keep_column(*args)

    keep_column = delivery._keep_column
    monkeypatch.setattr(delivery, "_keep_column", publish_first)
    world.deliver()
    world.deliver()
    assert column(world).kind == ColumnKind.CLASSROOM
    assert column(world).external_id == row(world).external_id
    assert world.delivery().state == DeliveryState.DELIVERED
    assert assigned(world) == 3
    assert sent(world.course.id, f"pathways-checkpoint-{world.checkpoint_id}", world.subjects[0])


def test_a_teacher_whose_grant_ended_is_asked_to_sign_in_again(room):
    room.practice.google.revoke()
    give(room)
    work(room)
    assert (row(room).state, row(room).reason) == (DeliveryState.PARKED, "sign_in_again")
    with room.session() as session:
        assert session.get_one(GoogleAccount, room.teacher_id).broken_at is not None
