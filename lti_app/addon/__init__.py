"""The Google Classroom add-on: attachments inside an assignment, opened in Classroom's iframe."""

from flask import Flask

from lti_app.addon import (
    attaching_pages,
    copies,
    grades,
    jobs,
    pages,
    review_pages,
    token_jobs,
)

__all__ = ["copies", "grades", "init_app"]


def init_app(app: Flask) -> None:
    """Add the pages and the jobs; grades and copies listen from now on."""
    pages.init_app(app)
    review_pages.init_app(app)
    attaching_pages.init_app(app)
    token_jobs.register(app)
    jobs.register(app)
