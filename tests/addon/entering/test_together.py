"""The whole way through Classroom's iframes: attached, opened, scored, graded, copied."""

from functools import partial

from sqlalchemy import select

from integrations.practice.classroom_attachments import copy_course
from integrations.practice.school import PracticeCourse
from lti_app.addon.attachment_models import AddOnAttachment
from lti_app.learning import attempts
from lti_app.learning.models import Checkpoint, Target
from lti_app.people.models import Section
from lti_app.sync import jobs
from lti_app.sync.delivery import deliver_due
from lti_app.sync.models import GradebookColumn
from tests.addon.entering.conftest import Door


def _attach(door: Door, browser, *names: str) -> list[dict]:
    landing = browser.enter(door.teacher, "discovery").headers["Location"]
    page = browser.get(landing)
    assert page.status_code == 200, page.text
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    sent = browser.iframe.post(
        door.url + landing, data={"csrf_token": token, "pick": names}, timeout=20
    )
    assert "added." in sent.text, sent.text
    assert 'data-close-classroom="now"' in sent.text
    return door.practice.classroom.attachments[(door.course_id, door.item_id)]


def test_attached_in_the_iframe_opened_by_a_student_and_graded_while_no_teacher_is_there(door):
    door.open_section()
    [attachment] = _attach(door, door.browser(), door.place)
    assert attachment["maxPoints"] == 4
    ana, browser = door.student(), door.browser()
    landing = browser.enter(ana, "student", attachment["id"]).headers["Location"]
    assert browser.get(landing).status_code in {200, 302}

    enrolment = door.enrolment(ana)
    with door.app.app_context(), door.database.transaction(district_id=door.district_id) as session:
        attempt = attempts.submit(
            session,
            checkpoint=session.get_one(Checkpoint, door.checkpoint_id),
            person_id=enrolment.person_id,
            section_id=enrolment.section_id,
            number=1,
            evidence="6/5",
        )
        attempts.score(
            session,
            attempt=attempt,
            points=3,
            feedback="",
            scored_by_id=door.enrolment(door.teacher).person_id,
        )
    settings = door.app.extensions["pathways.settings"]
    deliver_due(door.database, partial(jobs.gradebook_of, door.database, settings))
    given = door.practice.classroom.attachment_points[(door.item_id, attachment["id"])]
    assert given == {door.submission_id(ana, attachment["id"]): 3}


def test_a_copied_course_is_opened_by_its_teacher_and_every_attachment_finds_its_home(door):
    door.open_section()
    with door.database.transaction(district_id=door.district_id) as session:
        other = Target(team_id=door.team_id, title="I can add.", position=2)
        session.add(other)
        session.flush()
        name = f"target-{other.id}"
    browser = door.browser()
    _attach(door, browser, door.place, name)

    course = PracticeCourse("next-year", "Next year", [door.teacher.id], [])
    door.practice.school.courses[course.id] = course
    classroom = door.practice.classroom
    copies = copy_course(classroom, door.course_id, course.id)
    post = next(one for one in copies if classroom.attachments.get((one["courseId"], one["id"])))
    for attachment in classroom.attachments[(post["courseId"], post["id"])]:
        answer = browser.open(
            "teacher",
            attachment["id"],
            courseId=post["courseId"],
            itemId=post["id"],
            open=attachment["studentViewUri"]["uri"].rpartition("=")[2],
        )
        assert answer.status_code == 303, answer.text
    door.app.extensions["pathways.jobs"]["settle_attachments"].call_local()

    with door.database.session(district_id=door.district_id, writes=False) as session:
        section = session.scalars(
            select(Section).where(Section.external_id == post["courseId"])
        ).one()
        titles = session.scalars(select(Target.title).where(Target.team_id == section.team_id))
        assert set(titles) == {"I can multiply a fraction.", "I can add."}
        rows = session.scalars(
            select(AddOnAttachment).where(AddOnAttachment.section_id == section.id)
        ).all()
        assert len(rows) == 2
        assert session.scalars(
            select(GradebookColumn).where(GradebookColumn.section_id == section.id)
        ).one()
