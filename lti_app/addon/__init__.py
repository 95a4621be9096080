"""The Google Classroom add-on: attachments inside an assignment, opened in Classroom's iframe."""

from flask import Flask

from lti_app.addon import pages, review_pages, token_jobs


def init_app(app: Flask) -> None:
    """Add this capability's pages and its job."""
    pages.init_app(app)
    review_pages.init_app(app)
    token_jobs.register(app)
