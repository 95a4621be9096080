"""The page of what was matched in Classroom, and a teacher's corrections."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from lti_app.errors import BadInput
from lti_app.learning.plan.ordering import ids_in
from lti_app.learning.targets import standards_of
from lti_app.people import audit
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer
from lti_app.sync import matching, switching, teaching, wake
from lti_app.sync.correcting import Correcting
from lti_app.sync.models import ClassroomConnection

blueprint = section_blueprint("matching", __name__)
teacher = allow(Role.TEACHER)
MOST_ROWS = 40
"""Rows of one list that are shown before a teacher asks for all."""


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/classroom/matching")
@allow(Role.TEACHER, Role.ASSISTANT)
def overview() -> ResponseReturnValue:
    """What of the course is where, and why."""
    session = db_session()
    return render_template(
        "sync/matching.html",
        connection=session.get(ClassroomConnection, viewer().section_id),
        matching=matching.look(
            session,
            viewer().team_id,
            viewer().section_id,
            viewer().person_id,
            after=request.args.get("after", default=0, type=int),
            find=request.args.get("find", ""),
        ),
        find=request.args.get("find", ""),
        most=MOST_ROWS,
    )


@blueprint.post("/classroom/matching/move")
@teacher
def move() -> ResponseReturnValue:
    """Put things under another target, or say that they are right where they are."""
    correcting, picked = _correcting(), _picked()
    stays = "stays" in request.form
    to = None if stays else correcting.place(request.form.get("to", ""))
    moved = correcting.move(picked, to)
    _keep("matching.moved", target_id=to.id if to else None, count=moved)
    if stays:
        flash(ngettext("%(num)s stays where it is.", "%(num)s stay where they are.", moved))
    else:
        flash(ngettext("%(num)s moved.", "%(num)s moved.", moved))
    _say_missing(len(picked) - moved)
    return _back(after=picked[0] if picked else 0)


@blueprint.post("/classroom/matching/leave-out")
@teacher
def leave_out() -> ResponseReturnValue:
    """Things of the course that are none of ours."""
    correcting, picked = _correcting(), _picked()
    count = correcting.leave_out(picked)
    _keep("matching.left_out", count=count)
    flash(ngettext("%(num)s is left out.", "%(num)s are left out.", count))
    _say_missing(len(picked) - count)
    return _back()


@blueprint.post("/classroom/matching/bring-back")
@teacher
def bring_back() -> ResponseReturnValue:
    """Take left-out things in after all."""
    count = _correcting().bring_back(_picked())
    wake.mirror_wanted(db_session(), viewer().district_id, viewer().section_id)
    _keep("matching.brought_back", count=count)
    flash(_("It is back, or comes with the next look at Classroom."))
    return _back()


@blueprint.post("/classroom/matching/kind")
@teacher
def kind() -> ResponseReturnValue:
    """Say what things are: checkpoints, or activities of a kind."""
    wanted, picked = request.form.get("kind", ""), _picked()
    count = switching.set_kind(_correcting(), picked, wanted)
    wake.mirror_wanted(db_session(), viewer().district_id, viewer().section_id)
    _keep("matching.kind_set", kind=wanted, count=count)
    flash(_("Saved."))
    _say_missing(len(picked) - count)
    return _back()


@blueprint.post("/classroom/matching/titles")
@teacher
def titles() -> ResponseReturnValue:
    """Teach what titles mean that begin alike."""
    correcting = _correcting()
    stem, to = request.form.get("stem", ""), request.form.get("to", "")
    if to == "standard":
        found = standards_of(db_session(), request.form.get("code", ""))
        if not found:
            raise BadInput(_l("No standard was written."), _l("Write its code, like 5.NF.4."))
        count = teaching.teach_title(correcting, stem, standard=found[0])
    elif to == "never":
        count = teaching.teach_title(correcting, stem)
    else:
        count = teaching.teach_title(correcting, stem, to=correcting.place(to))
    _keep("matching.taught", about="title", count=count)
    flash(_("Learned."))
    return _back()


@blueprint.post("/classroom/matching/topics")
@teacher
def topics() -> ResponseReturnValue:
    """Teach which unit a topic is, or where its coursework belongs."""
    topic_id = request.form.get("topic", default=0, type=int)
    count = teaching.teach_topic(_correcting(), topic_id, request.form.get("to", ""))
    _keep("matching.taught", about="topic", count=count)
    flash(_("Learned."))
    return _back()


@blueprint.post("/classroom/matching/rules/take-back")
@teacher
def take_back() -> ResponseReturnValue:
    """Forget a rule, or what was said of single things."""
    rule_id = request.form.get("rule", default=0, type=int)
    if rule_id:
        count = teaching.take_back(_correcting(), rule_id)
    else:
        count = teaching.as_classroom_says(_correcting(), _picked())
    wake.mirror_wanted(db_session(), viewer().district_id, viewer().section_id)
    _keep("matching.taken_back", rule_id=rule_id, count=count)
    flash(_("Taken back."))
    return _back()


def _correcting() -> Correcting:
    who = viewer()
    return Correcting(db_session(), who.team_id, who.section_id, who.person_id)


def _picked() -> list[int]:
    """Ids of the ticked items, or those that were dragged, with commas."""
    return ids_in(",".join(request.form.getlist("item")))


def _keep(action: str, **about: object) -> None:
    """Note what was done, and commit."""
    audit.record(
        db_session(),
        action,
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        **about,
    )
    db_session().commit()


def _say_missing(count: int) -> None:
    if count > 0:
        flash(
            ngettext(
                "%(num)s is no longer there: the course was read meanwhile.",
                "%(num)s are no longer there: the course was read meanwhile.",
                count,
            ),
            "warning",
        )


def _back(after: int = 0) -> ResponseReturnValue:
    return redirect(url_for("matching.overview", after=after or None))
