"""Pathways: personalized learning inside the LMS a classroom already uses."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from integrations.storage import open_store
from lti_app import addon, admin, coaching, health, home, launch, learning, people, sync, ui
from lti_app.cli import register_commands
from lti_app.db import Database, use_encryption_keys
from lti_app.settings import Settings

CAPABILITIES = (ui, people, launch, learning, coaching, sync, home, admin, addon, health)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; reads `PATHWAYS_*` from the environment where no settings are given.

    Web processes, the worker and every command start here, so that rules which listen to each
    other are always connected.
    """
    settings = settings or Settings()  # type: ignore[call-arg]  # filled from the environment
    use_encryption_keys([key.get_secret_value() for key in settings.encryption_keys])
    app = Flask(__name__, static_folder="ui/static", static_url_path="/static")
    app.extensions["pathways.settings"] = settings
    app.extensions["pathways.database"] = Database(settings.database_url)
    app.extensions["pathways.files"] = open_store(settings.files_url)
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SESSION_COOKIE_NAME="pathways",
        SESSION_COOKIE_HTTPONLY=True,
        # In an LMS's iframe a cookie lives only as Secure, SameSite=None and Partitioned.
        SESSION_COOKIE_SECURE=settings.cross_site_cookies,
        SESSION_COOKIE_SAMESITE="None" if settings.cross_site_cookies else "Lax",
        SESSION_COOKIE_PARTITIONED=settings.cross_site_cookies,
        PERMANENT_SESSION_LIFETIME=12 * 3600,
        # A late answer, even of a style sheet, must not put an older cookie back over a newer one.
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    for capability in CAPABILITIES:
        capability.init_app(app)
    register_commands(app)
    return app
