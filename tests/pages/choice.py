"""How much students choose, and the ways they propose."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.learning import targets
from lti_app.learning.choice import levels, proposals
from lti_app.learning.choice.proposals import Draft
from lti_app.learning.models import ChoiceLevel, Goal, GoalState, Reflection, Target
from tests.pages import STAFF, STUDENT, TEACHER, Page, Room

PAGES = [
    Page(STUDENT, "/targets/{idea_target}/my-way", most_queries=11, look="student-my-way"),
    Page(STUDENT, "/targets/{own_target}/my-way", most_queries=11, look="student-my-way-yes"),
    Page(STUDENT, "/targets/{target}/my-way", "POST"),
    Page(STUDENT, "/my-ways/{proposal}", "POST"),
    Page(STUDENT, "/my-ways/{proposal}/back", "POST"),
    Page(STUDENT, "/my-ways/{proposal}/share", "POST"),
    Page(STUDENT, "/targets/{own_target}", most_queries=17, look="student-target-own-way"),
    Page(STAFF, "/choice", most_queries=17, look="teacher-choice"),
    Page(TEACHER, "/choice", "POST"),
    Page(TEACHER, "/choice/way", "POST"),
    Page(STAFF, "/choice/{chooser}", most_queries=6, look="teacher-choice-history"),
    Page(STAFF, "/proposals", most_queries=3, look="teacher-proposals"),
    Page(STAFF, "/proposals/{proposal}", most_queries=7, look="teacher-proposal"),
    Page(TEACHER, "/proposals/{proposal}", "POST"),
    Page(TEACHER, "/proposals/{proposal}/share", "POST"),
]


def furnish(session: Session, room: Room) -> dict[str, int]:
    """The first student chooses freely: one proposal is sent, another approved."""
    chooser = room.student_ids[0]
    levels.set_for(
        session,
        room.section_id,
        [chooser],
        ChoiceLevel.OPEN,
        set_by_id=room.teacher_id,
        reason="keeps <b>goals</b>, looks back",
    )
    titles = ("I can bake a fraction cake.", "I can draw what I multiply.")
    sent, approved = [_proposed(session, room, chooser, title) for title in titles]
    proposals.approve(
        session,
        approved,
        version=approved.version,
        teacher_id=room.teacher_id,
        text="What a fine idea! Bring a photo.",
    )
    _did_well(session, room)
    return {
        "chooser": chooser,
        "proposal": sent.id,
        "idea_target": sent.target_id,
        "own_target": approved.target_id,
    }


def _proposed(session: Session, room: Room, person_id: int, title: str):
    target = session.scalars(
        select(Target).where(Target.team_id == room.team_id, Target.title == title)
    ).first() or targets.add_target(session, room.team_id, title=title)
    return proposals.send(
        session,
        person_id=person_id,
        section_id=room.section_id,
        target=target,
        draft=Draft(
            "My <i>kitchen</i> way",
            "Bake it with grandma\nCut it into fifths and take a picture of every single piece",
            "I bring the picture and tell my table what 3 × 2/5 is.",
        ),
    )


def _did_well(session: Session, room: Room) -> None:
    """The last student kept goals and looked back."""
    for n in range(3):
        session.add(
            Goal(
                person_id=room.student_ids[-1],
                section_id=room.section_id,
                week=now().date(),
                text=f"Goal {n}",
                state=GoalState.KEPT,
            )
        )
    session.add(
        Reflection(
            person_id=room.student_ids[-1],
            section_id=room.section_id,
            week=now().date(),
            prompt="proud",
            text="I am proud of my cake.",
        )
    )
