"""Is the process alive, is it ready to serve, and what does it count."""

from alembic.runtime.migration import MigrationContext
from flask import Blueprint, Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from lti_app.people.visit import database
from lti_app.schema import latest_revision

blueprint = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    """Add `/healthz`, `/readyz` and `/metrics`."""
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """The database answers and its migrations are those of this version."""
    with database().engine.connect() as connection:
        stands_at = MigrationContext.configure(connection).get_current_revision()
    if stands_at != latest_revision():
        return jsonify(status="migrations missing", at=stands_at, wanted=latest_revision()), 503
    return jsonify(status="ready"), 200


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counters for Prometheus; keep this address inside the district's network."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
