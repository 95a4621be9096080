"""The mirror when the course is strange, closed, or breaks off: a clear report, nothing lost."""

import pytest
from sqlalchemy import select

from integrations.lms import LmsError
from lti_app.learning.models import (
    Activity,
    Attempt,
    Checkpoint,
)
from lti_app.people.models import Enrolment, Identity
from lti_app.sync import accounts, connections
from lti_app.sync.mirror import mirror_course
from lti_app.sync.models import GoogleAccount, SyncNote
from tests.school import Browser
from tests.sync.conftest import look_now, mirror
from tests.sync.looking import dump, notes_of, the_one, work_of


@pytest.mark.parametrize(
    ("break_it", "failure", "page"),
    [
        (lambda w: w.practice.classroom.courses.clear(), "course_gone", "no longer there"),
        (
            lambda w: w.practice.classroom.courses[w.google_course_id].update(
                courseState="ARCHIVED"
            ),
            "course_archived",
            "The course is archived",
        ),
        (lambda w: w.course.teacher_ids.clear(), "course_gone", "no longer there"),
        (lambda w: w.practice.google.revoke(), "sign_in_again", "sign in again"),
    ],
)
def test_a_course_that_is_closed_to_us_changes_nothing_and_says_why(
    connected, break_it, failure, page
):
    world = connected
    mirror(world)
    before = dump(world)
    if failure == "sign_in_again":
        world.practice.google.expire_tokens()
        with world.transaction() as session:
            session.get(GoogleAccount, world.teacher_id).access_token = None
    break_it(world)
    mirror(world)
    assert dump(world) == before
    with world.session() as session:
        enrolment_id = session.scalar(
            select(Enrolment.id).where(Enrolment.person_id == world.teacher_id)
        )
    if failure != "sign_in_again":
        assert notes_of(world)[1].failed == failure
    shown = Browser(world.app, world.teacher_id, enrolment_id).get("/classroom").text
    assert page in shown or "Connect Google Classroom" in shown


def test_a_revoked_grant_asks_the_teacher_to_sign_in_again(connected):
    world = connected
    world.practice.google.revoke()
    mirror(world)
    with world.session() as session:
        assert session.get(GoogleAccount, world.teacher_id).broken_at is not None
    with pytest.raises(LmsError, match="sign_in_again"):
        accounts.client_of(world.database, world.settings, world.district_id, world.teacher_id)


def test_strange_coursework_comes_in_with_a_word_about_it(connected):
    world = connected
    add = world.practice.classroom.add_work
    course = world.google_course_id
    add(course, title="x" * 10_000, maxPoints=2)
    add(course, title="<script>alert(1)</script> & <b>bold</b>", maxPoints=2)
    add(course, title="   ", maxPoints=2)
    add(course, title="No points here")
    mirror(world)
    codes = {code for code, _ in notes_of(world)[0]}
    assert {"title_shortened", "same_title", "no_points", "no_code", "no_title"} <= codes
    assert the_one(world, Checkpoint, "<script>alert(1)</script> & <b>bold</b>")
    with world.session() as session:
        enrolment_id = session.scalar(
            select(Enrolment.id).where(Enrolment.person_id == world.teacher_id)
        )
    page = Browser(world.app, world.teacher_id, enrolment_id).get("/classroom").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_work_that_loses_its_points_becomes_an_activity(connected):
    world = connected
    mirror(world)
    del work_of(world, "Exit ticket")["maxPoints"]
    mirror(world)
    assert the_one(world, Checkpoint, "Exit ticket: adding fractions").hidden
    assert not the_one(world, Activity, "Exit ticket: adding fractions").hidden
    before = dump(world)
    mirror(world)
    assert dump(world) == before


def test_a_student_in_no_roster_here_is_counted_and_named_nowhere(connected):
    world = connected
    with world.transaction() as session:
        for identity in session.scalars(
            select(Identity).where(
                Identity.person_id == world.student_ids[0], Identity.source == "google"
            )
        ):
            session.delete(identity)
    mirror(world)
    assert ("unknown_student", "1") in notes_of(world)[0]
    name = world.practice.school.people[world.subjects[0]].name
    with world.session() as session:
        assert not [n for n in session.scalars(select(SyncNote.subject)) if name in n]
        assert not session.scalars(
            select(Attempt).where(Attempt.person_id == world.student_ids[0])
        ).all()


def test_google_failing_among_the_submissions_leaves_what_came_and_no_doubles(connected):
    world = connected
    world.practice.mischief.next("classroom.courseWork.studentSubmissions.list", "server_error")
    mirror(world)
    assert notes_of(world)[1].failed == "server_error"
    assert the_one(world, Checkpoint, "Exit ticket: adding fractions")
    mirror(world)
    first = dump(world)
    mirror(world)
    assert dump(world) == first
    assert notes_of(world)[1].failed == ""


def test_two_mirrors_at_once_do_the_work_once(connected):
    world = connected
    lease = connections.lease_mirror(world.database, world.district_id, world.section_id)
    assert lease is not None
    mirror(world)  # another worker has it: nothing happens
    with world.session() as session:
        assert session.scalars(select(Activity)).all() == []
    connections.end_mirror(world.database, world.district_id, world.section_id, done=True)
    mirror(world)
    with world.session() as session:
        assert session.scalars(select(Activity)).all()


def test_a_teacher_who_looks_now_while_a_look_is_under_way_gets_everything_at_the_next(connected):
    world = connected
    mirror(world)
    work = work_of(world, "Exit ticket")
    world.practice.classroom.forget_work(world.google_course_id, work["id"])
    connections.lease_mirror(world.database, world.district_id, world.section_id)
    look_now(world)
    assert not the_one(world, Checkpoint, work["title"]).hidden
    connections.end_mirror(world.database, world.district_id, world.section_id, done=True)
    mirror(world)
    assert the_one(world, Checkpoint, work["title"]).hidden


def test_a_crash_of_ours_is_in_the_report(world):
    class Broken:
        def course(self):
            raise RuntimeError("bug")

    with pytest.raises(RuntimeError):
        mirror_course(world.database, world.district_id, world.section_id, Broken())
    assert notes_of(world)[1].failed == "crashed"
