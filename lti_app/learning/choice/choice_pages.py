"""Teachers' pages: how much each student chooses, and giving students a way."""

from dataclasses import dataclass

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from lti_app import ui
from lti_app.errors import NotHere
from lti_app.learning import pathways, rules, targets, typed, words
from lti_app.learning.choice import levels, proposals, suggestions
from lti_app.learning.choice import words as choice_words
from lti_app.learning.choice.suggestions import Evidence, Suggestion
from lti_app.learning.models import ChoiceLevel, ProposalState
from lti_app.people import audit, roster
from lti_app.people.models import Person, Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("choice", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)


def init_app(app: Flask) -> None:
    """Add the pages and their link."""
    ui.staff_link(45, "choice.overview", _l("Choice"))
    app.register_blueprint(blueprint)


@dataclass(frozen=True)
class Row:
    """A student and how much they choose."""

    student: Person
    level: ChoiceLevel
    suggestion: Suggestion | None


@blueprint.get("/choice")
@staff
def overview() -> ResponseReturnValue:
    """The section's students with their levels, and where another one is suggested."""
    session = db_session()
    default = ChoiceLevel(rules.of_team(session, viewer().team_id).choice_level)
    set_to = levels.of_section(session, viewer().section_id)
    evidence = suggestions.evidence_of_section(session, viewer().section_id, viewer().team_id)
    rows = []
    for student in roster.students_of(session, viewer().section_id):
        level = set_to.get(student.id, default)
        suggestion = suggestions.suggest(level, evidence.get(student.id, Evidence()))
        rows.append(Row(student, level, suggestion))
    waiting = [
        one
        for one in proposals.of_section(session, viewer().section_id)
        if one.proposal.state == ProposalState.SENT
    ]
    return render_template(
        "learning/choice/overview.html",
        rows=rows,
        levels=words.CHOICE_LEVELS,
        short=choice_words.SHORT,
        targets=targets.of_team(session, viewer().team_id, viewer().section_id),
        waiting=len(waiting),
    )


@blueprint.post("/choice")
@teacher
def set_levels() -> ResponseReturnValue:
    """Give the students picked a level."""
    session = db_session()
    level = typed.one_of(ChoiceLevel, request.form.get("level", ""))
    changed = levels.set_for(
        session,
        viewer().section_id,
        request.form.getlist("student", type=int),
        level,
        set_by_id=viewer().person_id,
        reason=request.form.get("reason", ""),
    )
    _record("choice.level_set", level=level.value, students=changed)
    session.commit()
    flash(
        ngettext("Saved for %(num)s student.", "Saved for %(num)s students.", changed)
        if changed
        else _("Nothing has changed.")
    )
    return redirect(url_for("choice.overview"))


@blueprint.post("/choice/way")
@teacher
def assign() -> ResponseReturnValue:
    """Give the students picked a way to a target."""
    session = db_session()
    pathway = targets.get_pathway(
        session,
        viewer().team_id,
        viewer().section_id,
        request.form.get("pathway", default=0, type=int),
    )
    if pathway.person_id is not None:
        raise NotHere
    person_ids = levels.picked(
        session, viewer().section_id, request.form.getlist("student", type=int)
    )
    pathways.assign(session, person_ids, pathway, assigned_by_id=viewer().person_id)
    _record("choice.way_given", pathway=pathway.id, students=len(person_ids))
    session.commit()
    flash(ngettext("Saved for %(num)s student.", "Saved for %(num)s students.", len(person_ids)))
    return redirect(url_for("choice.overview"))


@blueprint.get("/choice/<int:person_id>")
@staff
def history(person_id: int) -> ResponseReturnValue:
    """How a student's level came about."""
    session = db_session()
    student = roster.student_of_team(session, viewer().team_id, person_id)
    return render_template(
        "learning/choice/history.html",
        student=student,
        level=levels.of_student(session, person_id, viewer().section_id, viewer().team_id),
        changes=levels.history(session, person_id, viewer().section_id),
        levels=words.CHOICE_LEVELS,
    )


def _record(action: str, **about: int | str) -> None:
    audit.record(
        db_session(),
        action,
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        **about,
    )
