"""Classroom's iframes in which a teacher attaches something, or a link of ours is upgraded."""

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from integrations.lms import LmsError
from lti_app.addon import attaching, visits
from lti_app.addon.attaching import ClassroomSaidNo
from lti_app.addon.models import AddOnVisit
from lti_app.errors import BadInput
from lti_app.learning.plan import outline
from lti_app.people.models import Role
from lti_app.people.visit import (
    allow,
    app_settings,
    database,
    db_session,
    section_blueprint,
    viewer,
)
from lti_app.sync import accounts, opening
from lti_app.sync.features import Feature
from lti_app.sync.picking import Pick, chosen, of_target, offered

blueprint = section_blueprint("addon_attaching", __name__)
teacher = allow(Role.TEACHER)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/addon/attach/<visit>")
@teacher
def pick(visit: str) -> ResponseReturnValue:
    """Targets with their pathways and checkpoints, to be picked."""
    return _picker(visits.get(db_session(), viewer(), visit))


@blueprint.post("/addon/attach/<visit>")
@teacher
def attach(visit: str) -> ResponseReturnValue:
    """Attach what is picked, then close the iframe."""
    found = visits.get(db_session(), viewer(), visit)
    if "cancel" in request.form:
        return render_template("addon/done.html", outcome=None)
    names = request.form.getlist("pick")
    if len(set(names)) > attaching.MOST_AT_ONCE:
        raise BadInput(
            _l("That is too much at once."),
            _l("Pick %(n)s things at most, then add more.", n=attaching.MOST_AT_ONCE),
        )
    outcome = _attach(found, chosen(_offered(), names, takes_several=True))
    if outcome.missing:
        return _picker(found, outcome)
    return render_template("addon/done.html", outcome=outcome)


@blueprint.get("/addon/upgrade/<visit>")
@teacher
def upgrade(visit: str) -> ResponseReturnValue:
    """One of our links in coursework shall become an attachment: ask once."""
    found = visits.get(db_session(), viewer(), visit)
    return render_template("addon/upgrade.html", pick=_linked(found), outcome=None)


@blueprint.post("/addon/upgrade/<visit>")
@teacher
def do_upgrade(visit: str) -> ResponseReturnValue:
    """Attach what the link opens, then close the iframe."""
    found = visits.get(db_session(), viewer(), visit)
    linked = _linked(found)
    if "cancel" in request.form or linked is None:
        return render_template("addon/done.html", outcome=None)
    outcome = _attach(found, [linked])
    if outcome.missing:
        return render_template("addon/upgrade.html", pick=linked, outcome=outcome)
    return render_template("addon/done.html", outcome=outcome)


def _picker(visit: AddOnVisit, outcome: attaching.Outcome | None = None) -> ResponseReturnValue:
    groups = outline.by_unit(db_session(), viewer().team_id, viewer().section_id)
    return render_template(
        "addon/attach.html",
        groups=groups,
        picks_of=of_target,
        any_targets=any(group.targets for group in groups),
        takes_work=visit.item_type == "courseWork",
        outcome=outcome,
        chosen=[str(pick.place) for pick, _why in outcome.missing] if outcome else [],
    )


def _offered() -> dict[str, Pick]:
    return offered(outline.by_unit(db_session(), viewer().team_id, viewer().section_id))


def _linked(visit: AddOnVisit) -> Pick | None:
    """What the link to be upgraded opens here, among what can be picked."""
    named = attaching.linked(visit.url_to_upgrade, app_settings().public_url)
    if named is None:
        return None
    place = opening.here(db_session(), viewer().team_id, named)
    return _offered().get(str(place))


def _attach(visit: AddOnVisit, picks: list[Pick]) -> attaching.Outcome:
    db_session().commit()  # nobody else waits for the database while we wait for Google
    try:
        client = accounts.client_of(
            database(), app_settings(), viewer().district_id, viewer().person_id, Feature.ADDON
        )
    except LmsError as error:
        raise ClassroomSaidNo(error) from error
    return attaching.attach(database(), client, visit, picks, app_settings().public_url)
