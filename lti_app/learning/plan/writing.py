"""Changing a target's words, standards and unit."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lti_app.errors import Clash, Words
from lti_app.learning import editing, targets
from lti_app.learning.models import Target
from lti_app.learning.plan import units


def edit(
    session: Session,
    target: Target,
    *,
    title: str,
    codes: str,
    unit_id: int | None,
    version: int,
    editor_id: int,
) -> None:
    """Change a target; one that goes to another unit stands at its end.

    Raises `BadInput` for an unusable title or an unknown code, and `Conflict` where somebody
    else changed the target after `version`.
    """
    title, wanted = targets.title_of(title), targets.standards_of(session, codes)
    named: tuple[tuple[str, Words], ...] = (
        ("", _l("No unit")),
        *((str(unit.id), unit.title) for unit in units.of_team(session, target.team_id)),
    )
    editing.begin(
        session,
        target,
        version=version,
        editor_id=editor_id,
        clashes=[
            Clash("title", _l("In student words"), target.title, title),
            Clash("codes", _l("Standards"), codes_of(target), ", ".join(s.code for s in wanted)),
            Clash("unit", _l("Unit"), _typed(target.unit_id), _typed(unit_id), named),
        ],
    )
    target.title = title
    target.standards = wanted
    if target.unit_id != unit_id:
        target.unit_id = unit_id
        target.position = units.next_place(session, target.team_id)
    session.flush()


def codes_of(target: Target) -> str:
    """The codes of a target's standards as its form shows them."""
    return ", ".join(standard.code for standard in target.standards)


def _typed(unit_id: int | None) -> str:
    return "" if unit_id is None else str(unit_id)
