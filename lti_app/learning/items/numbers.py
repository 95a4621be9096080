"""Numbers as children write them: decimals, fractions, mixed numbers.

Everything is exact (`fractions.Fraction`); no answer is wrong because of how a machine rounds.
"""

import enum
import math
import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

LONGEST = 60
"""Characters of a number; nothing longer is read."""

_SPACES = re.compile(r"\s+")
_MINUS = str.maketrans(dict.fromkeys("−–—‐‑‒﹣-", "-"))
_SLASH = str.maketrans(dict.fromkeys("⁄∕／", "/"))
_SIGN = r"(?P<sign>[-+]?) ?"
_WHOLE = r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)"
_SIMPLE = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
_DECIMAL = re.compile(rf"{_SIGN}[$€]? ?(?P<digits>[\d.,' ]*\d[\d.,' ]*)", re.ASCII)
_FRACTION = re.compile(
    rf"{_SIGN}(?P<top>{_SIMPLE}) ?/ ?(?P<under>[-+]?) ?(?P<bottom>{_SIMPLE})", re.ASCII
)
_MIXED = re.compile(
    rf"{_SIGN}(?P<whole>{_SIMPLE})(?: ?\+ ?| )(?P<top>{_SIMPLE}) ?/ ?(?P<bottom>{_SIMPLE})",
    re.ASCII,
)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?P<mark>[ '.,])\d{3}(?:(?P=mark)\d{3})*", re.ASCII)
_POINT = re.compile(r"\d+\.\d+", re.ASCII)
_WITH_DECIMALS = re.compile(
    r"(?P<whole>\d*|\d{1,3}(?P<mark>[ '.,])\d{3}(?:(?P=mark)\d{3})*)"
    r"(?P<point>[.,])(?P<decimals>\d*)",
    re.ASCII,
)
_ONLY_WHOLE = re.compile(rf"{_SIGN}(?P<whole>{_WHOLE})", re.ASCII)


class Form(enum.Enum):
    """How a value was written."""

    WHOLE = enum.auto()
    DECIMAL = enum.auto()
    FRACTION = enum.auto()
    MIXED = enum.auto()


class NotANumber(ValueError):
    """What was typed can't be read as the number that is asked for."""


class OverZero(NotANumber):
    """A fraction with nothing but zero below its line."""


@dataclass(frozen=True)
class Written:
    """A number and the way it was written."""

    value: Fraction
    form: Form
    lowest: bool
    """Its fraction can't be simplified, and beside a whole number it is smaller than one."""


def readings(typed: str) -> tuple[Fraction, ...]:
    """The values a decimal number may stand for, likeliest first. Raises `NotANumber`.

    A point is always a decimal point when it stands alone. `1,234` is one thousand two hundred
    thirty-four to one child and a bit more than one to another: both readings are given, and an
    answer is right where one of them is.
    """
    found = _DECIMAL.fullmatch(_plain(typed))
    if found is None:
        raise NotANumber(typed)
    sign = -1 if found["sign"] == "-" else 1
    values = [Fraction(spelling) for spelling in _spellings(found["digits"].strip())]
    if not values:
        raise NotANumber(typed)
    return tuple(dict.fromkeys(sign * value for value in values))


def written(typed: str) -> Written:
    """A whole number, fraction, mixed number or decimal, exactly.

    Raises `OverZero` for a fraction over zero and `NotANumber` for all else that is none.
    """
    text = _plain(typed)
    if found := _FRACTION.fullmatch(text):
        top, bottom = _int(found["top"]), _int(found["bottom"])
        sign = -1 if (found["sign"] == "-") != (found["under"] == "-") else 1
        return Written(_ratio(sign * top, bottom), Form.FRACTION, math.gcd(top, bottom) == 1)
    if found := _MIXED.fullmatch(text):
        sign = -1 if found["sign"] == "-" else 1
        top, bottom = _int(found["top"]), _int(found["bottom"])
        value = sign * (_int(found["whole"]) + _ratio(top, bottom))
        return Written(value, Form.MIXED, math.gcd(top, bottom) == 1 and top < bottom)
    if found := _ONLY_WHOLE.fullmatch(text):
        value = Fraction(_int(found["whole"]) * (-1 if found["sign"] == "-" else 1))
        return Written(value, Form.WHOLE, True)
    return Written(readings(typed)[0], Form.DECIMAL, True)


def _plain(typed: str) -> str:
    """One kind of minus, slash and space; `1⅕` and `⁶⁄₅` as digits."""
    if len(typed) > LONGEST:
        raise NotANumber(typed[:LONGEST])
    spread = ""
    for sign in typed:
        small = unicodedata.decomposition(sign).startswith(("<fraction>", "<super>"))
        # Without the space 1⅕ would become 11/5.
        spread += f" {sign}" if small and spread[-1:].isascii() and spread[-1:].isdigit() else sign
    text = unicodedata.normalize("NFKC", spread).translate(_MINUS).translate(_SLASH)
    return _SPACES.sub(" ", text.replace("’", "'")).strip()


def _spellings(digits: str) -> list[str]:
    """The digits with a point before the decimals and nothing between thousands."""
    bare = re.sub(r"\D", "", digits)
    if digits.isdigit():
        return [bare]
    found = [bare] if _GROUPED.fullmatch(digits) and not _POINT.fullmatch(digits) else []
    split = _WITH_DECIMALS.fullmatch(digits)
    if split and digits.count(split["point"]) == 1:
        whole = re.sub(r"\D", "", split["whole"])
        found.append(f"{whole or 0}.{split['decimals'] or 0}")
    return found


def _int(digits: str) -> int:
    return int(re.sub(r"\D", "", digits))


def _ratio(top: int, bottom: int) -> Fraction:
    if bottom == 0:
        raise OverZero
    return Fraction(top, bottom)


def as_decimal(value: Fraction) -> str:
    """An exact value as people write it: `0.1`; as a fraction where its decimals never end."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return str(value)
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    shown = str(abs((value * 10**digits).numerator)).rjust(digits + 1, "0")
    shown = f"{shown[:-digits]}.{shown[-digits:]}" if digits else shown
    return f"-{shown}" if value < 0 else shown
