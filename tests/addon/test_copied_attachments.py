"""Courses and posts that a teacher copied in Classroom: their attachments find their home here."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from integrations.practice.classroom_attachments import copy_course, copy_item
from integrations.practice.school import PracticeCourse
from lti_app.addon.attachment_models import AddOnAttachment
from lti_app.db import now
from lti_app.launch.places import Place
from lti_app.learning import targets
from lti_app.learning.models import (
    ActivityKind,
    Attempt,
    Checkpoint,
    CopiedRow,
    Mastery,
    Pathway,
    Target,
)
from lti_app.people.models import District, Enrolment, Identity, Person, Role, Section, Team
from lti_app.sync import opening
from lti_app.sync.models import ColumnKind, DeliveryState, GradebookColumn, GradeDelivery

GET = "classroom.courseWork.addOnAttachments.get"


class Year:
    """A course of a new year: in Classroom a copy, here a section of its own."""

    def __init__(self, room, before, name, *, teacher_id=0):
        world = room.world
        self.room = room
        course = PracticeCourse(name, name, list(world.course.teacher_ids), [])
        course.student_ids.append(world.subjects[0])
        world.practice.school.courses[name] = course
        self.course_id = room.store.google_course_id(name)
        old = before.course_id if before else world.google_course_id
        self.posts = {
            copy["title"]: copy for copy in copy_course(room.store, old, name) if "title" in copy
        }
        for post in self.posts.values():
            post["state"] = "PUBLISHED"
        with world.transaction() as session:
            session.add(team := Team(name=name))
            session.flush()
            section = Section(
                team_id=team.id,
                title=name,
                source="google",
                external_id=self.course_id,
                service_scopes=[],
            )
            session.add(section)
            session.flush()
            self.section_id, self.team_id = section.id, team.id
            for person_id, role in (
                (teacher_id or world.teacher_id, Role.TEACHER),
                (world.student_ids[0], Role.STUDENT),
            ):
                session.add(Enrolment(section_id=section.id, person_id=person_id, role=role))

    def open(self, post="Homework", person_id=0):
        self.room.open(
            self.posts[post], person_id or self.room.world.teacher_id, section_id=self.section_id
        )

    def here(self, kind="checkpoint", row_id=0):
        with self.room.world.session() as session:
            place = Place(kind, row_id or self.room.world.checkpoint_id)
            return opening.here(session, self.team_id, place)

    def row(self):
        with self.room.world.session() as session:
            return session.scalars(
                select(AddOnAttachment).where(AddOnAttachment.section_id == self.section_id)
            ).first()

    def column(self):
        with self.room.world.session() as session:
            return session.scalars(
                select(GradebookColumn).where(GradebookColumn.section_id == self.section_id)
            ).first()

    def page(self, person_id=0):
        browser = self.room.browser(person_id, self.section_id)
        return browser.get(f"/open/{self.room.checkpoint}")


def test_a_teacher_opens_it_and_its_target_is_there_with_nobodys_work(room):
    with room.world.transaction() as session:
        target = session.scalars(select(Target)).one()
        way = targets.add_pathway(session, target, title="With strips")
        targets.add_activity(session, way, title="Fold a strip", kind=ActivityKind.OTHER)
        targets.add_target(session, target.team_id, title="Not attached")
    room.attached()
    with room.world.app.app_context():
        room.world.score(0, 3)
    year = Year(room, None, "Next year")
    year.open()
    waiting = year.page()
    assert waiting.status_code == 202
    assert "Just a moment" in waiting.text
    assert waiting.headers["Refresh"] == "3"
    room.settle()
    page = year.page()
    assert page.status_code == 302
    place = year.here()
    assert place.id != room.world.checkpoint_id
    with room.world.session() as session:
        mine = session.scalars(select(Target).where(Target.team_id == year.team_id)).all()
        assert [target.title for target in mine] == ["I can multiply a fraction."]
        assert session.scalar(select(Pathway.title).where(Pathway.target_id == mine[0].id))
        for model in (Attempt, Mastery):
            assert session.scalar(select(func.count()).select_from(model)) <= 1
        assert not session.scalar(
            select(Attempt.id).where(Attempt.checkpoint_id == place.id).limit(1)
        )


def test_the_copy_has_a_column_of_its_own_and_the_old_one_keeps_its_grades(room):
    old = room.attached()
    with room.world.app.app_context():
        room.world.score(0, 3)
    room.world.deliver()
    year = Year(room, None, "Next year")
    new = year.posts["Homework"]
    year.open()
    room.settle()
    assert year.column().kind == ColumnKind.ADDON
    assert year.row().attachment_id in year.column().external_id
    assert year.row().attached_by_id == room.world.teacher_id
    room.world.section_id = year.section_id
    with room.world.app.app_context():
        room.world.score(0, 1, checkpoint=year.here().id)
    room.world.make_due()
    room.world.deliver()
    assert (room.points(old), room.points(new)) == (3, 1)


def test_the_old_due_date_is_taken_from_the_copy(room):
    with room.world.transaction() as session:
        session.execute(update(Checkpoint).values(due_at=now() + timedelta(days=3)))
    room.attached()
    year = Year(room, None, "Next year")
    assert "dueDate" in room.on(year.posts["Homework"])[0]
    year.open()
    room.settle()
    room.run("update_attachments")
    [one] = room.on(year.posts["Homework"])
    assert "dueDate" not in one
    assert one["maxPoints"] == 4
    # The address stays the original's: it is what every further copy is known by.
    assert one["studentViewUri"]["uri"].endswith(room.checkpoint)


def test_a_student_opens_it_first_and_it_works_with_the_teachers_grant(room):
    room.attached()
    year = Year(room, None, "Next year")
    student = room.world.student_ids[0]
    year.open(person_id=student)
    assert "Just a moment" in year.page(student).text
    room.settle()
    assert year.here() is not None
    assert year.page(student).status_code == 302
    assert year.row().attached_by_id == room.world.teacher_id


def test_a_student_opens_it_first_and_no_teacher_lets_us_look_yet(room):
    room.attached()
    year = Year(room, None, "Next year")
    student = room.world.student_ids[0]
    room.world.practice.google.revoke()
    year.open(person_id=student)
    room.settle()
    page = year.page(student)
    assert page.status_code == 404
    assert "Your teacher can help." in page.text
    asked = room.mischief.calls[GET]
    room.settle()
    assert room.mischief.calls[GET] == asked
    room.allow(room.world.teacher_id)
    year.open()
    room.settle()
    assert year.page(student).status_code == 302


def test_a_copy_of_a_copy_comes_from_the_newest_year_that_we_know(room):
    room.attached()
    second = Year(room, None, "Second year")
    second.open()
    room.settle()
    with room.world.transaction() as session:
        copy = session.get_one(Checkpoint, second.here().id)
        copy.title = "Made better"
    third = Year(room, second, "Third year")
    assert len(room.on(third.posts["Homework"])[0]["copyHistory"]) == 2
    third.open()
    room.settle()
    with room.world.session() as session:
        assert session.get_one(Checkpoint, third.here().id).title == "Made better"


def test_a_copy_of_a_copy_that_nobody_opened_comes_from_the_year_before(room):
    room.attached()
    unseen = Year(room, None, "Second year")
    third = Year(room, unseen, "Third year")
    third.open()
    room.settle()
    assert unseen.here() is None
    assert third.here() is not None


def test_opened_twice_and_by_many_it_is_brought_once(room):
    room.attached()
    year = Year(room, None, "Next year")
    for person_id in (0, room.world.student_ids[0], 0):
        room.world.make_due()
        if person_id:
            year.open(person_id=person_id)
        else:
            year.open()
        room.settle()
    with room.world.session() as session:
        assert session.scalar(select(func.count()).where(Target.team_id == year.team_id)) == 1
        assert session.scalar(select(func.count()).select_from(AddOnAttachment)) == 2


def test_two_workers_at_once_bring_it_once(room):
    room.attached()
    year = Year(room, None, "Next year")
    year.open()
    room.run("settle_attachments")
    asked = room.mischief.calls[GET]
    room.run("settle_attachments")
    assert room.mischief.calls[GET] == asked
    with room.world.session() as session:
        assert session.scalar(select(func.count()).select_from(CopiedRow)) == 2


@pytest.mark.parametrize("fault", ["too_many_requests", "server_error"])
def test_classroom_is_busy_and_it_is_looked_at_later(room, fault):
    room.attached()
    year = Year(room, None, "Next year")
    year.open()
    room.mischief.next(GET, fault)
    room.settle()
    assert year.here() is None
    assert year.page().status_code == 202
    room.run("settle_attachments")  # not at once
    assert year.here() is None
    room.settle()
    assert year.here() is not None


def test_a_post_that_is_reused_in_the_same_class_is_the_same_checkpoint(room):
    first = room.attached()
    copy = copy_item(room.store, first, room.world.google_course_id)
    room.open(copy, room.world.teacher_id)
    room.settle()
    [column] = room.columns()
    assert first["id"] in column.external_id
    assert [row.checkpoint_id for row in room.rows()] == [room.world.checkpoint_id] * 2
    # Its grades stand at the first one: the copy takes no points from now on.
    room.run("update_attachments")
    assert "maxPoints" not in room.on(copy)[0]


def test_in_another_section_of_the_team_the_copy_is_graded_on_its_own(room):
    room.attached()
    year = Year(room, None, "Period 2")
    with room.world.transaction() as session:
        team_id = session.get_one(Section, room.world.section_id).team_id
        session.get_one(Section, year.section_id).team_id = team_id
    year.open()
    room.settle()
    assert year.row().checkpoint_id == room.world.checkpoint_id
    assert year.column().section_id == year.section_id
    assert len(room.columns()) == 2


# What is not believed


def test_an_address_that_somebody_wrote_brings_nothing(room):
    with room.world.transaction() as session:
        target = session.scalars(select(Target)).one()
        secret = targets.add_checkpoint(session, target, title="Never attached", max_points=4)
        session.flush()
        name = f"checkpoint-{secret.id}"
    room.attached()
    year = Year(room, None, "Next year")
    room.open(year.posts["Homework"], room.world.teacher_id, place=name, section_id=year.section_id)
    room.settle()
    assert year.row() is None
    with room.world.session() as session:
        assert session.scalar(select(func.count()).where(Target.team_id == year.team_id)) == 0
    # And the true one is not hindered.
    year.open()
    room.settle()
    assert year.here() is not None


def test_an_address_that_somebody_wrote_does_not_hinder_the_true_one(room):
    """A student writes another attachment's id into the address, while nobody can look."""
    room.attached()
    year = Year(room, None, "Next year")
    post = year.posts["Homework"]
    room.world.practice.google.revoke()
    [true] = room.on(post)
    room.on(post)[:] = [{**true, "id": "4711"}]
    year.open(person_id=room.world.student_ids[0])
    room.settle()
    assert year.row().attachment_id == "4711"
    room.on(post)[:] = [true]
    room.allow(room.world.teacher_id)
    year.open()
    room.settle()
    assert year.row().attachment_id == true["id"]
    assert year.column().external_id.endswith(true["id"])


def test_an_attachment_without_an_origin_of_ours_opens_nobodys_plan(room):
    room.attached()
    year = Year(room, None, "Next year")
    room.on(year.posts["Homework"])[0]["copyHistory"] = [
        {"courseId": "1", "itemId": "2", "attachmentId": "3"}
    ]
    year.open()
    room.settle()
    assert year.here() is None
    assert year.page().status_code == 404
    assert year.column() is None


def test_a_course_copied_from_another_district_brings_nothing(room):
    room.attached()
    year = Year(room, None, "Next year")
    world = room.world
    with world.database.transaction() as session:
        session.add(district := District(name="Other"))
        session.flush()
        other_id = district.id
    with world.database.transaction(district_id=other_id) as session:
        session.add_all([team := Team(name="Theirs"), teacher := Person(name="Ms. Diaz")])
        session.flush()
        section = Section(
            team_id=team.id,
            title="Theirs",
            source="google",
            external_id=year.course_id,
            service_scopes=[],
        )
        session.add(section)
        session.flush()
        session.add_all(
            [
                Enrolment(section_id=section.id, person_id=teacher.id, role=Role.TEACHER),
                Identity(
                    person_id=teacher.id,
                    source="google",
                    subject=room.person(world.teacher_id).google_id,
                ),
            ]
        )
        section_id, team_id, teacher_id = section.id, team.id, teacher.id
    world.district_id, mine = other_id, world.district_id
    room.allow(teacher_id)
    room.open(year.posts["Homework"], teacher_id, section_id=section_id)
    room.settle()
    with world.session() as session:
        assert opening.here(session, team_id, Place("checkpoint", world.checkpoint_id)) is None
        assert session.scalar(select(func.count()).select_from(Target)) == 0
        assert session.scalar(select(func.count()).select_from(GradebookColumn)) == 0
    world.district_id = mine
    assert len(room.rows()) == 1


def test_an_attachment_that_is_gone_before_we_look_is_forgotten(room):
    room.attached()
    year = Year(room, None, "Next year")
    year.open()
    room.on(year.posts["Homework"]).clear()
    room.settle()
    assert year.row() is None
    assert room.world.states() <= {DeliveryState.DELIVERED}
    with room.world.session() as session:
        assert session.scalar(select(func.count()).select_from(GradeDelivery)) == 0
