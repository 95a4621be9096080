"""Standards, targets, pathways, checkpoints, attempts, mastery."""

from flask import Flask

from lti_app.learning import copying, joining, pages, words
from lti_app.learning.commands import mastery_commands
from lti_app.learning.evidence.commands import files_commands
from lti_app.learning.voice import pages as voice_pages
from lti_app.learning.ways import embedding, steps
from lti_app.people.events import section_copied, team_joined


def init_app(app: Flask) -> None:
    """Add the listeners, the pages, and the words that templates call levels and kinds by."""
    app.jinja_env.globals.update(LEVEL_WORDS=words.LEVELS, KIND_WORDS=words.KINDS)
    app.jinja_env.globals.update(steps_shown=steps.shown, shown_here=embedding.shown_here)
    team_joined.connect(joining.bring_targets)
    section_copied.connect(copying.bring_plan)
    app.cli.add_command(mastery_commands)
    app.cli.add_command(files_commands)
    pages.init_app(app)
    voice_pages.init_app(app)
