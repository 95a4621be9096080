"""A teacher's Google account: back from Google, what is allowed, and taking it away."""

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from integrations.lms import LmsError
from lti_app.people import audit
from lti_app.people.models import Enrolment, Person, Role, Section
from lti_app.people.visit import (
    allow,
    app_settings,
    database,
    db_session,
    section_blueprint,
    viewer,
)
from lti_app.sync import accounts, granting, revocations
from lti_app.sync.classroom_pages import ClassroomSaidNo
from lti_app.sync.features import NEEDS, Feature
from lti_app.sync.models import GoogleAccount
from lti_app.ui import csrf

blueprint = section_blueprint("google_account", __name__)
callback = Blueprint("google", __name__, url_prefix="/google", template_folder="templates")
teacher = allow(Role.TEACHER)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)
    app.register_blueprint(callback)


@callback.get("/callback")
def back_from_google() -> ResponseReturnValue:
    """Google sends the teacher back: ask once more for whom, before anything is kept."""
    if error := request.args.get("error"):
        return render_template("sync/back.html", outcome="denied", error=error)
    session = db_session()
    state = request.args.get("state", "")
    way = granting.find(session, state)
    enrolment = session.get_one(Enrolment, way.enrolment_id)
    return render_template(
        "sync/back.html",
        outcome="ask",
        person=session.get_one(Person, enrolment.person_id),
        section=session.get_one(Section, enrolment.section_id),
        state=state,
        code=request.args.get("code", ""),
    )


@callback.post("/callback")
@csrf.exempt  # the one-time state is the token: this window has no cookie of ours
def keep_grant() -> ResponseReturnValue:
    """The teacher confirmed: exchange the code and keep the grant."""
    try:
        back = granting.finish(
            database(), app_settings(), request.form.get("state", ""), request.form.get("code", "")
        )
    except LmsError as error:
        raise ClassroomSaidNo(error) from error
    with database().transaction(district_id=back.enrolment.district_id) as session:
        audit.record(
            session,
            "classroom.granted",
            district_id=back.enrolment.district_id,
            person_id=back.enrolment.person_id,
            section_id=back.enrolment.section_id,
            features=[*back.features],
            missing=[*back.missing],
        )
    return render_template(
        "sync/back.html", outcome="done", missing=[NEEDS[one] for one in back.missing]
    )


@blueprint.get("/classroom/account")
@teacher
def mine() -> ResponseReturnValue:
    """What my Google account allows, which sections it serves, and taking it away."""
    session = db_session()
    account = session.get(GoogleAccount, viewer().person_id)
    return render_template(
        "sync/google_account.html",
        account=account,
        features=[
            (feature, need, accounts.allows(account, feature))
            for feature, need in NEEDS.items()
            if need.by_teacher and (feature != Feature.PUSH or app_settings().pubsub_topic)
        ],
        sections=revocations.sections_of(session, viewer().person_id),
    )


@blueprint.post("/classroom/account/remove")
@teacher
def remove() -> ResponseReturnValue:
    """Take my Google account away: Google is told, also where it is down just now."""
    session = db_session()
    if revocations.give_back(session, viewer().person_id):
        audit.record(
            session,
            "classroom.account_removed",
            district_id=viewer().district_id,
            person_id=viewer().person_id,
            section_id=viewer().section_id,
        )
    session.commit()
    flash(_("Your Google account is removed. We tell Google, too."))
    return redirect(url_for("classroom.status"))
