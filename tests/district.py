"""A district at the practice Classroom, and its courses connected here: for the bench and tests."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from integrations.classroom import oauth
from integrations.practice.classroom_content import TOPICS, Work
from integrations.practice.classroom_store import PracticeClassroom, stamp
from integrations.practice.google_oauth import Grant
from integrations.practice.school import (
    FIRST,
    LAST,
    PracticeCourse,
    PracticePerson,
    PracticeSchool,
    opaque,
)
from integrations.practice.server import PracticeServer
from lti_app.db import Database
from lti_app.people.models import District, Enrolment, Identity, Person, Role, Section, Team
from lti_app.sync.course_people import SOURCE
from lti_app.sync.features import Feature, scopes_of
from lti_app.sync.models import ClassroomConnection, GoogleAccount

COURSES_A_TEACHER = 2
CODES = ("5.NF.A.1", "5.NF.B.3", "5.NF.B.4", "5.NF.B.6", "5.NBT.A.4")
RUBRIC = [
    {
        "title": title,
        "levels": [
            {"title": "There", "points": 2},
            {"title": "Nearly", "points": 1},
            {"title": "Not yet", "points": 0},
        ],
    }
    for title in ("Reasoning", "Showing the work")
]


@dataclass(frozen=True)
class AtGoogle:
    """A course at the practice Classroom, as its teacher connects it."""

    course_id: str
    title: str
    teacher_id: str
    """Google's id."""
    teacher_name: str
    refresh_token: str


def school(courses: int, students: int) -> PracticeSchool:
    """`courses` courses of `students` students each, no student in two of them; a teacher has
    two courses."""
    people: dict[str, PracticePerson] = {}
    made: dict[str, PracticeCourse] = {}
    for number in range(courses):
        teacher = _person("teacher", number // COURSES_A_TEACHER)
        those = [_person("student", number * students + seat) for seat in range(students)]
        people.update({one.id: one for one in (teacher, *those)})
        course_id = opaque("district", "course", str(number))
        made[course_id] = PracticeCourse(
            id=course_id,
            title=f"Grade 5 Math · Course {number + 1}",
            teacher_ids=[teacher.id],
            student_ids=[one.id for one in those],
        )
    return PracticeSchool("District", people, made)


def _person(role: str, number: int) -> PracticePerson:
    name = f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST) % len(LAST)]} {number}"
    return PracticePerson(opaque("district", role, str(number)), name, role)


def works(many: int) -> tuple[Work, ...]:
    """What every course holds: of five pieces, three are graded, one is a material with a video,
    one has no points; most students have a grade."""
    made = []
    for number in range(many):
        graded = number % 5 < 3
        link = f"https://example.org/practice/{number}"
        made.append(
            Work(
                f"Lesson {number + 1}: {'exit ticket' if graded else 'practice'}",
                f"{CODES[number % len(CODES)]} · Show how you found it. " * 4,
                topic=TOPICS[number % len(TOPICS)],
                points=4 if graded else None,
                link=link,
                video=f"https://youtu.be/lesson{number}" if number % 5 == 3 else None,
                material=number % 5 == 3,
                turned_in_share=(0.9, 0.7, 1.0)[number % 3] if graded else 0.0,
            )
        )
    return tuple(made)


def settle(classroom: PracticeClassroom) -> None:
    """Nothing was changed for weeks; everything is handed out; every fourth piece with points
    has a rubric."""
    long_ago = stamp(datetime.now(UTC) - timedelta(days=30))
    for course_id, held in classroom.works.items():
        for number, work in enumerate(held):
            work["creationTime"] = work["updateTime"] = long_ago
            if work.get("maxPoints") and number % 4 == 0:
                classroom.set_rubric(course_id, work["id"], RUBRIC)


def at_google(practice: PracticeServer) -> list[AtGoogle]:
    """Every course, with its teacher's grant of all that the mirror needs."""
    scopes = frozenset((*oauth.MIRROR_SCOPES, *scopes_of([Feature.CONNECT])))
    tokens: dict[str, str] = {}
    found = []
    for course in practice.school.courses.values():
        teacher = practice.school.people[course.teacher_ids[0]]
        if teacher.id not in tokens:
            tokens[teacher.id] = practice.google.keep(Grant(teacher, scopes))
        found.append(
            AtGoogle(
                practice.classroom.google_course_id(course.id),
                course.title,
                teacher.google_id,
                teacher.name,
                tokens[teacher.id],
            )
        )
    return found


def connect(database: Database, courses: Iterable[AtGoogle]) -> int:
    """A district where every teacher has a team and has connected their courses, nothing of which
    was read yet; returns its id."""
    with database.transaction() as session:
        session.add(district := District(name="Maple District"))
        session.flush()
        district_id = district.id
    scopes = sorted({*oauth.MIRROR_SCOPES, *scopes_of([Feature.CONNECT])})
    teachers: dict[str, tuple[int, int]] = {}
    with database.transaction(district_id=district_id) as session:
        for course in courses:
            if course.teacher_id not in teachers:
                session.add(team := Team(name=course.teacher_name))
                session.add(person := Person(name=course.teacher_name))
                session.flush()
                session.add_all(
                    (
                        Identity(person_id=person.id, source=SOURCE, subject=course.teacher_id),
                        GoogleAccount(
                            person_id=person.id,
                            user_id=course.teacher_id,
                            refresh_token=course.refresh_token,
                            scopes=scopes,
                        ),
                    )
                )
                teachers[course.teacher_id] = team.id, person.id
            team_id, person_id = teachers[course.teacher_id]
            section = Section(
                team_id=team_id,
                title=course.title,
                source=SOURCE,
                external_id=course.course_id,
                service_scopes=[],
            )
            session.add(section)
            session.flush()
            session.add_all(
                (
                    Enrolment(section_id=section.id, person_id=person_id, role=Role.TEACHER),
                    ClassroomConnection(
                        section_id=section.id,
                        teacher_id=person_id,
                        course_id=course.course_id,
                        course_title=course.title,
                    ),
                )
            )
    return district_id
