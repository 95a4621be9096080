"""Links that a teacher picks in the LMS's dialog, driven from the practice LMS: picked, launched,
copied with the course to a new year."""

from functools import partial

import pytest
import requests
from sqlalchemy import func, select, update

from integrations.lms import ColumnDraft
from integrations.practice import links
from lti_app.db import now
from lti_app.launch.models import DeepLinking
from lti_app.learning import targets
from lti_app.learning.models import (
    ActivityKind,
    Attempt,
    Checkpoint,
    CheckpointItem,
    CopiedRow,
    Mastery,
    Target,
)
from lti_app.people.models import Section, TeamMember
from lti_app.sync import columns
from lti_app.sync.models import GradebookColumn, GradeDelivery
from tests.walking import Walker


@pytest.fixture
def walk(world):
    walkers = []

    def begin(person_id: str, course=None) -> Walker:
        walkers.append(Walker(world.practice.platform, person_id, (course or world.course).id))
        return walkers[-1]

    yield begin
    for walker in walkers:
        walker.close()


@pytest.fixture
def teacher(world, walk):
    return walk(world.course.teacher_ids[0])


def names(world):
    """Of the world's target, pathway and checkpoint, as the dialog names them."""
    with world.transaction() as session:
        checkpoint = session.get_one(Checkpoint, world.checkpoint_id)
        target = session.get_one(Target, checkpoint.target_id)
        way = targets.add_pathway(session, target, title="With strips")
        targets.add_activity(session, way, title="Fold a strip", kind=ActivityKind.OTHER)
        return f"target-{target.id}", f"pathway-{way.id}", f"checkpoint-{checkpoint.id}"


def picked(world, teacher, *names, **more):
    """The teacher picks `names` and adds them; returns the links that stand in the course then."""
    before = set(world.practice.platform.links)
    page = teacher.launch(message="deep")
    assert page.ok, page.text
    sent = teacher.submit(page, pick=names, **more)
    assert sent.ok, sent.text
    answer = teacher.submit(sent)
    assert answer.ok, answer.text
    return [link for id_, link in world.practice.platform.links.items() if id_ not in before]


def test_targets_pathways_and_checkpoints_come_back_as_links(world, teacher):
    target, pathway, checkpoint = names(world)
    page = teacher.launch(message="deep")
    for name in (target, pathway, checkpoint):
        assert f'value="{name}"' in page.text
    found = picked(
        world, teacher, target, pathway, checkpoint, opens="2026-12-01", due="2026-12-11"
    )
    assert [link.url.rpartition("=")[2] for link in found] == [target, pathway, checkpoint]
    assert [(bool(link.opens), bool(link.due)) for link in found] == [
        (False, False),
        (False, False),
        (True, True),
    ]
    # The end of the day on the district's clock (New York, winter).
    assert found[2].due == "2026-12-12T04:59:00.000Z"
    assert found[2].opens == "2026-12-01T05:00:00.000Z"
    [column] = world.practice.platform.line_items.values()
    assert column.fields == {
        "label": "Exit ticket",
        "scoreMaximum": 4.0,
        "resourceId": columns.resource_id(world.checkpoint_id),
        "tag": "pathways",
        "submissionReview": {"reviewableStatus": ["Submitted", "Completed"]},
        "resourceLinkId": found[2].id,
    }


def test_nothing_is_added_when_the_teacher_cancels(world, teacher):
    page = teacher.launch(message="deep")
    answer = teacher.submit(teacher.submit(page, cancel="1"))
    assert answer.ok
    assert world.practice.platform.links == {}


def test_what_cannot_be_picked_is_said_in_words_and_adds_nothing(world, teacher):
    target, pathway, _ = names(world)
    page = teacher.launch(message="deep")
    for names_, said in (
        ([], "Nothing is picked."),
        (["target-999"], "no longer there"),
        (["attempt-1"], "no longer there"),
    ):
        answer = teacher.submit(page, pick=names_)
        assert answer.status_code == 400
        assert said in answer.text
    answer = teacher.submit(page, pick=[target], opens="2026-12-02", due="2026-12-01")
    assert "comes before" in answer.text
    answer = teacher.submit(page, pick=[target], opens="soon")
    assert "That is not a day." in answer.text
    world.practice.platform.takes_several_links = False
    page = teacher.launch(message="deep")
    assert 'type="radio"' in page.text
    answer = teacher.submit(page, pick=[target, pathway])
    assert "Only one thing" in answer.text
    assert world.practice.platform.links == {}


def test_only_the_teacher_who_began_picks_and_not_for_ever(world, teacher, walk):
    page = teacher.launch(message="deep")
    student = walk(world.subjects[0])
    assert student.launch().ok
    refused = student.launch(message="deep")
    assert refused.status_code == 403
    assert "Only a teacher" in refused.text
    with world.transaction() as session:
        session.execute(update(DeepLinking).values(expires_at=now()))
    answer = teacher.submit(page, pick=["target-1"])
    assert answer.status_code == 404
    assert "open for too long" in answer.text


def test_the_answer_counts_once(world, teacher):
    _, _, checkpoint = names(world)
    sent = teacher.submit(teacher.launch(message="deep"), pick=[checkpoint])
    assert teacher.submit(sent).ok
    assert teacher.submit(sent).status_code == 400  # the platform has seen its nonce
    assert len(world.practice.platform.links) == 1


def test_a_link_opens_that_very_thing_for_students_and_teachers(world, teacher, walk):
    target, pathway, checkpoint = names(world)
    found = picked(world, teacher, target, pathway, checkpoint)
    student = walk(world.subjects[0])
    at = [student.launch(link=link.id).url.partition("/e/")[2].partition("/")[2] for link in found]
    target_id, way_id = target.split("-")[1], pathway.split("-")[1]
    assert at == [
        f"targets/{target_id}",
        f"targets/{target_id}#pathway-{way_id}",
        f"checkpoints/{world.checkpoint_id}",
    ]
    at = [teacher.launch(link=link.id).url.partition("/e/")[2].partition("/")[2] for link in found]
    assert at == [
        f"plan/{target_id}",
        f"plan/{target_id}#pathway-{way_id}",
        f"plan/{target_id}/checkpoints/{world.checkpoint_id}",
    ]


def test_a_link_to_what_is_gone_says_so(world, teacher, walk):
    target, _, _ = names(world)
    [link] = picked(world, teacher, target)
    with world.transaction() as session:
        session.execute(update(Target).values(archived_at=now()))
    answer = walk(world.subjects[0]).launch(link=link.id)
    assert answer.status_code == 404
    assert "Your teacher can help" in answer.text


def test_a_score_goes_to_the_column_of_the_link(world, teacher, walk):
    _, _, checkpoint = names(world)
    [link] = picked(world, teacher, checkpoint)
    walk(world.subjects[0]).launch(link=link.id)
    world.score(0, 3)
    world.deliver()
    [column] = world.practice.platform.line_items.values()
    assert column.fields["resourceLinkId"] == link.id
    assert world.grade() == 3


def test_scores_that_stand_in_a_column_of_our_own_move_to_the_links_column(world, teacher, walk):
    world.score(0, 3)
    world.deliver()
    _, _, checkpoint = names(world)
    [link] = picked(world, teacher, checkpoint)
    assert len(world.practice.platform.line_items) == 2
    for _ in range(2):  # a second launch changes nothing any more
        walk(world.subjects[1]).launch(link=link.id)
        world.deliver()
    coupled = next(
        item
        for item in world.practice.platform.line_items.values()
        if item.fields.get("resourceLinkId") == link.id
    )
    assert coupled.scores[world.subjects[0]]["scoreGiven"] == 3
    with world.session() as session:
        [column] = session.scalars(select(GradebookColumn)).all()
        assert (column.external_id, column.coupled) == (coupled.id, True)


def replaced(world, teacher, walk):
    """A score stands in a column of our own, and a link's column took its place."""
    world.score(0, 3)
    world.deliver()
    [own] = world.practice.platform.line_items
    [link] = picked(world, teacher, names(world)[2])
    walk(world.subjects[1]).launch(link=link.id)
    return own


def test_a_column_of_ours_goes_once_the_links_column_holds_its_grades(world, teacher, walk):
    own = replaced(world, teacher, walk)
    opened = partial(world.gradebooks, kind="lti")
    assert columns.remove_replaced(world.database, opened) == 0
    assert own in world.practice.platform.line_items  # the grade is still on its way
    world.deliver()
    world.practice.mischief.next("lti.results", "too_many_requests", seconds=30)
    assert [columns.remove_replaced(world.database, opened) for _ in range(3)] == [0, 1, 0]
    [column] = world.practice.platform.line_items.values()
    assert column.scores[world.subjects[0]]["scoreGiven"] == 3


def test_a_column_into_which_a_teacher_wrote_stays(world, teacher, walk):
    own = replaced(world, teacher, walk)
    world.practice.platform.regrade(own, world.subjects[1], 2)
    world.deliver()
    opened = partial(world.gradebooks, kind="lti")
    assert [columns.remove_replaced(world.database, opened) for _ in range(2)] == [0, 0]
    assert world.practice.platform.line_items[own].scores[world.subjects[1]]["scoreGiven"] == 2


def test_the_platforms_own_column_is_never_deleted(world, teacher):
    _, _, checkpoint = names(world)
    picked(world, teacher, checkpoint)
    [column] = world.practice.platform.line_items.values()
    with world.session() as session:
        section = session.get_one(Section, world.section_id)
    gradebook = world.gradebooks(section, "lti")
    with pytest.raises(Exception, match="unauthorized"):
        gradebook.delete_column(column.id)
    own = gradebook.find_or_create_column(ColumnDraft("pathways-test", "Test", 1))
    gradebook.delete_column(own)
    gradebook.delete_column(own)  # gone already: fine
    assert len(world.practice.platform.line_items) == 1


def test_a_grade_in_the_gradebook_opens_that_attempt(world, teacher, walk):
    world.score(0, 1)
    attempt_id = world.score(0, 3)
    world.deliver()
    [key] = world.practice.platform.line_items
    page = teacher.launch(message=f"review:{key}:{world.subjects[0]}")
    assert page.ok
    assert page.url.endswith(f"/scoring/{attempt_id}")
    assert "answer 2" in page.text
    # A student who clicks their own grade sees their own work; another's is not theirs to see.
    own = walk(world.subjects[0]).launch(message=f"review:{key}:{world.subjects[0]}")
    assert own.url.endswith(f"/checkpoints/{world.checkpoint_id}")
    other = walk(world.subjects[1]).launch(message=f"review:{key}:{world.subjects[0]}")
    assert other.status_code == 404
    none = teacher.launch(message=f"review:{key}:{world.subjects[1]}")
    assert none.status_code == 404


def test_the_work_link_of_a_grade_opens_the_attempt(world, teacher):
    attempt_id = world.score(0, 3)
    world.deliver()
    extension = "https://canvas.instructure.com/lti/submission"
    url = world.practice.platform.received[-1][extension]["submission_data"]
    link = links.PracticeLink("from-the-gradebook", world.course.id, "Work", url)
    world.practice.platform.links[link.id] = link
    assert teacher.launch(link=link.id).url.endswith(f"/scoring/{attempt_id}")


def test_a_copied_course_has_its_plan_and_fresh_progress(world, teacher, walk):
    target, pathway, checkpoint = names(world)
    found = picked(world, teacher, target, pathway, checkpoint)
    world.score(0, 4)
    world.deliver()
    old_team = _section(world, world.course).team_id
    new = links.copy_course(world.practice.platform, world.course, "Next year", world.subjects[:2])
    opened = links.of_course(world.practice.platform, new.id)
    # A student comes first; the same one as last year, who repeats it.
    student = walk(world.subjects[0], new)
    at_target, at_way, at_checkpoint = (student.launch(link=link.id) for link in opened)
    section = _section(world, new)
    assert section.team_id != old_team
    assert all(page.ok for page in (at_target, at_way, at_checkpoint))
    with world.session() as session:
        copies = {
            (row.kind, row.from_id): row.to_id
            for row in session.scalars(
                select(CopiedRow).where(CopiedRow.team_id == section.team_id)
            )
        }
        new_checkpoint = session.get_one(Checkpoint, copies["checkpoint", world.checkpoint_id])
        old_checkpoint = session.get_one(Checkpoint, world.checkpoint_id)
        assert at_checkpoint.url.endswith(f"/checkpoints/{new_checkpoint.id}")
        assert (new_checkpoint.title, new_checkpoint.max_points) == ("Exit ticket", 4)
        assert new_checkpoint.due_at is None
        new_target = session.get_one(Target, new_checkpoint.target_id)
        assert [s.code for s in new_target.standards] == [
            s.code for s in old_checkpoint.target.standards
        ]
        assert [way.title for way in targets.visible_pathways(new_target)] == ["With strips"]
        # Fresh: no standing, no attempt, and nobody of last year's team is in the new one.
        assert (
            session.scalars(select(Mastery.id).where(Mastery.target_id == new_target.id)).all()
            == []
        )
        assert (
            session.scalars(
                select(Attempt.id).where(Attempt.checkpoint_id == new_checkpoint.id)
            ).all()
            == []
        )
        assert (
            session.scalars(
                select(TeamMember.id).where(TeamMember.team_id == section.team_id)
            ).all()
            == []
        )
    assert "Not started" in at_target.text
    assert len(found) == len(opened) == 3


def test_scores_of_a_copied_course_find_the_copied_column_also_before_its_link_was_opened(
    world, teacher, walk
):
    _, _, checkpoint = names(world)
    picked(world, teacher, checkpoint)
    new = links.copy_course(world.practice.platform, world.course, "Next year", world.subjects[:1])
    assert walk(world.course.teacher_ids[0], new).launch().ok
    section = _section(world, new)
    with world.session() as session:
        copied = session.scalars(
            select(CopiedRow.to_id).where(
                CopiedRow.kind == "checkpoint", CopiedRow.team_id == section.team_id
            )
        ).one()
    assert walk(world.subjects[0], new).launch().ok
    old, world.section_id = world.section_id, section.id
    world.score(0, 2, checkpoint=copied)
    world.section_id = old
    world.deliver()
    [column] = [i for i in world.practice.platform.line_items.values() if i.course_id == new.id]
    assert column.scores[world.subjects[0]]["scoreGiven"] == 2


def test_a_copy_of_a_copy_still_opens_the_first_years_links(world, teacher, walk):
    _, _, checkpoint = names(world)
    picked(world, teacher, checkpoint)
    course = world.course
    for year in ("second", "third"):
        course = links.copy_course(world.practice.platform, course, year, world.subjects[:1])
        [link] = links.of_course(world.practice.platform, course.id)
        page = walk(world.subjects[0], course).launch(link=link.id)
        assert page.ok
        assert "Exit ticket" in page.text


def test_one_copied_link_brings_its_target_but_only_where_the_platform_vouches(
    world, teacher, walk
):
    _, _, checkpoint = names(world)
    [link] = picked(world, teacher, checkpoint)
    assert walk(world.subjects[0]).launch(link=link.id).ok
    platform = world.practice.platform
    new = links.copy_course(platform, world.course, "Another class", world.subjects[:1])
    new.history = ()  # the course is not a copy; one link of it is
    [copied] = links.of_course(platform, new.id)
    forged = links.PracticeLink("typed-by-hand", new.id, "Forged", link.url)
    platform.links[forged.id] = forged
    colleague = walk(world.course.teacher_ids[0], new)
    assert colleague.launch(link=forged.id).status_code == 404
    assert walk(world.subjects[0], new).launch(link=copied.id).status_code == 404  # no teacher yet
    assert colleague.launch(link=copied.id).ok
    page = walk(world.subjects[0], new).launch(link=copied.id)
    assert page.ok
    assert "Exit ticket" in page.text
    with world.session() as session:
        team_id = _section(world, new).team_id
        count = select(func.count(Target.id)).where(Target.team_id == team_id)
        assert session.scalar(count) == 1


def test_items_come_along_and_those_retired_do_not(world, teacher, walk):
    with world.transaction() as session:
        for retired in (None, now()):
            session.add(
                CheckpointItem(
                    checkpoint_id=world.checkpoint_id,
                    kind="number",
                    prompt="1/2 + 1/4?",
                    key={"value": 0.75},
                    retired_at=retired,
                )
            )
    new = links.copy_course(world.practice.platform, world.course, "Next", world.subjects[:1])
    walk(world.course.teacher_ids[0], new).launch()
    with world.session() as session:
        copied = session.scalars(
            select(CheckpointItem).where(CheckpointItem.checkpoint_id != world.checkpoint_id)
        ).all()
        assert [item.prompt for item in copied] == ["1/2 + 1/4?"]
        assert session.scalar(select(func.count(GradeDelivery.id))) == 0


def test_a_dialogs_answer_is_a_form_that_sends_itself(world, teacher):
    _, _, checkpoint = names(world)
    sent = teacher.submit(teacher.launch(message="deep"), pick=[checkpoint])
    assert 'id="answer"' in sent.text
    assert "submit.js" in sent.text
    assert requests.get(f"{world.settings.public_url}/static/submit.js", timeout=5).ok


def _section(world, course) -> Section:
    with world.session() as session:
        return session.scalars(select(Section).where(Section.external_id == course.id)).one()
