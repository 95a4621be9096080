"""Google Classroom looked over for whoever runs Pathways: settings, clock, client, domains, grants,
service accounts, the API. Only reads; names, addresses and tokens are never said."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import requests
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from integrations.classroom import delegation, oauth
from integrations.classroom.client import ClassroomClient
from integrations.classroom.tokens import Tokens
from integrations.lms import LmsError, LmsRefused, LmsUnavailable
from lti_app.db import Database, now
from lti_app.launch.google_sign_in import oauth_client
from lti_app.launch.models import WorkspaceDomain
from lti_app.people.models import District
from lti_app.settings import Settings
from lti_app.sync import accounts, feeds, granting, service_accounts
from lti_app.sync.checkup import CLOCK_OFF_S, Finding, State, ahead_s
from lti_app.sync.features import NEEDS, Feature
from lti_app.sync.feed_models import ClassroomFeed
from lti_app.sync.models import (
    ClassroomConnection,
    GoogleAccount,
    GoogleRevocation,
    GradeDelivery,
    ServiceAccount,
    SyncReport,
)
from lti_app.sync.quota import Quota, quota_of

FULL = 0.8
"""Of a limit: whoever looks should know."""
LATE = timedelta(hours=1)
RECENTLY = timedelta(days=1)
NOT_ALLOWED = frozenset({"scope_missing", "not_connected"})
"""Teachers need not allow it: their courses are looked at every quarter of an hour."""
MOST_TRIED = 20
"""Grants that are tried one by one; of more the newest, and it is said how many were not."""


@dataclass(frozen=True)
class _Kept:
    """What a district has, read before Google is asked."""

    domains: int
    accounts: list[GoogleAccount]
    service: ServiceAccount | None
    connections: int


def examine(
    database: Database,
    settings: Settings,
    district_id: int | None = None,
    teacher_id: int | None = None,
) -> Iterator[Finding]:
    """Each thing that must work, in the order in which one builds on the other; of one district,
    or of all; of one teacher's grant, or of all."""
    yield from _settings(settings)
    if not settings.google_client_id:
        return
    try:
        client = oauth_client(settings)
    except ValueError:
        yield Finding("settings", State.FAILED, "unsafe_address")
        return
    yield from _pubsub(settings)
    yield from _token_endpoint(client)
    yield from _budget(quota_of(database, settings), settings)
    with database.session(writes=False) as session:
        query = select(District).order_by(District.name, District.id)
        districts = session.scalars(
            query if district_id is None else query.where(District.id == district_id)
        ).all()
    for district in districts:
        with database.session(district_id=district.id, writes=False) as session:
            kept = _of_district(session, district.id, teacher_id)
            waiting = list(_waiting(session))
            told = list(_feeds(session)) if settings.pubsub_topic else []
        yield Finding("district", State.OK, about=district.name)
        yield (
            Finding("domains", State.OK, about=str(kept.domains))
            if kept.domains
            else Finding("domains", State.WARNING, "none")
        )
        if kept.service is not None:
            yield from _service_account(database, settings, kept.service)
            if settings.pubsub_topic:
                yield Finding("delegated", State.WARNING, "no_push")
        yield from _grants(database, settings, kept)
        yield from told
        yield from waiting


def _settings(settings: Settings) -> Iterator[Finding]:
    if not settings.google_client_id:
        yield Finding("settings", State.FAILED, "no_client")
    elif not settings.google_client_secret.get_secret_value():
        yield Finding("settings", State.FAILED, "no_secret")
    else:
        yield Finding("settings", State.OK)
    yield Finding("redirects", State.OK, about=", ".join(granting.redirect_uris(settings)))
    if settings.is_https:
        yield Finding("https", State.OK, about=settings.public_url)
    else:
        yield Finding("https", State.WARNING, "only_here", settings.public_url)
    if settings.cross_site_cookies:
        yield Finding("cookies", State.OK)
    else:
        yield Finding("cookies", State.WARNING, "not_in_frames")


def _pubsub(settings: Settings) -> Iterator[Finding]:
    """The topic that Google tells of changes, and what its subscription must be set to."""
    if not settings.pubsub_topic:
        yield Finding("pubsub", State.OK, "none")
        return
    yield Finding("pubsub", State.OK, about=settings.pubsub_topic)
    if settings.is_https:
        about = f"{settings.push_url}, audience {settings.push_audience}"
        yield Finding("push", State.OK, about=f"{about}, as {settings.pubsub_push_account}")
    else:
        yield Finding("push", State.WARNING, "not_https", settings.push_url)


def _token_endpoint(client: oauth.OAuthClient) -> Iterator[Finding]:
    """A refresh token that nobody has: `invalid_grant` says that Google knows our client."""
    try:
        oauth.refresh(client, "1//pathways-doctor")
    except LmsRefused as error:
        known = error.code == "sign_in_again"
        state = State.OK if known else State.FAILED
        yield Finding("client", state, "" if known else error.code, error.detail)
    except LmsUnavailable as error:
        yield Finding("client", State.FAILED, "unreachable", error.code)
        return
    try:
        answer = requests.get(client.token_url, timeout=5, allow_redirects=False)
    except requests.RequestException:
        return
    ahead = ahead_s(answer.headers.get("Date", ""))
    if ahead is None or abs(ahead) <= CLOCK_OFF_S:
        yield Finding("clock", State.OK)
    else:
        code = "ahead" if ahead > 0 else "behind"
        yield Finding("clock", State.FAILED, code, f"{abs(ahead):.0f}")


def _budget(quota: Quota, settings: Settings) -> Iterator[Finding]:
    """How much of Google's quota is used, and whether we keep quiet."""
    used, most = quota.used(), quota.numbers
    about = f"{used.minute} of {most.minute} this minute, {used.day} of {most.day} today"
    is_full = used.minute > most.minute * FULL or used.day > most.day * FULL
    if used.quiet_s:
        yield Finding("budget", State.WARNING, "quiet", f"{about}; {_until(used.quiet_s)}")
    elif used.rests_s or is_full:
        rests = f"; {_until(used.rests_s)}" if used.rests_s else ""
        yield Finding("budget", State.WARNING, "full", about + rests)
    else:
        yield Finding("budget", State.OK, about=about)
    if not used.is_shared:
        if not settings.limits_url.startswith("memory:"):
            yield Finding("budget", State.WARNING, "store_down")
        elif not settings.database_url.startswith("sqlite"):
            yield Finding("budget", State.WARNING, "alone")


def _until(seconds: float) -> str:
    return f"quiet until {now() + timedelta(seconds=seconds):%H:%M:%S} UTC"


def _of_district(session: Session, district_id: int, teacher_id: int | None) -> _Kept:
    query = select(GoogleAccount).order_by(GoogleAccount.granted_at.desc())
    if teacher_id is not None:
        query = query.where(GoogleAccount.person_id == teacher_id)
    return _Kept(
        domains=session.scalar(select(func.count()).select_from(WorkspaceDomain)) or 0,
        accounts=list(session.scalars(query).all()),
        service=accounts.service_account_of(session, district_id),
        connections=session.scalar(select(func.count()).select_from(ClassroomConnection)) or 0,
    )


def _service_account(
    database: Database, settings: Settings, service: ServiceAccount
) -> Iterator[Finding]:
    key = accounts.key_of(service)
    try:
        tried = service_accounts.try_out(settings, key, service.acts_as)
    except LmsRefused:
        yield Finding("service_account", State.FAILED, "not_delegated", service.client_id)
        return
    except LmsError as error:
        yield Finding("service_account", State.FAILED, "unreachable", error.code)
        return
    yield Finding("service_account", State.OK, about=service.client_id)
    if set(tried.scopes) != set(service.scopes):
        yield Finding("service_account", State.WARNING, "changed", service.client_id)
    for feature in tried.missing:
        yield Finding("delegated", State.WARNING, "missing", feature)
    yield Finding("delegated", State.OK, about=", ".join(tried.allowed))
    yield from _api_as(database, settings, key, service)


def _api_as(
    database: Database, settings: Settings, key: delegation.ServiceKey, service: ServiceAccount
) -> Iterator[Finding]:
    """The cheapest call of the API, as the administrator whom the service account acts as."""
    tokens = Tokens(
        lambda: delegation.token_as(
            key, settings.google_token_url, service.acts_as, tuple(service.scopes)
        ),
        lambda *_: None,
        is_delegated=True,
    )
    counts = accounts.administrators_meter(database, settings, service)
    yield _api(ClassroomClient(settings.classroom_api_url, tokens, meter=counts))


def _grants(database: Database, settings: Settings, kept: _Kept) -> Iterator[Finding]:
    """Each grant refreshed; then, by feature, for how many it is allowed. Counts only."""
    own = [one for one in kept.accounts if one.refresh_token is not None]
    if not kept.accounts:
        yield Finding("grants", State.OK if not kept.connections else State.WARNING, "none")
        return
    outcome: Counter[str] = Counter()
    alive: list[GoogleAccount] = []
    for account in own[:MOST_TRIED]:
        code = _refreshed(settings, account)
        outcome[code] += 1
        if not code:
            alive.append(account)
    for code, number in sorted(outcome.items()):
        yield Finding("grants", State.FAILED if code else State.OK, code, str(number))
    if len(own) > MOST_TRIED:
        yield Finding("grants", State.WARNING, "not_tried", str(len(own) - MOST_TRIED))
    for feature, need in NEEDS.items():
        if need.by_teacher:
            number = sum(accounts.allows(account, feature) for account in kept.accounts)
            yield Finding("feature", State.OK, feature, f"{number} of {len(kept.accounts)}")
    able = [one for one in alive if accounts.allows(one, Feature.CONNECT)]
    if able and kept.service is None:
        client = accounts.client_of(
            database, settings, able[0].district_id, able[0].person_id, Feature.CONNECT
        )
        yield _api(client)


def _refreshed(settings: Settings, account: GoogleAccount) -> str:
    """Empty where Google gives a token for a grant; a code of why not. The token is not kept."""
    try:
        oauth.refresh(oauth_client(settings), str(account.refresh_token))
    except LmsError as error:
        return error.code
    return ""


def _api(client: ClassroomClient) -> Finding:
    try:
        client.call(lambda courses: courses.list(teacherId="me", pageSize=1, fields="courses(id)"))
    except LmsError as error:
        return Finding("api", State.FAILED, error.code, error.detail)
    return Finding("api", State.OK)


def _feeds(session: Session) -> Iterator[Finding]:
    """How the feeds of the district's courses stand, and whether pushes come. Counts only."""
    rows = session.execute(
        select(ClassroomFeed.reason, ClassroomFeed.expires_at, ClassroomFeed.delivered_at).where(
            ClassroomFeed.wanted
        )
    ).all()
    last = [row for row in rows if row.expires_at is not None and row.expires_at > now()]
    yield Finding("feeds", State.OK, about=f"{len(last)} of {len(rows)}")
    for code, number in sorted(Counter(row.reason for row in rows if row.reason).items()):
        state = State.OK if code in NOT_ALLOWED else State.WARNING
        yield Finding("feeds", state, code, str(number))
    expired = sum(row.expires_at is not None and row.expires_at <= now() for row in rows)
    if expired:
        yield Finding("feeds", State.WARNING, "expired", str(expired))
    long_since = any(row.delivered_at and row.delivered_at < now() - RECENTLY for row in last)
    if long_since and not session.scalar(select(feeds.pushes_arrive())):
        yield Finding("pushes", State.WARNING, "none")


def _waiting(session: Session) -> Iterator[Finding]:
    """What Google's limits and refusals left lying."""
    busy = session.scalar(
        select(func.count())
        .select_from(GradeDelivery)
        .where(GradeDelivery.reason == "rate_limited")
    )
    mirrors = session.scalar(
        select(func.count())
        .select_from(SyncReport)
        .where(
            SyncReport.kind == "mirror",
            SyncReport.failed == "rate_limited",
            SyncReport.started_at > now() - RECENTLY,
        )
    )
    if busy or mirrors:
        yield Finding("quota", State.WARNING, "busy", str((busy or 0) + (mirrors or 0)))
    else:
        yield Finding("quota", State.OK)
    late = session.scalar(
        select(func.count())
        .select_from(GoogleRevocation)
        .where(GoogleRevocation.asked_at < now() - LATE)
    )
    if late:
        yield Finding("revocations", State.WARNING, "late", str(late))
