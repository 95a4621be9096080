"""Photos, files and links: safe to show, kept once, seen only by those whose matter it is."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from lti_app.files import FileStore
from lti_app.learning.models import Attempt, EvidenceFile
from lti_app.people.models import Enrolment, Role
from tests.learning.marking_room import (
    attached,
    change,
    count,
    picture,
    student_of,
    teacher_of,
    with_items,
)
from tests.school import make_school

ROOT = Path(__file__).parents[2]
PDF = b"%PDF-1.4\n1 0 obj << >> endobj\n%%EOF"


@pytest.fixture
def settings(settings, tmp_path):
    """A store of the test's own."""
    return settings.model_copy(update={"files_url": f"folder:{tmp_path}/files"})


@pytest.fixture
def store(app) -> FileStore:
    return app.extensions["pathways.files"]


@pytest.fixture
def takes_photos(database, school):
    change(database, school, takes_files=True, takes_text=False)


def _send(student, school, *contents, number=1, **form):
    return student.post(
        f"/checkpoints/{school.checkpoint_id}", number=number, files=attached(*contents), **form
    )


def _the_file(database) -> EvidenceFile:
    with database.session() as session:
        return session.query(EvidenceFile).one()


def _keys(tmp_path) -> list[str]:
    return [str(path) for path in (tmp_path / "files").rglob("*") if path.is_file()]


def _photo_with_a_place() -> bytes:
    """A photo that lies on its side, and says where it was taken and by whom."""
    sideways = Image.new("RGB", (60, 20), "blue")
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right to look at it
    exif[0x010E] = "Ana Lopez at home"
    exif[0x8825] = {1: "N", 2: (40.0, 26.0, 46.0), 3: "W", 4: (79.0, 58.0, 56.0)}
    written = BytesIO()
    sideways.save(written, "JPEG", exif=exif, comment=b"Ana's tablet")
    return written.getvalue()


def test_a_photo_is_seen_by_its_student_and_the_teacher_beside_the_form(
    app, database, school, takes_photos
):
    student = student_of(app, school)
    assert _send(student, school, picture()).status_code == 302
    address = f"/evidence/{_the_file(database).id}"
    for browser in (student, teacher_of(app, school)):
        answer = browser.get(address)
        assert answer.status_code == 200
        assert answer.content_type == "image/jpeg"
        assert Image.open(BytesIO(answer.data)).size == (40, 30)
    assert address in student.get(f"/checkpoints/{school.checkpoint_id}").text
    assert address in teacher_of(app, school).get("/scoring/1").text


def test_where_and_by_whom_a_photo_was_taken_stays_behind_and_it_stands_upright(
    app, database, school, store, takes_photos
):
    sent = _photo_with_a_place()
    assert Image.open(BytesIO(sent)).getexif().get_ifd(0x8825)
    _send(student_of(app, school), school, sent)
    kept = store.get(_the_file(database).key)
    shown = Image.open(BytesIO(kept))
    assert shown.size == (20, 60)
    assert not shown.getexif()
    for secret in (b"Ana", b"Exif", b"GPS"):
        assert secret not in kept
    assert "Lopez" not in _the_file(database).name


def test_a_large_photo_is_made_smaller(app, database, school, store, takes_photos):
    _send(student_of(app, school), school, picture(3000, 1500))
    kept = Image.open(BytesIO(store.get(_the_file(database).key)))
    assert kept.size == (2000, 1000)


def test_a_pdf_is_downloaded_and_never_opened_inside_our_pages(app, database, school, takes_photos):
    student = student_of(app, school)
    _send(student, school, PDF)
    answer = student.get(f"/evidence/{_the_file(database).id}")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"] == 'attachment; filename="file-1.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].endswith("; sandbox")
    assert answer.cache_control.private
    assert (
        student.get(f"/checkpoints/{school.checkpoint_id}")
        .headers["Content-Security-Policy"]
        .endswith("sandbox")
        is False
    )


def test_a_photo_is_fetched_once(app, database, school, takes_photos):
    student = student_of(app, school)
    _send(student, school, picture())
    address = student.base + f"/evidence/{_the_file(database).id}"
    etag = student.client.get(address).headers["ETag"]
    again = student.client.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


def test_nobody_else_sees_a_photo(app, database, school, takes_photos):
    _send(student_of(app, school), school, picture())
    address = f"/evidence/{_the_file(database).id}"
    other = make_school(database, name="Birch")
    assert student_of(app, school, 1).get(address).status_code == 404
    assert teacher_of(app, other).get(address).status_code == 404
    assert student_of(app, other).get(address).status_code == 404
    assert app.test_client().get(teacher_of(app, school).base + address).status_code == 401


def test_who_left_the_class_sees_it_no_more_and_an_assistant_does(
    app, database, school, takes_photos
):
    student = student_of(app, school)
    _send(student, school, picture())
    address = f"/evidence/{_the_file(database).id}"
    with database.transaction() as session:
        session.get_one(Enrolment, school.enrolment_of[school.student_ids[0]]).active = False
        session.get_one(Enrolment, school.enrolment_of[school.teacher_id]).role = Role.ASSISTANT
    assert student.get(address).status_code == 401
    assert teacher_of(app, school).get(address).status_code == 200


def _bomb() -> bytes:
    written = BytesIO()
    Image.new("1", (20_000, 20_000)).save(written, "PNG")
    return written.getvalue()


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ([b"These are words, not a photo."], "This is no photo and no PDF."),
        ([b"<html><script>alert(1)</script></html>"], "This is no photo and no PDF."),
        ([b"<svg xmlns='http://www.w3.org/2000/svg'/>"], "This is no photo and no PDF."),
        ([HEIC], "This kind of photo (HEIC)"),
        ([picture(400, 300)[:600]], "This picture is damaged."),
        ([picture(90, 90, "PNG")[:-20]], "This picture is damaged."),
        ([_bomb()], "This picture is enormous."),
        ([picture(7000, 5000, "PNG")], "This picture is enormous."),
        ([b"\xff\xd8" + b"0" * (11 * 1024 * 1024)], "This file is too large."),
        ([picture(colour=name) for name in ("red", "blue", "lime", "gold")], "too many files"),
        ([], "Your answer is empty."),
    ],
    ids=[
        *("a text named .jpg", "a web page", "svg", "heic", "cut off", "cut off png"),
        *("a bomb", "too many points", "11 MB", "four files", "nothing"),
    ],
)
def test_what_is_no_usable_photo_is_refused_in_words_and_nothing_is_kept(
    app, database, school, tmp_path, takes_photos, sent, words
):
    answer = _send(student_of(app, school), school, *sent)
    assert answer.status_code == 400
    assert words in answer.text
    assert count(database, Attempt) == 0
    assert _keys(tmp_path) == []


def test_a_form_beyond_all_measure_is_refused_in_kind_words(app, database, school, takes_photos):
    answer = _send(student_of(app, school), school, b"x" * 50_000_000)
    assert answer.status_code == 413
    assert "fewer or smaller photos" in answer.text


def test_only_the_answer_to_a_checkpoint_may_be_that_large(app, school):
    student = student_of(app, school)
    answer = student.post(f"/targets/{school.target_id}/help", files=attached(b"x" * 2_000_000))
    assert answer.status_code == 413
    stranger = app.test_client()
    answer = stranger.post(
        f"{student.base}/checkpoints/{school.checkpoint_id}",
        data={"files": attached(b"x" * 2_000_000)},
    )
    assert answer.status_code in {401, 413}


def test_what_was_typed_is_still_there_when_the_photo_is_refused(app, database, school):
    change(database, school, takes_files=True, takes_link=True)
    answer = _send(
        student_of(app, school),
        school,
        b"no photo",
        evidence="I drew <b>three</b> strips",
        link="https://example.org/mine",
    )
    assert "I drew &lt;b&gt;three&lt;/b&gt; strips</textarea>" in answer.text
    assert 'value="https://example.org/mine"' in answer.text
    assert "pick them again" in answer.text


def test_answers_given_are_still_there_when_one_of_them_is_no_answer(app, database, school):
    quick, items = with_items(database, school)
    answer = student_of(app, school).post(
        f"/checkpoints/{quick}",
        number=1,
        asked=items,
        **{f"item-{items[0]}": "six fifths", f"item-{items[1]}": "1"},
    )
    assert answer.status_code == 400
    assert "Question 1: that is not a fraction." in answer.text
    assert 'value="six fifths"' in answer.text
    assert "checked" in answer.text


def test_the_same_files_sent_twice_are_kept_once_and_others_are_not_lost_silently(
    app, database, school, takes_photos
):
    student = student_of(app, school)
    for _ in range(2):
        assert _send(student, school, picture(), PDF).status_code == 302
    assert (count(database, Attempt), count(database, EvidenceFile)) == (1, 2)
    other = _send(student, school, picture(colour="blue"), PDF)
    assert other.status_code == 400
    assert "You have sent an answer already." in other.text


def test_a_checkpoint_that_asks_for_no_photos_takes_none(app, database, school, tmp_path):
    answer = _send(student_of(app, school), school, picture(), evidence="6/5")
    assert "takes no photos or files" in answer.text
    assert count(database, Attempt) == 0


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "ftp://x.org/a", "example.org", "https://", "https://[x"]
)
def test_a_link_that_is_no_web_address_is_refused(app, database, school, link):
    change(database, school, takes_link=True)
    answer = student_of(app, school).post(
        f"/checkpoints/{school.checkpoint_id}", number=1, link=link
    )
    assert answer.status_code == 400
    assert "That is not a web address." in answer.text
    assert count(database, Attempt) == 0


def test_a_link_opens_elsewhere_and_tells_nothing_of_us(app, database, school):
    change(database, school, takes_link=True)
    student = student_of(app, school)
    student.post(f"/checkpoints/{school.checkpoint_id}", number=1, link="https://example.org/a?b&c")
    for page in (
        student.get(f"/checkpoints/{school.checkpoint_id}").text,
        teacher_of(app, school).get("/scoring/1").text,
    ):
        link = 'href="https://example.org/a?b&amp;c" target="_blank" rel="noopener noreferrer"'
        assert link in page


def test_what_is_shown_in_class_needs_no_words(app, database, school):
    change(database, school, takes_text=False)
    student = student_of(app, school)
    assert (
        "Show this to your teacher in class."
        in student.get(f"/checkpoints/{school.checkpoint_id}").text
    )
    assert student.post(f"/checkpoints/{school.checkpoint_id}", number=1).status_code == 302
    assert "ready to show it" in teacher_of(app, school).get("/scoring/1").text
