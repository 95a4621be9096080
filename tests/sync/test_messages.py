"""Reminders outside of Pathways: told once, changed, taken back, refused in words, never lost."""

import logging
from datetime import timedelta
from functools import partial

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from integrations.classroom.scopes import ANNOUNCEMENTS, CALENDAR
from lti_app.coaching import sessions
from lti_app.coaching.models import CancelReason, CoachingRules
from lti_app.db import now
from lti_app.launch.models import Platform
from lti_app.people.models import Identity, Section
from lti_app.sync import channels
from lti_app.sync.delivery import LEASE_S
from lti_app.sync.message_models import CanvasAccess, Message, TeacherAddress
from lti_app.sync.models import ClassroomConnection, DeliveryState, GoogleAccount
from lti_app.sync.telling import tell_due
from tests.coaching.coaching_room import flag, invite
from tests.school import full_five
from tests.sync.outside_peers import api, mail_server


@pytest.fixture
def peers(settings):
    """Canvas, Google and a mail server on loopback."""
    with api() as canvas, api() as google, mail_server() as box:
        settings.classroom_api_url = settings.calendar_api_url = f"{google.url}/"
        settings.smtp_url = SecretStr(box.url)
        yield canvas, google, box


@pytest.fixture
def kid(school):
    return school.student_ids[0]


def _switch_on(database, school, canvas_url="", **channels_on):
    with database.transaction(district_id=school.district_id) as session:
        session.add(CoachingRules(team_id=school.team_id, **channels_on))
        if channels_on.get("message_in_canvas"):
            platform = Platform(
                name="Canvas",
                issuer="https://canvas.example.org",
                client_id="1",
                auth_login_url="https://canvas.example.org/a",
                token_url="https://canvas.example.org/t",
                jwks_url="https://canvas.example.org/j",
            )
            session.add(platform)
            session.flush()
            session.add(CanvasAccess(platform_id=platform.id, api_url=canvas_url, token="secret"))
            session.get_one(Section, school.section_id).source = f"lti:{platform.id}"
            for identity in session.scalars(select(Identity)):
                identity.source = f"lti:{platform.id}"
        if channels_on.get("announce_in_classroom") or channels_on.get("events_in_google"):
            session.add(
                GoogleAccount(
                    person_id=school.teacher_id,
                    refresh_token="r",
                    access_token="a",
                    expires_at=now() + timedelta(days=1),
                    scopes=[ANNOUNCEMENTS, CALENDAR],
                )
            )
            session.flush()
            session.add(
                ClassroomConnection(
                    section_id=school.section_id,
                    teacher_id=school.teacher_id,
                    course_id="77",
                )
            )


def _with_address(database, school):
    with database.transaction(district_id=school.district_id) as session:
        session.add(TeacherAddress(person_id=school.teacher_id, address="ortiz@example.org"))


def _invite(database, school, *kids):
    return invite(database, school, [flag(database, school, one) for one in kids])


def _tell(app, database, settings):
    with app.app_context():
        return tell_due(database, partial(channels.tell, database, settings))


def _move(database, school, coaching_id, **changes):
    with database.transaction(district_id=school.district_id) as session:
        coaching = sessions.get(session, school.team_id, coaching_id)
        given = {
            "starts_at": full_five(now() + timedelta(hours=3)),
            "minutes": 20,
            "room": "Library",
            "teacher_id": coaching.teacher_id,
        }
        sessions.change(session, coaching, **{**given, **changes}, by=school.teacher_id)


def _cancel(database, school, coaching_id):
    with database.transaction(district_id=school.district_id) as session:
        coaching = sessions.get(session, school.team_id, coaching_id)
        sessions.cancel(session, [coaching], CancelReason.OTHER, by=school.teacher_id)


def _messages(database):
    with database.session() as session:
        return session.scalars(select(Message).order_by(Message.id)).all()


def test_nothing_is_written_where_nothing_is_switched_on_or_granted(database, school, kid):
    _invite(database, school, kid)
    assert _messages(database) == []


def test_a_course_is_told_once_then_otherwise_and_then_not_at_all(
    app, database, school, settings, peers, kid
):
    _, google, _ = peers
    _switch_on(database, school, announce_in_classroom=True)
    coaching = _invite(database, school, kid)
    _tell(app, database, settings)
    _tell(app, database, settings)
    _move(database, school, coaching)
    _tell(app, database, settings)
    _cancel(database, school, coaching)
    _tell(app, database, settings)
    path = "/v1/courses/77/announcements"
    assert [(method, asked) for method, asked, _ in google.asked] == [
        ("POST", path),
        ("PATCH", f"{path}/1"),
        ("DELETE", f"{path}/1"),
    ]
    said = google.asked[0][2]["text"]
    assert "Ms. Ortiz" in said
    assert "Everyone is welcome." in said
    assert school.names[kid] not in said
    assert "Library" in google.asked[1][2]["text"]


def test_a_teachers_calendar_has_one_event_however_often_it_is_sent(
    app, database, school, settings, peers, kid
):
    _, google, _ = peers
    _switch_on(database, school, events_in_google=True)
    coaching = _invite(database, school, kid)
    _tell(app, database, settings)
    _move(database, school, coaching)
    google.orders.append((409, {}, {"error": {"code": 409, "message": "duplicate"}}))
    _tell(app, database, settings)
    _cancel(database, school, coaching)
    _tell(app, database, settings)
    assert [method for method, _, _ in google.asked] == ["POST", "POST", "PUT", "PATCH"]
    first, _, update, cancelled = (body for _, _, body in google.asked)
    assert google.asked[0][1] == "/calendar/v3/calendars/primary/events"
    assert google.asked[2][1].endswith(first["id"])
    assert set(first["id"]) <= set("abcdefghijklmnopqrstuv0123456789")
    assert (update["location"], first["start"]["timeZone"]) == ("Library", "America/New_York")
    assert cancelled == {"status": "cancelled"}
    assert school.names[kid] not in str(google.asked)


def test_each_invited_student_is_written_to_alone_in_canvas(app, database, school, settings, peers):
    canvas, _, _ = peers
    one, two = school.student_ids[:2]
    _switch_on(database, school, canvas.url, message_in_canvas=True)
    coaching = _invite(database, school, one, two)
    for user in (501, 502):
        canvas.orders += [(200, {}, {"id": user}), (201, {}, [{"id": user + 1000}])]
    _tell(app, database, settings)
    assert [path for _, path, _ in canvas.asked[::2]] == [
        f"/api/v1/users/lti_1_3_id:lms-Maple-{kid}" for kid in (one, two)
    ]
    letters = canvas.bodies("POST")
    assert [letter["recipients[]"] for letter in letters] == [["501"], ["502"]]
    assert "Ms. Ortiz can help you with this" in letters[0]["body"][0]
    for kid in (one, two):
        assert school.names[kid] not in str(letters)
    _cancel(database, school, coaching)
    for user in (501, 502):
        canvas.orders += [(200, {}, {"id": user}), (201, {}, [{"id": user + 2000}])]
    _tell(app, database, settings)
    assert "does not take place" in canvas.bodies("POST")[-1]["body"][0]


def test_a_teacher_who_left_an_address_gets_a_letter(app, database, school, settings, peers, kid):
    _, _, box = peers
    _with_address(database, school)
    coaching = _invite(database, school, kid)
    _tell(app, database, settings)
    _tell(app, database, settings)
    _cancel(database, school, coaching)
    _tell(app, database, settings)
    first, last = box.letters
    assert "To: ortiz@example.org" in first
    assert "You hold a coaching session" in first
    assert "Called off" in last
    assert school.names[kid] not in first + last


def test_what_is_refused_is_parked_with_a_way_out_and_can_be_tried_again(
    app, database, school, settings, peers, kid, teacher
):
    _, google, box = peers
    _switch_on(database, school, announce_in_classroom=True)
    _with_address(database, school)
    box.refuse = "550 no such mailbox"
    google.orders.append((403, {}, {"error": {"code": 403, "status": "PERMISSION_DENIED"}}))
    _invite(database, school, kid)
    _tell(app, database, settings)
    assert {one.state for one in _messages(database)} == {DeliveryState.PARKED}
    page = teacher.get("/reminders").text
    assert "It was not allowed. Grant it once more, then try again." in page
    assert "Check the address." in page
    box.refuse = ""
    for message in _messages(database):
        assert teacher.post(f"/reminders/{message.id}/retry").status_code == 302
    assert teacher.post("/reminders/999/retry").status_code == 404
    _tell(app, database, settings)
    assert {one.state for one in _messages(database)} == {DeliveryState.DELIVERED}
    assert len(box.letters) == 1


def test_a_busy_system_is_left_alone_as_long_as_it_asks(
    app, database, school, settings, peers, kid
):
    _, google, _ = peers
    _switch_on(database, school, announce_in_classroom=True)
    google.orders.append((429, {"Retry-After": "120"}, {"error": {"code": 429}}))
    _invite(database, school, kid)
    due_at = _tell(app, database, settings)
    assert due_at > now() + timedelta(seconds=115)
    assert _tell(app, database, settings) is None
    assert len(google.asked) == 1


def test_a_worker_killed_while_it_tells_is_followed_by_another(
    app, database, school, settings, peers, kid
):
    _, google, _ = peers
    _switch_on(database, school, announce_in_classroom=True)
    _invite(database, school, kid)

    class Killed(BaseException):
        pass

    def dies(_one):
        raise Killed

    with pytest.raises(Killed):
        tell_due(database, dies)
    assert _tell(app, database, settings) is None
    with database.transaction() as session:
        session.scalars(select(Message)).one().leased_until = now() - timedelta(seconds=1)
    _tell(app, database, settings)
    (message,) = _messages(database)
    assert (message.state, len(google.asked)) == (DeliveryState.DELIVERED, 1)
    assert LEASE_S > 15


def test_a_change_while_it_is_told_is_told_as_well(app, database, school, settings, peers, kid):
    _, google, _ = peers
    _switch_on(database, school, announce_in_classroom=True)
    coaching = _invite(database, school, kid)

    def slow(one):
        _move(database, school, coaching)
        return channels.tell(database, settings, one)

    with app.app_context():
        tell_due(database, slow, most=1)
    assert _messages(database)[0].state == DeliveryState.WAITING
    _tell(app, database, settings)
    assert "Library" in google.asked[-1][2]["text"]


def test_what_is_called_off_before_anyone_was_told_is_told_to_nobody(
    app, database, school, settings, peers, kid
):
    canvas, google, box = peers
    _switch_on(database, school, announce_in_classroom=True, events_in_google=True)
    _with_address(database, school)
    _cancel(database, school, _invite(database, school, kid))
    _tell(app, database, settings)
    assert (canvas.asked, google.asked, box.letters) == ([], [], [])


def test_the_log_names_nobody(app, database, school, settings, peers, kid, caplog):
    _, google, box = peers
    caplog.set_level(logging.DEBUG)
    _switch_on(database, school, announce_in_classroom=True)
    _with_address(database, school)
    box.refuse = "450 later"
    google.orders.append((500, {}, {"error": {"code": 500}}))
    _invite(database, school, kid)
    _tell(app, database, settings)
    for secret in (school.names[kid], "ortiz@example.org", "Ms. Ortiz"):
        assert secret not in caplog.text


def test_a_team_switches_channels_and_a_teacher_types_an_address(
    app, database, school, settings, peers, teacher
):
    teacher.post("/reminders", announce_in_classroom="on")
    with database.session() as session:
        rules = session.scalars(select(CoachingRules)).one()
        assert (rules.announce_in_classroom, rules.events_in_google) == (True, False)
    assert teacher.post("/reminders/address", address="ortiz@example.org").status_code == 302
    assert 'value="ortiz@example.org"' in teacher.get("/reminders").text
    for wrong in ("ortiz", "a@b", "x y@example.org", "a@" + "b" * 260 + ".org"):
        assert teacher.post("/reminders/address", address=wrong).status_code == 400
    teacher.post("/reminders/address", address="")
    assert 'value="ortiz@example.org"' not in teacher.get("/reminders").text


def test_canvas_is_allowed_by_command_and_its_token_is_kept_encrypted(app, database, school):
    _switch_on(database, school, "https://canvas.example.org", message_in_canvas=True)
    run = app.test_cli_runner().invoke
    for args in (["999", "https://c.example.org"], ["1", "http://c.example.org"]):
        said = run(args=["canvas", "allow", *args, "--token", "t"])
        assert said.exit_code == 1, said.output
    with database.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT token FROM canvas_access").scalar_one()
    assert b"secret" not in bytes(kept)
