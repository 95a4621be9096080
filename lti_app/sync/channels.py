"""Telling one thing over its channel: the words, and the client that says them.

No student is named anywhere; a student reads only their own invitation.
"""

import zlib
from contextlib import suppress
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask_babel import force_locale, format_datetime
from flask_babel import gettext as _

from integrations import mail
from integrations.canvas.conversations import CanvasConversations
from integrations.classroom.budget import Share
from integrations.google_calendar.client import CalendarEntry, TeacherCalendar
from integrations.lms import LmsRefused
from lti_app.db import Database
from lti_app.settings import Settings
from lti_app.sync import accounts
from lti_app.sync.features import Feature
from lti_app.sync.message_models import CanvasAccess, Channel, TeacherAddress
from lti_app.sync.models import ClassroomConnection
from lti_app.sync.telling import Tell
from lti_app.ui import LANGUAGES, language_of


def tell(database: Database, settings: Settings, one: Tell) -> str:
    """Tell it; returns what the other system calls it. Raises `LmsError`."""
    return {
        Channel.CLASSROOM_ANNOUNCEMENT: _announce,
        Channel.CANVAS_CONVERSATION: _write_in_canvas,
        Channel.GOOGLE_EVENT: _put_event,
        Channel.TEACHER_EMAIL: _send_mail,
    }[one.channel](database, settings, one)


def _announce(database: Database, settings: Settings, one: Tell) -> str:
    assert one.section is not None  # noqa: S101 - announcements are for a section
    with database.session(district_id=one.district_id, writes=False) as session:
        connection = session.get(ClassroomConnection, one.section.id)
    if connection is None:
        raise LmsRefused("not_connected")
    client = accounts.client_of(
        database,
        settings,
        one.district_id,
        connection.teacher_id,
        Feature.ANNOUNCE,
        Share.SENDING,
    )
    stream = client.announcements(connection.course_id)
    if one.is_off:
        if one.external_id:
            stream.remove(one.external_id)
        return ""
    # The course's students and families read either language.
    text = "\n".join(dict.fromkeys(_announcement(one, language) for language in LANGUAGES))
    if one.external_id:
        with suppress(LmsRefused):
            stream.change(one.external_id, text)
            return one.external_id
    return stream.post(text)


def _announcement(one: Tell, language: str) -> str:
    with force_locale(language):
        text: str = _(
            "Coaching session: %(when)s, %(teacher)s%(room)s. %(target)s Everyone is welcome.",
            when=_when(one, language),
            teacher=one.teacher,
            room=f", {one.room}" if one.room else "",
            target="; ".join(one.titles),
        )
    return text


def _when(one: Tell, language: str) -> str:
    pattern = "EEEE, MMM d, h:mm a" if language == "en" else "EEEE d MMM, H:mm"
    local = one.starts_at.astimezone(ZoneInfo(one.timezone)).replace(tzinfo=None)
    return str(format_datetime(local, pattern, rebase=False))


def _language(one: Tell) -> str:
    return language_of(one.locale) or "en"


def _write_in_canvas(database: Database, settings: Settings, one: Tell) -> str:
    assert one.section is not None  # noqa: S101 - written through a section's platform
    platform_id = int(one.section.source.removeprefix("lti:"))
    with database.session(district_id=one.district_id, writes=False) as session:
        access = session.get(CanvasAccess, platform_id)
    if access is None:
        raise LmsRefused("unauthorized")
    if not one.user_id:
        raise LmsRefused("not_a_student")
    if one.is_off and not one.external_id:
        return ""
    language = _language(one)
    with force_locale(language):
        given = {"teacher": one.teacher, "when": _when(one, language)}
        if one.is_off:
            subject = _("The session does not take place")
            text = _("The session with %(teacher)s, %(when)s, does not take place.", **given)
        else:
            subject = _("%(teacher)s can help you", teacher=one.teacher)
            text = _(
                "%(teacher)s can help you with this: %(target)s When: %(when)s. %(room)s",
                target="; ".join(one.titles),
                room=one.room,
                **given,
            )
    canvas = CanvasConversations(access.api_url, access.token)
    return canvas.write(one.user_id, subject, text.strip()) or "written"


def _put_event(database: Database, settings: Settings, one: Tell) -> str:
    assert one.person_id is not None  # noqa: S101 - a calendar is somebody's
    client = accounts.client_of(
        database, settings, one.district_id, one.person_id, Feature.CALENDAR
    )
    calendar = TeacherCalendar(settings.calendar_api_url, client.access_token, client.renew)
    event_id = f"coach{one.coaching_session_id:08x}{_installation(settings):08x}"
    if one.is_off:
        calendar.remove(event_id)
        return event_id
    with force_locale(_language(one)):
        title = _("Coaching: %(target)s", target="; ".join(one.titles))
    calendar.put(CalendarEntry(event_id, title, one.room, one.starts_at, one.ends_at, one.timezone))
    return event_id


def _installation(settings: Settings) -> int:
    """A number that two installations which write to one calendar do not share."""
    return zlib.crc32(settings.public_url.encode())


def _send_mail(database: Database, settings: Settings, one: Tell) -> str:
    server = settings.smtp_url.get_secret_value()
    with database.session(district_id=one.district_id, writes=False) as session:
        address = session.get(TeacherAddress, one.person_id)
    if not server or address is None:
        return one.external_id
    language = _language(one)
    with force_locale(language):
        given = {"when": _when(one, language), "target": "; ".join(one.titles)}
        if one.is_off:
            subject = _("Called off: your session, %(when)s", when=given["when"])
            text = _("Your session %(when)s does not take place. %(target)s", **given)
        else:
            subject = _("Your session: %(when)s", when=given["when"])
            text = _("You hold a coaching session %(when)s. %(target)s", **given)
    host = urlsplit(settings.public_url).hostname or "pathways"
    message_id = f"<coaching-{one.coaching_session_id}-{one.version}@{host}>"
    mail.send(
        server,
        sender=settings.mail_from or f"pathways@{host}",
        to=address.address,
        subject=subject,
        text=f"{text}\n{one.room}\n\n{settings.public_url}\n",
        message_id=message_id,
    )
    return message_id
