"""Access tokens for Google's APIs, wherever they come from: a teacher's own grant, or a district's
service account that acts as the teacher. Everything behind them is one path."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

RENEW_EARLY = timedelta(minutes=2)


class Tokens:
    """One person's access tokens.

    `fetch` has Google make a new one: the token and when it ends; it may raise `LmsError`. `keep`
    is called with each new one, so that other workers need not fetch it again. `token` and `ends`
    are what was kept before.
    """

    def __init__(
        self,
        fetch: Callable[[], tuple[str, datetime]],
        keep: Callable[[str, datetime], None],
        token: str | None = None,
        ends: datetime | None = None,
        *,
        is_delegated: bool = False,
    ) -> None:
        self._fetch = fetch
        self._keep = keep
        self._token = token
        self._ends = ends
        self.is_delegated = is_delegated
        """From a service account: push registrations can't be made with it."""

    def current(self) -> str:
        """A token that lives for some time yet. Raises `LmsError`."""
        soon = datetime.now(UTC) + RENEW_EARLY
        if not self._token or not self._ends or self._ends < soon:
            self.renew()
        return str(self._token)

    def renew(self) -> None:
        """Have a new one. Raises `LmsError`."""
        self._token, self._ends = self._fetch()
        self._keep(self._token, self._ends)
