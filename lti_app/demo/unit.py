"""The demo team's plan: a unit on fractions as teachers would have written it."""

from dataclasses import dataclass, field
from fractions import Fraction

from sqlalchemy.orm import Session

from lti_app.learning import targets
from lti_app.learning.items import writing
from lti_app.learning.items.kinds import (
    FractionKey,
    Key,
    MatchKey,
    NumberKey,
    OneChoiceKey,
    OrderKey,
    SeveralChoicesKey,
    ShortTextKey,
)
from lti_app.learning.models import ActivityKind, MasteryRule, Target, Unit
from lti_app.learning.plan import needs

UNIT = "Unit 3: Fractions"
TARGET = "I can multiply a fraction by a whole number."
CHECKPOINT = "Exit ticket: three times two fifths"
QUICK_TARGET = "I can add fractions with the same bottom number."
QUICK_CHECKPOINT = "Quick check: adding fractions"
STORY_CHECKPOINT = "My own story"


@dataclass(frozen=True)
class Way:
    """A pathway: title, then activities (title, kind, minutes, materials)."""

    title: str
    steps: tuple[tuple[str, ActivityKind, int, str], ...]


@dataclass(frozen=True)
class Plan:
    """A target with what belongs to it."""

    title: str
    codes: str = ""
    needs: tuple[str, ...] = ()
    rule: MasteryRule | None = None
    ways: tuple[Way, ...] = ()
    open_checkpoint: tuple[str, str] | None = None
    """Title and question of one that a teacher scores, of 4 points."""
    quick_checkpoint: tuple[str, tuple[tuple[str, Key], ...]] | None = None
    """Title and items of one that marks itself, a point each."""
    unit: str = field(default=UNIT)


PLANS = (
    Plan(
        QUICK_TARGET,
        ways=(
            Way(
                "Lay it out",
                (
                    ("Add with fraction strips", ActivityKind.MANIPULATIVE, 10, "fraction strips"),
                    ("Write three sums of your own", ActivityKind.PRACTICE, 8, ""),
                ),
            ),
            Way("Play it", (("Fraction dominoes for two", ActivityKind.GAME, 15, "dominoes"),)),
        ),
        quick_checkpoint=(
            QUICK_CHECKPOINT,
            (
                ("What is 2/5 + 1/5?", FractionKey(Fraction(3, 5))),
                ("What is 3/4 + 3/4? Write a mixed number.", FractionKey(Fraction(3, 2))),
                (
                    "Which sum is 1?",
                    OneChoiceKey(("1/3 + 1/3", "2/3 + 1/3", "1/3 + 3/1"), right=1),
                ),
                (
                    "Put them in order, smallest first.",
                    OrderKey.in_order(("1/8", "3/8", "5/8", "9/8")),
                ),
            ),
        ),
    ),
    Plan(
        TARGET,
        codes="5.NF.4a",
        needs=(QUICK_TARGET,),
        rule=MasteryRule.LATEST,
        ways=(
            Way(
                "Build it",
                (
                    (
                        "Lay three strips of 2/5 side by side",
                        ActivityKind.MANIPULATIVE,
                        10,
                        "fraction strips, tape",
                    ),
                    ("Draw what you built", ActivityKind.PRACTICE, 5, "paper, colored pencils"),
                ),
            ),
            Way(
                "Talk it over",
                (
                    (
                        "Explain to a partner why 3 × 2/5 is more than 1",
                        ActivityKind.DISCUSSION,
                        8,
                        "",
                    ),
                ),
            ),
        ),
        open_checkpoint=(CHECKPOINT, "What is 3 × 2/5? Show how you know."),
    ),
    Plan(
        "I can say when multiplying makes a number smaller.",
        codes="5.NF.5b",
        needs=(TARGET,),
        ways=(
            Way(
                "Try and see",
                (("Multiply 12 by five fractions and sort them", ActivityKind.PRACTICE, 12, ""),),
            ),
        ),
        quick_checkpoint=(
            "Bigger or smaller?",
            (
                (
                    "Which are smaller than 12?",
                    SeveralChoicesKey(("12 × 2/3", "12 × 5/4", "12 × 1/2", "12 × 1"), right=(0, 2)),
                ),
                ("What is 12 × 0.5?", NumberKey(Fraction(6))),
                (
                    "What do we call a fraction that is more than 1?",
                    ShortTextKey(("improper", "improper fraction", "impropia")),
                ),
            ),
        ),
    ),
    Plan(
        "I can solve a story problem with fractions.",
        codes="5.NF.6",
        needs=(TARGET,),
        ways=(
            Way(
                "Cook with it",
                (
                    ("Make the recipe for 3 friends", ActivityKind.PROJECT, 20, "measuring cups"),
                    ("Show your teacher", ActivityKind.TEACHER_TIME, 5, ""),
                ),
            ),
        ),
        open_checkpoint=(
            STORY_CHECKPOINT,
            "Write a story that 4 × 2/3 answers, and solve it.",
        ),
        quick_checkpoint=(
            "Match the story",
            (
                (
                    "What belongs together?",
                    MatchKey.of_pairs(
                        (
                            ("3 friends eat 2/3 of a pizza each", "3 × 2/3"),
                            ("half of a half cup", "1/2 × 1/2"),
                        ),
                        others=("3 + 2/3",),
                    ),
                ),
            ),
        ),
    ),
)


def write(session: Session, team_id: int) -> None:
    """Write the unit for a team; the standards must be there."""
    unit = Unit(team_id=team_id, title=UNIT, position=1)
    session.add(unit)
    session.flush()
    written: dict[str, Target] = {}
    for plan in PLANS:
        target = targets.add_target(
            session, team_id, title=plan.title, codes=plan.codes, unit_id=unit.id, rule=plan.rule
        )
        written[plan.title] = target
        for title in plan.needs:
            needs.add(session, team_id, target.id, written[title].id)
        for way in plan.ways:
            _write_way(session, target, way)
        _write_checkpoints(session, target, plan)


def _write_way(session: Session, target: Target, way: Way) -> None:
    pathway = targets.add_pathway(session, target, title=way.title)
    for title, kind, minutes, materials in way.steps:
        activity = targets.add_activity(session, pathway, title=title, kind=kind, minutes=minutes)
        activity.materials = materials


def _write_checkpoints(session: Session, target: Target, plan: Plan) -> None:
    if plan.quick_checkpoint is not None:
        title, items = plan.quick_checkpoint
        checkpoint = targets.add_checkpoint(session, target, title=title, max_points=len(items))
        # No work for a teacher's eyes: its items bring all the points.
        checkpoint.takes_text, checkpoint.max_points = False, 0
        session.flush()
        drafts = [writing.Draft(prompt, 1.0, key) for prompt, key in items]
        writing.add(session, checkpoint, drafts)
    if plan.open_checkpoint is not None:
        title, question = plan.open_checkpoint
        targets.add_checkpoint(session, target, title=title, question=question, max_points=4)
