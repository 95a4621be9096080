"""The demo's district as Pathways sees it before anyone has launched."""

from pathlib import Path

from sqlalchemy.orm import Session

from integrations.practice.school import PracticeSchool
from integrations.practice.server import CLIENT_ID, DEPLOYMENT_ID
from lti_app.db import Database
from lti_app.launch.models import Platform
from lti_app.launch.platforms import PlatformDraft, add_platform, source_of
from lti_app.learning import targets
from lti_app.learning.models import ActivityKind, MasteryRule, Unit
from lti_app.people.models import District, Section, Team
from lti_app.sync.frameworks import import_package

STANDARDS = Path(__file__).parent / "standards" / "ccss-math-grade5.case.json"
UNIT = "Unit 3: Fractions"
TARGET = "I can multiply a fraction by a whole number."
CHECKPOINT = "Exit ticket: three times two fifths"


def load(database: Database, practice_url: str, school: PracticeSchool) -> None:
    """Register the practice LMS, put its four courses into one team, write a unit on fractions.

    People and their roles are not loaded: they come by launches and over the roster service.
    """
    with database.transaction() as session:
        district = District(name="Maple Street School District")
        session.add(district)
        session.flush()
        platform = register_practice(session, practice_url, district.id)
        district_id, source = district.id, source_of(platform.id)
    import_package(database, district_id, STANDARDS)
    with database.transaction(district_id=district_id) as session:
        team = Team(name="Grade 5 team")
        session.add(team)
        session.flush()
        session.add_all(
            Section(team_id=team.id, title=course.title, source=source, external_id=course.id)
            for course in school.courses.values()
        )
        _write_unit(session, team.id)


def register_practice(session: Session, practice_url: str, district_id: int) -> Platform:
    """Register the practice LMS at `practice_url` for a district."""
    return add_platform(
        session,
        PlatformDraft(
            name="Practice LMS",
            issuer=practice_url,
            client_id=CLIENT_ID,
            auth_login_url=f"{practice_url}/lti/auth",
            token_url=f"{practice_url}/lti/token",
            jwks_url=f"{practice_url}/lti/jwks",
        ),
        deployment_id=DEPLOYMENT_ID,
        district_id=district_id,
        allow_loopback_http=True,
    )


def _write_unit(session: Session, team_id: int) -> None:
    unit = Unit(team_id=team_id, title=UNIT, position=1)
    session.add(unit)
    session.flush()
    target = targets.add_target(
        session, team_id, title=TARGET, codes="5.NF.4a", unit_id=unit.id, rule=MasteryRule.LATEST
    )
    strips = targets.add_pathway(session, target, title="Build it")
    targets.add_activity(
        session,
        strips,
        title="Lay three strips of 2/5 side by side",
        kind=ActivityKind.MANIPULATIVE,
        minutes=10,
    )
    targets.add_activity(
        session, strips, title="Draw what you built", kind=ActivityKind.PRACTICE, minutes=5
    )
    talk = targets.add_pathway(session, target, title="Talk it over")
    targets.add_activity(
        session,
        talk,
        title="Explain to a partner why 3 × 2/5 is more than 1",
        kind=ActivityKind.DISCUSSION,
        minutes=8,
    )
    targets.add_checkpoint(
        session,
        target,
        title=CHECKPOINT,
        question="What is 3 × 2/5? Show how you know.",
        max_points=4,
    )
