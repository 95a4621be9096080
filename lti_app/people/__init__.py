"""Districts, persons, sections, enrolments, teams; the Viewer: who looks, what they may see."""

from lti_app.people.visit import init_app

__all__ = ["init_app"]
