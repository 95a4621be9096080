"""The real Classroom client against the practice Classroom, over HTTP."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from integrations.classroom.client import ClassroomClient
from integrations.lms import ColumnDraft, LmsRefused, LmsUnavailable, ScoreDraft
from integrations.practice import classroom_schema
from integrations.practice.school import PracticeSchool
from integrations.practice.server import PracticeServer
from tests.integrations.google_peer import AT, OURS, Google, client_at, good_for_an_hour, refusal
from tests.integrations.service_platform import Answer

PATCH = "classroom.courseWork.studentSubmissions.patch"


def test_every_page_of_people_and_submissions_is_read():
    with PracticeServer("http://127.0.0.1:1", PracticeSchool.small(104)) as practice:
        google = Google(practice)
        client = google.client()
        members = list(client.roster(google.course_id).members())
        assert [m.roles for m in members].count(("student",)) == 104
        assert len({m.user_id for m in members}) == 105
        assert all(m.email for m in members)
        submissions = list(client.source(google.course_id).submissions())
        assert len(submissions) == len({s.id for s in submissions}) == 104 * 9
        assert [course.id for course in client.courses()] == [google.course_id]


def test_a_page_is_asked_for_only_when_it_is_needed():
    with PracticeServer("http://127.0.0.1:1", PracticeSchool.small(104)) as practice:
        google = Google(practice)
        rows = google.source().submissions()
        for _ in range(100):
            next(rows)
        assert practice.mischief.calls["classroom.courseWork.studentSubmissions.list"] == 1
        next(rows)
        assert practice.mischief.calls["classroom.courseWork.studentSubmissions.list"] == 2


def test_coursework_and_materials_come_as_the_ports_own(google):
    works = {work.title: work for work in google.source().coursework()}
    ours = works["Checkpoint: fraction times whole number"]
    assert (ours.ours, ours.max_points, ours.is_material) == (True, 4, False)
    video = works["Multiplying fractions with an area model"]
    assert (video.is_material, video.max_points) == (True, None)
    assert video.material_urls == ("https://www.youtube.com/watch?v=practice4nf",)
    form = works["Word problems with fractions"]
    assert form.material_urls == ("https://docs.google.com/forms/d/e/word-problems/viewform",)
    assert not form.ours
    assert works["Fraction strips: make your own set"].max_points is None
    titles = [topic.title for topic in google.source().topics()]
    assert titles == ["Unit 2: Decimals", "Unit 3: Fractions"]


def test_a_due_moment_is_in_utc_and_a_draft_is_not_mirrored(google):
    due = {"year": 2026, "month": 3, "day": 6}
    google.store.add_work(google.course_id, title="Due", dueDate=due, dueTime={"hours": 21})
    google.store.add_work(google.course_id, title="Later", state="DRAFT")
    works = {work.title: work for work in google.source().coursework()}
    assert works["Due"].due_at == datetime(2026, 3, 6, 21, 0, tzinfo=UTC)
    assert "Later" not in works


def test_every_turn_in_counts_also_where_google_left_out_the_history(google):
    work = google.work(OURS)
    twice, once, never = (
        google.store.submission(google.course_id, work, google.student(seat)) for seat in range(3)
    )
    google.store.turn_in(twice)
    google.store.turn_in(twice)
    once.update(state="TURNED_IN", submissionHistory=[])
    found = {s.id: s for s in google.source().submissions()}
    assert [found[s["id"]].turn_ins for s in (twice, once, never)] == [2, 1, 0]
    assert found[once["id"]].turned_in_at is not None
    assert found[never["id"]].turned_in_at is None


def test_a_grade_is_written_and_read_back(google):
    book, column = google.book(), google.work(OURS)
    assert book.read(column, google.student(3)) is None
    book.send(column, google.score(3.5, seat=3))
    standing = book.read(column, google.student(3))
    assert (standing.points, standing.max_points) == (3.5, 4)
    assert google.store.patches[-1]["draftGrade"] == 3.5


@pytest.mark.parametrize(("maximum", "stands"), [(4, 3), (10, 7.5), (7, 5.25), (None, 3)])
def test_a_score_is_the_same_share_of_the_courseworks_own_maximum(google, maximum, stands):
    work = google.store.work(google.course_id, google.work(OURS))
    work.pop("maxPoints")
    if maximum:
        work["maxPoints"] = maximum
    google.book().send(work["id"], google.score(3, max_points=4))
    assert google.store.patches[-1]["assignedGrade"] == stands


@pytest.mark.parametrize(
    ("fault", "code", "wait"),
    [
        ("too_many_requests", "rate_limited", 7),
        ("rate_limit_exceeded", "rate_limited", None),
        ("server_error", "server_error", None),
        ("timeout", "lost_connection", None),
        ("lost_after_accepting", "lost_connection", None),
        ("slow", "timeout", None),
    ],
)
def test_what_passes_by_is_unavailable_and_may_be_tried_again(google, fault, code, wait):
    # The HTTP library itself tries a broken connection a second time.
    times = 2 if code == "lost_connection" else 1
    seconds = {"too_many_requests": 7, "slow": 0.8}.get(fault, 0.05)
    google.practice.mischief.next(PATCH, fault, seconds=seconds, times=times)
    with pytest.raises(LmsUnavailable) as caught:
        google.book(timeout_s=0.4).send(google.work(OURS), google.score())
    assert (caught.value.code, caught.value.retry_after) == (code, wait)
    google.book().send(google.work(OURS), google.score())
    assert google.store.patches[-1]["assignedGrade"] == 3


def test_the_client_asks_once_and_leaves_waiting_to_the_outbox(google):
    google.practice.mischief.next(PATCH, "server_error", times=5)
    with pytest.raises(LmsUnavailable):
        google.book().send(google.work(OURS), google.score())
    assert google.practice.mischief.calls[PATCH] == 1


@pytest.mark.parametrize("body", ["<html>busy</html>", "", "[1]", '"words"'])
def test_an_answer_that_is_none_is_garbled(platform, body):
    platform.next["/v1/courses"].append(Answer(200, body))
    with pytest.raises(LmsUnavailable, match="garbled"):
        list(client_at(platform.url).courses())


def test_what_needs_a_person_is_refused_with_one_word(google):
    book = google.book()
    ours = google.work(OURS)
    stranger = ScoreDraft("12345", 1, 4, AT)
    assert refusal(lambda: book.send(google.work("Exit ticket"), google.score())) == "not_ours"
    assert refusal(lambda: book.send(ours, stranger)) == "not_a_student"
    assert refusal(lambda: book.send("999", google.score())) == "column_gone"
    assert refusal(lambda: book.find_or_create_column(ColumnDraft("1", "New", 4))) == "not_ours"
    assert refusal(lambda: google.client().source("999").course()) == "course_gone"
    assert refusal(lambda: list(google.client(scopes=("openid",)).courses())) == "forbidden"
    assert google.store.patches == []


def test_a_student_who_left_gets_no_grade(google):
    left = google.score(seat=1)
    google.course.leave(google.course.student_ids[1])
    assert refusal(lambda: google.book().send(google.work(OURS), left)) == "not_a_student"


def test_a_course_that_vanished_is_told_from_coursework_that_did(google):
    book, column, score = google.book(), google.work(OURS), google.score()
    google.store.remove_work(google.course_id, column)
    assert refusal(lambda: book.send(column, score)) == "column_gone"
    google.store.courses.clear()
    assert refusal(lambda: book.send(column, score)) == "course_gone"
    assert refusal(lambda: list(google.source().coursework())) == "course_gone"


def test_an_archived_course_takes_no_grades(google):
    google.store.courses[google.course_id]["courseState"] = "ARCHIVED"
    assert refusal(lambda: google.book().send(google.work(OURS), google.score())) == (
        "course_archived"
    )
    assert google.source().course().archived
    assert list(google.client().courses()) == []


def test_a_token_that_ends_is_renewed_once_and_kept(google):
    client = google.client()
    list(client.courses())
    google.practice.google.expire_tokens()
    assert list(client.courses())
    assert len(google.kept) == 2
    assert google.kept[-1][1] > datetime.now(UTC) + timedelta(minutes=30)


def test_a_grant_that_was_revoked_asks_to_sign_in_again(google):
    client = google.client()
    google.practice.google.revoke()
    assert refusal(lambda: list(client.courses())) == "sign_in_again"


def _everything(google):
    client = google.client()
    list(client.courses())
    list(client.roster(google.course_id).members())
    source = client.source(google.course_id)
    source.course()
    list(source.topics())
    list(source.coursework())
    list(source.coursework(AT))
    list(source.submissions())
    list(source.submissions(google.work(OURS)))
    list(source.submission_pages())
    source.waiting()
    list(source.rubrics([google.work(OURS)]))
    book = client.gradebook(google.course_id)
    book.send(google.work(OURS), google.score())
    book.read(google.work(OURS), google.student())
    with pytest.raises(LmsRefused):
        book.send("999", google.score())


def test_every_method_we_call_is_in_googles_document(google):
    # The practice Classroom also refuses parameters, fields and enums that are not in it.
    _everything(google)
    known = {
        method.id.removeprefix("classroom.").removeprefix("courses.")
        for method in classroom_schema.methods()
    }
    called = {name for name in google.practice.mischief.calls if name.startswith("classroom.")}
    assert len(called) == 12
    called.remove("classroom.batch")  # the batch path stands apart from the methods
    assert {name.removeprefix("classroom.") for name in called} <= known


def test_every_request_says_which_fields_it_wants(google):
    _everything(google)
    assert google.store.unmasked == []
    google.ask("GET", "/courseWork")
    assert google.store.unmasked == ["courseWork.list"]


def test_nothing_leaves_loopback_when_the_api_is_there(google, monkeypatch):
    reached = []
    connect = socket.socket.connect

    def noting(self, address):
        reached.append(address[0])
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noting)
    _everything(google)
    assert reached
    assert set(reached) == {"127.0.0.1"}
    request = google.client()._made(lambda courses: courses.list())
    assert request.uri.startswith(f"{google.practice.url}/")


@pytest.mark.parametrize("url", ["http://classroom.example.org/", "ftp://127.0.0.1/", "no address"])
def test_an_address_that_would_show_tokens_is_not_used(google, url):
    client = ClassroomClient(url, good_for_an_hour())
    with pytest.raises(ValueError, match="https"):
        list(client.courses())
