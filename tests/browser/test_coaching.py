"""The day in a browser: the board by drag and keys, attendance without a connection, reminders."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from lti_app.coaching import gaps, sessions
from lti_app.coaching.models import (
    CancelReason,
    CoachingSession,
    Gap,
    GapState,
    Invitation,
    PlannedSession,
    SessionKind,
    WalkIn,
)
from lti_app.db import now
from lti_app.learning.models import Target
from tests.browser.conftest import WIDE
from tests.browser.looking import Console
from tests.browser.places import STUDENT, TEACHER
from tests.school import full_five

pytestmark = pytest.mark.browser


def _school_day() -> date:
    """A school day of next week, far from what the scene has planned."""
    day = now().date() + timedelta(days=8)
    while day.weekday() > 3:
        day += timedelta(days=1)
    return day


@pytest.fixture
def board(entered, scene, stage):
    """A teacher's board of an empty day."""
    page, front = entered(TEACHER, "en")
    page.set_viewport_size({"width": 1366, "height": 2400})
    with stage.database.transaction(district_id=stage.district_id) as session:
        for planned in session.scalars(select(PlannedSession)):
            session.delete(planned)
        for gap in session.scalars(select(Gap).where(Gap.state == GapState.INVITED)):
            gap.state = GapState.OPEN
    page.goto(f"{front}planning?day={_school_day()}")
    return page


def _waiting(page):
    return page.locator(".waiting > li")


def _cards(page):
    return page.locator("#board [data-planned]")


def _cell(page, which):
    return page.locator("#board [data-place]").nth(which)


def _place_first(page):
    """Give the first need a new session at the first place, by its list."""
    row = _waiting(page).first
    row.locator("select").select_option(_cell(page, 0).get_attribute("data-place"))
    row.locator("button").click()
    expect(_cell(page, 0).locator("[data-planned]")).to_have_count(1)


def test_a_need_is_given_a_place_and_moved_by_keys_alone(board):
    console = Console(board)
    number = _waiting(board).count()
    _place_first(board)
    assert _waiting(board).count() == number - 1
    expect(board.locator("#board-status")).to_have_text("The student has a place.")
    _cards(board).first.focus()
    board.keyboard.press("Alt+ArrowDown")
    expect(_cell(board, 1).locator("[data-planned]")).to_have_count(1)
    expect(board.locator("#board-status")).to_have_text("Moved.")
    assert board.evaluate("document.activeElement.dataset.planned")
    board.keyboard.press("Alt+ArrowUp")
    expect(_cell(board, 0).locator("[data-planned]")).to_have_count(1)
    assert not console.take()


def test_cards_and_needs_are_dragged_and_clashes_are_said_at_once(board):
    _place_first(board)
    _cards(board).first.drag_to(_cell(board, 2))
    expect(_cell(board, 2).locator("[data-planned]")).to_have_count(1)
    _waiting(board).first.drag_to(_cell(board, 2), target_position={"x": 5, "y": 5})
    expect(_cell(board, 2).locator("[data-planned]")).to_have_count(2)
    expect(_cell(board, 2).locator(".misfit").first).to_contain_text("another session at this time")
    expect(board.get_by_role("button", name="Publish")).to_be_disabled()
    # Held by its title; a student's name would take that student along alone.
    _cards(board).first.drag_to(_cell(board, 1), source_position={"x": 12, "y": 12})
    expect(board.locator(".misfit")).to_have_count(0)
    expect(board.get_by_role("button", name="Publish")).to_be_enabled()


def test_what_is_refused_is_said_and_the_board_stays(board):
    _place_first(board)
    board.evaluate(
        "document.querySelector('#board .board-card form input[name=planned]').value = '999'"
    )
    card = _cards(board).first
    card.get_by_text("Change", exact=False).first.click()
    form = card.locator("form[action$='/planning/move']")
    form.locator("select").select_option(index=2)
    form.locator("button").click()
    expect(board.locator("#board-status")).to_have_text("We can't find this.")
    expect(_cell(board, 0).locator("[data-planned]")).to_have_count(1)


@pytest.fixture
def soon(stage, scene):
    """A session that begins in less than a quarter of an hour, with the first student; its id."""
    with stage.database.transaction(district_id=stage.district_id) as session:
        kid = session.scalars(select(Invitation.person_id).order_by(Invitation.id)).first()
        for one in session.scalars(select(CoachingSession)):
            sessions.cancel(session, [one], CancelReason.OTHER, by=None)
        section = session.scalars(select(Gap)).first()
        teacher_id = session.scalars(select(CoachingSession.teacher_id)).first()
        target = session.get_one(Target, scene.target_id)
        gap = gaps.flag(
            session,
            person_id=kid,
            section_id=section.section_id,
            target=target,
            note="",
            teacher_id=teacher_id,
        )
        begins = full_five(now() + timedelta(minutes=6))
        coaching = CoachingSession(
            team_id=stage.team_id,
            teacher_id=teacher_id,
            kind=SessionKind.ONE_TO_ONE,
            room="Room 12",
            starts_at=begins,
            ends_at=begins + timedelta(minutes=20),
            places=1,
            targets=[target],
        )
        sessions.make(session, [(coaching, [gap])])
        coaching_id = coaching.id
    yield coaching_id
    with stage.database.transaction(district_id=stage.district_id) as session:
        found = session.get_one(CoachingSession, coaching_id)
        sessions.cancel(session, [found], CancelReason.OTHER, by=None)


def test_taps_without_a_connection_are_kept_and_sent_once_it_is_back(entered, stage, soon):
    page, front = entered(TEACHER, "en")
    page.set_viewport_size(WIDE)
    page.goto(f"{front}coaching/{soon}")
    sent = []
    page.on("request", lambda one: sent.append(one.method))
    here = page.get_by_role("button", name=re.compile(": Here$")).first
    page.context.set_offline(True)
    here.click()
    expect(here).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#attendance-status")).to_contain_text("No connection.")
    with stage.database.session() as session:
        assert _marked(session, soon) == []
    page.context.set_offline(False)
    expect(page.locator("#attendance-status")).to_have_text("All taps are saved.", timeout=9000)
    with stage.database.session() as session:
        assert len(_marked(session, soon)) == 1
    # Those without a connection reached nobody; one did.
    assert "POST" in sent
    page.reload()
    here = page.get_by_role("button", name=re.compile(": Here$")).first
    expect(here).to_have_attribute("aria-pressed", "true")


def _marked(session, coaching_id):
    invited = select(Invitation).where(
        Invitation.coaching_session_id == coaching_id, Invitation.marked_at.is_not(None)
    )
    joined = select(WalkIn).where(
        WalkIn.coaching_session_id == coaching_id, WalkIn.marked_at.is_not(None)
    )
    return [*session.scalars(invited), *session.scalars(joined)]


def test_a_quarter_of_an_hour_before_a_page_reminds_without_speaking(entered, stage, soon):
    page, front = entered(STUDENT, "en")
    page.goto(front)
    page.evaluate("sessionStorage.setItem('reminders-seen', '[]')")
    reminder = page.locator("#reminder")
    # What was called off is said first; then what is to come.
    expect(reminder).to_be_visible()
    reminder.get_by_role("button").click()
    expect(reminder.locator("a")).to_contain_text("waits for you at", timeout=12_000)
    silent = (
        "!document.querySelector('#reminder').closest('[aria-live], [role=status], [role=alert]')"
    )
    assert page.evaluate(silent)
    reminder.get_by_role("button").click()
    expect(reminder).to_be_hidden()
    page.goto(front)
    page.wait_for_timeout(500)
    expect(reminder).to_be_hidden()


def test_the_day_board_follows_by_itself(entered, stage, soon):
    page, front = entered(STUDENT, "en")
    page.goto(f"{front}day/board")
    expect(page.locator(".board-next")).to_contain_text("Elena Ortiz")
    with stage.database.transaction(district_id=stage.district_id) as session:
        found = session.get_one(CoachingSession, soon)
        sessions.cancel(session, [found], CancelReason.BLOCK, by=None)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".board-off")).to_contain_text("Elena Ortiz")
    expect(page.locator(".board-next")).to_have_count(0)
