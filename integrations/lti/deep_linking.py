"""What goes back to a platform from a deep linking launch (Deep Linking 2.0)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.lineitem import LineItem

from integrations.lms import ColumnDraft
from integrations.lti.claims import DeepLinkingSettings
from integrations.lti.connector import SigningRegistration, ToolRegistration
from integrations.lti.gradebook import LABEL_LENGTH, REVIEWABLE, TAG, timestamp


@dataclass(frozen=True)
class ContentItem:
    """A link for the platform to keep (Deep Linking 2.0 §3.1, `ltiResourceLink`)."""

    url: str
    """What a launch of it names as its target."""
    title: str
    text: str = ""
    column: ColumnDraft | None = None
    """The gradebook column to couple to it."""
    opens_at: datetime | None = None
    due_at: datetime | None = None


class _Resource(DeepLinkResource):
    """The library knows no text and no dates."""

    def __init__(self, item: ContentItem) -> None:
        self._item = item
        self.set_url(item.url).set_title(item.title[:LABEL_LENGTH])
        if item.column is not None:
            column = LineItem()
            column.set_label(item.column.title[:LABEL_LENGTH]).set_tag(TAG)
            column.set_score_maximum(item.column.max_points)
            column.set_resource_id(item.column.resource_id)
            column.set_submission_review(REVIEWABLE)
            self.set_lineitem(column)

    def to_dict(self) -> dict[str, Any]:
        body = super().to_dict()
        if self._item.text:
            body["text"] = self._item.text
        if self._item.opens_at is not None:
            body["available"] = {"startDateTime": timestamp(self._item.opens_at)}
        if self._item.due_at is not None:
            body["submission"] = {"endDateTime": timestamp(self._item.due_at)}
        return body


def response_jwt(
    registration: ToolRegistration,
    deployment_id: str,
    settings: DeepLinkingSettings,
    items: Sequence[ContentItem],
) -> str:
    """The signed answer, to be posted as `JWT` to `settings.return_url` by the browser (§4.5).

    Without items it says that nothing was picked.
    """
    answer = DeepLink(
        SigningRegistration(registration),
        deployment_id,
        {"deep_link_return_url": settings.return_url, "data": settings.data},
    )
    message = answer.get_message_jwt([_Resource(item) for item in items])
    if not settings.data:  # §4.5.3: sent back only where it was sent
        message = {name: value for name, value in message.items() if not name.endswith("/data")}
    return str(answer.encode_jwt(message))
