"""What may be asked of the Classroom API: the port to a budget that all processes share.

Google counts by project and by user: 4,000,000 requests a day and 3,000 a minute for a project,
1,200 a minute for a user, each call of a batch for itself.
https://developers.google.com/workspace/classroom/limits
"""

import enum
from dataclasses import dataclass, field
from typing import Literal, Protocol

from integrations.lms import LmsError, LmsUnavailable

AT_ONCE = 50
"""The most calls that Google takes in one batch."""

Limit = Literal["project", "user", "day"]
"""Which of Google's limits it said was reached: a minute's of the project or of the user, or the
project's of the day."""


class Share(enum.Enum):
    """For whom something is asked: how full (1: wholly) it may make each limit. What is left is
    for those who are in more of a hurry."""

    PAGE = 1.0
    """Somebody looks at a page that waits for the answer."""
    SENDING = 0.95
    """What goes out: grades, coursework, attachments."""
    BACKGROUND = 0.8
    """What is read in nobody's presence: mirrors, rosters."""


class Budget(Protocol):
    """Counts what is asked, whichever process asks."""

    @property
    def at_once(self) -> int:
        """The most calls that one batch may hold."""
        ...

    def take(self, user: str, share: Share, count: int) -> None:
        """Count `count` requests of a user before they are made; waits for a moment where that
        is enough. Raises `LmsUnavailable("budget_spent")` where they must wait longer."""
        ...

    def quiet_s(self, user: str, share: Share) -> float:
        """For how many seconds a share keeps quiet; 0: it may ask."""
        ...

    def told(self, user: str, share: Share, limit: Limit, retry_after_s: float | None) -> float:
        """Google says that a limit is reached: have all processes keep quiet. Returns for how
        many seconds this share does."""
        ...


class NoBudget:
    """Counts nothing: for who asks by hand."""

    at_once = AT_ONCE

    def take(self, user: str, share: Share, count: int) -> None:
        """Always allowed."""

    def quiet_s(self, user: str, share: Share) -> float:
        """Never."""
        return 0.0

    def told(self, user: str, share: Share, limit: Limit, retry_after_s: float | None) -> float:
        """As long as Google says."""
        return retry_after_s or 0.0


@dataclass(frozen=True)
class Meter:
    """A budget as one client uses it: in whose name, and for whom."""

    budget: Budget = field(default_factory=NoBudget)
    user: str = ""
    """Google's id of the user where we know it, else any name that is theirs alone."""
    share: Share = Share.PAGE

    @property
    def at_once(self) -> int:
        """The most calls that one batch may hold."""
        return self.budget.at_once

    def take(self, count: int) -> None:
        """Count `count` requests before they are made. Raises `LmsUnavailable`."""
        self.budget.take(self.user, self.share, count)

    def quiet_s(self) -> float:
        """For how many seconds nothing may be asked; 0: it may."""
        return self.budget.quiet_s(self.user, self.share)

    def told(self, error: LmsError) -> None:
        """Google refused a request: where that was for a limit, all keep quiet, and `error` says
        for how long."""
        if isinstance(error, LmsUnavailable) and error.limit is not None:
            wait = self.budget.told(self.user, self.share, error.limit, error.retry_after)
            error.retry_after = wait or error.retry_after


UNCOUNTED = Meter()
"""Of an API that is not Classroom's, or of somebody who asks by hand."""
