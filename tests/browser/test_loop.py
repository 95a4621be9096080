"""The loop as its people see it: in the LMS's frame, a teacher and students, each at a browser."""

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from lti_app.learning import targets
from lti_app.learning.models import ActivityKind, MasteryRule

pytestmark = pytest.mark.browser

TARGET = "I can multiply a fraction by a whole number."
SECOND_TARGET = "I can show a fraction as a division."


@pytest.fixture
def unit(stage):
    with stage.database.transaction(district_id=stage.district_id) as session:
        for title in (TARGET, SECOND_TARGET):
            target = targets.add_target(
                session, stage.team_id, title=title, rule=MasteryRule.LATEST
            )
            pathway = targets.add_pathway(session, target, title="Build it")
            targets.add_activity(
                session, pathway, title="Lay three strips of 2/5", kind=ActivityKind.MANIPULATIVE
            )
            targets.add_activity(
                session, pathway, title="Draw what you built", kind=ActivityKind.PRACTICE
            )
            targets.add_checkpoint(
                session, target, title="Exit ticket", max_points=4, question="What is 3 × 2/5?"
            )


def button(frame: FrameLocator, name: str):
    return frame.get_by_role("button", name=name, exact=True)


def link(frame: FrameLocator, name: str):
    return frame.get_by_role("link", name=name)


def answer_checkpoint(student: FrameLocator, answer: str, label: str) -> None:
    link(student, "Exit ticket").click()
    student.get_by_label(label).fill(answer)
    button(student, "Send my answer").click()
    expect(student.get_by_text("Your teacher will look at it.")).to_be_visible()


def back_to_target(student: FrameLocator) -> None:
    link(student, f"← {TARGET}").click()


def open_page(teacher: FrameLocator, name: str) -> None:
    teacher.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()


def score(teacher: FrameLocator, name: str, points: str, feedback: str = "") -> None:
    open_page(teacher, "To score")
    link(teacher, name).click()
    teacher.get_by_label("Points, of 4").fill(points)
    teacher.get_by_label("Feedback to the student").fill(feedback)
    button(teacher, "Save").click()
    expect(teacher.get_by_role("status")).to_be_visible()


def test_a_low_score_becomes_an_invitation_and_a_good_attempt_closes_the_gap(stage, person, unit):
    ana, ben = stage.course.student_ids[:2]

    def enter(page: Page, person_id: str) -> FrameLocator:
        return stage.enter_in_frame(page, person_id, stage.course.id)

    ana_page, ben_page, teacher_page = (person().new_page() for _ in range(3))
    student = enter(ana_page, ana)
    other = enter(ben_page, ben)
    teacher = enter(teacher_page, stage.teacher_id)

    # The student starts, picks a pathway, does a step, answers the checkpoint.
    student.get_by_role("region", name="What next?").get_by_role("link", name="Start").click()
    button(student, "Go this way: Build it").click()
    button(student, "I did it: Lay three strips of 2/5").click()
    expect(button(student, "Done: Lay three strips of 2/5. Press to undo.")).to_be_visible()
    answer_checkpoint(student, "6/15", "Your answer")

    # The teacher sees the answer, and scores it low with a word on it.
    score(teacher, stage.name(ana), "1", "Draw the strips again.")
    back_to_target(student)
    link(student, "Exit ticket").click()
    expect(student.get_by_text("1 of 4 points")).to_be_visible()
    expect(student.get_by_text("Draw the strips again.")).to_be_visible()

    # One step makes a session out of the group; only who is in it is invited.
    open_page(teacher, "Who needs help")
    group = teacher.get_by_role("region", name=TARGET)
    expect(group.get_by_role("checkbox", name=stage.name(ana))).to_be_checked()
    group.get_by_label("Where").fill("Room 12")
    group.get_by_role("button", name="Invite them").click()
    expect(teacher.get_by_text(f"{stage.name(ana)}: no answer yet")).to_be_visible()

    # The student sees who, where and for what, and says yes.
    student = enter(ana_page, ana)
    invitation = student.get_by_role("region", name=f"{stage.name(stage.teacher_id)} can help you")
    expect(invitation).to_contain_text("Room 12")
    expect(invitation).to_contain_text(TARGET)
    invitation.get_by_role("button", name="I'll be there").click()
    expect(student.get_by_text("You said: I'll be there.")).to_be_visible()

    # Someone who was not invited joins, and the teacher knows of both.
    other = enter(ben_page, ben)
    expect(other.get_by_text("can help you")).to_have_count(0)
    other.get_by_role("button", name=f"Join {stage.name(stage.teacher_id)}").click()
    expect(other.get_by_text("✓ You are in.")).to_be_visible()
    open_page(teacher, "Who needs help")
    expect(teacher.get_by_text(f"{stage.name(ana)}: comes")).to_be_visible()
    expect(teacher.get_by_text(f"{stage.name(ben)}: joins by choice")).to_be_visible()

    # Coming alone closes nothing: the student still needs help until a new attempt meets it.
    expect(student.get_by_text("A teacher will help you with this.")).to_be_visible()
    student.get_by_role("region", name="Where am I?").get_by_role("link", name=TARGET).click()
    answer_checkpoint(student, "2/5 + 2/5 + 2/5 = 6/5", "Try again")
    score(teacher, stage.name(ana), "4")
    student = enter(ana_page, ana)
    expect(student.get_by_text("You have met 1 of 2 targets.")).to_be_visible()
    expect(student.get_by_text("A teacher will help you with this.")).to_have_count(0)
    open_page(teacher, "Who needs help")
    expect(teacher.get_by_text("Nobody needs help right now.")).to_be_visible()
