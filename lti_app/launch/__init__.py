"""How a person gets in: LTI 1.3 launches, ending in one Viewer."""

from flask import Flask

from lti_app.launch import (
    commands,
    framing,
    google_commands,
    google_pages,
    lately,
    notice_pages,
    pages,
    registration_pages,
)


def init_app(app: Flask) -> None:
    """Add this capability's pages and commands."""
    app.extensions[lately.LATELY] = {}
    pages.init_app(app)
    registration_pages.init_app(app)
    google_pages.init_app(app)
    notice_pages.init_app(app)
    framing.init_app(app)
    commands.init_app(app)
    google_commands.init_app(app)
