"""A section whose course is in Classroom, its teacher who allowed the add-on, and a post there."""

import secrets
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from integrations.classroom import oauth
from integrations.classroom.scopes import ADDON_TEACHER as SCOPE
from integrations.practice.classroom_addon_context import submission_id
from integrations.practice.classroom_attachments import give_own_token
from integrations.practice.classroom_store import Resource
from integrations.practice.google_oauth import Grant
from integrations.practice.school import PracticePerson
from lti_app.addon.attachment_models import AddOnAttachment
from lti_app.addon.models import AddOnSubmission, AddOnVisit
from lti_app.addon.openings import Opened, Opening, attachment_opened
from lti_app.db import now
from lti_app.launch.places import Place, place_of
from lti_app.people.models import Enrolment, Identity, Person, Role, Section
from lti_app.sync.models import ClassroomConnection, GoogleAccount, GradebookColumn
from tests.school import Browser
from tests.sync.conftest import World, make_world

READS = "https://www.googleapis.com/auth/classroom.coursework.students.readonly"
BOTH = (SCOPE, READS)


class Classroom:
    """The add-on from outside: posts in Classroom, iframes opened, jobs run."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = world.practice.classroom
        self.mischief = world.practice.mischief
        self.checkpoint = f"checkpoint-{world.checkpoint_id}"

    # Classroom's side

    def person(self, person_id: int) -> PracticePerson:
        """Who somebody is at the practice school."""
        with self.world.session() as session:
            subject = session.scalar(
                select(Identity.subject).where(
                    Identity.person_id == person_id, Identity.source == "google"
                )
            )
        people = self.world.practice.school.people.values()
        return next(one for one in people if one.google_id == subject)

    def post(self, title: str = "Homework", **fields) -> Resource:
        """The teacher publishes an assignment, or (`material=True`) a material."""
        return self.store.add_work(
            self.world.google_course_id, title=title, **{"maxPoints": 4, **fields}
        )

    def on(self, post: Resource) -> list[Resource]:
        """What is attached to a post."""
        return self.store.attachments.get((post["courseId"], post["id"]), [])

    def submission(self, post: Resource, seat: int = 0) -> Resource:
        """A student's submission to a post."""
        return self.store.submission(post["courseId"], post["id"], self.world.google_id(seat))

    def points(self, post: Resource, seat: int = 0, number: int = 0) -> float | None:
        """What a student earned at the post's attachment of that number."""
        attachment = self.on(post)[number]
        key = submission_id(
            post["courseId"], post["id"], attachment["id"], self.world.google_id(seat)
        )
        return self.store.attachment_points[(post["id"], attachment["id"])].get(key)

    # Ours

    def allow(self, person_id: int, scopes=BOTH) -> None:
        """A teacher signed in with Google and allowed the add-on."""
        grant = Grant(self.person(person_id), frozenset(scopes))
        with self.world.transaction() as session:
            account = session.get(GoogleAccount, person_id)
            if account is None:
                account = GoogleAccount(person_id=person_id)
                session.add(account)
            account.refresh_token = self.world.practice.google.keep(grant)
            account.access_token = account.broken_at = None
            account.scopes = list(scopes)
            account.granted_at = now()

    def connect(self) -> None:
        """The course is mirrored, too, in the same teacher's name."""
        self.allow(self.world.teacher_id, (*BOTH, *oauth.MIRROR_SCOPES))
        with self.world.transaction() as session:
            session.add(
                ClassroomConnection(
                    section_id=self.world.section_id,
                    teacher_id=self.world.teacher_id,
                    course_id=self.world.google_course_id,
                )
            )

    def another_teacher(self, *, in_classroom: bool = True) -> int:
        """A second teacher of the course, here and there."""
        school, course = self.world.practice.school, self.world.course
        person = PracticePerson(f"t{secrets.token_hex(4)}", "Mx. Lee", "teacher")
        school.people[person.id] = person
        if in_classroom:
            course.teacher_ids.append(person.id)
        with self.world.transaction() as session:
            session.add(row := Person(name=person.name))
            session.flush()
            session.add_all(
                [
                    Identity(person_id=row.id, source="google", subject=person.google_id),
                    Enrolment(
                        section_id=self.world.section_id, person_id=row.id, role=Role.TEACHER
                    ),
                ]
            )
            return row.id

    def visit(
        self,
        post: Resource,
        view: str = "discovery",
        *,
        url: str = "",
        kind: str = "courseWork",
        teacher_id: int = 0,
        seconds: float = 3600,
    ) -> str:
        """A teacher opened the iframe for attaching; returns the visit's id."""
        teacher_id = teacher_id or self.world.teacher_id
        user_id = self.person(teacher_id).google_id
        visit = secrets.token_urlsafe(32)
        with self.world.transaction() as session:
            session.add(
                AddOnVisit(
                    id=visit,
                    person_id=teacher_id,
                    section_id=self.world.section_id,
                    view=view,
                    course_id=post["courseId"],
                    item_id=post["id"],
                    item_type=kind,
                    add_on_token=give_own_token(self.store, post, user_id, seconds),
                    url_to_upgrade=url,
                    expires_at=now() + timedelta(hours=1),
                )
            )
        return visit

    def browser(self, person_id: int = 0, section_id: int = 0) -> Browser:
        """Somebody's browser in the section."""
        person_id = person_id or self.world.teacher_id
        with self.world.session() as session:
            enrolment_id = session.scalar(
                select(Enrolment.id).where(
                    Enrolment.person_id == person_id,
                    Enrolment.section_id == (section_id or self.world.section_id),
                )
            )
        return Browser(self.world.app, person_id, enrolment_id)

    def attach(self, post: Resource, *names: str, **how):
        """The teacher picks things and adds them to a post."""
        visit = self.visit(post, **how)
        browser = self.browser(how.get("teacher_id", 0))
        return browser.post(f"/addon/attach/{visit}", pick=list(names or [self.checkpoint]))

    def attached(self, **fields) -> Resource:
        """A post that carries the world's checkpoint."""
        post = self.post(**fields)
        assert self.attach(post).status_code == 200
        return post

    def open(
        self, post: Resource, person_id: int, number: int = 0, *, place: str = "", section_id=0
    ) -> None:
        """Somebody was let in through the iframe of the post's attachment of that number."""
        attachment = self.on(post)[number]
        named: Place | None = place_of(attachment["studentViewUri"]["uri"])
        if place:
            named = place_of(f"?open={place}")
        with self.world.app.app_context(), self.world.transaction() as session:
            section = session.get_one(Section, section_id or self.world.section_id)
            role = session.scalar(
                select(Enrolment.role).where(
                    Enrolment.person_id == person_id, Enrolment.section_id == section.id
                )
            )
            theirs = None
            if role == Role.STUDENT:
                theirs = submission_id(
                    post["courseId"],
                    post["id"],
                    attachment["id"],
                    self.person(person_id).google_id,
                )
                session.add(
                    AddOnSubmission(
                        course_id=post["courseId"],
                        item_id=post["id"],
                        attachment_id=attachment["id"],
                        person_id=person_id,
                        submission_id=theirs,
                    )
                )
            attachment_opened.send(
                session,
                opened=Opened(
                    opening=Opening(
                        view="student" if theirs else "teacher",
                        course_id=post["courseId"],
                        item_id=post["id"],
                        item_type="courseWork" if "workType" in post else "courseWorkMaterials",
                        attachment_id=attachment["id"],
                        place=named,
                    ),
                    section=section,
                    person_id=person_id,
                    role=Role(role),
                    submission_id=theirs,
                ),
            )

    def run(self, job: str) -> None:
        """A job, as the worker does it."""
        self.world.app.extensions["pathways.jobs"][job].call_local()

    def settle(self) -> None:
        """A worker looks at attachments that were opened, however long they should wait."""
        self.world.end_quiet()
        with self.world.database.transaction() as session:
            session.execute(
                update(AddOnAttachment)
                .where(AddOnAttachment.settle_at.is_not(None))
                .values(settle_at=now())
            )
        self.run("settle_attachments")

    def rows(self) -> list[AddOnAttachment]:
        with self.world.session() as session:
            return list(session.scalars(select(AddOnAttachment).order_by(AddOnAttachment.id)))

    def columns(self) -> list[GradebookColumn]:
        with self.world.session() as session:
            return list(session.scalars(select(GradebookColumn).order_by(GradebookColumn.id)))


def in_classroom(world: World) -> Classroom:
    """The world's section as the add-on opens it: Classroom's own, its teacher signed in."""
    with world.transaction() as session:
        section = session.get_one(Section, world.section_id)
        section.source, section.external_id = "google", world.google_course_id
        section.roster_url = section.line_items_url = None
        section.service_scopes = []
    room = Classroom(world)
    room.allow(world.teacher_id)
    return room


@pytest.fixture
def world(settings):
    yield from make_world(settings, students=4)


@pytest.fixture
def room(world) -> Classroom:
    return in_classroom(world)
