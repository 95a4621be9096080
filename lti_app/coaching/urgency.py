"""How pressing a gap is: its size, its age, what waits behind it, what was tried already."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from lti_app.coaching.models import Gap, GapReason
from lti_app.coaching.school_days import SchoolDays
from lti_app.learning.voice.weeks import local_day

SIZES = {
    GapReason.FLAGGED: 0.9,
    GapReason.ASKED_FOR_HELP: 0.7,
    GapReason.NEEDS_FIRST: 0.6,
    GapReason.STUCK: 0.5,
}
"""Size of a gap that no score measures, beside 1 for a score of nothing at all. A teacher who
flags knows most; a student who asks is ready to learn now."""

SIZE_POINTS, AGE_POINTS, BEHIND_POINTS, RAISED_POINTS = 40, 20, 20, 10
OLDEST_DAYS, MOST_BEHIND, MOST_RAISED = 10, 5, 2


def points(*, size: float, age_days: int, behind: int, raised: int) -> int:
    """A gap's urgency, 1 (can wait) to 100.

    `size` is 0 to 1, `age_days` counts school days, `behind` the targets that need this one
    first, directly or not, `raised` the coaching sessions it outlived. Half of what a size weighs
    is reached by waiting ten school days, so that nobody's small gap waits for ever.
    """
    return max(
        1,
        round(
            SIZE_POINTS * min(max(size, 0.0), 1.0)
            + AGE_POINTS * min(age_days, OLDEST_DAYS) / OLDEST_DAYS
            + BEHIND_POINTS * min(behind, MOST_BEHIND) / MOST_BEHIND
            + RAISED_POINTS * min(raised, MOST_RAISED)
        ),
    )


def size_of(evidence: Iterable[Mapping[str, Any]], line_percent: float) -> float:
    """How large a gap is (0 to 1): how far the newest score lies below the line, or what else
    was seen, whichever is more."""
    score, other = 0.0, 0.0
    for seen in evidence:
        reason = seen.get("reason")
        if reason == GapReason.BELOW_THE_LINE and seen.get("percent") is not None:
            score = (line_percent - float(seen["percent"])) / line_percent
        elif reason in SIZES:
            other = max(other, SIZES[GapReason(reason)])
    return max(score, other)


def of_gap(
    gap: Gap,
    *,
    line_percent: float,
    behind: Mapping[int, int],
    school_days: SchoolDays,
    timezone: str,
    today: date,
) -> int:
    """A gap's urgency as of `today` by the district's clock."""
    return points(
        size=size_of(gap.evidence, line_percent),
        age_days=school_days.between(local_day(gap.opened_at, timezone), today),
        behind=behind.get(gap.target_id, 0),
        raised=gap.raised,
    )


def waiting_behind(needs: Mapping[int, tuple[int, ...]]) -> dict[int, int]:
    """How many targets need each target first, directly or through others."""
    above: dict[int, set[int]] = {}
    for target_id, firsts in needs.items():
        for needs_id in firsts:
            above.setdefault(needs_id, set()).add(target_id)
    counts: dict[int, int] = {}
    for target_id in above:
        seen: set[int] = set()
        look = [target_id]
        while look:
            for following in above.get(look.pop(), ()):
                if following not in seen:
                    seen.add(following)
                    look.append(following)
        counts[target_id] = len(seen)
    return counts
