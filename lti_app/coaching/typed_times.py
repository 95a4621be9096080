"""Days and moments as forms and addresses carry them."""

from datetime import UTC, date, datetime, time

from flask_babel import lazy_gettext as _l

from lti_app.coaching import sessions
from lti_app.errors import BadInput, NotHere


def day(typed: str) -> date:
    """A day from an address (`2026-11-24`). Raises `NotHere`."""
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        raise NotHere from None
    if not 2000 <= found.year <= 2200:
        raise NotHere
    return found


def clock(typed: str) -> time:
    """A time of day (`10:20`). Raises `BadInput`."""
    try:
        return time.fromisoformat(typed)
    except ValueError:
        raise BadInput(
            _l("The time is missing."), _l("Fill it in, such as 10:20, and save again.")
        ) from None


def moment(typed_day: str, typed_clock: str, timezone: str) -> datetime:
    """A day and a time of the district's clock as a moment. Raises `BadInput`."""
    try:
        return sessions.moment(
            date.fromisoformat(typed_day), time.fromisoformat(typed_clock), timezone
        )
    except (ValueError, OverflowError):
        raise BadInput(
            _l("The day or the time is missing."), _l("Fill in both and make it again.")
        ) from None


def stamp(typed: str) -> datetime:
    """A moment in a form's hidden field (ISO 8601 with its offset). Raises `BadInput`."""
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadInput(_l("Please pick one from the list."), _l("Nothing was saved."))
    return found.astimezone(UTC)
