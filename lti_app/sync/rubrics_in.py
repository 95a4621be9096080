"""Rubrics of coursework: what a checkpoint is scored by, or what it looks for.

Work that is answered here is scored by its rubric, where the levels' points make up its maximum.
Any other rubric (of work that is scored in the LMS, without points, with another sum, too large
for our form) is shown, to students and beside the score.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.lms import Criterion, LmsError
from lti_app.learning.items.settings import LONGEST_LEVEL, MOST_CRITERIA, MOST_LEVELS
from lti_app.learning.models import Checkpoint
from lti_app.sync import reports
from lti_app.sync.coursework import Fields, follow
from lti_app.sync.models import ItemKind, MirroredItem
from lti_app.sync.titles import shortened

FOR = "rubric_for"
"""In `MirroredItem.seen`: the coursework's time of change for which its rubric was read."""


def is_wanted(item: MirroredItem, *, whole: bool) -> bool:
    """Whether its rubric is to be read: with everything, and when the coursework changed.

    Google does not say that a changed rubric changes its coursework: hence once a day, with all.
    """
    return whole or item.seen.get(FOR) != item.seen.get("updated", "")


def take(
    session: Session,
    section_id: int,
    report_id: int,
    answers: Sequence[tuple[str, tuple[Criterion, ...] | LmsError]],
) -> None:
    """Let the checkpoints of coursework follow their rubrics, where no teacher edited them here.

    A rubric that Google does not show is noted, and nothing is changed.
    """
    rows = session.execute(
        select(MirroredItem, Checkpoint)
        .join(Checkpoint, Checkpoint.id == MirroredItem.local_id)
        .where(
            MirroredItem.section_id == section_id,
            MirroredItem.kind == ItemKind.CHECKPOINT,
            MirroredItem.external_id.in_([external_id for external_id, _ in answers]),
        )
    )
    found = {item.external_id: (item, checkpoint) for item, checkpoint in rows}
    for external_id, answer in answers:
        if external_id not in found:
            continue
        item, checkpoint = found[external_id]
        if item.seen.get(FOR) != item.seen.get("updated", ""):
            item.seen = {**item.seen, FOR: item.seen.get("updated", "")}
        if not isinstance(answer, LmsError):
            _, kept = follow(checkpoint, item, fields_of(checkpoint, answer))
            if kept:
                reports.note(session, report_id, "kept_edit", checkpoint.title)
        elif answer.code != "column_gone":
            reports.note(session, report_id, "rubric_unread", checkpoint.title)


def fields_of(checkpoint: Checkpoint, criteria: tuple[Criterion, ...]) -> Fields:
    """What a checkpoint takes over from a rubric; nothing of it where there are no criteria."""
    lines: list[dict[str, Any]] = [
        {
            "title": shortened(one.title) or "—",
            "levels": [
                {
                    "words": (" ".join(level.words.split()) or f"{level.points or 0:g}")[
                        :LONGEST_LEVEL
                    ],
                    "points": float(level.points or 0),
                }
                for level in one.levels
            ],
        }
        for one in criteria
    ]
    scores = _scores(checkpoint, criteria)
    shown = [
        {**line, "levels": [{"words": level["words"]} for level in line["levels"]]}
        for line in lines
    ]
    return Fields(
        {"rubric": lines if scores else None, "looks_for": shown if lines and not scores else None}
    )


def _scores(checkpoint: Checkpoint, criteria: tuple[Criterion, ...]) -> bool:
    points = [[level.points for level in one.levels] for one in criteria]
    if (
        checkpoint.url is not None
        or not points
        or len(points) > MOST_CRITERIA
        or any(None in line for line in points)
    ):
        return False
    if not all(2 <= len(line) <= MOST_LEVELS for line in points):
        return False
    most = sum(max(one or 0.0 for one in line) for line in points)
    return abs(most - checkpoint.max_points) < 0.005
