"""The building view's pages, and the same as a table."""

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app.errors import Words
from lti_app.home import building, csv_tables
from lti_app.home.building import By, Filters, Row, View
from lti_app.learning.models import Level
from lti_app.people.visit import building_blueprint, db_session, observer_viewer

blueprint = building_blueprint("building", __name__)

COLUMNS: tuple[tuple[Words, tuple[Level, ...]], ...] = (
    (_l("Met"), (Level.MET, Level.BEYOND)),
    (_l("Nearly there"), (Level.NEARLY,)),
    (_l("Working on it"), (Level.WORKING,)),
    (_l("Not started"), (Level.NOT_STARTED,)),
)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/")
def overview() -> ResponseReturnValue:
    """How grades, teams or standards stand."""
    by, filters = _asked()
    reach = observer_viewer().building_ids
    return render_template(
        "home/building.html",
        view=building.read(db_session(), reach, by, filters),
        by=by,
        filters=filters,
        choices=building.choices(db_session(), reach),
        columns=COLUMNS,
        share=_share,
        fewest=building.FEWEST,
    )


@blueprint.get("/table.csv")
def table() -> ResponseReturnValue:
    """What the page shows, as a table."""
    by, filters = _asked()
    view = building.read(db_session(), observer_viewer().building_ids, by, filters)
    return Response(
        "".join(csv_tables.lines(_lines(view))),
        mimetype="text/csv",
        headers={
            "Content-Disposition": 'attachment; filename="pathways-building.csv"',
            "Cache-Control": "no-store",
        },
    )


def _lines(view: View) -> list[list[object]]:
    head: list[object] = ["", _("Students"), *(str(words) for words, _levels in COLUMNS)]
    rows = view.rows + ([view.total] if view.total else [])
    return [head, *([row.title, row.students, *_shares(row)] for row in rows)]


def _shares(row: Row) -> list[str]:
    return [_share(row, levels) for _words, levels in COLUMNS]


def _share(row: Row, levels: tuple[Level, ...]) -> str:
    """A share in words that never says *all* or *none*."""
    percent = row.share(*levels)
    if percent is None:
        return "–"
    if percent < building.LOWEST:
        return str(_("under %(n)s %%", n=building.LOWEST))
    if percent > building.HIGHEST:
        return str(_("over %(n)s %%", n=building.HIGHEST))
    return f"{percent} %"


def _asked() -> tuple[By, Filters]:
    try:
        by = By(request.args.get("by", By.TEAM))
    except ValueError:
        by = By.TEAM
    return by, Filters(
        building_id=request.args.get("building", type=int),
        grade=request.args.get("grade", "")[:16],
        team_id=request.args.get("team", type=int),
        framework_id=request.args.get("framework", type=int),
        at=request.args.get("at", type=int),
    )
