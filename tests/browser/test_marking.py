"""A student sends photos, and a teacher scores without a mouse."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select

from lti_app.db import now
from lti_app.learning import feedback, targets
from lti_app.learning.models import Attempt, EvidenceFile, Score
from tests.browser.conftest import PATIENCE_MS
from tests.browser.looking import Console, barriers

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def checkpoint_id(stage):
    """A checkpoint that takes words and photos; the team has two phrases."""
    return _checkpoint(stage)


@pytest.fixture(scope="module")
def another_id(stage):
    """One more, for tests that would be in the way of the others."""
    return _checkpoint(stage)


def _checkpoint(stage) -> int:
    with stage.database.transaction(district_id=stage.district_id) as session:
        target = targets.add_target(session, stage.team_id, title="I can show thirds.")
        checkpoint = targets.add_checkpoint(session, target, title="Show it", max_points=12)
        checkpoint.takes_files = True
        session.flush()
        return checkpoint.id


def _photo(width: int, height: int, kind: str = "JPEG") -> bytes:
    written = BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(written, kind, quality=95)
    return written.getvalue()


def _file(name: str, content: bytes, mime: str = "image/jpeg") -> dict:
    return {"name": name, "mimeType": mime, "buffer": content}


def _answer(stage, context, student_id, checkpoint_id, words, files=()):
    page = stage.enter(context, student_id, stage.course.id)
    page.goto(f"{page.url}checkpoints/{checkpoint_id}")
    page.get_by_label("Your answer").fill(words)
    if files:
        page.get_by_label("Photos or files").set_input_files(list(files))
    return page


def test_photos_are_looked_at_taken_out_and_made_small_before_they_are_sent(
    stage, person, checkpoint_id
):
    large = _photo(4200, 2800)
    page = _answer(
        stage,
        person(),
        stage.course.student_ids[0],
        checkpoint_id,
        "See my photos",
        [_file("a.jpg", large), _file("b.png", _photo(50, 40, "PNG"), "image/png")],
    )
    field = page.get_by_label("Photos or files")
    expect(page.get_by_role("img", name="Photo 2")).to_be_visible()
    sizes = field.evaluate("one => [...one.files].map(file => file.size)")
    assert sizes[0] < len(large) / 2

    # What is added joins what is there; a fourth does not fit.
    field.set_input_files([_file("c.jpg", _photo(60, 60)), _file("d.jpg", _photo(70, 70))])
    expect(page.get_by_text("Only 3 fit. Take one out first.")).to_be_visible()
    page.get_by_role("button", name="Take it out: Photo 2").click()
    expect(page.get_by_role("img", name="Photo 3")).to_have_count(0)
    page.get_by_role("button", name="Send my answer").click()

    expect(page.get_by_role("img", name="Photo 2, opens large in a new tab")).to_be_visible()
    shown = page.get_by_role("img", name="Photo 1, opens large in a new tab")
    assert shown.evaluate("one => [one.naturalWidth, one.naturalHeight]") == [2000, 1333]
    with stage.database.session() as session:
        assert len(session.scalars(select(EvidenceFile)).all()) == 2


def test_a_photo_is_taken_with_the_computers_camera(stage, person, another_id):
    context = person()
    context.grant_permissions(["camera"])
    page = _answer(stage, context, stage.course.student_ids[3], another_id, "Look!")
    console = Console(page)
    page.get_by_role("button", name="Take a photo").click()
    snap = page.get_by_role("button", name="Snap!")
    expect(snap).to_be_focused()
    assert not barriers(page)
    snap.click()
    expect(page.get_by_role("img", name="Photo 1")).to_be_visible()
    expect(page.locator("video")).to_have_count(0)
    page.get_by_role("button", name="Send my answer").click()
    shown = page.get_by_role("img", name="Photo 1, opens large in a new tab")
    expect(shown).to_be_visible()
    assert shown.evaluate("one => one.naturalWidth") > 100
    assert not console.take()


def test_a_camera_that_is_not_free_is_said_and_a_file_can_still_be_picked(
    stage, person, another_id
):
    page = _answer(stage, person(), stage.course.student_ids[4], another_id, "Look!")
    page.get_by_role("button", name="Take a photo").click()
    expect(page.get_by_text("The camera is not free. Pick a photo instead.")).to_be_visible()
    page.get_by_label("Photos or files").set_input_files([_file("a.jpg", _photo(50, 40))])
    expect(page.get_by_role("img", name="Photo 1")).to_be_visible()


def test_without_scripts_photos_are_sent_all_the_same(stage, chromium, checkpoint_id):
    context = chromium.new_context(java_script_enabled=True)
    context.set_default_timeout(PATIENCE_MS)
    student = stage.course.student_ids[1]
    page = stage.enter(context, student, stage.course.id)
    plain = chromium.new_context(
        java_script_enabled=False, storage_state=context.storage_state()
    ).new_page()
    plain.goto(f"{page.url}checkpoints/{checkpoint_id}")
    plain.get_by_label("Photos or files").set_input_files([_file("a.jpg", _photo(2500, 900))])
    plain.get_by_role("button", name="Send my answer").click()
    expect(plain.get_by_role("img", name="Photo 1, opens large")).to_be_visible()
    plain.context.close()
    context.close()


def test_what_is_far_too_large_is_answered_with_words_not_with_a_broken_connection(
    stage, chromium, checkpoint_id
):
    context = chromium.new_context()
    page = stage.enter(context, stage.course.student_ids[2], stage.course.id)
    plain = chromium.new_context(
        java_script_enabled=False, storage_state=context.storage_state()
    ).new_page()
    plain.goto(f"{page.url}checkpoints/{checkpoint_id}")
    heavy = b"\xff\xd8" + b"0" * 45_000_000
    plain.get_by_label("Photos or files").set_input_files([_file("a.jpg", heavy)])
    plain.get_by_role("button", name="Send my answer").click()
    expect(plain.get_by_text("That is too big to send.")).to_be_visible()
    plain.context.close()
    context.close()


def test_a_teacher_scores_one_after_the_other_without_a_mouse(stage, person, checkpoint_id):
    kids = stage.course.student_ids[3:5]
    for n, kid in enumerate(kids):
        sent = _answer(stage, person(), kid, checkpoint_id, f"Because of the {n + 3} strips")
        sent.get_by_role("button", name="Send my answer").click()
        expect(sent.get_by_text("Your teacher will look at it.")).to_be_visible()
    page = stage.enter(person(), stage.teacher_id, stage.course.id)
    page.on("dialog", lambda dialog: dialog.accept())
    with stage.database.transaction(district_id=stage.district_id) as session:
        attempt = session.scalars(select(Attempt).order_by(Attempt.id)).first()
        for text in ("Draw it first.", "Say why."):
            feedback.add(session, stage.team_id, text, attempt.person_id)
    page.get_by_role("link", name="To score", exact=True).click()

    # Down to the last but one, and in.
    expect(page.get_by_role("heading", name="To score")).to_be_visible()
    page.wait_for_load_state()  # the keys' script runs
    waiting = page.locator("[data-queue] a").count()
    for _ in range(waiting - 1):
        page.keyboard.press("j")
    expect(page.locator("[data-queue] a").nth(waiting - 2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=stage.name(kids[0]))).to_be_visible()
    expect(page.get_by_text("save, then the next", exact=True)).to_be_visible()
    page.wait_for_load_state()

    # A number of two digits, a phrase, words of one's own, a quote, and on. Digits belong together
    # within a second, which a busy machine may need between two keys.
    page.clock.set_fixed_time(now())
    page.keyboard.press("1")
    page.keyboard.press("0")
    expect(page.get_by_label("Points, of 12")).to_have_value("10")
    page.keyboard.press("Shift+Digit2")
    box = page.get_by_label("Feedback to the student")
    expect(box).to_have_value("Say why.")
    box.focus()
    page.keyboard.type("\nk4")  # in a field keys write
    page.keyboard.press("Escape")
    expect(box).to_have_value("Say why.\nk4")
    page.locator(".evidence").select_text()
    expect(page.get_by_label("About these words")).to_have_value("Because of the 3 strips")
    page.get_by_label("Comment: Written work").fill("Count them")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name=stage.name(kids[1]))).to_be_visible()
    with stage.database.session() as session:
        score = session.scalars(select(Score)).one()
        assert (score.points, score.feedback) == (10, "Say why.\nk4")
        attempt = session.get_one(Attempt, score.attempt_id)
        assert [(one.quote, one.text) for one in attempt.comments] == [
            ("Because of the 3 strips", "Count them")
        ]


def test_a_rubric_is_filled_by_digits(stage, person, checkpoint_id):
    with stage.database.transaction(district_id=stage.district_id) as session:
        attempt = session.scalars(select(Attempt).order_by(Attempt.id)).first()
        levels = [{"words": f"level {n}", "points": n} for n in range(3)]
        attempt.checkpoint.rubric = [
            {"title": title, "levels": levels} for title in ("Why", "How", "What")
        ]
        attempt_id = attempt.id
    page = stage.enter(person(), stage.teacher_id, stage.course.id)
    page.goto(f"{page.url}scoring/{attempt_id}")
    page.wait_for_load_state()
    for digit in "312":
        page.keyboard.press(digit)
    checked = [line.evaluate("one => one.value") for line in page.locator(":checked").all()]
    assert checked == ["2", "0", "1"]
