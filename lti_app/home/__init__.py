"""The front pages of students and teachers, put together from the others."""

from lti_app.home.pages import init_app

__all__ = ["init_app"]
