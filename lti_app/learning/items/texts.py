"""Short texts, compared as a teacher reading them would."""

import re
import unicodedata

from lti_app.learning.items.kinds import ShortTextKey

_APOSTROPHES = str.maketrans("’‘`´", "''''")


def plain(text: str, key: ShortTextKey) -> str:
    """A text without what the key forgives. Outer spaces and kinds of apostrophe never count;
    `any_spaces` forgives those within (`ice cream`, `icecream`, and two between words)."""
    found = unicodedata.normalize("NFC", text).translate(_APOSTROPHES).strip()
    if key.any_period:
        found = found.rstrip(" .")
    if key.any_spaces:
        found = re.sub(r"\s+", "", found)
    if key.any_case:
        found = found.casefold()
    if key.any_accents:
        apart = unicodedata.normalize("NFD", found)
        found = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return found
