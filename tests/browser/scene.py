"""A class in the middle of its work: every page has something to show, and something awkward."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_app.coaching import gaps, invitations
from lti_app.coaching.models import Gap
from lti_app.db import now
from lti_app.learning import attempts, pathways, targets
from lti_app.learning.models import ActivityKind, Attempt, Checkpoint, MasteryRule, Target, Unit
from lti_app.people.models import Identity
from lti_app.sync.models import DeliveryState, GradeDelivery
from tests.browser.stage import Stage
from tests.pages import Room, furnish
from tests.school import full_five

LONG = (
    "I can explain, with words, drawings and numbers, why multiplying a given number by a fraction "
    "greater than one makes it bigger, and why multiplying it by a fraction smaller than one makes "
    "it smaller, and Supercalifragilisticexpialidocious"
)
LONG += "o" * (300 - len(LONG))
HTML = "I can <b>compare</b> <script>alert(1)</script> 2/3 & 3/4"


@dataclass
class Scene:
    """Where the pages are; ids of the rows they show."""

    target_id: int
    unpicked_id: int
    """A target no pathway was picked for."""
    answered_id: int
    """A checkpoint the first student has answered and been scored on."""
    unanswered_id: int
    attempt_id: int
    """An attempt that waits for its score, after an earlier one."""
    ids: dict[str, int] = field(default_factory=dict)
    """What the pages of `tests/pages` name."""


def play(stage: Stage) -> Scene:
    """Write the class's work. Everyone of the course must have been launched or rostered."""
    with stage.database.transaction(district_id=stage.district_id) as session:
        person_of = _people(session)
        found = _write_unit(session, stage.team_id)
        for target in found:
            session.refresh(target)
        work, unpicked = found[0], found[1]
        checkpoint = work.checkpoints[0]
        kids = [person_of[lms_id] for lms_id in stage.course.student_ids]
        teacher = person_of[stage.teacher_id]
        pathways.choose(session, kids[0], work.pathways[0])
        pathways.mark(session, kids[0], work.pathways[0].activities[0], done=True)
        for kid, points in ((kids[0], 1), (kids[1], 2), (kids[2], 4)):
            _answer(session, stage, checkpoint, kid, number=1)
            _score(session, checkpoint, kid, teacher, points)
        waiting = _answer(session, stage, checkpoint, kids[1], number=2)
        gaps.ask_for_help(
            session,
            person_id=kids[3],
            section_id=stage.section_id,
            target=unpicked,
            note="I do not get the whole number part",
        )
        _invite(session, stage, teacher, kids[0], kids[2])
        session.execute(
            update(GradeDelivery).values(state=DeliveryState.PARKED, reason="not_a_student")
        )
        changed = session.scalars(select(GradeDelivery).order_by(GradeDelivery.id.desc())).first()
        if changed is not None:
            changed.state, changed.reason = DeliveryState.DIFFERS, ""
            changed.their_points, changed.their_max = 2.5, 4
        room = Room(
            district_id=stage.district_id,
            team_id=stage.team_id,
            section_id=stage.section_id,
            teacher_id=teacher,
            student_ids=kids,
            ids={
                "target": work.id,
                "pathway": work.pathways[0].id,
                "activity": work.pathways[0].activities[0].id,
                "checkpoint": checkpoint.id,
            },
        )
        return Scene(
            ids=furnish(session, room),
            target_id=work.id,
            unpicked_id=unpicked.id,
            answered_id=checkpoint.id,
            unanswered_id=unpicked.checkpoints[0].id,
            attempt_id=waiting.id,
        )


def _people(session: Session) -> dict[str, int]:
    """The LMS's id of a person → ours."""
    rows = session.execute(select(Identity.subject, Identity.person_id))
    return {row.subject: row.person_id for row in rows}


def _write_unit(session: Session, team_id: int) -> list[Target]:
    session.add(unit := Unit(team_id=team_id, title="Unit 3: Fractions", position=1))
    session.flush()
    written = []
    for title in ("I can multiply a fraction by a whole number.", LONG, HTML):
        target = targets.add_target(
            session, team_id, title=title, unit_id=unit.id, rule=MasteryRule.LATEST
        )
        for name in ("Build it", "Talk it over"):
            pathway = targets.add_pathway(session, target, title=name)
            targets.add_activity(
                session,
                pathway,
                title="Fractions with paper strips",
                kind=ActivityKind.VIDEO,
                url="https://video.example.org/1",
                minutes=8,
            )
            targets.add_activity(session, pathway, title=title, kind=ActivityKind.PRACTICE)
        targets.add_checkpoint(
            session, target, title="Exit ticket", max_points=4, question="What is 3 × 2/5?"
        )
        written.append(target)
    # A target that was only just written: no way to it, no checkpoint, no unit.
    written.append(targets.add_target(session, team_id, title="I can divide by a fraction."))
    session.flush()
    return written


def _answer(
    session: Session, stage: Stage, checkpoint: Checkpoint, person_id: int, *, number: int
) -> Attempt:
    return attempts.submit(
        session,
        checkpoint=checkpoint,
        person_id=person_id,
        section_id=stage.section_id,
        number=number,
        evidence="I think 3 × 2/5 = 6/15 because I multiplied both.\n" + "6" * 120,
    )


def _score(
    session: Session, checkpoint: Checkpoint, person_id: int, teacher_id: int, points: float
) -> None:
    (attempt,) = attempts.of_student(session, person_id, checkpoint.id)
    attempts.score(
        session,
        attempt=attempt,
        points=points,
        feedback="Good start! Draw three strips of 2/5 and count the fifths.",
        scored_by_id=teacher_id,
    )


def _invite(
    session: Session, stage: Stage, teacher_id: int, invited_id: int, walk_in_id: int
) -> None:
    gap = session.scalars(select(Gap).where(Gap.person_id == invited_id)).one()
    coaching = invitations.invite_group(
        session,
        team_id=stage.team_id,
        section_id=stage.section_id,
        teacher_id=teacher_id,
        gap_ids=[gap.id],
        starts_at=full_five(now() + timedelta(hours=2)),
        minutes=15,
        room="Room 12",
    )
    invitations.join(
        session, person_id=walk_in_id, team_id=stage.team_id, coaching_session_id=coaching.id
    )
