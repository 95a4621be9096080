"""Our client makes, finds, changes and takes away coursework, over HTTP."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integrations.classroom import oauth
from integrations.classroom.gradebook import Grading
from integrations.classroom.publishing import Draft
from integrations.classroom.scopes import TOPICS_WRITE
from integrations.lms import LmsUnavailable
from tests.integrations.google_peer import client_at, refusal
from tests.integrations.service_platform import Answer

LINK = "https://pathways.example.org/open/checkpoint-9?class=3"
DRAFT = Draft("Exit ticket 4", LINK, is_out=True, max_points=4)
LATER = (datetime.now(UTC) + timedelta(days=2)).replace(second=0, microsecond=0)


def _book(google, scopes=oauth.MIRROR_SCOPES):
    return google.client(scopes=scopes).publishing(google.course_id)


def test_coursework_is_made_as_asked_and_read_back(google):
    book = _book(google)
    topic = google.store.topics[google.course_id][1]["topicId"]
    mine = (google.student(0), google.student(2))
    made = book.create(replace(DRAFT, due_at=LATER, topic_id=topic, user_ids=mine))
    found = book.look(made)
    assert (found.title, found.is_out, found.max_points) == ("Exit ticket 4", True, 4)
    assert (found.due_at, found.topic_id, found.user_ids) == (LATER, topic, mine)
    work = google.store.work(google.course_id, made)
    assert work["materials"] == [{"link": {"url": LINK}}]


def test_a_draft_comes_out_at_its_time_or_when_it_is_published(google):
    book = _book(google)
    made = book.create(replace(DRAFT, is_out=False, scheduled_at=LATER))
    assert (book.look(made).is_out, book.look(made).scheduled_at) == (False, LATER)
    book.change(made, scheduled_at=None)
    assert book.look(made).scheduled_at is None
    book.change(made, is_out=True, scheduled_at=None)
    assert book.look(made).is_out


def test_what_was_made_but_not_noted_is_found_by_our_link(google):
    book = _book(google)
    assert book.find(LINK) == []
    # The HTTP library asks once more after a broken connection: Google then has it twice.
    google.practice.mischief.next("classroom.courseWork.create", "lost_after_accepting", times=2)
    with pytest.raises(LmsUnavailable):
        book.create(replace(DRAFT, is_out=False))
    found = book.find(LINK)
    assert [google.store.work(google.course_id, one)["title"] for one in found] == [
        "Exit ticket 4",
        "Exit ticket 4",
    ]
    google.store.work(google.course_id, found[0])["_owner"] = "a copy that Classroom made"
    assert book.find(LINK) == found[1:]


def test_fields_change_one_by_one_and_are_cleared(google):
    book = _book(google)
    made = book.create(replace(DRAFT, due_at=LATER))
    book.change(made, title="Exit ticket 5", max_points=10)
    book.change(made, due_at=None)
    found = book.look(made)
    assert (found.title, found.max_points, found.due_at) == ("Exit ticket 5", 10, None)


def test_who_has_it_changes_without_losing_anybody(google):
    book = _book(google)
    first, second, third = (google.student(seat) for seat in range(3))
    made = book.create(replace(DRAFT, user_ids=(first, second)))
    book.assign(made, (first, second), (second, third))
    assert book.look(made).user_ids == (second, third)
    book.assign(made, (second, third), None)
    assert book.look(made).user_ids is None
    book.assign(made, None, (first,))
    assert book.look(made).user_ids == (first,)


def test_taking_away_twice_is_fine(google):
    book = _book(google)
    made = book.create(DRAFT)
    book.delete(made)
    book.delete(made)
    assert refusal(lambda: book.look(made)) == "column_gone"
    assert refusal(lambda: book.change(made, title="x")) == "column_gone"


def test_a_topic_is_found_or_made_by_name(google):
    book = _book(google, scopes=(*oauth.MIRROR_SCOPES, TOPICS_WRITE))
    assert book.topic("Unit 3: Fractions") == google.store.topics[google.course_id][1]["topicId"]
    made = book.topic(" Unit 4:  Volume")
    assert book.topic("Unit 4: Volume") == made
    assert len(google.store.topics[google.course_id]) == 3
    assert refusal(lambda: _book(google).topic("Unit 5")) == "forbidden"


def test_what_google_refuses_has_a_word_of_its_own(google):
    book = _book(google)
    foreign = google.work("Exit ticket")
    assert refusal(lambda: book.change(foreign, title="x")) == "not_ours"
    assert refusal(lambda: book.delete(foreign)) == "not_ours"
    assert refusal(lambda: book.create(replace(DRAFT, topic_id="4711"))) == "topic_gone"
    assert refusal(lambda: book.create(replace(DRAFT, title="x" * 3_001))) == "invalid"
    topic = google.store.topics[google.course_id][0]["topicId"]
    long = replace(DRAFT, title="x" * 3_001, topic_id=topic)
    assert refusal(lambda: book.create(long)) == "invalid"
    assert refusal(lambda: book.create(replace(DRAFT, user_ids=()))) == "no_students"
    past = datetime.now(UTC) - timedelta(hours=1)
    assert refusal(lambda: book.create(replace(DRAFT, due_at=past))) == "invalid"
    student = google.practice.school.people[google.course.student_ids[0]]
    theirs = google.client(person=student).publishing(google.course_id)
    assert refusal(lambda: theirs.create(DRAFT)) == "not_a_teacher"
    made = book.create(DRAFT)
    google.store.courses[google.course_id]["courseState"] = "ARCHIVED"
    assert refusal(lambda: book.create(DRAFT)) == "course_archived"
    assert refusal(lambda: book.change(made, title="x")) == "course_archived"
    google.store.courses.clear()
    assert refusal(lambda: book.look(made)) == "course_gone"
    assert refusal(lambda: book.create(DRAFT)) == "course_gone"


@pytest.mark.parametrize(
    ("grading", "assigned", "state"),
    [
        (Grading.DRAFT, None, "TURNED_IN"),
        (Grading.ASSIGNED, 3, "TURNED_IN"),
        (Grading.RETURNED, 3, "RETURNED"),
    ],
)
def test_a_grade_goes_as_far_as_it_should(google, grading, assigned, state):
    made = _book(google).create(DRAFT)
    rows = [google.store.submission(google.course_id, made, google.student(n)) for n in (0, 1)]
    google.store.turn_in(rows[0])
    grades = google.client().gradebook(google.course_id, grading)
    for seat in (0, 1):
        grades.send(made, google.score(3, seat=seat))
        grades.send(made, google.score(3, seat=seat))
    assert [row["draftGrade"] for row in rows] == [3, 3]
    assert [row.get("assignedGrade") for row in rows] == [assigned, assigned]
    assert [row["state"] for row in rows] == [state, "CREATED"]
    assert grades.read(made, google.student(0)).points == 3


def test_work_taken_back_just_before_it_is_returned_keeps_its_grade(google, monkeypatch):
    made = _book(google).create(DRAFT)
    row = google.store.submission(google.course_id, made, google.student(0))
    google.store.turn_in(row)
    patches = google.store.patches

    class Reclaiming(list):
        def append(self, patch):
            patches.append(patch)
            google.store.enter_state(row, "RECLAIMED_BY_STUDENT", google.student(0))

    monkeypatch.setattr(google.store, "patches", Reclaiming())
    google.client().gradebook(google.course_id, Grading.RETURNED).send(made, google.score(3))
    assert (row["assignedGrade"], row["state"]) == (3, "RECLAIMED_BY_STUDENT")


def test_a_draft_takes_no_grade_yet(google):
    made = _book(google).create(replace(DRAFT, is_out=False))
    assert refusal(lambda: google.book().send(made, google.score())) == "not_out"


@pytest.mark.parametrize(
    ("status", "state", "message", "code"),
    [
        (403, "PERMISSION_DENIED", "@ProjectPermissionDenied The project may not.", "not_ours"),
        (403, "PERMISSION_DENIED", "@ClassroomDisabled", "classroom_off"),
        (403, "PERMISSION_DENIED", "@ClassroomApiDisabled The API is off.", "classroom_api_off"),
        (403, "PERMISSION_DENIED", "The caller does not have permission", "not_a_teacher"),
        (403, "PERMISSION_DENIED", "Request had insufficient scopes.", "forbidden"),
        (400, "FAILED_PRECONDITION", "@CourseNotModifiable", "course_archived"),
        (400, "FAILED_PRECONDITION", "@EmptyAssignees", "no_students"),
        (400, "FAILED_PRECONDITION", "@CourseTopicLimitReached", "too_many_topics"),
        (400, "FAILED_PRECONDITION", "@SomethingNew of Google's", "not_now"),
        (400, "INVALID_ARGUMENT", "Said of @ProjectPermissionDenied in passing", "invalid"),
    ],
)
def test_each_of_googles_codes_is_one_of_ours(platform, status, state, message, code):
    error = {"error": {"code": status, "status": state, "message": message}}
    platform.next["/v1/courses/1/courseWork"].append(Answer(status, error))
    client = client_at(platform.url)
    assert refusal(lambda: client.publishing("1").create(DRAFT)) == code
