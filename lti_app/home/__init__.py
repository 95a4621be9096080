"""The front pages of students and teachers, put together from the others."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this capability's pages and commands."""
