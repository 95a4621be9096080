"""The demo's district as Pathways sees it before anyone has launched."""

from pathlib import Path

from sqlalchemy.orm import Session

from integrations.practice.school import DOMAIN, PracticeSchool
from integrations.practice.server import CLIENT_ID, DEPLOYMENT_ID
from lti_app.db import Database
from lti_app.demo import unit
from lti_app.launch.models import Platform, WorkspaceDomain
from lti_app.launch.platforms import PlatformDraft, add_platform, source_of
from lti_app.people.models import District, Section, Team
from lti_app.sync.frameworks import import_file

STANDARDS = Path(__file__).parent / "standards" / "ccss-math-grade5.case.json"


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
    import_file(database, district_id, STANDARDS)
    with database.transaction(district_id=district_id) as session:
        session.add(WorkspaceDomain(domain=DOMAIN))
        team = Team(name="Grade 5 team")
        session.add(team)
        session.flush()
        session.add_all(
            Section(team_id=team.id, title=course.title, source=source, external_id=course.id)
            for course in school.courses.values()
        )
        unit.write(session, team.id)


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
