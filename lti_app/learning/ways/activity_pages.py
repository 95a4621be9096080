"""Teachers' forms: the activities of a pathway."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.errors import NotHere
from lti_app.learning import targets
from lti_app.learning.models import Activity
from lti_app.learning.ways import forms, writing
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("pathway_activities", __name__)
teacher = allow(Role.TEACHER)


@blueprint.post("/plan/<int:target_id>/pathways/<int:pathway_id>/activities")
@teacher
def add(target_id: int, pathway_id: int) -> ResponseReturnValue:
    """Add an activity to a pathway."""
    session = db_session()
    pathway = targets.get_pathway(session, viewer().team_id, viewer().section_id, pathway_id)
    if pathway.target_id != target_id:
        raise NotHere
    activity = writing.add(session, pathway, forms.draft())
    session.commit()
    flash(_("Saved."))
    return _back(target_id, pathway_id, activity.id)


@blueprint.post("/plan/<int:target_id>/activities/<int:activity_id>")
@teacher
def edit(target_id: int, activity_id: int) -> ResponseReturnValue:
    """Change an activity."""
    session = db_session()
    activity = _activity(target_id, activity_id)
    writing.edit(
        session,
        activity,
        forms.draft(),
        version=forms.version(),
        editor_id=viewer().person_id,
    )
    session.commit()
    flash(_("Saved."))
    return _back(target_id, activity.pathway_id, activity_id)


@blueprint.post("/plan/<int:target_id>/activities/<int:activity_id>/remove")
@teacher
def remove(target_id: int, activity_id: int) -> ResponseReturnValue:
    """Take an activity away; one that was done is hidden, not lost."""
    session = db_session()
    activity = _activity(target_id, activity_id)
    deleted = writing.remove(session, activity)
    session.commit()
    flash(
        _("The activity is gone.")
        if deleted
        else _("The activity is hidden: what students did on it is kept.")
    )
    return _back(target_id, activity.pathway_id)


def _activity(target_id: int, activity_id: int) -> Activity:
    found = targets.get_activity(db_session(), viewer().team_id, viewer().section_id, activity_id)
    if found.pathway.target_id != target_id:
        raise NotHere
    return found


def _back(target_id: int, pathway_id: int, activity_id: int | None = None) -> ResponseReturnValue:
    return redirect(
        url_for(
            "pathways.pathway",
            target_id=target_id,
            pathway_id=pathway_id,
            _anchor=f"activity-{activity_id}" if activity_id else "steps",
        )
    )
