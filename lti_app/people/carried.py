"""Visits whose browser keeps no cookie in the LMS's iframe: the address carries them instead.

Such a visit's pages stand below `/in/<token>/…`. The token is cut off before routes are matched
and becomes the application's root, so that every link made by `url_for` carries it on, and no page
knows of it. What a cookie would hold is kept in a row, under the token's digest; the visit ends
with the day's cookie lifetime and works in the browser program that began it only.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, request
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from lti_app.db import Database, now
from lti_app.people.models import CarriedVisit

LASTS = timedelta(hours=12)
ROOT = "/in/"
TOKEN = "pathways.visit"  # noqa: S105 - the name it has in a request's environment

_text = TaggedJSONSerializer()


class CarriedRoots:
    """WSGI middleware: `/in/<token>` becomes part of the root."""

    def __init__(self, wsgi_app: Callable[..., Iterable[bytes]]) -> None:
        self._wsgi_app = wsgi_app

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Cut the token off, where there is one."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(ROOT):
            token, _, rest = path.removeprefix(ROOT).partition("/")
            environ[TOKEN] = token
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}{ROOT}{token}"
            environ["PATH_INFO"] = f"/{rest}"
            start = _staying_in(environ["SCRIPT_NAME"], start)
        return self._wsgi_app(environ, start)


class _Plain(URLSafeTimedSerializer):
    """Signs a cookie's few words as they are: at each launch, trying whether they get shorter when
    packed would cost several times the signature."""

    def dump_payload(self, obj: Any) -> bytes:
        """The words, as the library reads them back."""
        return base64_encode(self.serializer.dumps(obj))


class VisitSessions(SecureCookieSessionInterface):
    """Flask's session: in the row of a carried visit, else in the cookie as ever."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._signs: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The cookie's signer: made once, not twice a request."""
        if self._signs is None:
            self._signs = _Plain(
                app.config["SECRET_KEY"],
                salt=self.salt,
                serializer=self.serializer,
                signer_kwargs={
                    "key_derivation": self.key_derivation,
                    "digest_method": self.digest_method,
                },
            )
        return self._signs

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What this browser's visit holds; nothing for a visit that ended or is another's."""
        token = request.environ.get(TOKEN)
        if token is None:
            return super().open_session(app, request)
        with self._database.session(writes=False) as session:
            visit = session.get(CarriedVisit, _digest(token))
        if visit is None or visit.expires_at <= now() or visit.browser != _browser(request):
            return SecureCookieSession()
        return SecureCookieSession(_text.loads(visit.contents))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what the visit holds now."""
        token = request.environ.get(TOKEN)
        if token is None:
            super().save_session(app, session, response)
            return
        if not session.modified:
            return
        with self._database.transaction() as database_session:
            database_session.execute(
                update(CarriedVisit)
                .where(
                    CarriedVisit.digest == _digest(token),
                    CarriedVisit.browser == _browser(request),
                )
                .values(contents=_text.dumps(dict(session)))
            )


def carry(session: Session, visit_cookie: SessionMixin) -> str:
    """Move what the cookie would hold into a carried visit; returns the root of its pages."""
    token = secrets.token_urlsafe(32)
    session.add(
        CarriedVisit(
            digest=_digest(token),
            browser=_browser(request),
            contents=_text.dumps(dict(visit_cookie)),
            expires_at=now() + LASTS,
        )
    )
    session.execute(
        delete(CarriedVisit)
        .where(CarriedVisit.expires_at < now())
        .execution_options(synchronize_session=False)
    )
    visit_cookie.clear()
    return f"{ROOT}{token}"


def init_app(app: Flask) -> None:
    """Let visits be carried."""
    app.wsgi_app = CarriedRoots(app.wsgi_app)  # type: ignore[assignment, method-assign]
    app.session_interface = VisitSessions(app.extensions["pathways.database"])


def _staying_in(root: str, start: Callable[..., Any]) -> Callable[..., Any]:
    """A redirect to a path that somebody sent along (`back`) stays in the carried visit."""

    def begin(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        def inside(name: str, value: str) -> str:
            leaves = value.startswith("/") and not value.startswith(root)
            return root + value if name == "Location" and leaves else value

        return start(status, [(name, inside(name, value)) for name, value in headers], *error)

    return begin


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _browser(request: Request) -> str:
    return hashlib.sha256(request.headers.get("User-Agent", "").encode()).hexdigest()
