"""The team's rules for gaps and sessions, with what they would find on last month's work."""

from collections.abc import Mapping

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.coaching import previewing, stuck, team_rules
from lti_app.coaching.team_rules import NAMES, Wanted
from lti_app.errors import Clash, NotAllowed, Words
from lti_app.learning import typed
from lti_app.people import audit
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("coaching_rules", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)

LABELS: dict[str, Words] = {
    "finds_below_line": _l("Find scores below the line"),
    "line_percent": _l("The line (percent of the points)"),
    "finds_needs_first": _l("Find targets that come first and are not met"),
    "finds_stuck": _l("Find students who are stuck"),
    "stuck_days": _l("Stuck after so many school days without movement"),
    "session_minutes": _l("Minutes of a session"),
    "group_most": _l("Most students in a small group"),
    "seminar_from": _l("Students with the same gap that make a seminar"),
    "most_a_day": _l("Most sessions a day for one student"),
}
CHOICES = [("yes", _l("yes")), ("no", _l("no"))]


def init_app(app: Flask) -> None:
    """Add the pages."""
    ui.STAFF_PLACES["coaching_rules.overview"] = "planning.overview"
    app.register_blueprint(blueprint)


@blueprint.get("/planning/rules")
@staff
def overview() -> ResponseReturnValue:
    """The rules; with values in the address, what they would have found."""
    session = db_session()
    kept = team_rules.of_team(session, viewer().team_id)
    form = _shown(team_rules.values_of(kept))
    would = None
    if "line_percent" in request.args:
        wanted = team_rules.checked(_typed(request.args))
        form = _shown(wanted)
        would = previewing.preview(session, viewer().team_id, wanted)
    return render_template("coaching/rules.html", kept=kept, form=form, would=would, labels=LABELS)


@blueprint.post("/planning/rules")
@teacher
def save() -> ResponseReturnValue:
    """Set the rules; for the team's owners."""
    if not viewer().owns_team:
        raise NotAllowed
    session = db_session()
    wanted = _typed(request.form)
    theirs = _shown(team_rules.values_of(team_rules.of_team(session, viewer().team_id)))
    mine = _shown(wanted)
    team_rules.set_for_team(
        session,
        viewer().team_id,
        wanted,
        version=request.form.get("version", default=-1, type=int),
        editor_id=viewer().person_id,
        clashes=[
            Clash(
                name,
                LABELS[name],
                theirs[name],
                mine[name],
                choices=tuple(CHOICES) if name.startswith("finds") else (),
            )
            for name in NAMES
        ],
    )
    stuck.reckon_anew(session, viewer().team_id)
    audit.record(
        session,
        "team.coaching_rules_set",
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        team=viewer().team_id,
    )
    session.commit()
    flash(_("Saved. They hold from now on."))
    return redirect(url_for("coaching_rules.overview"))


def _typed(form: Mapping[str, str]) -> Wanted:
    return Wanted(
        finds_below_line=form.get("finds_below_line") == "yes",
        line_percent=typed.number(form.get("line_percent", "")),
        finds_needs_first=form.get("finds_needs_first") == "yes",
        finds_stuck=form.get("finds_stuck") == "yes",
        stuck_days=typed.whole(form.get("stuck_days", "")),
        session_minutes=typed.whole(form.get("session_minutes", "")),
        group_most=typed.whole(form.get("group_most", "")),
        seminar_from=typed.whole(form.get("seminar_from", "")),
        most_a_day=typed.whole(form.get("most_a_day", "")),
    )


def _shown(wanted: Wanted) -> dict[str, str]:
    return {
        name: ("yes" if value else "no") if isinstance(value, bool) else f"{value:g}"
        for name, value in ((name, getattr(wanted, name)) for name in NAMES)
    }
