"""The few ways a person can be told no. Each says what happened and what to do next."""

from dataclasses import dataclass
from typing import TypeAlias

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

Words: TypeAlias = str | LazyString


class PathwaysError(Exception):
    """Something a person must be told; nothing was changed.

    `code` is one stable word for logs and tests; `message` says what happened, `advice` what to
    do, both in the reader's language.
    """

    status = 400
    code = "error"

    def __init__(self, message: Words, advice: Words = "", *, code: str = "") -> None:
        super().__init__(code or self.code)
        self.message = message
        self.advice = advice
        self.code = code or self.code


class BadInput(PathwaysError):
    """What was typed or sent can't be used."""

    code = "bad_input"


class NotAllowed(PathwaysError):
    """This role may not do this."""

    status = 403
    code = "not_allowed"

    def __init__(self) -> None:
        super().__init__(
            _l("This page is not for you."),
            _l("Go back, or open Pathways again from your class."),
        )


class NotHere(PathwaysError):
    """It does not exist, or it belongs to someone else: the answer is the same for both."""

    status = 404
    code = "not_here"

    def __init__(self) -> None:
        super().__init__(
            _l("We can't find this."),
            _l("It may have been moved. Go back and pick it from the list."),
        )


class OpenAgain(PathwaysError):
    """Nobody is known in this browser (any more)."""

    status = 401
    code = "open_again"

    def __init__(self) -> None:
        super().__init__(
            _l("Please open Pathways again from your class."),
            _l("Go to Canvas, Google Classroom or your school's site and click Pathways there."),
        )


@dataclass(frozen=True)
class Clash:
    """A field that two people changed to different things."""

    name: str
    """Of the form's field."""
    label: Words
    theirs: str
    mine: str
    choices: tuple[tuple[str, Words], ...] = ()
    """Value and words, where the field is a list to pick from."""

    def in_words(self, value: str) -> Words:
        """How a value is called."""
        return dict(self.choices).get(value, value)


class Conflict(PathwaysError):
    """Someone else saved while this was being written: both are shown, nothing is lost."""

    status = 409
    code = "conflict"

    def __init__(self, editor: str, version: int, clashes: list[Clash]) -> None:
        super().__init__(
            _l("%(name)s changed this while you were writing.", name=editor)
            if editor
            else _l("This changed while you were writing."),
            _l("Nothing of yours is lost: compare, then save what should stand."),
        )
        self.version = version
        """What is saved next must be an edit of this version."""
        self.clashes = clashes
