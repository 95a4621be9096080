"""What a checkpoint asks for and how it is scored: reading its form, and changing it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lti_app.errors import BadInput, Clash, Words
from lti_app.learning import editing, targets, typed
from lti_app.learning.items import marking, writing
from lti_app.learning.models import Checkpoint

MOST_CRITERIA = 8
MOST_LEVELS = 6
MOST_ATTEMPTS = 50
MOST_HOURS = 24 * 14
LONGEST_QUESTION = 10_000
LONGEST_LEVEL = 300
Rubric = list[dict[str, Any]]

LABELS: dict[str, Words] = {
    "title": _l("Name of the checkpoint"),
    "question": _l("What the student should do or answer"),
    "due": _l("Due"),
    "takes_text": _l("Typed work"),
    "takes_link": _l("A link"),
    "takes_files": _l("Photos or files"),
    "teacher_points": _l("Points a teacher gives for the work"),
    "most_attempts": _l("Most attempts"),
    "wait_hours": _l("Hours to wait between attempts"),
    "needs_activity": _l("An activity in between"),
    "hidden": _l("Hidden"),
}
SWITCHES = ("takes_text", "takes_link", "takes_files", "needs_activity", "hidden")
ON_OFF: tuple[tuple[str, Words], ...] = (("", _l("No")), ("on", _l("Yes")))


@dataclass(frozen=True)
class Settings:
    """All that a checkpoint's form says."""

    title: str
    question: str
    due_at: datetime | None
    takes_text: bool
    takes_link: bool
    takes_files: bool
    teacher_points: float
    rubric: Rubric | None
    most_attempts: int | None
    wait_hours: int
    needs_activity: bool
    hidden: bool

    @property
    def asks_for_work(self) -> bool:
        """Whether a teacher's eyes are needed."""
        return self.takes_text or self.takes_link or self.takes_files


def of_form(form: Mapping[str, str], timezone: str) -> Settings:
    """What was typed. Raises `BadInput`, saying what to mend."""
    rubric = _rubric(form)
    attempts = form.get("most_attempts", "").strip()
    points = form.get("teacher_points", "").strip()
    return Settings(
        title=targets.title_of(form.get("title", "")),
        question=form.get("question", "").replace("\0", "").strip()[:LONGEST_QUESTION],
        due_at=_due(form.get("due", ""), timezone),
        takes_text="takes_text" in form,
        takes_link="takes_link" in form,
        takes_files="takes_files" in form,
        teacher_points=_rubric_points(rubric) if rubric else typed.number(points or "0"),
        rubric=rubric or None,
        most_attempts=_within(typed.whole(attempts), 1, MOST_ATTEMPTS) if attempts else None,
        wait_hours=_within(typed.whole(form.get("wait_hours", "").strip() or "0"), 0, MOST_HOURS),
        needs_activity="needs_activity" in form,
        hidden="hidden" in form,
    )


def shown(checkpoint: Checkpoint, timezone: str) -> dict[str, str]:
    """What the form of a checkpoint shows: field name → text; a switch is `on` or empty."""
    due = checkpoint.due_at.astimezone(ZoneInfo(timezone)).date() if checkpoint.due_at else None
    points = writing.teacher_points(checkpoint, marking.live(checkpoint))
    return {
        "title": checkpoint.title,
        "question": checkpoint.question,
        "due": due.isoformat() if due else "",
        "teacher_points": f"{points:g}",
        "most_attempts": str(checkpoint.most_attempts or ""),
        "wait_hours": str(checkpoint.wait_hours or ""),
        **{name: "on" if getattr(checkpoint, name) else "" for name in SWITCHES},
    }


def edit(
    session: Session,
    checkpoint: Checkpoint,
    settings: Settings,
    *,
    typed_form: Mapping[str, str],
    version: int,
    editor_id: int,
    timezone: str,
) -> None:
    """Change a checkpoint. Scores keep the maximum they were given under.

    A mirrored one is asked and scored in the LMS: of it only the title, and whether it is hidden,
    are changed. Raises `BadInput` where nothing would give points, `Conflict` where somebody
    else changed it after `version`.
    """
    theirs = shown(checkpoint, timezone)
    editing.begin(
        session,
        checkpoint,
        version=version,
        editor_id=editor_id,
        clashes=[
            Clash(
                name,
                LABELS[name],
                said,
                typed_form.get(name, ""),
                ON_OFF if name in SWITCHES else (),
            )
            for name, said in theirs.items()
        ],
    )
    checkpoint.title, checkpoint.hidden = settings.title, settings.hidden
    if checkpoint.url is None:
        _write(session, checkpoint, settings)
    session.flush()


def _write(session: Session, checkpoint: Checkpoint, settings: Settings) -> None:
    items = writing.asked_now(writing.lock(session, checkpoint))
    by_teacher = settings.teacher_points if settings.asks_for_work else 0.0
    if settings.asks_for_work:
        targets.points_of(by_teacher)
    most = round(by_teacher + marking.most_points(items), 4)
    if most <= 0:
        raise BadInput(
            _l("Nothing is asked for yet."),
            _l("Ask for typed work, a link or a photo, or add a question first."),
        )
    checkpoint.max_points = most
    checkpoint.question, checkpoint.due_at = settings.question, settings.due_at
    checkpoint.takes_text, checkpoint.takes_link = settings.takes_text, settings.takes_link
    checkpoint.takes_files = settings.takes_files
    checkpoint.rubric = settings.rubric if settings.asks_for_work else None
    checkpoint.most_attempts, checkpoint.wait_hours = settings.most_attempts, settings.wait_hours
    checkpoint.needs_activity = settings.needs_activity


def _due(day: str, timezone: str) -> datetime | None:
    """The end of a day on the district's clock."""
    found = typed.day(day)
    if found is None:
        return None
    return datetime.combine(found, time(23, 59), ZoneInfo(timezone)).astimezone(UTC)


def _within(number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise BadInput(
            _l("A number must be between %(least)s and %(most)s.", least=least, most=most),
            _l("Correct the number and save again."),
        )
    return number


def _rubric(form: Mapping[str, str]) -> Rubric:
    """Criteria with their levels, lowest first; rows left empty are left out."""
    rubric: Rubric = []
    for row in range(MOST_CRITERIA):
        title = " ".join(form.get(f"criterion-{row}", "").split())[: targets.LONGEST_TITLE]
        levels = [
            {"words": words, "points": _level_points(form.get(f"points-{row}-{place}", ""))}
            for place in range(MOST_LEVELS)
            if (words := " ".join(form.get(f"words-{row}-{place}", "").split())[:LONGEST_LEVEL])
        ]
        if not title and not levels:
            continue
        if not title or len(levels) < 2:
            raise BadInput(
                _l("Criterion %(n)s is only half there.", n=row + 1),
                _l("Give it a name and at least two levels, or leave it empty."),
            )
        rubric.append({"title": title, "levels": sorted(levels, key=lambda one: one["points"])})
    return rubric


def _level_points(text: str) -> float:
    points = typed.number(text)
    if not 0 <= points <= targets.MOST_POINTS:
        raise BadInput(_l("The points of a level can't be below 0."), _l("Correct the number."))
    return points


def _rubric_points(rubric: Rubric) -> float:
    return sum(max(float(level["points"]) for level in one["levels"]) for one in rubric)
