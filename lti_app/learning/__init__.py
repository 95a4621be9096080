"""Standards, targets, pathways, checkpoints, attempts, mastery."""

from flask import Flask

from lti_app.learning import pages, words


def init_app(app: Flask) -> None:
    """Add the pages, and the words that templates call levels and kinds by."""
    app.jinja_env.globals.update(LEVEL_WORDS=words.LEVELS, KIND_WORDS=words.KINDS)
    pages.init_app(app)
