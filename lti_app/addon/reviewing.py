"""A teacher looks at a student's work from Classroom: which of our attempts that is."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.classroom.add_on_context import Asked, owner_request
from integrations.lms import LmsError
from lti_app.addon import submissions
from lti_app.addon.models import AddOnVisit
from lti_app.db import Database
from lti_app.launch.google_sign_in import SOURCE
from lti_app.launch.places import place_of
from lti_app.learning import attempts
from lti_app.people.models import Identity
from lti_app.people.viewer import Viewer
from lti_app.settings import Settings
from lti_app.sync import accounts, opening
from lti_app.sync.features import Feature


def student_of(database: Database, settings: Settings, visit: AddOnVisit) -> int | None:
    """Whose work it is; None: nobody's who ever came in here.

    Google is asked, on behalf of the teacher, only for a student who never opened the attachment
    since; no transaction may be open. Raises `LmsError`.
    """
    key = (visit.course_id, visit.item_id, visit.attachment_id)
    with database.session(district_id=visit.district_id, writes=False) as session:
        known = submissions.student_of(session, key, visit.submission_id)
    if known is not None:
        return known
    client = accounts.client_of(
        database, settings, visit.district_id, visit.person_id, Feature.ADDON
    )
    asked = Asked(visit.course_id, visit.item_id, visit.item_type, visit.attachment_id)
    try:
        answer = client.call(
            lambda courses: owner_request(courses, asked, visit.submission_id), "work_gone"
        )
    except LmsError as error:
        if error.code == "work_gone":
            return None
        raise
    with database.transaction(district_id=visit.district_id) as session:
        person_id = session.scalar(
            select(Identity.person_id).where(
                Identity.source == SOURCE, Identity.subject == str(answer.get("userId", ""))
            )
        )
        if person_id is not None:
            submissions.note(session, key, person_id, visit.submission_id)
    return person_id


def newest_attempt(
    session: Session, viewer: Viewer, visit: AddOnVisit, person_id: int
) -> int | None:
    """The id of a student's newest attempt at what the attachment stands for; None: none yet."""
    named = place_of(f"?open={visit.place}")
    place = opening.here(session, viewer.team_id, named) if named is not None else None
    if place is None or place.kind != "checkpoint":
        return None
    found = attempts.of_student(session, person_id, place.id)
    return found[0].id if found else None
