"""What a score is made of: marked items, a rubric's levels, points a teacher gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lti_app.errors import BadInput, Clash, Conflict, Words
from lti_app.learning import typed
from lti_app.learning.items import marking
from lti_app.learning.models import Attempt, Checkpoint, CheckpointItem, Score
from lti_app.people.models import Person


@dataclass(frozen=True)
class Criterion:
    """A line of a rubric."""

    title: str
    levels: tuple[tuple[str, float], ...]
    """Words and points, lowest first."""


@dataclass(frozen=True)
class Sheet:
    """What the score of an attempt is made of, and what is proposed for it."""

    items: list[CheckpointItem]
    """Those that the student was asked, also if they were retired since."""
    marked: dict[str, float]
    """Item id as text → points that the marker gives."""
    rubric: list[Criterion]
    own_most: float | None
    """The most points a teacher gives beside items; None: there are none to give."""
    most: float

    @property
    def items_most(self) -> float:
        """What the items give together."""
        return marking.most_points(self.items)


@dataclass(frozen=True)
class Given:
    """A filled sheet."""

    points: float
    marks: dict[str, Any]
    """As `Score.marks` keeps it."""


def needs_a_teacher(checkpoint: Checkpoint) -> bool:
    """False where the items mark themselves and nothing else is asked for."""
    asks_for_work = checkpoint.takes_text or checkpoint.takes_link or checkpoint.takes_files
    return asks_for_work or bool(checkpoint.rubric) or not marking.live(checkpoint)


def rubric_of(checkpoint: Checkpoint) -> list[Criterion]:
    """The rubric's lines; none where it is scored by points."""
    return [
        Criterion(
            line["title"], tuple((level["words"], level["points"]) for level in line["levels"])
        )
        for line in checkpoint.rubric or []
    ]


def looked_for(checkpoint: Checkpoint) -> list[Criterion]:
    """What counts, to be read: the rubric's lines, or those of a rubric of the LMS by which
    nothing is scored here (their levels have no points)."""
    return rubric_of(checkpoint) or [
        Criterion(line["title"], tuple((level["words"], 0.0) for level in line["levels"]))
        for line in checkpoint.looks_for or []
    ]


def items_asked(attempt: Attempt) -> list[CheckpointItem]:
    """The items that the student was asked in an attempt."""
    return [item for item in attempt.checkpoint.items if str(item.id) in attempt.answers]


def sheet_of(attempt: Attempt) -> Sheet:
    """The sheet of an attempt."""
    checkpoint = attempt.checkpoint
    items = items_asked(attempt)
    rubric = rubric_of(checkpoint)
    own: float | None = checkpoint.max_points
    if items:
        rest = round(checkpoint.max_points - marking.most_points(items), 4)
        own = rest if needs_a_teacher(checkpoint) and rest > 0 else None
    return Sheet(
        items=items,
        marked=marking.mark(items, attempt.answers),
        rubric=rubric,
        own_most=None if rubric else own,
        most=checkpoint.max_points,
    )


def read(sheet: Sheet, form: Mapping[str, str]) -> Given:
    """The sheet as a form fills it: `points`, `item-<id>`, `rubric-<line>` with a level's index.

    An item's field that is missing means what the marker gave. Raises `BadInput` for points that
    are out of bounds and for a line of the rubric without a level.
    """
    marks: dict[str, Any] = {}
    total = 0.0
    if sheet.items:
        marks["items"] = {
            str(item.id): _points_of(
                form.get(f"item-{item.id}", f"{sheet.marked[str(item.id)]:g}"), item.points
            )
            for item in sheet.items
        }
        total += sum(marks["items"].values())
    if sheet.rubric:
        chosen = [_level(line, form.get(f"rubric-{n}", "")) for n, line in enumerate(sheet.rubric)]
        marks["rubric"] = [points for _words, points in chosen]
        marks["words"] = [
            [line.title, words] for line, (words, _points) in zip(sheet.rubric, chosen, strict=True)
        ]
        total += sum(marks["rubric"])
    if sheet.own_most is not None:
        own = _points_of(form.get("points", ""), sheet.own_most)
        if sheet.items:
            marks["own"] = own
        total += own
    return Given(min(round(total, 4), sheet.most), marks)


def _points_of(text: str, most: float) -> float:
    points = typed.number(text)
    if not 0 <= points <= most:
        raise BadInput(
            _l("The points must be between 0 and %(most)s.", most=f"{most:g}"),
            _l("Nothing was saved. Correct the points and save again."),
        )
    return points


def _level(line: Criterion, text: str) -> tuple[str, float]:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) < len(line.levels)):
        raise BadInput(
            _l("“%(line)s” has no level yet.", line=line.title),
            _l("Nothing was saved. Pick one for each line and save again."),
        )
    return line.levels[int(text)]


def filled(sheet: Sheet, score: Score | None) -> dict[str, str]:
    """A form's fields as a score says them; without one, what is proposed."""
    marks = score.marks if score else {}
    items = marks.get("items", sheet.marked)
    fields = {
        f"item-{item.id}": f"{items.get(str(item.id), sheet.marked[str(item.id)]):g}"
        for item in sheet.items
    }
    words = [chosen for _title, chosen in marks.get("words", [])]
    for number, (line, chosen) in enumerate(zip(sheet.rubric, words, strict=False)):
        level = next((n for n, (said, _) in enumerate(line.levels) if said == chosen), None)
        if level is not None:
            fields[f"rubric-{number}"] = str(level)
    if sheet.own_most is not None and score is not None:
        fields["points"] = f"{marks.get('own', score.points):g}"
    fields["feedback"] = score.feedback if score else ""
    return fields


class ScoredMeanwhile(Conflict):
    """Another teacher scored the attempt while this one was reading it."""

    def __init__(self, teacher: str, score_id: int, clashes: list[Clash]) -> None:
        super().__init__(teacher, score_id, clashes)
        self.code = "scored_meanwhile"
        if teacher:
            self.message = _l("%(name)s scored this while you were reading it.", name=teacher)


def is_said_already(
    session: Session, attempt: Attempt, sheet: Sheet, mine: Mapping[str, str], seen_id: int
) -> bool:
    """Whether a (locked) attempt's newest score is not `seen_id` and says just what `mine` does.

    `mine` are the form's fields; `seen_id` is the score that the page showed, 0 for none. Raises
    `ScoredMeanwhile`, with both, where another score came in between and says something else.
    """
    newest = attempt.score
    if newest is None or newest.id == seen_id:
        return False
    theirs = filled(sheet, newest)
    clashes = [
        Clash(name, words, theirs.get(name, ""), _tidy(mine.get(name, "")), choices)
        for name, words, choices in _fields(sheet)
        if name in mine and theirs.get(name, "") != _tidy(mine.get(name, ""))
    ]
    if not clashes:
        return True
    teacher = session.get(Person, newest.scored_by_id) if newest.scored_by_id else None
    raise ScoredMeanwhile(teacher.name if teacher else "", newest.id, clashes)


def _tidy(text: str) -> str:
    """As `filled` would write it."""
    text = text.replace("\r\n", "\n").strip()
    try:
        return f"{float(text.replace(',', '.')):g}"
    except ValueError:
        return text


def _fields(sheet: Sheet) -> list[tuple[str, Words, tuple[tuple[str, Words], ...]]]:
    found: list[tuple[str, Words, tuple[tuple[str, Words], ...]]] = []
    for number, item in enumerate(sheet.items, start=1):
        found.append((f"item-{item.id}", _l("Question %(n)s", n=number), ()))
    for number, line in enumerate(sheet.rubric):
        levels: tuple[tuple[str, Words], ...] = tuple(
            (str(n), words) for n, (words, _points) in enumerate(line.levels)
        )
        found.append((f"rubric-{number}", line.title, levels))
    found.append(("points", _l("Points"), ()))
    found.append(("feedback", _l("Feedback to the student"), ()))
    return found
