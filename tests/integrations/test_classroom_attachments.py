"""Attachments of the add-on: our client and the practice Classroom, held against Google's prose."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from integrations.classroom.attachment_gradebook import AttachmentColumn
from integrations.classroom.attachments import AttachmentDraft, Item
from integrations.classroom.scopes import ADDON_TEACHER as SCOPE
from integrations.lms import LmsUnavailable, StandingScore
from integrations.practice.classroom_addon_context import give_token, submission_id
from integrations.practice.classroom_attachments import copy_course, copy_item, give_own_token
from integrations.practice.school import PracticeCourse
from tests.integrations.google_peer import OURS, refusal

ROOT = "https://www.googleapis.com/auth/classroom."
STUDENT_SCOPE = f"{ROOT}addons.student"
READS = f"{ROOT}coursework.students.readonly"
NOT_THEIRS = {"forbidden", "not_a_teacher"}
TOOL = "https://pathways.example.org"
DUE = datetime(2026, 3, 9, 23, 59, tzinfo=UTC)
DRAFT = AttachmentDraft(
    title="Exit ticket",
    teacher_url=f"{TOOL}/addon/teacher?open=checkpoint-9",
    student_url=f"{TOOL}/addon/student?open=checkpoint-9",
    review_url=f"{TOOL}/addon/review?open=checkpoint-9",
    max_points=4,
    due_at=DUE,
)
BODY = {
    "title": "Exit ticket",
    "teacherViewUri": {"uri": f"{TOOL}/t"},
    "studentViewUri": {"uri": f"{TOOL}/s"},
}


@pytest.fixture
def work(google):
    """An assignment that a teacher is writing in Classroom."""
    return google.store.add_work(google.course_id, title="Homework", maxPoints=4, state="DRAFT")


def _token(google, work, **how):
    return give_own_token(google.store, work, google.teacher.google_id, **how)


def _item(work, kind="courseWork"):
    return Item(work["courseId"], work["id"], kind)


def _on(google, work, kind="courseWork", scopes=(SCOPE,), person=None):
    return google.client(scopes, person).attachments(_item(work, kind))


def _attach(google, work, draft=DRAFT):
    return _on(google, work).create(draft, _token(google, work))


def _column(work, attachment):
    return str(AttachmentColumn(_item(work), attachment.id))


def _book(google, work, attachment, known=None, scopes=(SCOPE, READS)):
    def submission_of(_column_id, user_id):
        return (known or {}).get(user_id)

    return google.client(scopes).attachment_gradebook(submission_of)


def _submission_id(google, work, attachment, seat=0):
    return submission_id(google.course_id, work["id"], attachment.id, google.student(seat))


@pytest.mark.parametrize("kind", ["courseWork", "courseWorkMaterials", "announcements"])
def test_something_is_attached_read_changed_and_taken_away_on_every_kind_of_post(google, kind):
    if kind == "announcements":
        post = google.store.announce(google.course_id, "Look at this")
    else:
        material = kind == "courseWorkMaterials"
        post = google.store.add_work(google.course_id, title="Post", material=material)
    attachments = _on(google, post, kind)
    made = attachments.create(DRAFT, _token(google, post))
    assert attachments.get(made.id) == made
    assert (made.title, made.student_url, made.due_at) == (DRAFT.title, DRAFT.student_url, DUE)
    assert made.grade_sync == (kind == "courseWork")
    attachments.update(made.id, replace(DRAFT, title="Renamed", max_points=None, due_at=None))
    (after,) = attachments.all()
    assert (after.title, after.max_points, after.due_at) == ("Renamed", None, None)
    assert not after.grade_sync
    attachments.delete(made.id)
    assert attachments.all() == []
    assert refusal(lambda: attachments.get(made.id)) == "attachment_gone"
    assert refusal(lambda: attachments.delete(made.id)) == "attachment_gone"
    assert refusal(lambda: attachments.update(made.id, DRAFT)) == "attachment_gone"


def test_more_attachments_than_a_page_holds_are_all_listed(google, work):
    token = _token(google, work)
    for n in range(23):
        _on(google, work).create(replace(DRAFT, title=f"Number {n}"), token)
    google.practice.mischief.calls.clear()
    assert [one.title for one in _on(google, work).all()] == [f"Number {n}" for n in range(23)]
    assert google.practice.mischief.calls["classroom.courseWork.addOnAttachments.list"] == 2


def test_a_maximum_with_a_fraction_becomes_a_whole_number(google, work):
    assert _attach(google, work, replace(DRAFT, max_points=2.5)).max_points == 3


def test_a_token_lets_attach_to_its_own_post_only_and_in_its_own_time(google, work):
    other = google.store.add_work(google.course_id, title="Other")
    make = _on(google, other).create
    assert refusal(lambda: make(DRAFT)) == "token_not_yours"
    assert refusal(lambda: make(DRAFT, "made up")) == "token_not_yours"
    assert refusal(lambda: make(DRAFT, _token(google, work))) == "token_not_yours"
    assert refusal(lambda: make(DRAFT, _token(google, other, seconds=-1))) == "token_expired"
    assert google.store.attachments.get((google.course_id, other["id"]), []) == []
    assert make(DRAFT, give_token(google.store, google.course_id, other["id"])).id


def test_a_token_is_its_teachers_own(google, work):
    anothers = give_own_token(google.store, work, "somebody else")
    assert refusal(lambda: _on(google, work).create(DRAFT, anothers)) == "token_not_yours"


def test_to_what_our_project_published_it_attaches_without_a_token(google):
    ours = google.store.work(google.course_id, google.work(OURS))
    assert _on(google, ours).create(DRAFT).title == DRAFT.title


def test_students_change_nothing_whatever_their_token_says(google, work):
    work["state"] = "PUBLISHED"
    made = _attach(google, work)
    person = google.practice.school.people[google.course.student_ids[0]]
    for scope in (STUDENT_SCOPE, SCOPE):
        attachments = _on(google, work, scopes=(scope,), person=person)
        assert attachments.get(made.id).title == DRAFT.title
        assert refusal(lambda on=attachments: on.create(DRAFT)) in NOT_THEIRS
        assert refusal(lambda on=attachments: on.update(made.id, DRAFT)) in NOT_THEIRS
        assert refusal(lambda on=attachments: on.delete(made.id)) in NOT_THEIRS
        mine = _submission_id(google, work, made)
        assert refusal(lambda on=attachments, i=mine: on.give(made.id, i, 4)) in NOT_THEIRS
    assert google.store.attachment_points == {}


def test_a_student_sees_their_own_work_and_nothing_of_a_draft(google, work):
    made = _attach(google, work)
    person = google.practice.school.people[google.course.student_ids[0]]
    attachments = _on(google, work, scopes=(STUDENT_SCOPE,), person=person)
    assert refusal(lambda: attachments.get(made.id)) == "attachment_gone"
    work["state"] = "PUBLISHED"
    assert [one.id for one in attachments.works(made.id)] == [_submission_id(google, work, made)]
    others = _submission_id(google, work, made, seat=1)
    assert refusal(lambda: attachments.work(made.id, others)) == "not_a_student"


def test_another_projects_attachment_is_neither_seen_nor_changed(google, work):
    made = _attach(google, work)
    google.store.attachments[(google.course_id, work["id"])][0]["_owner"] = "another project"
    attachments = _on(google, work)
    assert attachments.all() == []
    for act in (
        lambda: attachments.get(made.id),
        lambda: attachments.update(made.id, DRAFT),
        lambda: attachments.delete(made.id),
        lambda: attachments.give(made.id, _submission_id(google, work, made), 1),
    ):
        assert refusal(act) == "attachment_not_visible"


def test_a_teacher_without_add_ons_and_an_archived_course_are_refused_in_words(google, work):
    made, token = _attach(google, work), _token(google, work)
    google.store.without_add_ons.add(google.teacher.google_id)
    assert refusal(lambda: _on(google, work).create(DRAFT, token)) == "may_not_attach"
    assert refusal(lambda: _on(google, work).update(made.id, DRAFT)) == "may_not_attach"
    google.store.without_add_ons.clear()
    google.store.courses[google.course_id]["courseState"] = "ARCHIVED"
    assert refusal(lambda: _on(google, work).create(DRAFT, token)) == "course_archived"
    assert (
        refusal(lambda: _on(google, work).give(made.id, _submission_id(google, work, made), 1))
        == "course_archived"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 1001},
        {"teacherViewUri": {"uri": ""}},
        {"studentViewUri": {"uri": f"{TOOL}/{'x' * 1800}"}},
        {"studentWorkReviewUri": {"uri": f"{TOOL}/{'x' * 1800}"}},
        {"maxPoints": 4},
        {"maxPoints": 2.5, "studentWorkReviewUri": {"uri": TOOL}},
        {"maxPoints": -1, "studentWorkReviewUri": {"uri": TOOL}},
        {"dueDate": {"year": 2026, "month": 3, "day": 9}},
        {"dueTime": {"hours": 1}},
    ],
)
def test_what_the_descriptions_do_not_allow_is_refused(google, work, wrong):
    path = f"/courseWork/{work['id']}/addOnAttachments"
    query = {"addOnToken": _token(google, work)}
    for body in ({**BODY, **wrong}, {}):
        answer = google.ask("POST", path, json=body, params=query, scopes=(SCOPE,))
        assert answer.status_code == 400
        assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert google.store.attachments.get((google.course_id, work["id"]), []) == []


def test_what_is_read_only_is_passed_over(google, work):
    body = {**BODY, "id": "mine", "gradeSyncEnabled": True, "itemId": "other", "courseId": "1"}
    made = google.ask(
        "POST",
        f"/courseWork/{work['id']}/addOnAttachments",
        json={**body, "copyHistory": [{"attachmentId": "7"}]},
        params={"addOnToken": _token(google, work)},
        scopes=(SCOPE,),
    ).json()
    assert made["id"] != "mine"
    assert (made["itemId"], made["courseId"]) == (work["id"], google.course_id)
    assert not made["gradeSyncEnabled"]
    assert "copyHistory" not in made


@pytest.mark.parametrize(
    ("mask", "body", "status"),
    [
        ("", {"title": "New"}, 400),
        ("copyHistory", {}, 400),
        ("title", {}, 400),
        ("student_work_review_uri", {}, 200),
        ("max_points", {"maxPoints": 8}, 200),
    ],
)
def test_a_patch_changes_what_its_mask_names(google, work, mask, body, status):
    made = _attach(google, work)
    answer = google.ask(
        "PATCH",
        f"/courseWork/{work['id']}/addOnAttachments/{made.id}",
        json=body,
        params={"updateMask": mask},
        scopes=(SCOPE,),
    )
    assert answer.status_code == status
    after = _on(google, work).get(made.id)
    # Without a page for a student's work there are no points.
    expected = {"student_work_review_uri": None, "max_points": 8}.get(mask, 4)
    assert (after.title, after.max_points) == (DRAFT.title, expected)


def test_one_attachment_of_an_assignment_syncs_grades(google, work):
    looks = _attach(google, work, replace(DRAFT, max_points=None))
    first, second = _attach(google, work), _attach(google, work)
    assert [one.grade_sync for one in _on(google, work).all()] == [False, True, False]
    _on(google, work).delete(first.id)
    assert [one.grade_sync for one in _on(google, work).all()] == [False, True]
    assert _on(google, work).all()[1].id == second.id != looks.id


def test_points_become_a_draft_in_the_gradebook_where_grades_are_synced(google, work):
    synced, other = _attach(google, work), _attach(google, work)
    for attachment, points in ((other, 1), (synced, 3.5)):
        given = _submission_id(google, work, attachment)
        _on(google, work).give(attachment.id, given, points)
    submission = google.store.submission(google.course_id, work["id"], google.student())
    assert submission["draftGrade"] == 3.5
    assert "assignedGrade" not in submission
    assert {one.points for one in _on(google, work).works(other.id)} == {1, None}


def test_an_attachment_that_syncs_lets_our_project_grade_the_assignment(google, work):
    path = (
        f"/courseWork/{work['id']}/studentSubmissions/"
        f"{google.store.submission(google.course_id, work['id'], google.student())['id']}"
    )
    query = {"updateMask": "draftGrade"}
    assert google.ask("PATCH", path, json={"draftGrade": 2}, params=query).status_code == 403
    _attach(google, work)
    assert google.ask("PATCH", path, json={"draftGrade": 2}, params=query).status_code == 200


@pytest.mark.parametrize(
    ("mask", "points", "status"),
    [
        ("pointsEarned", 3, 200),
        ("points_earned", 0, 200),
        ("pointsEarned", -1, 400),
        ("", 3, 400),
        ("postSubmissionState", 3, 400),
    ],
)
def test_only_points_are_written_and_only_good_ones(google, work, mask, points, status):
    made = _attach(google, work)
    answer = google.ask(
        "PATCH",
        f"/courseWork/{work['id']}/addOnAttachments/{made.id}/studentSubmissions/"
        f"{_submission_id(google, work, made)}",
        json={"pointsEarned": points},
        params={"updateMask": mask},
        scopes=(SCOPE,),
    )
    assert answer.status_code == status


def test_points_need_a_maximum(google, work):
    made = _attach(google, work, replace(DRAFT, max_points=None))
    give = _on(google, work).give
    assert refusal(lambda: give(made.id, _submission_id(google, work, made), 1)) == "invalid"


def test_whose_work_it_is_shows_only_with_the_scope_for_it(google, work):
    made = _attach(google, work)
    assert {one.user_id for one in _on(google, work).works(made.id)} == {""}
    seen = _on(google, work, scopes=(SCOPE, READS)).works(made.id)
    assert {one.user_id for one in seen} == {google.student(seat) for seat in range(5)}


def test_a_copied_post_names_where_its_attachments_come_from_oldest_first(google, work):
    first = _attach(google, work)
    copy = copy_item(google.store, work, google.course_id)
    again = copy_item(google.store, copy, google.course_id)
    (second,) = _on(google, copy).all()
    (third,) = _on(google, again).all()
    assert [o.attachment_id for o in second.origins] == [first.id]
    assert [o.attachment_id for o in third.origins] == [first.id, second.id]
    assert [o.item_id for o in third.origins] == [work["id"], copy["id"]]
    assert len({first.id, second.id, third.id}) == 3


def test_a_copied_course_brings_its_posts_as_drafts_and_their_attachments(google, work):
    first = _attach(google, work)
    said = google.store.announce(google.course_id, "Look")
    _on(google, said, "announcements").create(DRAFT, _token(google, said))
    new = PracticeCourse("next-year", "Math", google.course.teacher_ids, [])
    google.practice.school.courses[new.id] = new
    copies = {
        copy.get("title", "Look"): copy
        for copy in copy_course(google.store, google.course_id, new.id)
    }
    assert {copy["state"] for copy in copies.values()} == {"DRAFT"}
    (copied,) = _on(google, copies["Homework"]).all()
    assert copied.origins[0].course_id == google.course_id
    assert copied.origins[0].attachment_id == first.id
    assert copied.student_url == DRAFT.student_url
    (copied,) = _on(google, copies["Look"], "announcements").all()
    assert copied.origins[0].item_id == said["id"]


# Grades


def test_a_grade_is_sent_as_its_share_and_stands(google, work):
    made = _attach(google, work, replace(DRAFT, max_points=10))
    book, column = _book(google, work, made), _column(work, made)
    assert book.read(column, google.student()) is None
    book.send(column, google.score(3, max_points=4))
    standing = _book(google, work, made).read(column, google.student())
    assert standing == StandingScore(google.student(), 7.5, 10)


def test_a_grade_needs_no_scope_but_the_add_ons_where_the_submission_is_known(google, work):
    made = _attach(google, work)
    known = {google.student(): _submission_id(google, work, made)}
    book = _book(google, work, made, known, scopes=(SCOPE,))
    book.send(_column(work, made), google.score(3))
    standing = _book(google, work, made, known, scopes=(SCOPE,)).read(
        _column(work, made), google.student()
    )
    assert standing == StandingScore(google.student(), 3, 4)


def test_who_can_not_be_found_is_not_graded(google, work):
    made = _attach(google, work)
    column = _column(work, made)
    blind = _book(google, work, made, scopes=(SCOPE,))
    assert refusal(lambda: blind.send(column, google.score())) == "not_opened"
    gone = google.score()
    known = {google.student(): _submission_id(google, work, made)}
    google.course.leave(google.course.student_ids[0])
    assert refusal(lambda: _book(google, work, made).send(column, gone)) == "not_a_student"
    assert refusal(lambda: _book(google, work, made, known).send(column, gone)) == "not_a_student"


@pytest.mark.parametrize(("field", "given"), [("draftGrade", 1), ("assignedGrade", 2)])
def test_what_a_teacher_gave_in_the_gradebook_is_what_stands(google, work, field, given):
    made = _attach(google, work)
    column = _column(work, made)
    submission = google.store.submission(google.course_id, work["id"], google.student())
    submission[field] = given
    expected = StandingScore(google.student(), given, 4)
    assert _book(google, work, made).read(column, google.student()) == expected
    _book(google, work, made).send(column, google.score(3))
    submission.update(draftGrade=given)
    assert _book(google, work, made).read(column, google.student()) == expected


def test_a_returned_grade_of_before_is_not_a_teachers_change(google, work):
    made = _attach(google, work)
    _book(google, work, made).send(_column(work, made), google.score(2))
    submission = google.store.submission(google.course_id, work["id"], google.student())
    submission["assignedGrade"] = submission["draftGrade"]
    _book(google, work, made).send(_column(work, made), google.score(3))
    standing = _book(google, work, made).read(_column(work, made), google.student())
    assert standing == StandingScore(google.student(), 3, 4)


@pytest.mark.parametrize("shown", [3, 75])
def test_a_synced_grade_is_ours_copied_as_it_is_or_as_its_share(google, work, shown):
    made = _attach(google, work)
    work["maxPoints"] = 100
    _book(google, work, made).send(_column(work, made), google.score(3))
    google.store.submission(google.course_id, work["id"], google.student())["draftGrade"] = shown
    standing = _book(google, work, made).read(_column(work, made), google.student())
    assert standing == StandingScore(google.student(), 3, 4)


def test_a_grade_at_an_attachment_that_is_gone_or_takes_none(google, work):
    made = _attach(google, work)
    _on(google, work).update(made.id, replace(DRAFT, max_points=None))
    with pytest.raises(LmsUnavailable, match="attachment_ungraded"):
        _book(google, work, made).send(_column(work, made), google.score())
    _on(google, work).delete(made.id)
    book, column = _book(google, work, made), _column(work, made)
    assert refusal(lambda: book.send(column, google.score())) == "attachment_gone"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("too_many_requests", "rate_limited"),
        ("rate_limit_exceeded", "rate_limited"),
        ("server_error", "server_error"),
    ],
)
def test_classroom_is_busy_and_the_same_grade_sent_again_is_harmless(google, work, fault, code):
    made = _attach(google, work)
    name = "classroom.courseWork.addOnAttachments.studentSubmissions.patch"
    google.practice.mischief.next(name, fault)
    with pytest.raises(LmsUnavailable, match=code):
        _book(google, work, made).send(_column(work, made), google.score(3))
    _book(google, work, made).send(_column(work, made), google.score(3))
    standing = _book(google, work, made).read(_column(work, made), google.student())
    assert standing == StandingScore(google.student(), 3, 4)


def test_an_answer_that_was_lost_leaves_one_grade(google, work):
    made = _attach(google, work)
    name = "classroom.courseWork.addOnAttachments.studentSubmissions.patch"
    google.practice.mischief.next(name, "lost_after_accepting")
    with suppress(LmsUnavailable):  # the library may have asked again by itself
        _book(google, work, made).send(_column(work, made), google.score(3))
    standing = _book(google, work, made).read(_column(work, made), google.student())
    assert standing == StandingScore(google.student(), 3, 4)


def test_a_token_that_expired_is_renewed_once(google, work):
    made = _attach(google, work)
    attachments = _on(google, work)
    assert attachments.get(made.id)
    google.practice.google.expire_tokens()
    assert attachments.get(made.id)
    google.practice.google.revoke()
    assert refusal(attachments.all) == "sign_in_again"
