"""Real rows for tests: a small school, and browsers that were launched as its people."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient

from lti_app.db import Database
from lti_app.learning import targets
from lti_app.learning.models import ActivityKind
from lti_app.people.models import (
    District,
    Enrolment,
    Identity,
    Person,
    Role,
    Section,
    Team,
    TeamMember,
    TeamRole,
)
from tests.pages import Room, furnish

ALL_SCOPES = [
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
]


@dataclass
class School:
    """One district with a team, a section, a teacher and students; ids of its rows."""

    district_id: int
    team_id: int
    section_id: int
    teacher_id: int
    student_ids: list[int]
    enrolment_of: dict[int, int]
    """Person id → enrolment id in the section."""
    admin_id: int = 0
    target_id: int = 0
    pathway_id: int = 0
    activity_id: int = 0
    checkpoint_id: int = 0
    names: dict[int, str] = field(default_factory=dict)


def make_school(
    database: Database,
    *,
    name: str = "Maple",
    students: int = 3,
    with_gradebook: bool = True,
    source: str = "lti:1",
) -> School:
    """Write a school with one target (a pathway of two activities, a checkpoint of 4 points)."""
    with database.transaction() as session:
        district = District(name=f"{name} district")
        session.add(district)
        session.flush()
        district_id = district.id
    with database.transaction(district_id=district_id) as session:
        team = Team(name=f"{name} team")
        session.add(team)
        session.flush()
        section = Section(
            team_id=team.id,
            title=f"{name} Room 12",
            source=source,
            external_id=f"course-{name}",
            line_items_url="http://127.0.0.1:9/lineitems" if with_gradebook else None,
            roster_url="http://127.0.0.1:9/members",
            service_scopes=ALL_SCOPES if with_gradebook else [],
        )
        teacher = Person(name="Ms. Ortiz")
        admin = Person(name="Dana Park", is_admin=True)
        kids = [Person(name=f"{name} Student {n}") for n in range(1, students + 1)]
        session.add_all([section, teacher, admin, *kids])
        session.flush()
        enrolments = [Enrolment(section_id=section.id, person_id=teacher.id, role=Role.TEACHER)]
        for kid in kids:
            enrolments.append(Enrolment(section_id=section.id, person_id=kid.id, role=Role.STUDENT))
            session.add(Identity(person_id=kid.id, source=source, subject=f"lms-{name}-{kid.id}"))
        session.add_all(enrolments)
        session.add(TeamMember(team_id=team.id, person_id=teacher.id, role=TeamRole.OWNER))
        session.flush()
        target = targets.add_target(
            session, team.id, title="I can multiply a fraction by a whole number."
        )
        pathway = targets.add_pathway(session, target, title="Watch and try")
        activity = targets.add_activity(
            session,
            pathway,
            title="Fractions with paper strips",
            kind=ActivityKind.VIDEO,
            url="https://video.example.org/1",
            minutes=8,
        )
        targets.add_activity(session, pathway, title="Ten tasks", kind=ActivityKind.PRACTICE)
        checkpoint = targets.add_checkpoint(
            session, target, title="Exit ticket", max_points=4, question="What is 3 × 2/5?"
        )
        return School(
            district_id=district_id,
            team_id=team.id,
            section_id=section.id,
            teacher_id=teacher.id,
            student_ids=[kid.id for kid in kids],
            enrolment_of={enrolment.person_id: enrolment.id for enrolment in enrolments},
            admin_id=admin.id,
            target_id=target.id,
            pathway_id=pathway.id,
            activity_id=activity.id,
            checkpoint_id=checkpoint.id,
            names={person.id: person.name for person in [teacher, admin, *kids]},
        )


def ids_of(database: Database, school: School) -> dict[str, int]:
    """Write what the tool's pages show, and return the ids that their paths name."""
    room = Room(
        district_id=school.district_id,
        team_id=school.team_id,
        section_id=school.section_id,
        teacher_id=school.teacher_id,
        student_ids=school.student_ids,
        ids={
            "target": school.target_id,
            "pathway": school.pathway_id,
            "activity": school.activity_id,
            "checkpoint": school.checkpoint_id,
        },
    )
    with database.transaction(district_id=school.district_id) as session:
        return furnish(session, room)


class Browser:
    """A browser that was launched as one person; posts carry the page's form token."""

    def __init__(self, app: Flask, person_id: int, enrolment_id: int | None = None) -> None:
        app.config["WTF_CSRF_ENABLED"] = False
        self.client: FlaskClient = app.test_client()
        self.base = f"/e/{enrolment_id}" if enrolment_id else ""
        with self.client.session_transaction() as cookie:
            cookie["people"] = [person_id]

    def get(self, path: str):
        """Open a page of the section."""
        return self.client.get(self.base + path)

    def post(self, path: str, **form):
        """Send a form of the section."""
        return self.client.post(self.base + path, data=form)


def browser_of(app: Flask, school: School, person_id: int) -> Browser:
    """A browser launched as one of the school's people, in its section."""
    return Browser(app, person_id, school.enrolment_of[person_id])


def full_five(moment: datetime) -> datetime:
    """The moment, put off to a full five minutes: sessions begin on these."""
    return datetime.fromtimestamp(-(-moment.timestamp() // 300) * 300, UTC)
