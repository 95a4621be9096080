"""What a student sees and may do on a target, by their choice level.

| level  | sees                                          | chooses | proposes |
|--------|-----------------------------------------------|---------|----------|
| guided | the way a teacher gave them, else the first on offer | no | no       |
| shared | the ways on offer, and the one they are on    | yes     | no       |
| open   | every way of the team and section             | yes     | yes      |

A way they are on stays theirs whatever happens to their level or to the offer.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from lti_app.errors import BadInput, NotHere
from lti_app.learning.models import ChoiceLevel, Pathway, PathwayChoice, Target
from lti_app.learning.ways import steps


@dataclass(frozen=True)
class Offers:
    """The ways on a student's page."""

    pathways: list[Pathway]
    on: Pathway | None
    """The way the student goes, or is to begin with."""
    given: bool
    """A teacher picked it."""
    may_choose: bool
    may_propose: bool


def on_target(
    target: Target, person_id: int, level: ChoiceLevel, choice: PathwayChoice | None
) -> Offers:
    """The ways of a target (loaded with its pathways) for one student."""
    mine = choice.pathway_id if choice is not None else None
    seen = [
        pathway
        for pathway in target.pathways
        if not pathway.hidden
        and steps.shown(pathway.activities)
        and (pathway.person_id in (None, person_id) or pathway.id == mine)
    ]
    offered = [pathway for pathway in seen if pathway.offered or pathway.id == mine]
    on = next((pathway for pathway in seen if pathway.id == mine), None)
    if level == ChoiceLevel.GUIDED:
        on = on or next(iter(offered), None)
        shown = [on] if on is not None else []
    else:
        shown = seen if level == ChoiceLevel.OPEN else offered
    return Offers(
        pathways=shown,
        on=on,
        given=choice is not None and choice.assigned_by_id is not None,
        may_choose=level != ChoiceLevel.GUIDED,
        may_propose=level == ChoiceLevel.OPEN,
    )


def require(offers: Offers, pathway: Pathway) -> None:
    """Raises `NotHere` for a way the student does not see, `BadInput` where they may not
    choose."""
    if not any(one.id == pathway.id for one in offers.pathways):
        if offers.may_choose:
            raise NotHere
        raise _teacher_picks()
    if not offers.may_choose and (offers.on is None or offers.on.id != pathway.id):
        raise _teacher_picks()


def _teacher_picks() -> BadInput:
    return BadInput(
        _l("Your teacher picks the way with you."),
        _l("Go back and press “I need help” if you want another one."),
    )
