"""Proposals: the student writes one and follows it; the teacher reads, answers, shares."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.errors import NotAllowed
from lti_app.learning import targets
from lti_app.learning.choice import levels, proposals, words
from lti_app.learning.choice.proposals import Draft
from lti_app.learning.models import ChoiceLevel, Proposal, ProposalState, Target
from lti_app.people import audit
from lti_app.people.models import Person, Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("proposals", __name__)
student = allow(Role.STUDENT)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/targets/<int:target_id>/my-way")
@student
def write(target_id: int) -> ResponseReturnValue:
    """Room for a way of one's own, or the one that was sent."""
    session = db_session()
    target = targets.get(session, viewer().team_id, viewer().section_id, target_id)
    sent = proposals.on_target(session, viewer().person_id, target_id)
    if sent is None:
        _require_open_level()
    return render_template(
        "learning/choice/my_way.html",
        target=target,
        proposal=sent,
        state_words=words.FOR_STUDENTS,
        may_write=sent is None or sent.state in proposals.OPEN,
        longest=proposals.LONGEST,
    )


@blueprint.post("/targets/<int:target_id>/my-way")
@student
def send(target_id: int) -> ResponseReturnValue:
    """The student proposes a way."""
    session = db_session()
    target = targets.get(session, viewer().team_id, viewer().section_id, target_id)
    _require_open_level()
    proposals.send(
        session,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        target=target,
        draft=_draft(),
    )
    session.commit()
    flash(_("Your way is with your teacher."))
    return redirect(url_for("proposals.write", target_id=target_id))


@blueprint.post("/my-ways/<int:proposal_id>")
@student
def change(proposal_id: int) -> ResponseReturnValue:
    """The student writes it anew."""
    proposal = proposals.of_student(db_session(), viewer().person_id, proposal_id)
    proposals.change(db_session(), proposal, _draft())
    db_session().commit()
    flash(_("Your way is with your teacher."))
    return redirect(url_for("proposals.write", target_id=proposal.target_id))


@blueprint.post("/my-ways/<int:proposal_id>/back")
@student
def withdraw(proposal_id: int) -> ResponseReturnValue:
    """The student takes it back."""
    proposal = proposals.of_student(db_session(), viewer().person_id, proposal_id)
    proposals.withdraw(db_session(), proposal)
    db_session().commit()
    flash(_("You took it back."))
    return redirect(url_for("learning.target", target_id=proposal.target_id))


@blueprint.post("/my-ways/<int:proposal_id>/share")
@student
def consent(proposal_id: int) -> ResponseReturnValue:
    """The student says whether the class may use their way."""
    proposal = proposals.of_student(db_session(), viewer().person_id, proposal_id)
    proposals.consent(db_session(), proposal, given=request.form.get("share") == "yes")
    db_session().commit()
    flash(_("Saved."))
    return redirect(url_for("proposals.write", target_id=proposal.target_id))


@blueprint.get("/proposals")
@staff
def queue() -> ResponseReturnValue:
    """The section's proposals."""
    return render_template(
        "learning/choice/proposals.html",
        listed=proposals.of_section(db_session(), viewer().section_id),
        state_words=words.FOR_TEACHERS,
    )


@blueprint.get("/proposals/<int:proposal_id>")
@staff
def read(proposal_id: int) -> ResponseReturnValue:
    """One proposal with all that was said."""
    session = db_session()
    proposal = proposals.in_section(session, viewer().section_id, proposal_id)
    return render_template(
        "learning/choice/proposal.html",
        proposal=proposal,
        student=session.get_one(Person, proposal.person_id),
        target=session.get_one(Target, proposal.target_id),
        state_words=words.FOR_TEACHERS,
        open=proposal.state in proposals.OPEN,
        longest=proposals.LONGEST,
    )


@blueprint.post("/proposals/<int:proposal_id>")
@teacher
def answer(proposal_id: int) -> ResponseReturnValue:
    """Approve it, or ask for a change."""
    session = db_session()
    proposal = proposals.in_section(session, viewer().section_id, proposal_id)
    version = request.form.get("version", default=0, type=int)
    text = request.form.get("text", "")
    if request.form.get("answer") == "approve":
        proposals.approve(
            session, proposal, version=version, teacher_id=viewer().person_id, text=text
        )
    else:
        proposals.ask_for_change(
            session, proposal, version=version, teacher_id=viewer().person_id, text=text
        )
    return _done(proposal, f"proposal.{ProposalState(proposal.state).value}")


@blueprint.post("/proposals/<int:proposal_id>/share")
@teacher
def share(proposal_id: int) -> ResponseReturnValue:
    """Give it to the class."""
    proposal = proposals.in_section(db_session(), viewer().section_id, proposal_id)
    proposals.share(db_session(), proposal)
    return _done(proposal, "proposal.shared")


def _done(proposal: Proposal, action: str) -> ResponseReturnValue:
    audit.record(
        db_session(),
        action,
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        proposal=proposal.id,
    )
    db_session().commit()
    flash(_("Saved."))
    return redirect(url_for("proposals.queue"))


def _draft() -> Draft:
    return Draft(
        request.form.get("title", ""),
        request.form.get("will_do", ""),
        request.form.get("will_show", ""),
    )


def _require_open_level() -> None:
    level = levels.of_student(
        db_session(), viewer().person_id, viewer().section_id, viewer().team_id
    )
    if level != ChoiceLevel.OPEN:
        raise NotAllowed
