"""A team becomes part of another: its targets, and all that hangs on them, come along."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lti_app.learning import recalculate
from lti_app.learning.models import CopiedRow, FeedbackPhrase, Target, TeamRules, Unit


def bring_targets(session: Session, from_team_id: int, into_team_id: int) -> None:
    """Units, targets and phrases belong to the other team from now on, after its own.

    What a target took from its old team's rules it takes from the new team's: standings are
    worked out anew. Targets both teams have stay two: which of them go together teachers decide
    (merge).
    """
    for model in (Unit, Target):
        last = session.scalar(select(func.max(model.position)).where(model.team_id == into_team_id))
        session.execute(
            update(model)
            .where(model.team_id == from_team_id)
            .values(position=model.position + (last or 0), team_id=into_team_id)
        )
    session.execute(
        update(FeedbackPhrase)
        .where(FeedbackPhrase.team_id == from_team_id)
        .values(team_id=into_team_id)
    )
    known = select(CopiedRow.from_id).where(CopiedRow.team_id == into_team_id)
    session.execute(
        update(CopiedRow)
        .where(CopiedRow.team_id == from_team_id, CopiedRow.from_id.not_in(known))
        .values(team_id=into_team_id)
        .execution_options(synchronize_session=False)
    )
    old = session.get(TeamRules, from_team_id)
    if old is not None:
        session.delete(old)
    session.flush()
    session.expire_all()
    recalculate.apply(session, recalculate.rules_of_team(session, into_team_id))
