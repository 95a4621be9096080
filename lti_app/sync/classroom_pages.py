"""Connecting a section with its Google Classroom course, and looking at what was mirrored."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from integrations.classroom.client import ClassroomClient
from integrations.classroom.gradebook import Grading
from integrations.lms import Course, LmsError
from lti_app.db import now
from lti_app.errors import NotHere, PathwaysError, Words
from lti_app.learning import typed
from lti_app.people import audit
from lti_app.people.models import Person, Role
from lti_app.people.roster import students_of
from lti_app.people.visit import (
    allow,
    app_settings,
    database,
    db_session,
    section_blueprint,
    viewer,
)
from lti_app.sync import (
    accounts,
    connections,
    feed_words,
    feeds,
    granting,
    outbox,
    publications,
    reports,
    revocations,
    wake,
)
from lti_app.sync.features import NEEDS, Feature
from lti_app.sync.models import ClassroomConnection, GoogleAccount

blueprint = section_blueprint("classroom", __name__)
teacher = allow(Role.TEACHER)

GRADINGS: dict[str, Words] = {
    Grading.DRAFT: _l("as drafts: only teachers see them, until they return them in Classroom"),
    Grading.ASSIGNED: _l("as grades that count: students see them"),
    Grading.RETURNED: _l("as grades that count, and turned-in work is returned with them"),
}


class ClassroomSaidNo(PathwaysError):
    """Google Classroom did not do what the page needs."""

    status = 502
    code = "classroom"

    def __init__(self, error: LmsError) -> None:
        super().__init__(
            _l("Google Classroom did not answer as we need."),
            outbox.in_words(error.code),
            code=error.code,
        )


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.jinja_env.globals["GOOGLE_NEEDS"] = NEEDS
    app.register_blueprint(blueprint)


def _client() -> ClassroomClient:
    return accounts.client_of(
        database(), app_settings(), viewer().district_id, viewer().person_id, Feature.CONNECT
    )


@blueprint.get("/classroom")
@allow(Role.TEACHER, Role.ASSISTANT)
def status() -> ResponseReturnValue:
    """Is the section connected, what may be done there, and what did the last mirror bring."""
    session = db_session()
    me = viewer().person_id
    connection = session.get(ClassroomConnection, viewer().section_id)
    reads_with = session.get(GoogleAccount, connection.teacher_id) if connection else None
    mine = connection is not None and connection.teacher_id == me
    hears, why = (
        feeds.hears(session, app_settings(), connection, reads_with) if connection else ("", "")
    )
    return render_template(
        "sync/classroom.html",
        connection=connection,
        running=connection is not None
        and connection.mirroring_until is not None
        and connection.mirroring_until > now(),
        may_connect=accounts.allows(session.get(GoogleAccount, me), Feature.CONNECT),
        owner=session.get(Person, connection.teacher_id) if connection and not mine else None,
        owner_can=accounts.allows(reads_with, Feature.MIRROR),
        asks=_asks(reads_with) if mine else [],
        hears=hears,
        why_not_told=feed_words.in_words(why),
        mine=mine,
        is_last=mine and len(revocations.sections_of(session, me)) == 1,
        account=session.get(GoogleAccount, me),
        report=reports.newest(session, viewer().section_id, "mirror"),
        MATCHING_NOTES=reports.MATCHING,
        note_in_words=reports.note_in_words,
        failure_in_words=reports.failure_in_words,
        can_sign_in=bool(app_settings().google_client_id),
        gradings=GRADINGS,
        refused=publications.refused(session, viewer().section_id) if connection else [],
        why_refused=publications.in_words,
    )


def _asks(account: GoogleAccount | None) -> list[Feature]:
    """What this course needs that its teacher has not allowed yet."""
    wanted = [Feature.CONNECT, Feature.MIRROR]
    if connections.has_own_coursework(db_session(), viewer().section_id):
        wanted.append(Feature.GRADES)
    return [one for one in wanted if account and not accounts.allows(account, one)]


@blueprint.post("/classroom/grading")
@teacher
def set_grading() -> ResponseReturnValue:
    """How far grades go in this course by themselves: a rule of the connection, for another course
    may be another teacher's."""
    grading = typed.one_of(Grading, request.form.get("grading", ""))
    connection = db_session().get(ClassroomConnection, viewer().section_id)
    if connection is None:
        raise NotHere
    connection.grading = grading
    db_session().commit()
    flash(_("Saved. It counts for grades that are sent from now on."))
    return redirect(url_for("classroom.status"))


@blueprint.post("/classroom/sign-in")
@teacher
def sign_in() -> ResponseReturnValue:
    """Set out to Google for the features named in the form, each scope with its reason. The page
    opens Google in a new window: it refuses to be framed."""
    features = request.form.getlist("feature") or [_first_step()]
    url = granting.begin(db_session(), app_settings(), viewer().enrolment_id, features)
    db_session().commit()
    return render_template(
        "sync/sign_in.html", google_url=url, needs=[NEEDS[Feature(one)] for one in features]
    )


def _first_step() -> Feature:
    """What a teacher is asked first: with a service account only who they are."""
    service = accounts.service_account_of(db_session(), viewer().district_id)
    return Feature.SIGN_IN if service is not None else Feature.CONNECT


@blueprint.get("/classroom/courses")
@teacher
def courses() -> ResponseReturnValue:
    """The teacher's courses at Google, to pick this section's from."""
    try:
        found = list(_client().courses())
    except LmsError as error:
        raise ClassroomSaidNo(error) from error
    return render_template("sync/courses.html", courses=found)


@blueprint.get("/classroom/courses/<course_id>")
@teacher
def confirm(course_id: str) -> ResponseReturnValue:
    """Who is who: the course's students beside the section's."""
    course, matches = _course_and_matches(course_id)
    return render_template(
        "sync/confirm.html",
        course=course,
        matches=matches,
        students=students_of(db_session(), viewer().section_id),
    )


@blueprint.post("/classroom/courses/<course_id>")
@teacher
def connect(course_id: str) -> ResponseReturnValue:
    """Connect the course, and mirror it at once."""
    course, matches = _course_and_matches(course_id)
    person_of = {
        match.user_id: person_id
        for match in matches
        if (person_id := request.form.get(f"person-{match.user_id}", type=int))
    }
    session = db_session()
    connections.connect(
        session,
        section_id=viewer().section_id,
        teacher_id=viewer().person_id,
        course_id=course.id,
        course_title=course.title,
        person_of=person_of,
    )
    _note("classroom.connected", matched=len(person_of))
    account = session.get(GoogleAccount, viewer().person_id)
    if accounts.allows(account, Feature.MIRROR):
        wake.mirror_wanted(session, viewer().district_id, viewer().section_id)
        flash(_("Connected. Your coursework is coming in now."))
    else:
        flash(_("Connected. One step is left."))
    session.commit()
    return redirect(url_for("classroom.status"))


def _course_and_matches(course_id: str) -> tuple[Course, list[connections.Match]]:
    # Google may be slow: the request's transaction must not stay open, and locked, meanwhile.
    db_session().rollback()
    client = _client()
    try:
        course = client.source(course_id).course()
        members = [m for m in client.roster(course_id).members() if "student" in m.roles]
    except LmsError as error:
        raise ClassroomSaidNo(error) from error
    secret = app_settings().secret_key.get_secret_value()
    return course, connections.match(db_session(), viewer().section_id, members, secret)


@blueprint.post("/classroom/mirror")
@allow(Role.TEACHER, Role.ASSISTANT)
def mirror() -> ResponseReturnValue:
    """Mirror the course now."""
    wake.mirror_wanted(db_session(), viewer().district_id, viewer().section_id)
    db_session().commit()
    flash(_("We look at Google Classroom now. Look again in a moment."))
    return redirect(url_for("classroom.status"))


@blueprint.post("/classroom/disconnect")
@teacher
def disconnect() -> ResponseReturnValue:
    """Stop mirroring. What was mirrored, and students' work on it, stays.

    Where it was the last course of this teacher, their Google account goes with it; another
    teacher's stays until they remove it themselves.
    """
    session = db_session()
    connection = session.get(ClassroomConnection, viewer().section_id)
    if connection is not None:
        teacher_id = connection.teacher_id
        session.delete(connection)
        session.flush()
        wake.feeds_waiting(session)
        _note("classroom.disconnected")
        if teacher_id == viewer().person_id and not revocations.sections_of(session, teacher_id):
            revocations.give_back(session, teacher_id)
            _note("classroom.account_removed")
    session.commit()
    flash(_("Disconnected. What came in stays here."))
    return redirect(url_for("classroom.status"))


def _note(action: str, **about: int) -> None:
    audit.record(
        db_session(),
        action,
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        **about,
    )
