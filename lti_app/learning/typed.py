"""What people type into forms, as values."""

import math
from datetime import date
from enum import StrEnum
from typing import TypeVar

from flask_babel import lazy_gettext as _l

from lti_app.errors import BadInput

E = TypeVar("E", bound=StrEnum)


def number(typed: str) -> float:
    """A number as people type it, with a point or a comma. Raises `BadInput`."""
    try:
        found = float(typed.strip().replace(",", "."))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise BadInput(
            _l("That is not a number."), _l("Write the points as a number, like 3 or 3.5.")
        )
    return found


def whole(typed: str) -> int:
    """A whole number. Raises `BadInput`."""
    found = number(typed)
    if found != int(found):
        raise BadInput(_l("That is not a whole number."), _l("Write a number like 3."))
    return int(found)


def day(typed: str) -> date | None:
    """A day as a date field sends it; None where it was left empty. Raises `BadInput`."""
    if not typed.strip():
        return None
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise BadInput(_l("That is not a day."), _l("Pick one, or leave it empty.")) from None


def one_of(choices: type[E], typed: str) -> E:
    """One of the choices a list offered. Raises `BadInput`."""
    try:
        return choices(typed)
    except ValueError:
        raise BadInput(_l("Please pick one from the list."), _l("Nothing was saved.")) from None
