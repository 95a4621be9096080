"""Deep linking: what a teacher picks becomes links of the LMS, checkpoints with their column."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.lms import ColumnDraft
from integrations.lti.deep_linking import ContentItem
from lti_app.db import now
from lti_app.errors import PathwaysError
from lti_app.launch.models import DeepLinking, Platform
from lti_app.learning.models import Checkpoint
from lti_app.sync import columns
from lti_app.sync.picking import Pick


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
