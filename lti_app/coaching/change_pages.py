"""A day that goes otherwise: blocks that fall away, teachers who are not there."""

from flask import Flask, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from lti_app.coaching import changes
from lti_app.coaching.models import Block
from lti_app.coaching.planning_pages import back_to, record, teacher, wanted_day
from lti_app.coaching.plans import slots
from lti_app.errors import NotHere
from lti_app.people.visit import db_session, section_blueprint, viewer

blueprint = section_blueprint("changes", __name__)


def init_app(app: Flask) -> None:
    """Add the forms; they stand on the planning page."""
    app.register_blueprint(blueprint)


def _block() -> Block:
    wanted = request.form.get("block", type=int)
    for block in slots.of_team(db_session(), viewer().team_id):
        if block.id == wanted:
            return block
    raise NotHere


@blueprint.post("/planning/block-off")
@teacher
def block_off() -> ResponseReturnValue:
    """A block falls away on this day: its sessions are called off, everyone is told."""
    day, block = wanted_day(), _block()
    number = changes.cancel_block(
        db_session(), block, day, viewer().timezone, by=viewer().person_id
    )
    record("block.off", day, block=block.id, sessions=number)
    db_session().commit()
    flash(
        ngettext(
            "The block falls away. %(num)s session is called off, and everyone is told.",
            "The block falls away. %(num)s sessions are called off, and everyone is told.",
            number,
        )
    )
    return back_to(day)


@blueprint.post("/planning/block-on")
@teacher
def block_on() -> ResponseReturnValue:
    """The block takes place after all."""
    day, block = wanted_day(), _block()
    changes.block_back(db_session(), block.id, day)
    record("block.on", day, block=block.id)
    db_session().commit()
    flash(_("The block takes place. Plan the day again to use it."))
    return back_to(day)


@blueprint.post("/planning/away")
@teacher
def away() -> ResponseReturnValue:
    """A teacher is not there: colleagues who are free take over, what is left is called off."""
    day = wanted_day()
    moved = changes.teacher_away(
        db_session(),
        viewer().team_id,
        request.form.get("teacher", default=0, type=int),
        day,
        viewer().timezone,
        by=viewer().person_id,
    )
    record("teacher.away", day, moved=moved.moved, called_off=moved.called_off)
    db_session().commit()
    flash(
        _(
            "Noted. Colleagues take over: %(moved)s. Called off: %(off)s. Everyone is told.",
            moved=moved.moved,
            off=moved.called_off,
        )
    )
    return back_to(day)


@blueprint.post("/planning/here")
@teacher
def here() -> ResponseReturnValue:
    """The teacher is there after all."""
    day = wanted_day()
    changes.teacher_back(
        db_session(),
        viewer().team_id,
        request.form.get("teacher", default=0, type=int),
        day,
    )
    record("teacher.here", day)
    db_session().commit()
    flash(_("Noted. Plan the day again to use their time."))
    return back_to(day)
