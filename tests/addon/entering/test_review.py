"""A teacher looks at a student's work from Classroom."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from lti_app.addon.models import AddOnSubmission, AddOnVisit
from lti_app.db import now
from lti_app.learning import attempts
from lti_app.learning.models import Attempt, Checkpoint


@pytest.fixture
def attachment(door) -> str:
    door.open_section()
    return door.attach()


def hand_in(door, person, number=1) -> int:
    """A student's next attempt; returns its id."""
    enrolment = door.enrolment(person)
    with door.database.transaction(district_id=door.district_id) as session:
        return attempts.submit(
            session,
            checkpoint=session.get_one(Checkpoint, door.checkpoint_id),
            person_id=enrolment.person_id,
            section_id=enrolment.section_id,
            number=number,
            evidence=f"6/5, try {number}",
        ).id


def score(door, attempt_id) -> None:
    """It is looked at: the student may try again."""
    with door.database.transaction(district_id=door.district_id) as session:
        attempt = session.get_one(Attempt, attempt_id)
        attempts.score(
            session, attempt=attempt, points=1, feedback="", scored_by_id=attempt.person_id
        )


def review(door, attachment, student):
    """The teacher opens the student's work; returns their browser and where it leads."""
    browser = door.browser()
    submission = door.submission_id(student, attachment)
    answer = browser.enter(door.teacher, "review", attachment, submissionId=submission)
    return browser, answer.headers["Location"]


def test_the_newest_attempt_opens_beside_the_form_for_its_score(door, attachment):
    ana = door.student()
    door.browser().enter(ana, "student", attachment)
    score(door, hand_in(door, ana))
    newest = hand_in(door, ana, 2)

    browser, visit = review(door, attachment, ana)
    answer = browser.get(visit)

    below = f"/e/{door.enrolment(door.teacher).id}"
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{below}/scoring/{newest}")
    page = browser.get(answer.headers["Location"])
    assert "try 2" in page.text
    assert "Back to Classroom" in page.text
    assert door.practice.url in page.text, "whom the button tells"


def test_nothing_is_handed_in_yet(door, attachment):
    ana = door.student()
    door.browser().enter(ana, "student", attachment)

    browser, visit = review(door, attachment, ana)
    page = browser.get(visit)

    assert page.status_code == 200
    assert "Nothing is handed in yet" in page.text
    assert "data-close-classroom" in page.text


def test_the_work_of_another_student_is_not_mixed_up(door, attachment):
    ana, ben = door.student(0), door.student(1)
    for person in (ana, ben):
        door.browser().enter(person, "student", attachment)
    hand_in(door, ben)

    browser, visit = review(door, attachment, ana)

    assert "Nothing is handed in yet" in browser.get(visit).text


def test_a_visit_that_is_over_or_anothers_is_not_found(door, attachment):
    ana = door.student()
    door.browser().enter(ana, "student", attachment)
    browser, visit = review(door, attachment, ana)
    second = next(
        one for one in door.practice.school.of_role("teacher") if one.id != door.teacher.id
    )
    door.course.teacher_ids.append(second.id)
    other = door.browser()
    other.enter(second, "teacher", attachment)
    theirs = visit.replace(
        f"/e/{door.enrolment(door.teacher).id}/", f"/e/{door.enrolment(second).id}/"
    )

    assert other.get(theirs).status_code == 404
    with door.database.transaction() as session:
        session.execute(update(AddOnVisit).values(expires_at=now() - timedelta(seconds=1)))
    assert browser.get(visit).status_code == 404
    assert browser.get(visit.rpartition("/")[0] + "/made-up").status_code == 404


def test_google_does_not_answer_whose_work_it_is(door, attachment):
    ana = door.student()
    door.browser().enter(ana, "student", attachment)
    with door.database.transaction() as session:
        session.query(AddOnSubmission).delete()
    browser, visit = review(door, attachment, ana)
    door.practice.mischief.next(
        "classroom.courseWork.addOnAttachments.studentSubmissions.get", "server_error"
    )

    page = browser.get(visit)

    assert page.status_code == 502
    assert "Google Classroom did not answer as we need." in page.text
