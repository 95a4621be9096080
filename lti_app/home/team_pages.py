"""The team: who teaches in it, which sections it has, and how another team joins."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.errors import NotAllowed, Words
from lti_app.learning import typed
from lti_app.people import audit, teams
from lti_app.people.models import Role, Team, TeamRole
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("team", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)

ROLES: dict[TeamRole, Words] = {
    TeamRole.OWNER: _l("Owner: also sets the team's rules and who belongs to it"),
    TeamRole.TEACHER: _l("Teacher: plans and scores"),
    TeamRole.ASSISTANT: _l("Assistant: sees all, scores, plans nothing"),
}


def init_app(app: Flask) -> None:
    """Add the pages and their link."""
    ui.staff_link(80, "team.overview", _l("Team"))
    app.register_blueprint(blueprint)


@blueprint.get("/team")
@staff
def overview() -> ResponseReturnValue:
    """Members, sections, and the way in for another team."""
    return _page()


@blueprint.post("/team")
@teacher
def rename() -> ResponseReturnValue:
    """Give the team another name."""
    teams.rename(_owned(), request.form.get("name", ""))
    return _done("team.renamed")


@blueprint.post("/team/members/<int:member_id>")
@teacher
def set_role(member_id: int) -> ResponseReturnValue:
    """Say what a member may do."""
    member = teams.member(db_session(), _owned().id, member_id)
    role = typed.one_of(TeamRole, request.form.get("role", ""))
    teams.set_role(db_session(), member, role)
    return _done("team.role_set", member=member_id, role=role.value)


@blueprint.post("/team/code")
@teacher
def new_code() -> ResponseReturnValue:
    """Make a code with which another team joins; it is shown this once."""
    code = teams.new_join_code(db_session(), _owned())
    _record("team.code_made")
    db_session().commit()
    return _page(code=code)


@blueprint.post("/team/code/end")
@teacher
def end_code() -> ResponseReturnValue:
    """Nobody joins with the code any more."""
    teams.end_join_code(_owned())
    return _done("team.code_ended")


@blueprint.post("/team/join")
@teacher
@ui.limiter.limit("30 per hour", key_func=lambda: f"join:{viewer().person_id}")
def join() -> ResponseReturnValue:
    """Become part of another team, with all sections, targets and students' work."""
    left = _owned().id
    into = teams.join(db_session(), left, request.form.get("code", ""))
    return _done("team.joined", left=left, into=into.id)


def _page(code: str = "") -> ResponseReturnValue:
    session = db_session()
    return render_template(
        "home/team.html",
        team=session.get_one(Team, viewer().team_id),
        members=teams.members(session, viewer().team_id),
        sections=teams.sections(session, viewer().team_id),
        roles=ROLES,
        code=code,
    )


def _owned() -> Team:
    """The viewer's team, if they own it."""
    if not viewer().owns_team:
        raise NotAllowed
    return db_session().get_one(Team, viewer().team_id)


def _done(action: str, **about: int | str) -> ResponseReturnValue:
    _record(action, **about)
    db_session().commit()
    flash(_("Saved."))
    return redirect(url_for("team.overview"))


def _record(action: str, **about: int | str) -> None:
    audit.record(
        db_session(),
        action,
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        **about,
    )
