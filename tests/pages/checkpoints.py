"""A checkpoint's editor: what it asks for, its questions, and how a student sees it."""

from fractions import Fraction

from sqlalchemy.orm import Session

from lti_app.learning import targets
from lti_app.learning.items import writing
from lti_app.learning.items.kinds import (
    FractionKey,
    MatchKey,
    NumberKey,
    OneChoiceKey,
    OrderKey,
    SeveralChoicesKey,
    ShortTextKey,
)
from lti_app.learning.items.writing import Draft
from tests.pages import STAFF, TEACHER, Page, Room

AT = "/plan/{asked_target}/checkpoints/{asked}"
PAGES = [
    Page(STAFF, AT, most_queries=6, look="teacher-checkpoint"),
    Page(TEACHER, f"{AT}/items/new", most_queries=4, look="teacher-item-new", query="kind=match"),
    Page(TEACHER, f"{AT}/items", "POST"),
    Page(TEACHER, f"{AT}/items/{{item}}", most_queries=5, look="teacher-item"),
    Page(TEACHER, f"{AT}/items/{{item}}", "POST"),
    Page(TEACHER, f"{AT}/items/{{item}}/remove", "POST"),
    Page(TEACHER, f"{AT}/items/order", "POST"),
    Page(STAFF, f"{AT}/preview", most_queries=5, look="teacher-checkpoint-preview"),
    Page(STAFF, f"{AT}/preview", "POST"),
]
DRAFTS = [
    Draft("What is <b>12</b> × 0.5?", 1, NumberKey(Fraction(6), Fraction(1, 10))),
    Draft("What is 3 × 2/5?", 2, FractionKey(Fraction(6, 5))),
    Draft("Which is more?", 1, OneChoiceKey(("1/3", "1/2 of something with a long name"), 1)),
    Draft("Which are one half?", 1, SeveralChoicesKey(("2/4", "2/3", "5/10"), (0, 2))),
    Draft("Smallest first.", 1, OrderKey.in_order(("1/8", "1/4", "1/2"))),
    Draft("What belongs together?", 2, MatchKey.of_pairs([("1/2", "2/4"), ("1/4", "3/12")], ["1"])),
    Draft("What is the top of a fraction called?", 1, ShortTextKey(("numerator",))),
]


def furnish(session: Session, room: Room) -> dict[str, int]:
    """A checkpoint with a question of each kind and a rubric."""
    target = targets.add_target(session, room.team_id, title="I can answer all kinds of questions.")
    checkpoint = targets.add_checkpoint(session, target, title="All kinds", max_points=4)
    checkpoint.takes_files = True
    checkpoint.rubric = [
        {
            "title": "Drawing",
            "levels": [{"words": "begun", "points": 1}, {"words": "clear", "points": 4}],
        }
    ]
    session.flush()
    items = writing.add(session, checkpoint, DRAFTS)
    return {"asked_target": target.id, "asked": checkpoint.id, "item": items[2].id}
