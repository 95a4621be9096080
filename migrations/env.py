"""Alembic's environment: our models, both kinds of database."""

from alembic import context
from sqlalchemy import create_engine

from lti_app.addon import attachment_models as attachments  # noqa: F401
from lti_app.addon import models as addon  # noqa: F401
from lti_app.coaching import models as coaching  # noqa: F401
from lti_app.db import Base, EncryptedText, UtcDateTime
from lti_app.launch import models as launch  # noqa: F401
from lti_app.learning import models as learning  # noqa: F401
from lti_app.people import models as people  # noqa: F401
from lti_app.sync import feed_models as feeds  # noqa: F401
from lti_app.sync import message_models as messages  # noqa: F401
from lti_app.sync import models as sync  # noqa: F401
from lti_app.sync import publication_models as publications  # noqa: F401


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write our column types as their plain ones, so that migrations never import the code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, EncryptedText):
        return "sa.LargeBinary()"
    return False


def run() -> None:
    """Run migrations in one transaction."""
    engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_type=False,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
