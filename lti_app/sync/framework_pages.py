"""The administrator's page for standards: frameworks that are here, and importing another."""

from flask import Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app.errors import BadInput, Words
from lti_app.learning import frameworks as known
from lti_app.learning.frameworks import Imported
from lti_app.people import audit
from lti_app.people.visit import admin_blueprint, admin_viewer, database, db_session
from lti_app.sync import frameworks

blueprint = admin_blueprint("frameworks", __name__)

MOST_BYTES = 30 * 1024 * 1024
REASONS: dict[str, Words] = {
    "not_an_address": _l("That is not a web address. It must start with https://"),
    "not_public": _l("That address is inside a private network, which is not read from here."),
    "no_such_host": _l("There is no such site. Check the address."),
    "unreachable": _l("The site did not answer. Check the address, or try later."),
    "too_slow": _l("The site took too long. Download the package and send it as a file."),
    "too_large": _l("The package is too large."),
    "too_many_redirects": _l("The address leads round in circles."),
}


def init_app(app: Flask) -> None:
    """Add the page."""
    app.register_blueprint(blueprint)


@blueprint.get("/standards")
def overview() -> ResponseReturnValue:
    """The district's frameworks."""
    return render_template("sync/frameworks.html", frameworks=known.of_district(db_session()))


@blueprint.post("/standards")
def bring_in() -> ResponseReturnValue:
    """Import a framework from a file or an address; importing it again adds nothing twice."""
    request.max_content_length = MOST_BYTES
    district_id = admin_viewer().district_id
    settings = current_app.extensions["pathways.settings"]
    sent = request.files.get("package")
    url = request.form.get("url", "").strip()
    db_session().rollback()  # the import writes in a transaction of its own
    try:
        if sent is not None and sent.filename:
            done = frameworks.import_upload(database(), district_id, sent.read())
        elif url:
            done = frameworks.import_address(
                database(), district_id, url, allow_loopback=settings.allow_loopback_http
            )
        else:
            raise BadInput(
                _l("Nothing was sent."), _l("Pick a file, or type the address of a package.")
            )
    except frameworks.OutsideError as error:
        advice = REASONS.get(error.code, _l("The site answered: %(code)s.", code=error.code))
        raise BadInput(_l("The address was not read."), advice) from error
    except frameworks.NotACasePackage as error:
        raise BadInput(
            _l("This is not a CASE package: %(why)s.", why=str(error)[:200]),
            _l("Ask the publisher for the framework as a 1EdTech CASE package (JSON)."),
        ) from error
    _record(done)
    flash(
        _(
            "%(title)s: %(total)s standards, %(new)s of them new, %(changed)s reworded, "
            "%(retired)s retired.",
            title=done.framework.title,
            total=done.total,
            new=done.new,
            changed=done.changed,
            retired=done.retired,
        )
    )
    return redirect(url_for("frameworks.overview"))


def _record(done: Imported) -> None:
    with database().transaction(district_id=admin_viewer().district_id) as session:
        audit.record(
            session,
            "standards.imported",
            district_id=admin_viewer().district_id,
            person_id=admin_viewer().person_id,
            framework=done.framework.id,
            new=done.new,
            retired=done.retired,
        )
