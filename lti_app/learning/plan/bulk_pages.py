"""Teachers' pages: many targets at once, pasted from a spreadsheet."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from lti_app.errors import BadInput
from lti_app.learning.plan import bulk, table
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("plan_bulk", __name__)
teacher = allow(Role.TEACHER)


@blueprint.get("/plan/bulk")
@teacher
def form() -> ResponseReturnValue:
    """Room for a table."""
    return _page()


@blueprint.post("/plan/bulk")
@teacher
def paste() -> ResponseReturnValue:
    """Show the table as it will be read; keep it where the teacher has seen it so."""
    session = db_session()
    pasted = request.form.get("table", "")
    try:
        if "keep" not in request.form:
            return _page(pasted, bulk.look(session, viewer().team_id, pasted))
        kept = bulk.keep(session, viewer().team_id, pasted)
    except BadInput as problem:
        return _page(pasted, problem=problem), problem.status
    if kept.problems:
        return _page(pasted, kept), BadInput.status
    session.commit()
    flash(
        ngettext("%(num)s target was added.", "%(num)s targets were added.", kept.new)
        if kept.new
        else _("All of these targets were there already. Nothing was added.")
    )
    return redirect(url_for("plan.overview"))


def _page(
    pasted: str = "", preview: bulk.Preview | None = None, problem: BadInput | None = None
) -> str:
    return render_template(
        "learning/plan/bulk.html",
        pasted=pasted,
        preview=preview,
        problem=problem,
        most_rows=table.MOST_ROWS,
    )
