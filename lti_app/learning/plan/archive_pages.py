"""Teachers' pages: archived targets and units."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.learning import targets
from lti_app.learning.plan import archiving, units
from lti_app.people import audit
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("plan_archive", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)


@blueprint.get("/plan/archive")
@staff
def archive() -> ResponseReturnValue:
    """What the team has put away."""
    session = db_session()
    found = archiving.archived(session, viewer().team_id)
    return render_template(
        "learning/plan/archive.html",
        targets=found,
        kept=archiving.attempts_kept(session, [target.id for target in found]),
        title_of=archiving.titles(session, [target.merged_into_id for target in found]),
        units=units.archived(session, viewer().team_id),
    )


@blueprint.post("/plan/<int:target_id>/archive")
@teacher
def put_away(target_id: int) -> ResponseReturnValue:
    """Archive a target."""
    session = db_session()
    target = targets.get(session, viewer().team_id, viewer().section_id, target_id)
    archiving.archive(session, target)
    _record("target.archived", target_id)
    session.commit()
    flash(_("The target is archived. Nothing of it is lost: you can bring it back here."))
    return redirect(url_for("plan_archive.archive"))


@blueprint.post("/plan/<int:target_id>/back")
@teacher
def bring_back(target_id: int) -> ResponseReturnValue:
    """Use an archived target again."""
    session = db_session()
    archiving.bring_back(session, viewer().team_id, target_id)
    _record("target.brought_back", target_id)
    session.commit()
    flash(_("The target is back."))
    return redirect(url_for("plan.target", target_id=target_id))


def _record(action: str, target_id: int) -> None:
    audit.record(
        db_session(),
        action,
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        target=target_id,
    )
