"""Standards, targets, pathways, checkpoints, attempts, mastery."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this capability's pages and commands."""
