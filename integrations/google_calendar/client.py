"""Events on a teacher's own Google Calendar.

https://developers.google.com/workspace/calendar/api/v3/reference/events
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

import google_auth_httplib2
import httplib2
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from integrations.classroom.addresses import must_be_safe
from integrations.classroom.budget import UNCOUNTED
from integrations.classroom.client import TIMEOUT_S
from integrations.classroom.refusals import call
from integrations.lms import LmsRefused

DUPLICATE = 409


@dataclass(frozen=True)
class CalendarEntry:
    """An event as we write it."""

    id: str
    """Ours: letters a to v and digits, 5 to 1024 of them. The same id is the same event."""
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    timezone: str


@cache
def _document() -> str:
    file = resources.files("googleapiclient").joinpath("discovery_cache/documents/calendar.v3.json")
    return file.read_text(encoding="utf-8")


def service_at(api_url: str, token: str) -> Any:
    """The API's methods, at `api_url` (ending in a slash)."""
    must_be_safe(api_url)
    document = json.loads(_document())
    document["rootUrl"] = document["mtlsRootUrl"] = api_url
    document["baseUrl"] = api_url + document["servicePath"]
    http = google_auth_httplib2.AuthorizedHttp(
        Credentials(token=token), http=httplib2.Http(timeout=TIMEOUT_S), refresh_status_codes=()
    )
    return build_from_document(document, http=http)


class TeacherCalendar:
    """A teacher's own calendar; `token` gives an access token, `renew` makes it a new one."""

    def __init__(self, api_url: str, token: Callable[[], str], renew: Callable[[], None]) -> None:
        self._api_url = api_url
        self._token = token
        self._renew = renew

    def put(self, entry: CalendarEntry) -> None:
        """Write the event, or write over the one with its id. Raises `LmsError`."""
        body = {
            "id": entry.id,
            "summary": entry.title,
            "location": entry.place,
            "status": "confirmed",
            "start": _moment(entry.starts_at, entry.timezone),
            "end": _moment(entry.ends_at, entry.timezone),
        }
        try:
            self._call(lambda events: events.insert(calendarId="primary", body=body))
        except LmsRefused as refused:
            if not isinstance(refused.__cause__, HttpError):
                raise
            if refused.__cause__.status_code != DUPLICATE:
                raise
            self._call(
                lambda events: events.update(calendarId="primary", eventId=entry.id, body=body)
            )

    def remove(self, event_id: str) -> None:
        """Take the event off; one that is gone already is fine. Raises `LmsError`."""
        body = {"status": "cancelled"}
        try:
            self._call(
                lambda events: events.patch(calendarId="primary", eventId=event_id, body=body)
            )
        except LmsRefused as refused:
            if refused.code != "gone":
                raise

    def _call(self, request: Callable[[Any], Any]) -> dict[str, Any]:
        return call(
            lambda: request(service_at(self._api_url, self._token()).events()).execute(
                num_retries=0
            ),
            self._renew,
            "gone",
            UNCOUNTED,
        )


def _moment(at: datetime, timezone: str) -> dict[str, str]:
    return {"dateTime": at.isoformat(), "timeZone": timezone}
