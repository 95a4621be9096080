"""The outbox of reminders: when coaching sessions change, who must be told where.

A row is written in the transaction that changes the session, only for channels that the team has
switched on and that were granted; nothing fails where none is.
"""

from collections.abc import Iterable, Iterator

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching import team_rules
from lti_app.coaching.events import sessions_changed
from lti_app.coaching.models import CoachingRules, CoachingSession
from lti_app.coaching.sessions import LIVE
from lti_app.db import insert_if_missing, now
from lti_app.errors import NotHere, Words
from lti_app.people.models import Enrolment, Role, Section
from lti_app.sync import accounts
from lti_app.sync.features import Feature
from lti_app.sync.message_models import CanvasAccess, Channel, Message, TeacherAddress
from lti_app.sync.models import ClassroomConnection, DeliveryState, GoogleAccount
from lti_app.sync.wake import messages_waiting

REASONS: dict[str, Words] = {
    "forbidden": _l("It was not allowed. Grant it once more, then try again."),
    "unauthorized": _l("The access is not valid any more. Your administrator renews it."),
    "sign_in_again": _l("Google asks you to sign in again, on the page “Classroom”."),
    "scope_missing": _l("It was not allowed. Grant it once more, then try again."),
    "not_delegated": _l(
        "The district's service account may not act for the teacher. Ask your administrator."
    ),
    "not_connected": _l("Google is not connected any more. Connect it, then try again."),
    "not_a_student": _l("The other system does not know this person."),
    "course_gone": _l("The course is no longer there, or no longer yours."),
    "not_a_teacher": _l("Google says that you do not teach this course any more."),
    "course_archived": _l("The course is archived. Restore it, then try again."),
    "invalid": _l("It was not accepted as it is. Check the address."),
}

CHANNELS: dict[str, Words] = {
    Channel.CLASSROOM_ANNOUNCEMENT: _l("Announcement in Google Classroom"),
    Channel.CANVAS_CONVERSATION: _l("Canvas message"),
    Channel.GOOGLE_EVENT: _l("Google calendar"),
    Channel.TEACHER_EMAIL: _l("E-mail"),
}


def in_words(code: str) -> Words:
    """Why something was not told, for a teacher."""
    return REASONS.get(code, _l("The other system can't be reached. We try again by ourselves."))


@sessions_changed.connect
def put(session: Session, coaching_session_ids: list[int]) -> None:
    """Sessions were made, moved or called off: have everyone told who is to be told elsewhere."""
    found = session.scalars(
        select(CoachingSession)
        .where(CoachingSession.id.in_(coaching_session_ids))
        .options(selectinload(CoachingSession.invitations))
    ).all()
    if not found:
        return
    rules = team_rules.of_team(session, found[0].team_id)
    granted = _Granted(session, rules, found)
    wanted = False
    for coaching in found:
        for channel, section_id, person_id in granted.addressees(coaching):
            _put_one(session, coaching.id, channel, section_id, person_id)
            wanted = True
    told_before = {
        message.key
        for message in session.scalars(
            select(Message).where(Message.coaching_session_id.in_(coaching_session_ids))
        )
    }
    if told_before:
        # Whoever was told of it hears the change, also where a channel is switched off by now.
        _again(session, Message.key.in_(told_before))
        wanted = True
    if wanted:
        messages_waiting(session)


def _put_one(
    session: Session,
    coaching_session_id: int,
    channel: Channel,
    section_id: int | None,
    person_id: int | None,
) -> None:
    insert_if_missing(
        session,
        Message,
        key=f"{channel}:{coaching_session_id}:{person_id or f's{section_id}'}",
        channel=channel,
        coaching_session_id=coaching_session_id,
        section_id=section_id,
        person_id=person_id,
        version=0,
        state=DeliveryState.WAITING,
        tries=0,
        due_at=now(),
        reason="",
        external_id="",
    )


def _again(session: Session, which: object) -> None:
    session.execute(
        update(Message)
        .where(which)  # type: ignore[arg-type]
        .values(
            version=Message.version + 1,
            state=DeliveryState.WAITING,
            tries=0,
            due_at=now(),
            reason="",
        )
        .execution_options(synchronize_session=False)
    )


class _Granted:
    """Channels of a team that are switched on and granted, read once for all its sessions."""

    def __init__(
        self, session: Session, rules: CoachingRules, found: Iterable[CoachingSession]
    ) -> None:
        teachers = {one.teacher_id for one in found}
        team_id = rules.team_id
        self._accounts = {
            account.person_id: account
            for account in session.scalars(select(GoogleAccount))
            if rules.announce_in_classroom or rules.events_in_google
        }
        self._events = rules.events_in_google
        self._courses = [
            (connection.section_id, connection.teacher_id)
            for connection in session.scalars(
                select(ClassroomConnection)
                .join(Section, ClassroomConnection.section_id == Section.id)
                .where(Section.team_id == team_id)
            )
            if rules.announce_in_classroom
        ]
        self._addresses = set(
            session.scalars(
                select(TeacherAddress.person_id).where(TeacherAddress.person_id.in_(teachers))
            )
        )
        self._canvas: dict[int, int] = {}
        """Section by student who can be written to in Canvas."""
        if rules.message_in_canvas:
            self._canvas = _canvas_students(session, team_id)

    def addressees(
        self, coaching: CoachingSession
    ) -> Iterator[tuple[Channel, int | None, int | None]]:
        """Channel, section and person of everything that is to be told."""
        for section_id, teacher_id in self._courses:
            if accounts.allows(self._accounts.get(teacher_id), Feature.ANNOUNCE):
                yield Channel.CLASSROOM_ANNOUNCEMENT, section_id, None
        teacher_id = coaching.teacher_id
        account = self._accounts.get(teacher_id)
        if self._events and accounts.allows(account, Feature.CALENDAR):
            yield Channel.GOOGLE_EVENT, None, teacher_id
        if teacher_id in self._addresses:
            yield Channel.TEACHER_EMAIL, None, teacher_id
        for invitation in coaching.invitations:
            if invitation.state in LIVE and invitation.person_id in self._canvas:
                section_id = self._canvas[invitation.person_id]
                yield Channel.CANVAS_CONVERSATION, section_id, invitation.person_id


def _canvas_students(session: Session, team_id: int) -> dict[int, int]:
    sources = [
        f"lti:{platform_id}" for platform_id in session.scalars(select(CanvasAccess.platform_id))
    ]
    rows = session.execute(
        select(Enrolment.person_id, Section.id)
        .join(Section, Enrolment.section_id == Section.id)
        .where(
            Section.team_id == team_id,
            Section.source.in_(sources),
            Enrolment.active,
            Enrolment.role == Role.STUDENT,
        )
    )
    return dict(rows.all())


def parked(session: Session, team_id: int) -> list[Message]:
    """What could not be told of the team's sessions, the newest first."""
    return list(
        session.scalars(
            select(Message)
            .join(CoachingSession, Message.coaching_session_id == CoachingSession.id)
            .where(CoachingSession.team_id == team_id, Message.state == DeliveryState.PARKED)
            .order_by(Message.id.desc())
            .limit(50)
            .options(selectinload(Message.coaching_session).selectinload(CoachingSession.teacher))
        )
    )


def retry(session: Session, team_id: int, message_id: int) -> None:
    """Try to tell it once more. Raises `NotHere`."""
    found = session.scalars(
        select(Message.id)
        .join(CoachingSession, Message.coaching_session_id == CoachingSession.id)
        .where(
            Message.id == message_id,
            CoachingSession.team_id == team_id,
            Message.state == DeliveryState.PARKED,
        )
    ).first()
    if found is None:
        raise NotHere
    _again(session, Message.id == found)
    messages_waiting(session)
