"""The mirror: what a course holds comes in once, follows changes, and keeps teachers' edits."""

import re

import pytest
from sqlalchemy import func, select

from integrations.lms import LmsError
from lti_app.coaching.models import Gap
from lti_app.db import Base
from lti_app.errors import BadInput
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
from lti_app.learning.targets import edit_target
from lti_app.people.identities import email_digest
from lti_app.people.models import Enrolment, Identity, Section
from lti_app.sync import accounts, connections, reports
from lti_app.sync.mirror import mirror_course
from lti_app.sync.models import ClassroomConnection, GoogleAccount, GradebookColumn, SyncNote
from tests.conftest import Queries
from tests.school import Browser
from tests.sync.conftest import connect, make_world, mirror

RUNS = {"sync_reports", "sync_notes", "classroom_connections", "google_accounts"}


def _dump(world):
    """All rows but those that say when something ran."""
    with world.database.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select()).all()))
            for table in Base.metadata.sorted_tables
            if table.name not in RUNS
        }


def _works(world):
    return world.practice.classroom.works[world.google_course_id]


def _work(world, title):
    return next(work for work in _works(world) if work["title"].startswith(title))


def _one(world, model, title):
    with world.session() as session:
        return session.scalars(select(model).where(model.title == title)).one()


def _notes(world):
    with world.session() as session:
        report = reports.newest(session, world.section_id, "mirror")
        return {(note.code, note.subject) for note in report.notes}, report


@pytest.fixture
def connected(world):
    connect(world)
    return world


def test_a_course_becomes_units_targets_activities_checkpoints_and_attempts(connected):
    world = connected
    world.practice.classroom.grade(_submission(world, "Exit ticket", 0), 1)
    mirror(world)
    with world.session() as session:
        assert set(session.scalars(select(Unit.title))) == {"Unit 2: Decimals", "Unit 3: Fractions"}
        strips = _one(world, Activity, "Fraction strips: make your own set")
        video = _one(world, Activity, "Multiplying fractions with an area model")
        assert (strips.kind, video.kind) == (ActivityKind.OTHER, ActivityKind.VIDEO)
        exit_ticket = _one(world, Checkpoint, "Exit ticket: adding fractions")
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
        ours = _one(world, Checkpoint, "Checkpoint: fraction times whole number")
        columns = {c.checkpoint_id: c.writable for c in session.scalars(select(GradebookColumn))}
        assert (columns[ours.id], columns[exit_ticket.id]) == (True, False)
        assert (ours.url, bool(exit_ticket.url)) == (None, True)


def test_running_it_again_changes_nothing(connected):
    mirror(connected)
    before = _dump(connected)
    mirror(connected)
    assert _dump(connected) == before
    assert _notes(connected)[1].counts["unchanged"] == 13


def test_an_unchanged_course_costs_as_many_queries_with_five_students_as_with_forty(settings):
    counted = []
    for students in (5, 40):
        for world in make_world(settings, students=students):
            connect(world)
            mirror(world)
            queries = Queries(world.database)
            mirror(world)
            # One batch of 200 submissions has six statements, however many rows it holds.
            batches = -(-len(_works(world)) * students // 200)
            counted.append(len(queries) - 7 * batches)
            with world.database.engine.begin() as connection:
                for table in reversed(Base.metadata.sorted_tables):
                    connection.execute(table.delete())
    assert abs(counted[0] - counted[1]) <= 10
    assert max(counted) < 60


def test_changes_are_followed_and_teachers_edits_are_kept(connected):
    world = connected
    mirror(world)
    followed = _one(world, Checkpoint, "Exit ticket: adding fractions")
    edited = _one(world, Checkpoint, "Check-in: fractions as division")
    with world.transaction() as session:
        session.get(Checkpoint, edited.id).title = "Sharing granola bars"
        session.get(Checkpoint, followed.id).hidden = True
    _work(world, "Exit ticket")["title"] = "Exit ticket: adding, new"
    _work(world, "Check-in")["title"] = "Check-in: another name"
    _work(world, "Check-in")["maxPoints"] = 6
    mirror(world)
    with world.session() as session:
        followed, edited = session.get(Checkpoint, followed.id), session.get(Checkpoint, edited.id)
    assert (followed.title, followed.hidden) == ("Exit ticket: adding, new", True)
    assert (edited.title, edited.max_points) == ("Sharing granola bars", 6)
    assert ("kept_edit", "Check-in: another name") in _notes(world)[0]


def test_work_that_moves_to_another_standard_moves_unless_a_teacher_moved_it(connected):
    world = connected
    mirror(world)
    _work(world, "Exit ticket")["description"] = "Now for 5.NF.B.6"
    mirror(world)
    with world.session() as session:
        moved = _one(world, Checkpoint, "Exit ticket: adding fractions")
        target = session.get(Target, moved.target_id)
        assert [standard.code for standard in target.standards] == ["5.NF.6"]
        elsewhere = session.scalars(select(Target.id).where(Target.id != target.id)).first()
    with world.transaction() as session:
        session.get(Checkpoint, moved.id).target_id = elsewhere
    _work(world, "Exit ticket")["description"] = "Now for 5.NF.B.3"
    mirror(world)
    assert _one(world, Checkpoint, "Exit ticket: adding fractions").target_id == elsewhere


def test_deleted_work_is_hidden_with_its_attempts_and_can_come_back(connected):
    world = connected
    mirror(world)
    works = list(_works(world))
    gone = _work(world, "Exit ticket")
    checkpoint = _one(world, Checkpoint, gone["title"])
    before = _dump(world)["attempts"]
    world.practice.classroom.remove_work(world.google_course_id, gone["id"])
    mirror(world)
    assert _one(world, Checkpoint, gone["title"]).hidden
    assert _dump(world)["attempts"] == before
    assert ("gone", gone["title"]) in _notes(world)[0]
    world.practice.classroom.works[world.google_course_id] = works
    mirror(world)
    assert not _one(world, Checkpoint, gone["title"]).hidden
    assert _one(world, Checkpoint, gone["title"]).id == checkpoint.id
    assert _dump(world)["attempts"] == before


def _submission(world, title, seat):
    return world.practice.classroom.submission(
        world.google_course_id, _work(world, title)["id"], world.google_id(seat)
    )


def _attempts(world, title, seat):
    with world.session() as session:
        return session.scalars(
            select(Attempt)
            .join(Checkpoint)
            .where(Checkpoint.title == title, Attempt.person_id == world.student_ids[seat])
            .order_by(Attempt.number)
        ).all()


def test_a_changed_grade_is_a_new_score_and_a_new_turn_in_a_new_attempt(connected):
    world = connected
    title = "Exit ticket: adding fractions"
    mirror(world)
    submission = _submission(world, title, 0)
    world.practice.classroom.grade(submission, 1.5)
    mirror(world)
    attempt = _attempts(world, title, 0)[0]
    assert (len(attempt.scores), attempt.score.points) == (2, 1.5)
    world.practice.classroom.turn_in(submission)
    world.practice.classroom.grade(submission, 4)
    mirror(world)
    assert [a.score.points for a in _attempts(world, title, 0)] == [1.5, 4]


def test_our_own_grade_is_sent_and_not_taken_back_as_a_new_attempt(connected):
    world = connected
    title = "Checkpoint: fraction times whole number"
    mirror(world)
    world.score(0, 3, checkpoint=_one(world, Checkpoint, title).id)
    mirror(world)  # before it is delivered: the old state there says nothing
    world.deliver()
    assert world.practice.classroom.patches[-1]["assignedGrade"] == 3
    mirror(world)
    assert len(_attempts(world, title, 0)) == 1
    # The teacher changes it in Classroom: that one is taken.
    world.practice.classroom.grade(_submission(world, title, 0), 4)
    mirror(world)
    assert [a.score.points for a in _attempts(world, title, 0)] == [3, 4]


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
    before = _dump(world)
    if failure == "sign_in_again":
        world.practice.google.expire_tokens()
        with world.transaction() as session:
            session.get(GoogleAccount, world.teacher_id).access_token = None
    break_it(world)
    mirror(world)
    assert _dump(world) == before
    with world.session() as session:
        enrolment_id = session.scalar(
            select(Enrolment.id).where(Enrolment.person_id == world.teacher_id)
        )
    if failure != "sign_in_again":
        assert _notes(world)[1].failed == failure
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
    codes = {code for code, _ in _notes(world)[0]}
    assert {"title_shortened", "same_title", "no_points", "no_code", "no_title"} <= codes
    assert _one(world, Checkpoint, "<script>alert(1)</script> & <b>bold</b>")
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
    del _work(world, "Exit ticket")["maxPoints"]
    mirror(world)
    assert _one(world, Checkpoint, "Exit ticket: adding fractions").hidden
    assert not _one(world, Activity, "Exit ticket: adding fractions").hidden
    before = _dump(world)
    mirror(world)
    assert _dump(world) == before


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
    assert ("unknown_student", "1") in _notes(world)[0]
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
    assert _notes(world)[1].failed == "server_error"
    assert _one(world, Checkpoint, "Exit ticket: adding fractions")
    mirror(world)
    first = _dump(world)
    mirror(world)
    assert _dump(world) == first
    assert _notes(world)[1].failed == ""


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


def test_a_teams_own_target_for_the_standard_is_used_and_not_doubled(connected):
    world = connected
    with world.transaction() as session:
        target = session.scalars(select(Target)).one()
        edit_target(session, target, title=target.title, codes="5.NF.4a", rule=target.mastery_rule)
    mirror(world)
    ours = _one(world, Checkpoint, "Checkpoint: fraction times whole number")
    assert ours.target_id == target.id
    with world.session() as session:
        assert session.get(Target, target.id).source == Source.WRITTEN


def test_a_course_belongs_to_one_section(connected):
    world = connected
    with world.transaction() as session:
        first = session.get(Section, world.section_id)
        twin = Section(
            team_id=first.team_id,
            title="Twin",
            source=first.source,
            external_id="twin",
            service_scopes=[],
        )
        session.add(twin)
        session.flush()
        with pytest.raises(BadInput):
            connections.connect(
                session,
                section_id=twin.id,
                teacher_id=world.teacher_id,
                course_id=world.google_course_id,
                course_title="again",
                person_of={},
            )


def test_an_equal_address_proposes_and_only_the_teachers_form_links(world):
    connect(world)
    secret = world.settings.secret_key.get_secret_value()
    with world.transaction() as session:
        session.delete(session.get(ClassroomConnection, world.section_id))
        for identity in session.scalars(select(Identity).where(Identity.source == "google")):
            if identity.person_id != world.teacher_id:
                session.delete(identity)
        for seat, subject in enumerate(world.subjects[:2]):
            person = world.practice.school.people[subject]
            identity = session.scalars(
                select(Identity).where(Identity.person_id == world.student_ids[seat])
            ).one()
            identity.email_digest = email_digest(secret, person.email)
        enrolment_id = session.scalar(
            select(Enrolment.id).where(Enrolment.person_id == world.teacher_id)
        )
    teacher = Browser(world.app, world.teacher_id, enrolment_id)
    page = teacher.get(f"/classroom/courses/{world.google_course_id}").text
    assert "2 of 5 students are matched." in re.sub(r"\s+", " ", page)
    teacher.post(
        f"/classroom/courses/{world.google_course_id}",
        **{f"person-{world.google_id(1)}": world.student_ids[1]},
    )
    with world.session() as session:
        linked = session.scalars(
            select(Identity.person_id).where(
                Identity.source == "google", Identity.person_id != world.teacher_id
            )
        ).all()
    assert linked == [world.student_ids[1]]


def test_the_same_person_twice_or_a_stranger_in_the_form_is_refused(world):
    with world.transaction() as session:
        for person_of in (
            {"1": world.student_ids[0], "2": world.student_ids[0]},
            {"1": world.teacher_id},
            {"1": 999},
        ):
            with pytest.raises(BadInput):
                connections.connect(
                    session,
                    section_id=world.section_id,
                    teacher_id=world.teacher_id,
                    course_id=world.google_course_id,
                    course_title="x",
                    person_of=person_of,
                )


def test_a_crash_of_ours_is_in_the_report(world):
    class Broken:
        def course(self):
            raise RuntimeError("bug")

    with pytest.raises(RuntimeError):
        mirror_course(world.database, world.district_id, world.section_id, Broken())
    assert _notes(world)[1].failed == "crashed"
