"""A teacher attaches things in Classroom's iframe, driven against the practice Classroom."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from integrations.practice.classroom_attachments import attach
from lti_app.addon import attaching
from lti_app.addon.attachment_models import AddOnAttachment
from lti_app.addon.models import AddOnVisit
from lti_app.db import now
from lti_app.learning import targets
from lti_app.learning.models import ActivityKind, Checkpoint, Target
from lti_app.people.models import AuditEvent, Enrolment, Person, Role, Section, Team
from lti_app.sync.models import ColumnKind, GradebookColumn, ItemKind, MirroredItem
from tests.sync.conftest import mirror

CREATE = "classroom.courseWork.addOnAttachments.create"
GET = "classroom.courseWork.addOnAttachments.get"
LIST = "classroom.courseWork.addOnAttachments.list"


def _names(room):
    """Of the target, pathway and checkpoint that can be picked."""
    world = room.world
    with world.transaction() as session:
        checkpoint = session.get_one(Checkpoint, world.checkpoint_id)
        checkpoint.due_at = datetime(2026, 12, 11, 23, 59, tzinfo=UTC)
        target = session.get_one(Target, checkpoint.target_id)
        way = targets.add_pathway(session, target, title="With strips")
        targets.add_activity(session, way, title="Fold a strip", kind=ActivityKind.OTHER)
        return f"target-{target.id}", f"pathway-{way.id}", room.checkpoint


def _second_checkpoint(room, title="Second", points=2.5):
    with room.world.transaction() as session:
        target = session.scalars(select(Target)).one()
        checkpoint = targets.add_checkpoint(session, target, title=title, max_points=points)
        session.flush()
        return f"checkpoint-{checkpoint.id}"


def test_what_is_picked_becomes_attachments_in_the_plans_order_and_the_iframe_closes(room):
    target, pathway, checkpoint = _names(room)
    post = room.post()
    visit = room.visit(post)
    page = room.browser().get(f"/addon/attach/{visit}")
    for name in (target, pathway, checkpoint):
        assert f'value="{name}"' in page.text
    answer = room.attach(post, checkpoint, target, pathway)
    assert answer.status_code == 200
    assert "3 things were added." in answer.text
    assert 'data-close-classroom="now"' in answer.text
    url = room.world.settings.public_url
    on = room.on(post)
    assert [one["studentViewUri"]["uri"] for one in on] == [
        f"{url}/addon/student?open={name}" for name in (target, pathway, checkpoint)
    ]
    assert on[2]["teacherViewUri"]["uri"] == f"{url}/addon/teacher?open={checkpoint}"
    assert on[2]["studentWorkReviewUri"]["uri"] == f"{url}/addon/review?open={checkpoint}"
    assert (on[2]["maxPoints"], on[2]["gradeSyncEnabled"]) == (4, True)
    assert on[2]["dueDate"] == {"year": 2026, "month": 12, "day": 11}
    assert on[2]["dueTime"] == {"hours": 23, "minutes": 59}
    for one in on[:2]:
        assert not {"maxPoints", "studentWorkReviewUri", "dueDate"} & one.keys()
    [column] = room.columns()
    assert (column.kind, column.writable) == (ColumnKind.ADDON, True)
    assert column.external_id == "/".join(("courseWork", post["courseId"], post["id"], on[2]["id"]))
    with room.world.session() as session:
        events = session.scalars(select(AuditEvent.action)).all()
    assert events.count("addon.attached") == 3


def test_attached_twice_it_is_there_once(room):
    post = room.post()
    visit = room.visit(post)
    for _ in range(2):
        answer = room.browser().post(f"/addon/attach/{visit}", pick=[room.checkpoint])
        assert "One thing was added." in answer.text
    assert len(room.on(post)) == len(room.rows()) == len(room.columns()) == 1


def test_an_attachment_that_we_forgot_is_found_by_its_address(room):
    post = room.attached()
    with room.world.transaction() as session:
        for model in (AddOnAttachment, GradebookColumn):
            session.delete(session.scalars(select(model)).one())
    assert room.attach(post).status_code == 200
    assert len(room.on(post)) == 1
    assert room.rows()[0].attachment_id == room.on(post)[0]["id"]
    assert room.columns()[0].kind == ColumnKind.ADDON


@pytest.mark.parametrize("kind", ["courseWorkMaterials", "announcements"])
def test_on_a_material_or_an_announcement_a_checkpoint_is_only_opened(room, kind):
    if kind == "announcements":
        post = room.store.announce(room.world.google_course_id, "Look")
    else:
        post = room.post(material=True, maxPoints=None)
    page = room.browser().get(f"/addon/attach/{room.visit(post, kind=kind)}")
    assert "grades go to Classroom" not in page.text
    assert room.attach(post, kind=kind).status_code == 200
    [one] = room.on(post)
    assert not {"maxPoints", "studentWorkReviewUri"} & one.keys()
    assert room.columns() == []


def test_points_with_a_fraction_become_a_whole_number(room):
    post = room.post()
    room.attach(post, _second_checkpoint(room))
    assert room.on(post)[0]["maxPoints"] == 3


def test_what_can_not_be_attached_is_said_in_words_and_nothing_is(room):
    post = room.post()
    for names, said in (
        ([], "Nothing is picked."),
        (["target-999"], "no longer there"),
        (["attempt-1"], "no longer there"),
        ([f"target-{n}" for n in range(1, 30)], "That is too much at once."),
    ):
        answer = room.browser().post(f"/addon/attach/{room.visit(post)}", pick=names)
        assert answer.status_code == 400
        assert said in answer.text
    answer = room.browser().post(f"/addon/attach/{room.visit(post)}", cancel="1")
    assert 'data-close-classroom="now"' in answer.text
    assert room.on(post) == []


def test_only_the_teacher_who_opened_the_iframe_attaches_in_it_and_not_for_ever(room):
    post = room.post()
    visit = room.visit(post)
    other = room.browser(room.another_teacher())
    student = room.browser(room.world.student_ids[0])
    for browser, status in ((other, 404), (student, 403)):
        assert browser.get(f"/addon/attach/{visit}").status_code == status
        answer = browser.post(f"/addon/attach/{visit}", pick=[room.checkpoint])
        assert answer.status_code == status
    with room.world.transaction() as session:
        session.execute(update(AddOnVisit).values(expires_at=now() - timedelta(seconds=1)))
    answer = room.browser().post(f"/addon/attach/{visit}", pick=[room.checkpoint])
    assert answer.status_code == 404
    assert room.on(post) == []


def test_another_teams_checkpoint_is_not_attached(room):
    with room.world.transaction() as session:
        session.add(team := Team(name="Other"))
        session.flush()
        target = targets.add_target(session, team.id, title="Theirs")
        theirs = targets.add_checkpoint(session, target, title="Theirs", max_points=4)
        session.flush()
        name = f"checkpoint-{theirs.id}"
    post = room.post()
    assert room.attach(post, name).status_code == 400
    assert room.on(post) == []


def test_a_checkpoint_of_another_section_of_the_team_is_not_attached(room):
    with room.world.transaction() as session:
        team_id = session.get_one(Section, room.world.section_id).team_id
        other = Section(team_id=team_id, title="Period 2", source="google", external_id="9")
        session.add(other)
        session.flush()
        session.get_one(Checkpoint, room.world.checkpoint_id).section_id = other.id
    post = room.post()
    assert room.attach(post).status_code == 400
    assert room.on(post) == []


def test_classroom_is_slow_and_the_page_does_not_wait_for_ever(room, monkeypatch):
    target, pathway, _checkpoint = _names(room)
    monkeypatch.setattr(attaching, "PATIENCE_S", 0.3)
    post = room.post()
    room.mischief.next(CREATE, "slow", seconds=0.5)
    answer = room.attach(post, target, pathway)
    assert [one["title"] for one in room.on(post)] == ["I can multiply a fraction."]
    assert f'value="{pathway}" checked' in answer.text
    assert "Classroom is busy." in answer.text


def test_a_token_that_expired_says_to_open_the_iframe_anew_and_changes_nothing(room):
    post = room.post()
    answer = room.attach(post, seconds=-1)
    assert answer.status_code == 200
    assert "open for too long" in answer.text
    assert "Not added:" in answer.text
    assert room.on(post) == room.rows() == room.columns() == []
    assert f'value="{room.checkpoint}" checked' in answer.text


@pytest.mark.parametrize(
    ("trouble", "said"),
    [("no add-ons", "may not use add-ons"), ("archived", "The course is archived.")],
)
def test_what_google_refuses_is_said_with_a_way_out(room, trouble, said):
    post = room.post()
    if trouble == "archived":
        room.store.courses[post["courseId"]]["courseState"] = "ARCHIVED"
    else:
        room.store.without_add_ons.add(room.person(room.world.teacher_id).google_id)
    answer = room.attach(post)
    assert said in answer.text
    assert room.on(post) == room.rows() == []


def test_without_a_grant_or_its_scope_nothing_is_attached(room):
    post = room.post()
    room.allow(room.world.teacher_id, scopes=("openid",))
    answer = room.attach(post)
    assert answer.status_code == 502
    assert "tick every box" in answer.text
    room.allow(room.world.teacher_id)
    room.world.practice.google.revoke()
    answer = room.attach(post)
    assert answer.status_code == 502
    assert "sign in again" in answer.text
    assert room.on(post) == []


@pytest.mark.parametrize("fault", ["too_many_requests", "rate_limit_exceeded", "server_error"])
def test_half_of_it_fails_the_page_tells_which_and_again_adds_the_rest(room, fault):
    target, pathway, checkpoint = _names(room)
    post = room.post()
    visit, browser = room.visit(post), room.browser()
    assert room.attach(post, target).status_code == 200
    room.mischief.next(CREATE, fault)
    answer = browser.post(f"/addon/attach/{visit}", pick=[target, pathway, checkpoint])
    assert "Added:" in answer.text
    assert "I can multiply a fraction." in answer.text
    assert answer.text.count("Classroom is busy.") == 1  # said once for both
    assert f'value="{pathway}" checked' in answer.text
    assert f'value="{target}" checked' not in answer.text
    assert len(room.on(post)) == 1
    answer = browser.post(f"/addon/attach/{visit}", pick=[pathway, checkpoint])
    assert "2 things were added." in answer.text
    assert len(room.on(post)) == 3


def test_classroom_does_not_tell_what_is_there_and_nothing_is_added(room):
    post = room.post()
    room.mischief.next(LIST, "server_error")
    answer = room.attach(post)
    assert answer.status_code == 502
    assert "Nothing was added." in answer.text
    assert room.on(post) == []


def test_an_answer_that_was_lost_leaves_one_attachment(room):
    post = room.post()
    visit, browser = room.visit(post), room.browser()
    room.mischief.next(CREATE, "lost_after_accepting", times=3)
    browser.post(f"/addon/attach/{visit}", pick=[room.checkpoint])
    room.mischief.clear()
    made = len(room.on(post))  # the library may have asked again by itself
    answer = browser.post(f"/addon/attach/{visit}", pick=[room.checkpoint])
    assert "One thing was added." in answer.text
    assert len(room.on(post)) == made
    assert len(room.rows()) == len(room.columns()) == 1


def test_of_two_requests_at_once_one_attaches(room):
    post = room.post()
    with room.world.transaction() as session:
        session.add(
            AddOnAttachment(
                section_id=room.world.section_id,
                course_id=post["courseId"],
                item_id=post["id"],
                item_type="courseWork",
                place=room.checkpoint,
                attaching_until=now() + timedelta(seconds=30),
            )
        )
    answer = room.attach(post)
    assert "being added just now" in answer.text
    assert room.on(post) == []
    # The other one died.
    with room.world.transaction() as session:
        session.execute(update(AddOnAttachment).values(attaching_until=now()))
    assert "One thing was added." in room.attach(post).text
    assert len(room.on(post)) == len(room.rows()) == 1


def test_another_projects_attachments_are_none_of_ours(room):
    post = room.post()
    url = room.world.settings.public_url
    attach(
        room.store,
        post,
        {"title": "Theirs", "studentViewUri": {"uri": f"{url}/x?open={room.checkpoint}"}},
        owner="another project",
    )
    room.attach(post)
    assert [one["title"] for one in room.on(post)] == ["Theirs", "Exit ticket"]


# Where grades stand


def test_a_checkpoint_in_two_assignments_is_graded_in_the_first(room):
    first, second = room.attached(), room.post("Again")
    answer = room.attach(second)
    assert "stand in another place already" in answer.text
    assert 'data-close-classroom=""' in answer.text  # the teacher reads it first
    assert "maxPoints" not in room.on(second)[0]
    assert "studentWorkReviewUri" in room.on(second)[0]
    [column] = room.columns()
    assert first["id"] in column.external_id


def test_while_classroom_does_not_tell_of_the_first_the_second_waits(room):
    first, second = room.attached(), room.post("Again")
    room.mischief.next(GET, "server_error")
    assert "Classroom is busy." in room.attach(second).text
    assert room.on(second) == []
    assert len(room.rows()) == 1
    assert "stand in another place already" in room.attach(second).text
    assert first["id"] in room.columns()[0].external_id


def test_once_the_first_was_taken_away_the_next_one_is_graded(room):
    first = room.attached()
    room.on(first).clear()
    second = room.attached(title="Again")
    assert room.on(second)[0]["maxPoints"] == 4
    [column] = room.columns()
    assert second["id"] in column.external_id


def test_taken_away_and_attached_again_to_the_same_assignment(room):
    post = room.attached()
    room.on(post).clear()
    assert room.attach(post).status_code == 200
    [one] = room.on(post)
    assert one["maxPoints"] == 4
    [row], [column] = room.rows(), room.columns()
    assert row.attachment_id == one["id"]
    assert column.external_id.endswith(one["id"])


@pytest.mark.parametrize("made", [True, False])
def test_a_column_of_an_lti_platform_stays_once_it_is_made(room, made):
    with room.world.transaction() as session:
        session.add(
            GradebookColumn(
                section_id=room.world.section_id,
                checkpoint_id=room.world.checkpoint_id,
                kind=ColumnKind.LTI,
                external_id="https://lms/items/1" if made else None,
            )
        )
    post = room.attached()
    [column] = room.columns()
    assert column.kind == (ColumnKind.LTI if made else ColumnKind.ADDON)
    assert ("maxPoints" in room.on(post)[0]) != made


def test_a_checkpoint_that_mirrors_coursework_keeps_it_as_its_column(room):
    room.connect()
    post = room.post("Mirrored quiz")
    mirror(room.world)
    with room.world.session() as session:
        column = session.scalars(
            select(GradebookColumn).where(GradebookColumn.external_id == post["id"])
        ).one()
        name = f"checkpoint-{column.checkpoint_id}"
    answer = room.attach(post, name)
    assert "stand in another place already" in answer.text
    assert "maxPoints" not in room.on(post)[0]
    mirror(room.world)
    with room.world.session() as session:
        assert not session.get_one(Checkpoint, column.checkpoint_id).hidden


def test_the_assignment_that_carries_a_checkpoint_is_not_mirrored_a_second_time(room):
    room.connect()
    post = room.attached(title="Carries the exit ticket")
    mirror(room.world)
    with room.world.session() as session:
        items = session.scalars(
            select(MirroredItem.kind).where(MirroredItem.external_id == post["id"])
        ).all()
        assert items == [ItemKind.OURS]
        titles = session.scalars(select(Checkpoint.title)).all()
        assert "Carries the exit ticket" not in titles
        assert "Exit ticket" in titles


# A link of ours in coursework


def test_a_link_of_ours_becomes_an_attachment_after_one_question(room):
    post = room.post()
    url = f"{room.world.settings.public_url}/lti/launch?open={room.checkpoint}"
    visit = room.visit(post, "upgrade", url=url)
    page = room.browser().get(f"/addon/upgrade/{visit}")
    assert "Exit ticket" in page.text
    assert room.on(post) == []
    answer = room.browser().post(f"/addon/upgrade/{visit}")
    assert 'data-close-classroom="now"' in answer.text
    assert room.on(post)[0]["maxPoints"] == 4


@pytest.mark.parametrize("kept", [True, False])
def test_a_link_that_is_kept_or_nothing_of_ours_stays_a_link(room, kept):
    post = room.post()
    host = room.world.settings.public_url if kept else "https://elsewhere.example.org"
    visit = room.visit(post, "upgrade", url=f"{host}/lti/launch?open={room.checkpoint}")
    page = room.browser().get(f"/addon/upgrade/{visit}")
    assert ("not in your plan" in page.text) != kept
    more = {"cancel": "1"} if kept else {}
    answer = room.browser().post(f"/addon/upgrade/{visit}", **more)
    assert "Nothing was added." in answer.text
    assert room.on(post) == []


def test_an_upgrade_that_fails_says_why(room):
    post = room.post()
    url = f"{room.world.settings.public_url}/lti/launch?open={room.checkpoint}"
    visit = room.visit(post, "upgrade", url=url, seconds=-1)
    answer = room.browser().post(f"/addon/upgrade/{visit}")
    assert "open for too long" in answer.text


def test_with_no_targets_the_picker_says_what_to_do(room):
    with room.world.transaction() as session:
        session.add(team := Team(name="Empty"))
        session.flush()
        section = Section(team_id=team.id, title="Empty", source="google", external_id="9")
        session.add_all([section, Person(name="x")])
        session.flush()
        session.add(
            Enrolment(section_id=section.id, person_id=room.world.teacher_id, role=Role.TEACHER)
        )
        section_id = section.id
    visit = room.visit(room.post())
    with room.world.transaction() as session:
        session.execute(update(AddOnVisit).values(section_id=section_id))
    page = room.browser(section_id=section_id).get(f"/addon/attach/{visit}")
    assert "There are no targets yet." in page.text
