"""Deep linking: what a teacher picks becomes links of the LMS, checkpoints with their column."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.lms import ColumnDraft
from integrations.lti.deep_linking import ContentItem
from lti_app.db import now
from lti_app.errors import BadInput, PathwaysError
from lti_app.launch.models import DeepLinking, Platform
from lti_app.launch.places import Place, PlaceKind
from lti_app.learning import targets
from lti_app.learning.models import Checkpoint, Target
from lti_app.learning.plan.outline import Group
from lti_app.sync import columns


@dataclass(frozen=True)
class Pick:
    """One thing of the team that can be linked to."""

    place: Place
    title: str
    checkpoint: Checkpoint | None = None


class PickingOver(PathwaysError):
    """The dialog stood open for too long, or is another teacher's."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            _l("This window was open for too long."),
            _l("Close it, and click Pathways in your course's dialog once more."),
        )


def begun(session: Session, picking: int, enrolment_id: int) -> tuple[DeepLinking, Platform]:
    """The deep linking this teacher began, and its platform. Raises `PickingOver`."""
    row = session.execute(
        select(DeepLinking, Platform)
        .join(Platform, DeepLinking.platform_id == Platform.id)
        .where(
            DeepLinking.id == picking,
            DeepLinking.enrolment_id == enrolment_id,
            DeepLinking.expires_at > now(),
            Platform.active,
        )
    ).first()
    if row is None:
        raise PickingOver
    return row[0], row[1]


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


def content_items(
    picks: Sequence[Pick],
    public_url: str,
    *,
    takes_line_items: bool,
    opens_at: datetime | None,
    due_at: datetime | None,
) -> list[ContentItem]:
    """The links to send back. A checkpoint brings its gradebook column and its dates; `due_at`
    and `opens_at` take the place of the checkpoint's own."""
    items = []
    for pick in picks:
        one = pick.checkpoint
        items.append(
            ContentItem(
                url=pick.place.launch_url(public_url),
                title=pick.title,
                text=one.question[:500] if one is not None else "",
                column=_column(one) if one is not None and takes_line_items else None,
                opens_at=opens_at if one is not None else None,
                due_at=(due_at or one.due_at) if one is not None else None,
            )
        )
    return items


def _column(checkpoint: Checkpoint) -> ColumnDraft:
    return ColumnDraft(
        resource_id=columns.resource_id(checkpoint.id),
        title=checkpoint.title,
        max_points=checkpoint.max_points,
    )
