"""Gaps, coaching sessions, invitations."""

from lti_app.coaching.pages import init_app

__all__ = ["init_app"]
