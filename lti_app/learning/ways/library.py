"""What other teams of the district share."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, selectinload

from lti_app.errors import NotHere
from lti_app.learning import standards
from lti_app.learning.models import Activity, Pathway, Source, Standard, Target
from lti_app.people.models import Team

MOST_SHOWN = 50
MOST_WORDS = 8


@dataclass(frozen=True)
class Shared:
    """A pathway that another team shares."""

    pathway: Pathway
    team: str
    """The team's name."""


@dataclass(frozen=True)
class Found:
    """What a search found, newest first."""

    shared: Sequence[Shared]
    more: bool
    """There is more than is shown: narrow the search."""


def search(session: Session, team_id: int, *, words: str = "", code: str = "") -> Found:
    """Pathways that other teams share, with targets, standards and activities.

    Each of `words` has to stand in the pathway's, its target's or an activity's title; `code` is
    the beginning of a standard's code in any spelling.
    """
    query = _shared(team_id)
    for word in words.split()[:MOST_WORDS]:
        query = query.where(_says(word))
    key = standards.code_key(code)
    if key:
        query = query.where(
            Target.standards.any(Standard.code_key.startswith(key, autoescape=True))
        )
    rows = session.execute(
        query.order_by(Pathway.shared_at.desc(), Pathway.id.desc())
        .limit(MOST_SHOWN + 1)
        .options(
            selectinload(Pathway.activities),
            selectinload(Pathway.target).selectinload(Target.standards),
        )
    ).all()
    found = [Shared(pathway, team) for pathway, team in rows]
    return Found(found[:MOST_SHOWN], more=len(found) > MOST_SHOWN)


def get(session: Session, team_id: int, pathway_id: int) -> Pathway:
    """A pathway that another team of the district shares. Raises `NotHere`."""
    found = session.execute(
        _shared(team_id).where(Pathway.id == pathway_id).options(selectinload(Pathway.activities))
    ).first()
    if found is None:
        raise NotHere
    pathway: Pathway = found[0]
    return pathway


def _shared(team_id: int) -> Select[Pathway, str]:
    """As `sharing.why_not` says, whatever happened after it was shared."""
    from_a_course = exists().where(
        Activity.pathway_id == Pathway.id, Activity.source == Source.MIRRORED
    )
    something_to_do = exists().where(Activity.pathway_id == Pathway.id, Activity.hidden.is_(False))
    return (
        select(Pathway, Team.name)
        .join(Target, Pathway.target_id == Target.id)
        .join(Team, Target.team_id == Team.id)
        .where(
            Target.team_id != team_id,
            Target.archived_at.is_(None),
            Pathway.shared_at.is_not(None),
            Pathway.section_id.is_(None),
            Pathway.person_id.is_(None),
            Pathway.hidden.is_(False),
            Pathway.source == Source.WRITTEN,
            ~from_a_course,
            something_to_do,
        )
    )


def _says(word: str) -> ColumnElement[bool]:
    in_activity = exists().where(
        Activity.pathway_id == Pathway.id,
        Activity.hidden.is_(False),
        Activity.title.icontains(word, autoescape=True),
    )
    return or_(
        Pathway.title.icontains(word, autoescape=True),
        Target.title.icontains(word, autoescape=True),
        in_activity,
    )
