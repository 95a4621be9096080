"""A platform's connection tried, service by service: what works, what does not, how to mend it.

Only reads: nothing is written to a gradebook by a test.
"""

import enum
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from integrations.lms import LmsError
from integrations.lti import gradebook, roster
from integrations.lti.connector import LtiConnector
from integrations.lti.transport import http_session
from lti_app.db import Database, now
from lti_app.launch.models import Platform
from lti_app.launch.platforms import is_near, source_of
from lti_app.launch.services import lti_services, registration_with
from lti_app.people.models import Section
from lti_app.settings import Settings
from lti_app.sync.models import (
    ColumnKind,
    DeliveryState,
    GradebookColumn,
    GradeDelivery,
    PlatformCheck,
)

CLOCK_OFF_S = 30.0
"""A minute off and its tokens are refused (integrations/lti/message.py); half of that is told."""
SERVICES = (roster.SCOPE, gradebook.LINE_ITEM, gradebook.SCORE, gradebook.RESULT_READ)


class State(enum.StrEnum):
    """How one thing stands."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """One thing that was tried; `checkup_words` says it for the administrator."""

    step: str
    state: State
    code: str = ""
    about: str = ""
    """A scope, a number, the title of a section: what the words speak of."""


class _NoTokens:
    """Asks for a token each time: a kept one would hide that the platform gives none any more."""

    def get(self, scopes: str) -> str | None:
        return None

    def put(self, scopes: str, token: str, expires_in_s: float) -> None:
        return

    def forget(self, scopes: str) -> None:
        return


def begin(session: Session, platform_id: int) -> PlatformCheck:
    """Write down that a platform is to be tried."""
    check = PlatformCheck(platform_id=platform_id, findings=[])
    session.add(check)
    session.flush()
    return check


def newest(session: Session, platform_id: int) -> PlatformCheck | None:
    """The platform's last check, finished or not."""
    return session.scalars(
        select(PlatformCheck)
        .where(PlatformCheck.platform_id == platform_id)
        .order_by(PlatformCheck.id.desc())
        .limit(1)
    ).first()


def findings_of(check: PlatformCheck) -> list[Finding]:
    """What a check found."""
    return [
        Finding(one["step"], State(one["state"]), one["code"], one["about"])
        for one in check.findings
    ]


def run(database: Database, settings: Settings, district_id: int, check_id: int) -> None:
    """Try everything and write down what was found; one that was finished stays as it is."""
    with database.session(district_id=district_id, writes=False) as session:
        check = session.get_one(PlatformCheck, check_id)
    if check.finished_at is not None:
        return
    findings = list(examine(database, settings, district_id, check.platform_id))
    with database.transaction(district_id=district_id) as session:
        check = session.get_one(PlatformCheck, check_id)
        check.findings = [asdict(one) for one in findings]
        check.finished_at = now()


def examine(
    database: Database, settings: Settings, district_id: int, platform_id: int
) -> Iterator[Finding]:
    """Each thing that must work, in the order in which one builds on the other."""
    with database.session(district_id=district_id, writes=False) as session:
        platform = session.get_one(Platform, platform_id)
        section = _section(session, platform_id, Section.roster_url)
        graded = _section(session, platform_id, Section.line_items_url)
        column = _column(session, graded.id) if graded is not None else None
        stuck = _stuck(session, platform_id)
    yield _own_address(settings)
    if not platform.active:
        yield Finding("platform", State.FAILED, "off")
    yield from _keys(platform)
    yield from _tokens(database, platform)
    yield _launches(platform)
    if section is None:
        yield Finding("roster", State.WARNING, "no_section")
    else:
        yield _tried("roster", section, lambda: _first_member(database, section))
    if graded is None:
        yield Finding("columns", State.WARNING, "no_section")
    else:
        yield _tried("columns", graded, lambda: _first_column(database, graded))
        if column is not None:
            yield _tried("results", graded, lambda: _first_result(database, graded, column))
    yield from stuck or [Finding("outbox", State.OK)]


def _own_address(settings: Settings) -> Finding:
    if settings.is_https:
        return Finding("address", State.OK, about=settings.public_url)
    return Finding("address", State.WARNING, "only_here", settings.public_url)


def _keys(platform: Platform) -> Iterator[Finding]:
    """The key set, and by its answer the platform's clock."""
    try:
        with http_session(allow_loopback=is_near(platform.jwks_url)) as http:
            answer = http.get(platform.jwks_url, headers={"Accept": "application/json"})
            body = answer.json() if answer.ok else None
    except requests.JSONDecodeError:
        body = None
    except requests.RequestException as error:
        yield Finding("keys", State.FAILED, "unreachable", type(error).__name__)
        return
    keys = body.get("keys") if isinstance(body, dict) else None
    usable = [k for k in keys if _is_usable(k)] if isinstance(keys, list) else []
    if usable:
        yield Finding("keys", State.OK, about=str(len(usable)))
    else:
        yield Finding("keys", State.FAILED, "none", f"HTTP {answer.status_code}")
    yield _clock(platform, ahead_s(answer.headers.get("Date", "")))


def _is_usable(key: object) -> bool:
    return isinstance(key, dict) and key.get("kty") == "RSA" and isinstance(key.get("kid"), str)


def ahead_s(date: str) -> float | None:
    """How far a clock is ahead of ours, in seconds, by an HTTP date; None where it is none."""
    try:
        return (parsedate_to_datetime(date).astimezone(UTC) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None


def _clock(platform: Platform, answered: float | None) -> Finding:
    """The larger of what its answer and its last token said."""
    said = [one for one in (answered, platform.clock_ahead_s) if one is not None]
    ahead = max(said, key=abs, default=0.0)
    if abs(ahead) <= CLOCK_OFF_S:
        return Finding("clock", State.OK)
    return Finding("clock", State.WARNING, "ahead" if ahead > 0 else "behind", f"{abs(ahead):.0f}")


def _tokens(database: Database, platform: Platform) -> Iterator[Finding]:
    """A fresh token for each service; a platform that knows us may still refuse some."""
    registration = registration_with(database, platform)
    with http_session(allow_loopback=is_near(platform.token_url)) as http:
        connector = LtiConnector(registration, _NoTokens(), http)
        for scope in SERVICES:
            try:
                connector.get_access_token([scope])
            except LmsError as error:
                yield Finding("token", State.FAILED, error.code, scope)
                if error.code not in {"forbidden", "invalid"}:
                    return  # the same for each
            else:
                yield Finding("token", State.OK, about=scope)


def _launches(platform: Platform) -> Finding:
    if platform.last_launch_at is None:
        return Finding("launches", State.WARNING, "never")
    return Finding("launches", State.OK)


def _tried(step: str, section: Section, act: Callable[[], object]) -> Finding:
    try:
        act()
    except LmsError as error:
        return Finding(step, State.FAILED, error.code, section.title[:200])
    return Finding(step, State.OK, about=section.title[:200])


def _first_member(database: Database, section: Section) -> object:
    return next(iter(lti_services(database, section).roster().members()), None)


def _first_column(database: Database, section: Section) -> None:
    lti_services(database, section).gradebook().look()


def _first_result(database: Database, section: Section, column: str) -> object:
    return next(iter(lti_services(database, section).gradebook().standing(column)), None)


def _section(session: Session, platform_id: int, service: object) -> Section | None:
    """The newest section of a platform that has a service."""
    return session.scalars(
        select(Section)
        .where(Section.source == source_of(platform_id), service.is_not(None))  # type: ignore[attr-defined]
        .order_by(Section.id.desc())
        .limit(1)
    ).first()


def _column(session: Session, section_id: int) -> str | None:
    return session.scalar(
        select(GradebookColumn.external_id)
        .where(
            GradebookColumn.section_id == section_id,
            GradebookColumn.kind == ColumnKind.LTI,
            GradebookColumn.external_id.is_not(None),
        )
        .order_by(GradebookColumn.id.desc())
        .limit(1)
    )


def _stuck(session: Session, platform_id: int) -> list[Finding]:
    """Grades that were not delivered, by the reason."""
    rows = session.execute(
        select(GradeDelivery.reason, func.count())
        .join(Section, GradeDelivery.section_id == Section.id)
        .where(
            Section.source == source_of(platform_id), GradeDelivery.state == DeliveryState.PARKED
        )
        .group_by(GradeDelivery.reason)
        .order_by(GradeDelivery.reason)
    )
    return [Finding("outbox", State.WARNING, code, str(number)) for code, number in rows]
