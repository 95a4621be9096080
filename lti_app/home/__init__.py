"""Front pages of students, teachers and those who look on, put together from the others."""

from flask import Flask

from lti_app.home import (
    building_pages,
    class_pages,
    export_pages,
    grid_pages,
    groups_pages,
    pages,
    team_pages,
)


def init_app(app: Flask) -> None:
    """Add the pages."""
    pages.init_app(app)
    team_pages.init_app(app)
    grid_pages.init_app(app)
    building_pages.init_app(app)
    class_pages.init_app(app)
    groups_pages.init_app(app)
    export_pages.init_app(app)
