"""The pages around what is given in Classroom, as a teacher and a student meet them."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select, update

from integrations.classroom.gradebook import Grading
from lti_app.db import now
from lti_app.learning.models import Checkpoint
from lti_app.people import groups
from lti_app.people.models import Enrolment, Section
from lti_app.sync import open_pages, publications
from lti_app.sync.models import ClassroomConnection, DeliveryState, GradeDelivery
from lti_app.sync.publication_models import Publication
from tests.school import Browser
from tests.sync.conftest import mirror
from tests.sync.looking import the_one
from tests.sync.test_publishing import act, assigned, give, ours, room, row, work

__all__ = ["room"]


def browser(world, person_id: int) -> Browser:
    with world.session() as session:
        enrolment_id = session.scalars(
            select(Enrolment.id).where(
                Enrolment.person_id == person_id, Enrolment.section_id == world.section_id
            )
        ).one()
    return Browser(world.app, person_id, enrolment_id)


@pytest.fixture
def teacher(room) -> Browser:
    return browser(room, room.teacher_id)


def _path(world) -> str:
    return f"/give/checkpoint-{world.checkpoint_id}"


def _page(teacher, path) -> str:
    answer = teacher.get(path)
    assert answer.status_code == 200
    return " ".join(unescape(answer.text).split())


def test_a_teacher_gives_a_checkpoint_reads_how_it_stands_and_takes_it_back(room, teacher):
    path = _path(room)
    with room.session() as session:
        target_id = session.get_one(Checkpoint, room.checkpoint_id).target_id
    assert path in teacher.get(f"/plan/{target_id}/checkpoints/{room.checkpoint_id}").text
    day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    sent = teacher.post(path, wanted="published", points="4", due_day=day, whom="all")
    assert sent.status_code == 302
    assert "On its way." in _page(teacher, path)
    work(room)
    assert "In Classroom since" in _page(teacher, path)
    [made] = ours(room)
    assert made["dueTime"]  # the day's end on the district's clock

    assert teacher.post(f"{path}/take-back").status_code == 302
    assert "On its way." in _page(teacher, path)
    work(room)
    assert "It was taken back" in _page(teacher, path)
    assert ours(room) == []


def test_drafts_and_scheduled_ones_say_when_students_see_them(room, teacher):
    path = _path(room)
    teacher.post(path, wanted="draft", points="4")
    work(room)
    assert "as a draft" in _page(teacher, path)
    day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    teacher.post(path, wanted="scheduled", points="4", publish_day=day, publish_time="09:10")
    work(room)
    page = _page(teacher, path)
    assert "Students see it from" in page
    assert f'value="{day}"' in page
    assert 'value="09:10"' in page


def test_groups_are_given_to_as_they_are_now(room, teacher):
    with room.transaction() as session:
        team_id = session.get_one(Section, room.section_id).team_id
        group = groups.add(session, team_id, "Strips again")
        groups.change(session, group, group.name, room.student_ids[1:3])
        group_id = group.id
    path = _path(room)
    assert "Strips again" in _page(teacher, path)
    picked = {"student": [room.student_ids[0]], "group": [group_id]}
    teacher.post(path, wanted="published", points="4", whom="some", **picked)
    work(room)
    with room.session() as session:
        [kept] = session.scalars(select(Publication)).all()
        assert [one.person_id for one in kept.students] == room.student_ids[:3]


@pytest.mark.parametrize(
    "wrong",
    [
        {"wanted": "taken_back"},
        {"wanted": ""},
        {"points": "many"},
        {"points": "3.5"},
        {"points": "-1"},
        {"due_day": "yesterday"},
        {"due_day": "2020-01-01"},
        {"wanted": "scheduled"},
        {"wanted": "scheduled", "publish_day": "2030-01-01", "publish_time": "noon"},
        {"whom": "some"},
        {"whom": "some", "student": "4711"},
        {"topic": "4711"},
    ],
)
def test_what_was_typed_wrong_is_said_and_changes_nothing(room, teacher, wrong):
    answer = teacher.post(_path(room), **{"wanted": "published", "points": "4", **wrong})
    assert answer.status_code == 400
    with room.session() as session:
        assert session.scalars(select(Publication)).all() == []


@pytest.mark.parametrize(
    "place", ["checkpoint-4711", "target-1", "attempt-1", "nothing", "pathway-0"]
)
def test_nothing_else_can_be_given(teacher, place):
    for answer in (
        teacher.get(f"/give/{place}"),
        teacher.post(f"/give/{place}", wanted="published"),
        teacher.post(f"/give/{place}/again"),
        teacher.post(f"/give/{place}/take-back"),
    ):
        assert answer.status_code == 404


def test_a_class_without_a_course_is_led_to_connect_one(room, teacher):
    with room.transaction() as session:
        session.delete(session.get_one(ClassroomConnection, room.section_id))
    assert "not connected with Google Classroom" in _page(teacher, _path(room))
    assert teacher.post(_path(room), wanted="published", points="4").status_code == 400


def test_a_refusal_is_said_on_both_pages_and_its_button_works(room, teacher):
    course = room.practice.classroom.courses[room.google_course_id]
    course["courseState"] = "ARCHIVED"
    give(room)
    work(room)
    assert "Classroom refused: The course is archived" in _page(teacher, _path(room))
    assert "What Classroom refused" in _page(teacher, "/classroom")
    course["courseState"] = "ACTIVE"
    assert teacher.post(f"{_path(room)}/again").status_code == 302
    work(room)
    assert "In Classroom since" in _page(teacher, _path(room))
    assert "What Classroom refused" not in _page(teacher, "/classroom")


def test_what_was_changed_in_classroom_is_named(room, teacher):
    give(room)
    work(room)
    ours(room)[0]["title"] = "Exit ticket, theirs"
    with room.transaction() as session:
        session.get_one(Checkpoint, room.checkpoint_id).title = "Renamed"
    work(room)
    assert "left as it is there: the title" in _page(teacher, _path(room))


def test_a_grade_for_the_teachers_own_assignment_leads_to_publishing_it(room, teacher):
    mirror(room)
    checkpoint = the_one(room, Checkpoint, "Check-in: fractions as division")
    with room.transaction() as session:
        session.get_one(Checkpoint, checkpoint.id).url = None
    room.score(4, 4, checkpoint=checkpoint.id)
    path = f"/give/checkpoint-{checkpoint.id}"
    page = _page(teacher, "/grades")
    assert "Publish it from Pathways" in page
    assert path in page
    assert "This makes another one that does" in _page(teacher, path)


def test_a_grade_that_cannot_arrive_is_forgotten_with_one_button(room, teacher):
    give(room)
    work(room)
    room.course.leave(room.subjects[0])
    room.score(0, 3)
    room.deliver()
    assert "Forget this grade" in _page(teacher, "/grades")
    delivery_id = room.delivery().id
    assert teacher.post(f"/grades/{delivery_id}/forget").status_code == 302
    assert "Every grade has arrived" in _page(teacher, "/grades")
    assert teacher.post("/grades/4711/forget").status_code == 404


def test_grades_go_as_far_as_the_teacher_says(room, teacher):
    give(room)
    work(room)
    assert teacher.post("/classroom/grading", grading="draft").status_code == 302
    room.score(0, 3)
    room.deliver()
    assert assigned(room) is None
    assert room.states() == {DeliveryState.DELIVERED}
    teacher.post("/classroom/grading", grading="returned")
    submission = room.practice.classroom.submission(
        room.google_course_id, row(room).external_id, room.google_id(0)
    )
    room.practice.classroom.turn_in(submission)
    room.score(0, 4)
    room.deliver()
    assert (submission["assignedGrade"], submission["state"]) == (4, "RETURNED")
    assert teacher.post("/classroom/grading", grading="loudly").status_code == 400
    with room.session() as session:
        kept = session.get_one(ClassroomConnection, room.section_id).grading
    assert kept == Grading.RETURNED
    assert 'value="returned" checked' in _page(teacher, "/classroom")


def test_a_teachers_draft_in_classroom_is_not_overwritten(room, teacher):
    give(room)
    work(room)
    teacher.post("/classroom/grading", grading="draft")
    room.score(0, 3)
    room.deliver()
    submission = room.practice.classroom.submission(
        room.google_course_id, row(room).external_id, room.google_id(0)
    )
    submission["draftGrade"] = 1
    room.score(0, 4)
    room.deliver()
    assert room.states() == {DeliveryState.DIFFERS}
    assert submission["draftGrade"] == 1
    assert "Changed in the gradebook" in _page(teacher, "/grades")


def _open(world, client, place="", **query):
    named = place or f"checkpoint-{world.checkpoint_id}"
    return client.get(f"/open/{named}", query_string=query)


def test_the_link_in_classroom_opens_the_right_page_for_who_is_known(room):
    student = browser(room, room.student_ids[0])
    to = _open(room, student.client, **{"class": room.section_id})
    opened = student.client.get(to.headers["Location"], follow_redirects=True)
    assert opened.request.path == f"{student.base}/checkpoints/{room.checkpoint_id}"
    teacher = browser(room, room.teacher_id)
    opened = _open(room, teacher.client).headers["Location"]
    assert teacher.client.get(opened, follow_redirects=True).request.path.startswith(
        f"{teacher.base}/plan/"
    )


def test_a_link_of_a_class_one_is_not_in_opens_where_the_same_thing_is(room):
    student = browser(room, room.student_ids[0])
    to = _open(room, student.client, **{"class": room.section_id + 1})
    assert to.headers["Location"].startswith(student.base)


def test_a_stranger_is_shown_the_ways_in_and_how_to_come_back(room, monkeypatch):
    stranger = room.app.test_client()
    page = _open(room, stranger, **{"class": room.section_id})
    assert page.status_code == 401
    back = f"/open/checkpoint-{room.checkpoint_id}?class={room.section_id}"
    assert f'href="{back}"' in page.text
    way = open_pages.WayIn("google_sign_in.page", "Sign in with Google", lambda _settings: True)
    monkeypatch.setattr(open_pages, "WAYS_IN", [way])
    page = _open(room, stranger, **{"class": room.section_id})
    assert "/google/sign-in?to=/open/checkpoint-" in unescape(page.text)
    with room.transaction() as session:
        session.execute(update(Enrolment).values(active=False))
    known = browser(room, room.teacher_id)
    assert "not in the class" in _open(room, known.client).text


@pytest.mark.parametrize("place", ["attempt-1", "nothing", "checkpoint-x", "checkpoint-0"])
def test_a_link_that_names_nothing_is_not_found(room, place):
    assert _open(room, room.app.test_client(), place).status_code == 404


def test_no_page_waits_for_google(room, teacher):
    before = dict(room.practice.mischief.calls)
    path = _path(room)
    for act_on in (path, f"{path}/again", f"{path}/take-back"):
        teacher.post(act_on, wanted="published", points="4")
    teacher.get(path)
    assert dict(room.practice.mischief.calls) == before
    with room.session() as session:
        assert session.scalars(select(GradeDelivery)).all() == []
    assert row(room).due_at <= now()
    act(room, publications.again)
