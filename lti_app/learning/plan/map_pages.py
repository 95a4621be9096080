"""The map of targets: for teachers with their class's counts, for students with *you are here*."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lti_app.errors import NotHere
from lti_app.learning import attempts, targets
from lti_app.learning.models import Level, Unit
from lti_app.learning.plan import map as target_map
from lti_app.learning.plan import needs, outline, units
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("plan_map", __name__)

WHOLE = "all"
"""Asks for the map of all units."""


@blueprint.get("/plan/map")
@allow(Role.TEACHER, Role.ASSISTANT)
def teacher() -> ResponseReturnValue:
    """The map with how many of the class met each target."""
    session = db_session()
    found = outline.in_use(session, viewer().team_id)
    named = units.of_team(session, viewer().team_id)
    unit = _unit(named, request.args.get("unit", ""))
    drawn = target_map.of_targets(found, needs.edges(session, viewer().team_id), unit)
    return render_template(
        "learning/plan/map_teacher.html",
        map=drawn,
        unit=unit,
        units=named,
        groups=outline.grouped_by(found, named),
        counts=target_map.counts(session, viewer().section_id, list(drawn.target_of)),
    )


@blueprint.get("/map")
@allow(Role.STUDENT)
def student() -> ResponseReturnValue:
    """The map with the student's own levels; without a unit in the address, where they are."""
    session = db_session()
    found = targets.of_team(session, viewer().team_id, viewer().section_id)
    links = needs.edges(session, viewer().team_id)
    standing = attempts.standings(session, [viewer().person_id], [target.id for target in found])
    levels = {target_id: level for (_person, target_id), level in standing.items()}
    here = target_map.here(
        [t for t in found if targets.visible_pathways(t) or targets.visible_checkpoints(t)],
        links,
        levels,
    )
    named = list({target.unit.id: target.unit for target in found if target.unit}.values())
    asked = request.args.get("unit", str(here.unit_id) if here and here.unit_id else "")
    unit = _unit(named, asked)
    return render_template(
        "learning/plan/map_student.html",
        map=target_map.of_targets(found, links, unit),
        unit=unit,
        units=named,
        levels=levels,
        not_started=Level.NOT_STARTED,
        here=here,
    )


def _unit(named: list[Unit], typed: str) -> Unit | None:
    """The unit an address names; None: all of them. Raises `NotHere`."""
    if typed in {"", WHOLE}:
        return None
    unit = next((unit for unit in named if str(unit.id) == typed), None)
    if unit is None:
        raise NotHere
    return unit
