"""Platforms, connections, audit: the district administrator's pages."""

from lti_app.admin.pages import init_app

__all__ = ["init_app"]
