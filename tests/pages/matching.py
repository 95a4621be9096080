"""What came from Classroom, and where a teacher puts it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.learning import targets
from lti_app.learning.models import ActivityKind, Checkpoint, Pathway, Source, Target, Unit
from lti_app.sync.matching_models import MatchingRule, RuleAbout
from lti_app.sync.models import ItemKind, MirroredItem
from tests.pages import STAFF, TEACHER, Page, Room

PAGES = [
    Page(STAFF, "/classroom/matching", most_queries=14, look="teacher-matching"),
    Page(TEACHER, "/classroom/matching/move", "POST"),
    Page(TEACHER, "/classroom/matching/leave-out", "POST"),
    Page(TEACHER, "/classroom/matching/bring-back", "POST"),
    Page(TEACHER, "/classroom/matching/kind", "POST"),
    Page(TEACHER, "/classroom/matching/titles", "POST"),
    Page(TEACHER, "/classroom/matching/topics", "POST"),
    Page(TEACHER, "/classroom/matching/rules/take-back", "POST"),
]


def furnish(session: Session, room: Room) -> dict[str, int]:
    """A mirrored course: a checkpoint that names a standard, work of which only the topic is
    known, something gone, something left out, something of ours, and rules."""
    if session.scalar(select(MirroredItem.id).where(MirroredItem.section_id == room.section_id)):
        return {}
    session.add(unit := Unit(team_id=room.team_id, title="Unit 5: Volume", source=Source.MIRRORED))
    session.flush()
    home = targets.add_target(
        session, room.team_id, title="Unit 5: Volume", unit_id=unit.id, source=Source.MIRRORED
    )
    there = targets.add_target(
        session, room.team_id, title="I can find a volume.", unit_id=unit.id, source=Source.MIRRORED
    )
    pathway = Pathway(
        target_id=home.id,
        section_id=room.section_id,
        title="Google Classroom",
        source=Source.MIRRORED,
    )
    session.add(pathway)
    session.flush()

    def remember(kind: ItemKind, external_id: str, local_id: int, **seen: str) -> MirroredItem:
        item = MirroredItem(
            section_id=room.section_id,
            kind=kind,
            external_id=external_id,
            local_id=local_id,
            seen=seen,
        )
        session.add(item)
        return item

    def checkpoint(external_id: str, target: Target, title: str, home_key: str, named: str = ""):
        row = Checkpoint(
            target_id=target.id,
            section_id=room.section_id,
            title=title,
            max_points=4,
            source=Source.MIRRORED,
        )
        session.add(row)
        session.flush()
        return remember(
            ItemKind.CHECKPOINT,
            external_id,
            row.id,
            title=title,
            home=home_key,
            topic="t5",
            named=named,
        )

    remember(ItemKind.TOPIC, "t5", unit.id, title=unit.title)
    remember(ItemKind.TARGET, "topic:t5", home.id)
    remember(ItemKind.TARGET, "standard:5.MD.5", there.id)
    remember(ItemKind.OURS, "w-ours", 0)
    remember(ItemKind.LEFT_OUT, "w-out", 0, title="Lunch count")
    for kind in ActivityKind:
        title = f"A box of cubes <b>{kind}</b>"
        row = targets.add_activity(session, pathway, title=title, kind=kind, source=Source.MIRRORED)
        remember(
            ItemKind.ACTIVITY,
            f"w-{kind}",
            row.id,
            title=title,
            home="topic:t5",
            topic="t5",
            named="",
        )
    checkpoint("w-1", there, "Exit ticket: how many cubes?", "standard:5.MD.5", "5.MD.5")
    checkpoint("w-2", home, "Warm-up", "topic:t5")
    taught = checkpoint("w-3", there, "Warm-up: layers", f"target:{there.id}", "5.MD.3")
    checkpoint("w-4", home, "Old warm-up", "topic:t5").gone_at = now()
    for about, subject, target in (
        (RuleAbout.ITEM, taught.external_id, there),
        (RuleAbout.TITLE, "exit slip", there),
        (RuleAbout.TITLE, "lunch", None),
        (RuleAbout.TOPIC, "unit 6", there),
    ):
        session.add(
            MatchingRule(
                section_id=room.section_id,
                about=about,
                subject=subject,
                words=subject.capitalize(),
                target_id=target.id if target else None,
                left_out=target is None,
                taught_by_id=room.teacher_id,
            )
        )
    return {}
