"""Gaps, the planner, coaching sessions, invitations, the day."""

from flask import Flask

from lti_app.coaching import (
    belonging,  # noqa: F401 - it listens
    change_pages,
    coaching_rule_pages,
    day_pages,
    family_pages,
    feed_pages,
    finding,  # noqa: F401 - it listens
    pages,
    planning_pages,
    session_pages,
    timetable_pages,
)
from lti_app.coaching.commands import calendar_commands

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Add the capability's pages and commands."""
    app.cli.add_command(calendar_commands)
    for area in (
        pages,
        planning_pages,
        change_pages,
        timetable_pages,
        coaching_rule_pages,
        session_pages,
        day_pages,
        family_pages,
        feed_pages,
    ):
        area.init_app(app)
