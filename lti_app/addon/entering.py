"""Who comes in through an iframe of the add-on, and where they go: by Classroom's word alone.

Nothing of an iframe's address is believed: who looks says Google's sign-in, and what they are in
the course says `getAddOnContext`. In the browser of somebody who came in that way before, being in
the section is enough.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.classroom.add_on_context import Asked, Context, ask_context, ask_title
from integrations.classroom.budget import Meter
from integrations.lms import LmsError, LmsUnavailable
from lti_app.addon import iframes, submissions, tokens, visits
from lti_app.addon.openings import Opened, Opening, View, attachment_opened
from lti_app.addon.refusals import refuse
from lti_app.db import Database
from lti_app.launch.google_sign_in import SOURCE
from lti_app.people import audit, teams
from lti_app.people.models import Enrolment, Identity, Person, Role, Section
from lti_app.people.viewer import STAFF
from lti_app.settings import Settings
from lti_app.sync.models import ClassroomConnection
from lti_app.sync.quota import meter
from lti_app.sync.roster import let_go

T = TypeVar("T")
TRIES = 3

FOR_TEACHERS: dict[View, str] = {"discovery": "attach", "upgrade": "upgrade", "review": "review"}
"""Views that only those who teach open, and the last word of their page's address."""


@dataclass(frozen=True)
class Here:
    """Somebody who came in with this browser before."""

    person_id: int
    district_id: int
    name: str
    user: str
    """Google's id of them."""
    is_asked_for: bool
    """False: Classroom says that somebody else uses it now."""


class NoTeacherYet(Exception):
    """A student of a course that no teacher has opened here."""


def who_is_here(database: Database, people: Sequence[int], login_hint: str) -> Here | None:
    """Of the people of this browser, newest last, the one whom Classroom means, else the newest."""
    if not people:
        return None
    with database.session(writes=False) as session:
        rows = session.execute(
            select(Person, Identity.subject)
            .outerjoin(Identity, (Identity.person_id == Person.id) & (Identity.source == SOURCE))
            .where(Person.id.in_(people))
        ).all()
    known = sorted(rows, key=lambda row: people.index(row[0].id))
    meant = [row for row in known if login_hint in {"", row[1]}]
    if not known:
        return None
    person, subject = meant[-1] if meant else known[-1]
    user = subject or f"person {person.id}"
    return Here(person.id, person.district_id, person.name, user, bool(meant))


def straight_in(database: Database, settings: Settings, here: Here, opening: Opening) -> str | None:
    """The path where somebody goes on who is known in this browser; None: they must sign in.

    Classroom is asked, once, only where they are not in the section yet, or where a student's
    work on this attachment has no id yet and there is something to ask with. Raises refusals and
    `NoTeacherYet`.
    """
    with database.session(district_id=here.district_id, writes=False) as session:
        section = section_of(session, opening.course_id)
        enrolment = _enrolment(session, section, here.person_id)
        active = enrolment is not None and enrolment.active
        is_known = active and (
            enrolment.role in STAFF  # type: ignore[union-attr]
            or opening.item_type != "courseWork"
            or submissions.of_student(session, _key(opening), here.person_id) is not None
        )
        token = tokens.of(session, here.person_id) if not is_known else None
    if not is_known:
        try:
            if token is None and not active:
                token = tokens.teachers(database, settings, here.district_id, here.person_id)
            if token is not None:
                counts = meter(database, settings, here.user)
                context = ask(settings, token, opening, counts)
                title = title_of(
                    database, settings, here.district_id, here.name, token, opening, counts
                )
                return written(
                    database,
                    here.district_id,
                    lambda session: arrive(session, here.person_id, opening, context, title=title),
                )
        except LmsError as error:
            _did_not_tell(database, here, opening, error, active=active)
    if not active:
        return None
    with database.transaction(district_id=here.district_id) as session:
        enrolment = session.get_one(Enrolment, enrolment.id)  # type: ignore[union-attr]
        attachment_opened.send(
            session,
            opened=Opened(
                opening=opening,
                section=session.get_one(Section, enrolment.section_id),
                person_id=here.person_id,
                role=Role(enrolment.role),
                submission_id=None,
            ),
        )
        return _landing(session, enrolment, opening)


def ask(settings: Settings, access_token: str, opening: Opening, counts: Meter) -> Context:
    """What somebody is in the course. Waits for Google, some seconds at most: no transaction may
    be open. Raises `LmsError`."""
    asked = Asked(
        course_id=opening.course_id,
        item_id=opening.item_id,
        item_type=opening.item_type,
        attachment_id=opening.attachment_id,
        add_on_token=opening.add_on_token,
    )
    return ask_context(settings.classroom_api_url, access_token, asked, counts)


def title_of(
    database: Database,
    settings: Settings,
    district_id: int,
    teacher: str,
    access_token: str,
    opening: Opening,
    counts: Meter,
) -> str:
    """What the section is called if somebody now opens it first: as the course, where its teacher
    lets us read that, else after the teacher. Waits for Google, as `ask` does."""
    with database.session(district_id=district_id, writes=False) as session:
        if section_of(session, opening.course_id) is not None:
            return ""
    try:
        return ask_title(settings.classroom_api_url, access_token, opening.course_id, counts)
    except LmsError:
        return str(_("Class of %(teacher)s", teacher=teacher))


def written(database: Database, district_id: int, work: Callable[[Session], T]) -> T:
    """Do the work in one transaction; again, where a simultaneous first opening of the same
    person or course was quicker."""
    for last_try in (False,) * (TRIES - 1) + (True,):
        try:
            with database.transaction(district_id=district_id) as session:
                return work(session)
        except IntegrityError:
            if last_try:
                raise
    raise AssertionError("unreachable")


def _did_not_tell(
    database: Database, here: Here, opening: Opening, error: LmsError, *, active: bool
) -> None:
    """Classroom said nothing, or no. Who is in the section stays so, unless it said no."""
    if error.code == "not_in_course":
        left(database, here.district_id, here.person_id, opening)
        raise refuse("not_in_class") from error
    if error.code == "sign_in_again":
        tokens.forget(database, here.district_id, here.person_id)
    elif isinstance(error, LmsUnavailable) and not active:
        raise refuse("google_down") from error


def left(database: Database, district_id: int, person_id: int, opening: Opening) -> None:
    """Classroom says that somebody is not in the course: they lose access, and keep their work.

    Only in a section that is Classroom's own: who is in one of an LTI platform says the platform.
    """
    with database.transaction(district_id=district_id) as session:
        section = section_of(session, opening.course_id)
        enrolment = _enrolment(session, section, person_id)
        if section is not None and section.source == SOURCE and enrolment and enrolment.active:
            let_go(session, section.id, {enrolment.id: person_id})
            audit.record(
                session,
                "addon.left",
                district_id=district_id,
                person_id=person_id,
                section_id=section.id,
            )


def arrive(
    session: Session, person_id: int, opening: Opening, context: Context, *, title: str = ""
) -> str:
    """Write down what Classroom's context says; returns the path where the person goes on.

    `title` is for a section that is opened for the first time, which a teacher does. Raises
    `NoTeacherYet`, and a refusal for a student in a view for teachers, before anything is
    written; `IntegrityError` where a simultaneous first opening was quicker (`written`).
    """
    role = Role.TEACHER if context.role == "teacher" else Role.STUDENT
    if opening.view in FOR_TEACHERS and role not in STAFF:
        raise refuse("teachers_only")
    section = section_of(session, opening.course_id)
    if section is None:
        if role not in STAFF:
            raise NoTeacherYet
        section = teams.open_section(
            session,
            title=title or opening.course_id,
            source=SOURCE,
            external_id=opening.course_id,
        )
    enrolment = _enrol(session, section, person_id, role)
    if context.submission_id is not None and opening.attachment_id:
        submissions.note(session, _key(opening), person_id, context.submission_id)
    attachment_opened.send(
        session,
        opened=Opened(
            opening=opening,
            section=section,
            person_id=person_id,
            role=Role(enrolment.role),
            submission_id=context.submission_id,
        ),
    )
    audit.record(
        session,
        "addon.section",
        district_id=section.district_id,
        person_id=person_id,
        section_id=section.id,
        role=role.value,
    )
    return _landing(session, enrolment, opening)


def section_of(session: Session, course_id: str) -> Section | None:
    """The district's section of a Classroom course: the one connected with it, else its own."""
    connected = session.scalars(
        select(Section)
        .join(ClassroomConnection, ClassroomConnection.section_id == Section.id)
        .where(ClassroomConnection.course_id == course_id)
    ).first()
    if connected is not None:
        return connected
    return session.scalars(
        select(Section).where(Section.source == SOURCE, Section.external_id == course_id)
    ).first()


def waiting_place(opening: Opening) -> str:
    """Where a student goes on whose teacher is still to come: the iframe's own address, in which
    they are known then."""
    return iframes.address(replace(opening, login_hint=""))


def _enrolment(session: Session, section: Section | None, person_id: int) -> Enrolment | None:
    if section is None:
        return None
    return session.scalars(
        select(Enrolment).where(
            Enrolment.section_id == section.id, Enrolment.person_id == person_id
        )
    ).first()


def _enrol(session: Session, section: Section, person_id: int, role: Role) -> Enrolment:
    """Classroom vouches for them: roles follow, and those who left are back. It knows no
    assistants, so that somebody who assists goes on doing so."""
    enrolment = _enrolment(session, section, person_id)
    if enrolment is None:
        enrolment = Enrolment(section_id=section.id, person_id=person_id, role=role)
        session.add(enrolment)
    elif not (enrolment.role == Role.ASSISTANT and role in STAFF):
        enrolment.role = role
    enrolment.active = True
    session.flush()
    if enrolment.role in STAFF:
        teams.note_member(session, section.team_id, person_id, Role(enrolment.role))
    return enrolment


def _landing(session: Session, enrolment: Enrolment, opening: Opening) -> str:
    """Where it goes on in the section. Raises a refusal for a student in a view for teachers."""
    page = FOR_TEACHERS.get(opening.view)
    if page is None:
        place = f"open/{opening.place}" if opening.place is not None else ""
        return f"/e/{enrolment.id}/{place}"
    if enrolment.role not in STAFF:
        raise refuse("teachers_only")
    visit = visits.begin(session, enrolment.section_id, enrolment.person_id, opening)
    return f"/e/{enrolment.id}/addon/{page}/{visit.id}"


def _key(opening: Opening) -> tuple[str, str, str]:
    return opening.course_id, opening.item_id, opening.attachment_id
