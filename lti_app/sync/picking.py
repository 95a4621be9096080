"""What a teacher can pick for students to open from the LMS: the team's targets, with their
pathways and checkpoints."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from lti_app.errors import BadInput
from lti_app.launch.places import Place, PlaceKind
from lti_app.learning import targets
from lti_app.learning.models import Checkpoint, Target
from lti_app.learning.plan.outline import Group


@dataclass(frozen=True)
class Pick:
    """One thing of the team that can be linked to."""

    place: Place
    title: str
    checkpoint: Checkpoint | None = None


def offered(groups: Sequence[Group]) -> dict[str, Pick]:
    """All that can be picked, by the name of its place, in the plan's order."""
    found: dict[str, Pick] = {}
    for group in groups:
        for target in group.targets:
            for pick in of_target(target):
                found[str(pick.place)] = pick
    return found


def of_target(target: Target) -> list[Pick]:
    """The target, then its pathways and checkpoints, as students see them."""
    return [
        _pick("target", target.id, target.title),
        *(_pick("pathway", way.id, way.title) for way in targets.visible_pathways(target)),
        *(
            Pick(Place("checkpoint", one.id), one.title, one)
            for one in targets.visible_checkpoints(target)
        ),
    ]


def _pick(kind: PlaceKind, row_id: int, title: str) -> Pick:
    return Pick(Place(kind, row_id), title)


def chosen(picks: dict[str, Pick], names: Collection[str], *, takes_several: bool) -> list[Pick]:
    """The picks that were named, in the plan's order.

    Raises `BadInput` where there is none, one we do not offer, or more than the LMS takes.
    """
    if not names:
        raise BadInput(_l("Nothing is picked."), _l("Pick at least one thing, then add it."))
    if not set(names) <= picks.keys():
        raise BadInput(
            _l("Something you picked is no longer there."), _l("Look once more and pick again.")
        )
    if len(set(names)) > 1 and not takes_several:
        raise BadInput(_l("Only one thing can be added here."), _l("Pick one, then add it."))
    return [pick for name, pick in picks.items() if name in names]
