"""Platforms, connections, audit: the district administrator's pages."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this capability's pages and commands."""
