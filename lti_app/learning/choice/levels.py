"""Choice levels: how much each student chooses in a course, and how that came about."""

from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing
from lti_app.errors import BadInput, NotHere
from lti_app.learning import rules
from lti_app.learning.models import ChoiceChange, ChoiceLevel, ChoiceSetting
from lti_app.people import roster
from lti_app.people.models import Person

LONGEST_REASON = 500


def of_student(session: Session, person_id: int, section_id: int, team_id: int) -> ChoiceLevel:
    """A student's level in a section; the team's default where nobody has set one."""
    own = session.scalar(
        select(ChoiceSetting.level).where(
            ChoiceSetting.person_id == person_id, ChoiceSetting.section_id == section_id
        )
    )
    return ChoiceLevel(own or rules.of_team(session, team_id).choice_level)


def of_section(session: Session, section_id: int) -> dict[int, ChoiceLevel]:
    """The levels that were set in a section, by person."""
    rows = session.execute(
        select(ChoiceSetting.person_id, ChoiceSetting.level).where(
            ChoiceSetting.section_id == section_id
        )
    )
    return {person_id: ChoiceLevel(level) for person_id, level in rows}


def set_for(
    session: Session,
    section_id: int,
    person_ids: Collection[int],
    level: ChoiceLevel,
    *,
    set_by_id: int,
    reason: str = "",
) -> int:
    """Give students of a section a level; returns for how many it is another one than before.

    Each change is kept with who made it and why; setting what is set already changes nothing.
    Raises `NotHere` for someone who is no present student of the section, `BadInput` where
    nobody was picked or the reason is over-long.
    """
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise BadInput(
            _l("That is a lot to read."),
            _l("Say it in under %(n)s letters, please.", n=LONGEST_REASON),
        )
    for person_id in picked(session, section_id, person_ids):
        insert_if_missing(
            session, ChoiceSetting, person_id=person_id, section_id=section_id, level=""
        )
    settings = session.scalars(
        select(ChoiceSetting)
        .where(ChoiceSetting.section_id == section_id, ChoiceSetting.person_id.in_(person_ids))
        .order_by(ChoiceSetting.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    changed = [setting for setting in settings if setting.level != level]
    for setting in changed:
        setting.level = level
        session.add(
            ChoiceChange(
                person_id=setting.person_id,
                section_id=section_id,
                level=level,
                set_by_id=set_by_id,
                reason=reason,
            )
        )
    session.flush()
    return len(changed)


def picked(session: Session, section_id: int, person_ids: Collection[int]) -> list[int]:
    """Ids of those picked from a list of the section's students, sorted. Raises as `set_for`."""
    wanted = set(person_ids)
    if not wanted:
        raise BadInput(_l("No student is picked."), _l("Tick one or more, then try again."))
    if not wanted <= {student.id for student in roster.students_of(session, section_id)}:
        raise NotHere
    return sorted(wanted)


@dataclass(frozen=True)
class Changed:
    """A change of a student's level, and who made it."""

    change: ChoiceChange
    by: str


def history(session: Session, person_id: int, section_id: int) -> list[Changed]:
    """How a student's level came about, newest first."""
    rows = session.execute(
        select(ChoiceChange, Person.name)
        .join(Person, ChoiceChange.set_by_id == Person.id)
        .where(ChoiceChange.person_id == person_id, ChoiceChange.section_id == section_id)
        .order_by(ChoiceChange.id.desc())
    )
    return [Changed(change, name) for change, name in rows]
