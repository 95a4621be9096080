"""What crosses to the LMS: roster, mirror, outbox of grades, jobs."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this capability's pages and commands."""
