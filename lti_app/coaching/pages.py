"""Coaching: who needs help on what, inviting them, answering, joining."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.coaching import gaps, invitations, sessions, words
from lti_app.coaching.models import InvitationState
from lti_app.db import now
from lti_app.errors import BadInput
from lti_app.learning import targets
from lti_app.people import audit
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("coaching", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
student = allow(Role.STUDENT)


def init_app(app: Flask) -> None:
    """Add the pages, their link, and the words templates call states by."""
    app.jinja_env.globals.update(
        REASON_WORDS=words.REASONS,
        INVITED_WORDS=words.KIND,
        SESSION_WORDS=words.KINDS,
        ANSWER_WORDS=words.ANSWERS,
    )
    ui.staff_link(30, "coaching.needs", _l("Who needs help"))
    app.register_blueprint(blueprint)


@blueprint.get("/help")
@staff
def needs() -> ResponseReturnValue:
    """Students who need help, by target, and the sessions they are invited to."""
    session = db_session()
    return render_template(
        "coaching/needs.html",
        groups=gaps.groups(session, viewer().team_id, viewer().section_id),
        sessions=sessions.upcoming(session, viewer().team_id),
        coming=sessions.coming,
        is_past_its_places=sessions.is_past_its_places,
        kind_for=sessions.kind_for,
        soon=_next_quarter(),
    )


def _next_quarter() -> datetime:
    """The next quarter of an hour, on the district's clock."""
    at = now().astimezone(ZoneInfo(viewer().timezone)).replace(second=0, microsecond=0)
    return at.fromtimestamp((at.timestamp() // 900 + 1) * 900, tz=at.tzinfo)


@blueprint.post("/help/invite")
@staff
def invite() -> ResponseReturnValue:
    """Turn the picked students of a group into a coaching session."""
    session = db_session()
    coaching = invitations.invite_group(
        session,
        team_id=viewer().team_id,
        section_id=viewer().section_id,
        teacher_id=viewer().person_id,
        gap_ids=request.form.getlist("gap", type=int),
        starts_at=_typed_moment(),
        minutes=request.form.get("minutes", default=0, type=int),
        room=request.form.get("room", ""),
    )
    audit.record(
        session,
        "coaching.invited",
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        coaching_session=coaching.id,
    )
    session.commit()
    flash(_("Done. The students see the invitation now."))
    return redirect(url_for("coaching.needs", _anchor="sessions"))


def _typed_moment() -> datetime:
    try:
        day = date.fromisoformat(request.form.get("day", ""))
        clock = time.fromisoformat(request.form.get("clock", ""))
    except ValueError:
        raise BadInput(
            _l("The day or the time is missing."), _l("Fill in both and make it again.")
        ) from None
    return sessions.moment(day, clock, viewer().timezone).astimezone(UTC)


@blueprint.post("/gaps/<int:gap_id>/close")
@staff
def close(gap_id: int) -> ResponseReturnValue:
    """The teacher says that this need is gone."""
    gap = gaps.in_section(db_session(), viewer().section_id, gap_id)
    gaps.close_by_teacher(db_session(), gap, viewer().person_id)
    db_session().commit()
    flash(_("Closed."))
    return redirect(url_for("coaching.needs"))


@blueprint.post("/targets/<int:target_id>/help")
@student
def ask(target_id: int) -> ResponseReturnValue:
    """The student says *I need help*."""
    session = db_session()
    target = targets.get(session, viewer().team_id, viewer().section_id, target_id)
    gaps.ask_for_help(
        session,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        target=target,
        note=request.form.get("note", ""),
    )
    session.commit()
    flash(_("Your teacher knows. Good that you asked!"))
    return redirect(url_for("learning.target", target_id=target_id))


@blueprint.post("/invitations/<int:invitation_id>")
@student
def answer(invitation_id: int) -> ResponseReturnValue:
    """The student accepts an invitation or asks for another time."""
    try:
        state = InvitationState(request.form.get("answer", ""))
    except ValueError:
        raise BadInput(_l("That is not an answer."), _l("Use one of the buttons.")) from None
    invitations.answer(
        db_session(),
        person_id=viewer().person_id,
        invitation_id=invitation_id,
        state=state,
        word=request.form.get("word", ""),
    )
    db_session().commit()
    flash(_("Your teacher knows your answer."))
    return redirect(url_for("home.front"))


@blueprint.post("/coaching/<int:coaching_session_id>/join")
@student
def join(coaching_session_id: int) -> ResponseReturnValue:
    """Anyone may come."""
    left = invitations.join(
        db_session(),
        person_id=viewer().person_id,
        team_id=viewer().team_id,
        coaching_session_id=coaching_session_id,
    )
    db_session().commit()
    flash(
        _("You are in. You had another session at that time: that teacher knows you need another.")
        if left
        else _("You are in. See you there!")
    )
    return redirect(url_for("home.front"))
