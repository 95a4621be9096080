"""In whose name Classroom is asked about attachments: a teacher's, never a student's."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.classroom.budget import Share
from integrations.classroom.client import ClassroomClient
from integrations.lms import LmsRefused
from lti_app.db import Database
from lti_app.people.models import Enrolment, Role, Section
from lti_app.settings import Settings
from lti_app.sync import accounts
from lti_app.sync.features import Feature
from lti_app.sync.models import GoogleAccount

T = TypeVar("T")

ANOTHER_MAY = frozenset(
    {
        "sign_in_again",
        "not_connected",
        "scope_missing",
        "forbidden",
        "not_a_teacher",
        "may_not_attach",
        "course_gone",
        "item_gone",
        "attachment_gone",
    }
)
"""Refusals that may be of one teacher only: their grant ended, or they left the course, of which
Google then says that nothing is there."""


def teachers(session: Session, section_id: int, first: int | None = None) -> list[int]:
    """A section's teachers who let us write attachments; `first` before all others, then whoever
    allowed it last."""
    found = session.scalars(
        select(GoogleAccount)
        .join(Enrolment, Enrolment.person_id == GoogleAccount.person_id)
        .where(
            Enrolment.section_id == section_id,
            Enrolment.role == Role.TEACHER,
            Enrolment.active,
            GoogleAccount.broken_at.is_(None),
        )
        .order_by(GoogleAccount.granted_at.desc(), GoogleAccount.person_id)
    )
    able = [one.person_id for one in found if accounts.allows(one, Feature.ADDON)]
    return sorted(able, key=lambda person_id: person_id != first)


def on_behalf(
    database: Database,
    settings: Settings,
    section: Section,
    first: int | None,
    act: Callable[[ClassroomClient, int], T],
) -> T:
    """Do something in the name of one of the section's teachers after another, until one may.

    `act` gets a client and the teacher's person id. Raises `LmsRefused('grant_needed')` where no
    teacher lets us (any more), else what the last one's refusal was; `LmsUnavailable`.
    """
    with database.session(district_id=section.district_id, writes=False) as session:
        able = teachers(session, section.id, first)
    refused = LmsRefused("grant_needed")
    for person_id in able:
        try:
            client = accounts.client_of(
                database, settings, section.district_id, person_id, Feature.ADDON, Share.SENDING
            )
            return act(client, person_id)
        except LmsRefused as error:
            if error.code not in ANOTHER_MAY:
                raise
            if error.code == "sign_in_again":
                accounts.mark_broken(database, section.district_id, person_id)
            else:
                refused = error
    raise refused
