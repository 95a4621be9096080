"""How a person gets in: LTI 1.3 launches, ending in one Viewer."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this capability's pages and commands."""
