"""How each platform of a district is: launches, rosters, tokens, grades, clocks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.errors import NotHere, Words
from lti_app.launch.models import AccessToken, Deployment, Platform
from lti_app.launch.platforms import source_of
from lti_app.people.models import Section
from lti_app.sync import reports
from lti_app.sync.checkup import CLOCK_OFF_S
from lti_app.sync.models import DeliveryState, GradeDelivery, SyncReport

UNDER_WAY = (DeliveryState.WAITING, DeliveryState.PARKED, DeliveryState.DIFFERS)


@dataclass(frozen=True)
class Health:
    """One platform, and what an administrator wants to know of it."""

    platform: Platform
    deployments: Sequence[str]
    roster: SyncReport | None
    """The last reading of a class list of any of its courses."""
    tokens: int
    """Live access tokens."""
    tokens_until: datetime | None
    grades: dict[str, int] = field(default_factory=dict)
    """How many, by `DeliveryState`; only those on their way."""

    @property
    def concerns(self) -> list[Words]:
        """What is wrong, in words; empty: nothing we know of."""
        found: list[Words] = []
        if not self.platform.active:
            found.append(_l("It is switched off."))
        if self.platform.last_launch_at is None:
            found.append(_l("Nobody has come in yet."))
        ahead = self.platform.clock_ahead_s
        if ahead is not None and abs(ahead) > CLOCK_OFF_S:
            found.append(_l("Its clock and ours differ by %(n)s seconds.", n=f"{abs(ahead):.0f}"))
        if self.roster is not None and self.roster.failed:
            found.append(_l("The last class list could not be read."))
        if parked := self.grades.get(DeliveryState.PARKED, 0):
            found.append(_l("Grades not delivered: %(n)s.", n=parked))
        return found

    @property
    def roster_failure(self) -> Words:
        """Why the last class list could not be read; empty where it was."""
        failed = self.roster.failed if self.roster is not None else ""
        return reports.failure_in_words(failed) if failed else ""


def of_district(session: Session, district_id: int) -> list[Health]:
    """Every platform of the district, in a number of queries that does not grow with them."""
    deployments: dict[int, list[str]] = {}
    for platform_id, name in session.execute(
        select(Deployment.platform_id, Deployment.deployment_id).order_by(Deployment.id)
    ):
        deployments.setdefault(platform_id, []).append(name)
    platforms = session.scalars(
        select(Platform)
        .where(or_(Platform.id.in_(deployments), Platform.learns_for_district_id == district_id))
        .order_by(Platform.name, Platform.id)
    ).all()
    ids = [one.id for one in platforms]
    rosters = _rosters(session, ids)
    tokens = {
        platform_id: (number, until)
        for platform_id, number, until in session.execute(
            select(AccessToken.platform_id, func.count(), func.max(AccessToken.expires_at))
            .where(AccessToken.platform_id.in_(ids), AccessToken.expires_at > now())
            .group_by(AccessToken.platform_id)
        )
    }
    grades = _grades(session)
    return [
        Health(
            platform=one,
            deployments=deployments.get(one.id, []),
            roster=rosters.get(source_of(one.id)),
            tokens=tokens.get(one.id, (0, None))[0],
            tokens_until=tokens.get(one.id, (0, None))[1],
            grades=grades.get(source_of(one.id), {}),
        )
        for one in platforms
    ]


def of_platform(session: Session, district_id: int, platform_id: int) -> Health:
    """One platform of the district. Raises `NotHere` for another's."""
    found = next(
        (one for one in of_district(session, district_id) if one.platform.id == platform_id), None
    )
    if found is None:
        raise NotHere
    return found


def is_ours_alone(session: Session, district_id: int, platform_id: int) -> bool:
    """True where no other district uses the platform: hosted ones may serve several. Takes a
    session that is not limited to a district."""
    others = session.scalar(
        select(func.count())
        .select_from(Deployment)
        .where(Deployment.platform_id == platform_id, Deployment.district_id != district_id)
    )
    return not others


def _rosters(session: Session, ids: Sequence[int]) -> dict[str, SyncReport]:
    newest = (
        select(func.max(SyncReport.id))
        .join(Section, SyncReport.section_id == Section.id)
        .where(
            SyncReport.kind == "roster",
            SyncReport.finished_at.is_not(None),
            Section.source.in_([source_of(one) for one in ids]),
        )
        .group_by(Section.source)
    )
    rows = session.execute(
        select(Section.source, SyncReport)
        .join(Section, SyncReport.section_id == Section.id)
        .where(SyncReport.id.in_(newest))
    )
    return dict(rows.all())


def _grades(session: Session) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for source, state, number in session.execute(
        select(Section.source, GradeDelivery.state, func.count())
        .join(Section, GradeDelivery.section_id == Section.id)
        .where(GradeDelivery.state.in_(UNDER_WAY))
        .group_by(Section.source, GradeDelivery.state)
    ):
        found.setdefault(source, {})[state] = number
    return found
