"""Edits by several people at once: a conflict is noticed and shown, never lost.

Every edit form carries the row's `version` as it was when the form was opened.
"""

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.errors import Clash, Conflict
from lti_app.learning.models.editable import Editable
from lti_app.people.models import Person


def begin(
    session: Session, row: Editable, *, version: int, editor_id: int, clashes: list[Clash]
) -> None:
    """Lock `row` for an edit of its `version`, and count the edit.

    `clashes` are the form's fields: what the row says (read before this call is fine, it is
    compared only where the version is old) and what the editor wrote. Raises `Conflict` with
    those that differ when somebody saved meanwhile; with none that differ there is nothing to
    lose, and the edit goes on.
    """
    model = type(row)
    mapper = inspect(model)
    current = session.execute(
        select(model.version, model.edited_by_id)
        .where(mapper.primary_key[0] == mapper.primary_key_from_instance(row)[0])
        .with_for_update()
    ).one()
    if current.version != version:
        session.refresh(row)
        differing = [clash for clash in clashes if clash.theirs != clash.mine]
        if differing:
            editor = session.get(Person, current.edited_by_id) if current.edited_by_id else None
            raise Conflict(editor.name if editor else "", current.version, differing)
    row.version = current.version + 1
    row.edited_by_id = editor_id
    row.edited_at = now()
