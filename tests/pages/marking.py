"""Checkpoints answered in every way, the marking queue, scores, remarks and the feedback bank."""

from io import BytesIO

from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from integrations.storage.folder import FolderStore
from lti_app.learning import attempts, feedback, retakes, targets
from lti_app.learning.evidence import comments, files
from lti_app.learning.items import kinds
from lti_app.learning.models import AnswerKind, Checkpoint, CheckpointItem
from tests import stored
from tests.pages import EVERYONE, STAFF, STUDENT, TEACHER, Page, Room

PAGES = [
    Page(STUDENT, "/checkpoints/{checkpoint}", most_queries=11),
    Page(STUDENT, "/checkpoints/{checkpoint}", "POST"),
    Page(STUDENT, "/checkpoints/{all_kinds}", most_queries=11, look="student-all-evidence"),
    Page(STUDENT, "/checkpoints/{quick}", most_queries=13, look="student-marked-at-once"),
    Page(STUDENT, "/checkpoints/{scored_photos}", most_queries=13, look="student-remarks"),
    Page(EVERYONE, "/evidence/{photo}", most_queries=3),
    Page(STAFF, "/scoring", most_queries=4),
    Page(STAFF, "/scoring/{attempt}", most_queries=18),
    Page(STAFF, "/scoring/{mixed_attempt}", most_queries=18, look="teacher-scoring-mixed"),
    Page(STAFF, "/scoring/{photo_attempt}", most_queries=18, look="teacher-scoring-remarks"),
    Page(STAFF, "/scoring/{attempt}", "POST"),
    Page(STAFF, "/scoring/{attempt}/comments", "POST"),
    Page(TEACHER, "/scoring/{attempt}/again", "POST"),
    Page(STAFF, "/feedback", most_queries=3, look="teacher-phrases"),
    Page(STAFF, "/feedback", "POST"),
    Page(STAFF, "/feedback/{phrase}", "POST"),
]

RUBRIC = [
    {
        "title": "I explain <b>why</b>",
        "levels": [
            {"words": "I say what I did", "points": 1},
            {"words": "I say why it works, with words, a drawing and numbers", "points": 2},
        ],
    },
    {
        "title": "My answer is right",
        "levels": [{"words": "Not yet", "points": 0}, {"words": "Yes", "points": 2}],
    },
]
WORK = "First I made three strips of 2/5.\nThen I counted <b>six</b> fifths, that is 6/15."


def photo() -> bytes:
    """A student's sheet of paper."""
    sheet = Image.new("RGB", (900, 600), "#fdfbf5")
    pen = ImageDraw.Draw(sheet)
    for strip in range(3):
        for part in range(5):
            box = (60 + 150 * part, 80 + 160 * strip, 200 + 150 * part, 180 + 160 * strip)
            pen.rectangle(box, outline="#333333", width=4, fill="#8fb8e8" if part < 2 else None)
    written = BytesIO()
    sheet.save(written, "JPEG")
    return written.getvalue()


def furnish(session: Session, room: Room) -> dict[str, int]:
    """Checkpoints with all kinds of evidence; one scored with remarks, one that waits."""
    target = targets.get(session, room.team_id, room.section_id, room.ids["target"])
    first, other = room.student_ids[0], room.student_ids[1]
    all_kinds = _checkpoint(session, target, "Show it <b>your</b> way", 7, files=True)
    all_kinds.rubric = RUBRIC
    all_kinds.takes_link = True
    _items(session, all_kinds)
    quick = _checkpoint(session, target, "Quick check", 3)
    quick.takes_text = False
    quick.wait_hours, quick.needs_activity = 20, True
    items = _items(session, quick)
    photos = _checkpoint(session, target, "A photo of your strips", 4, files=True)
    photos.most_attempts = 1
    session.flush()

    def sent(checkpoint: Checkpoint, person_id: int, **work: object):
        return attempts.submit(
            session,
            checkpoint=checkpoint,
            person_id=person_id,
            section_id=room.section_id,
            number=1,
            **work,  # type: ignore[arg-type]
        )

    sent(quick, first, answers={str(items[0].id): "1 1/5", str(items[1].id): 0})
    store = FolderStore(stored.FOLDER)
    kept = files.keep(store, room.district_id, [photo(), b"%PDF-1.4 strips"])
    scored = sent(photos, first, evidence=WORK, kept=kept)
    session.refresh(scored)
    picture = scored.files[0]
    remarks = {
        "comment-text": "Count the pieces <b>once</b> more.",
        "quote-text": "that is 6/15",
        f"comment-file:{picture.id}": "What a clear drawing!",
    }
    comments.save(session, scored, remarks, room.teacher_id)
    attempts.score(
        session,
        attempt=scored,
        points=2,
        feedback="You are close.",
        scored_by_id=room.teacher_id,
    )
    item_ids = [str(item.id) for item in all_kinds.items]
    mixed = sent(
        all_kinds,
        other,
        evidence=WORK,
        link="https://example.org/my-work",
        answers={item_ids[0]: "6/5", item_ids[1]: 1},
        kept=files.keep(store, room.district_id, [photo()]),
    )
    for text in ("Draw it first.", "Say <b>why</b> it works. " + "And why so? " * 20):
        feedback.add(session, room.team_id, text, room.teacher_id)
    retakes.permit(
        session,
        checkpoint_id=quick.id,
        person_id=other,
        number=2,
        given_by_id=room.teacher_id,
    )
    return {
        "all_kinds": all_kinds.id,
        "quick": quick.id,
        "scored_photos": photos.id,
        "photo": picture.id,
        "photo_attempt": scored.id,
        "mixed_attempt": mixed.id,
        "phrase": feedback.of_team(session, room.team_id)[0].id,
    }


def _checkpoint(session: Session, target, title: str, points: float, *, files: bool = False):
    checkpoint = targets.add_checkpoint(
        session, target, title=title, max_points=points, question="What is 3 × 2/5?"
    )
    checkpoint.takes_files = files
    return checkpoint


def _items(session: Session, checkpoint: Checkpoint) -> list[CheckpointItem]:
    drafts = [
        (AnswerKind.FRACTION, "3 × 2/5 =", {"right": "6/5"}, 1.0),
        (
            AnswerKind.ONE_CHOICE,
            "Is 3 × 2/5 <b>more</b> than 3?",
            kinds.to_json(kinds.OneChoiceKey(("Yes", "No"), 1)),
            2.0,
        ),
    ]
    items = [
        CheckpointItem(
            checkpoint_id=checkpoint.id,
            kind=kind,
            prompt=prompt,
            key=key,
            points=points,
            position=n,
        )
        for n, (kind, prompt, key, points) in enumerate(drafts)
    ]
    session.add_all(items)
    session.flush()
    session.refresh(checkpoint, ["items"])
    return items
