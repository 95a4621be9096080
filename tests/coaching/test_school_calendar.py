"""School days, and the district's calendar that says which are off."""

import io
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.coaching import school_calendar, school_days
from lti_app.coaching.school_days import SchoolDays
from tests.school import Browser

ICS = Path("tests/data/district-calendar.ics").read_bytes()
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
OFF = {
    "Labor Day - No School": True,
    "Thanksgiving Break, all schools and offices closed": True,
    "Vacaciones de invierno": True,
    "Professional Development (staff only)": True,
    "Early dismissal before the break": False,
    "Grandparents' breakfast": False,
}


def _import(database, school, data=ICS):
    with database.transaction(district_id=school.district_id) as session:
        return school_calendar.import_ics(session, data)


def _off(database, school):
    with database.session(district_id=school.district_id) as session:
        return school_days.load(session).days_off


def _events(database, school):
    with database.session(district_id=school.district_id) as session:
        return school_calendar.of_district(session)


def test_a_districts_file_says_which_days_are_without_school(database, school):
    report = _import(database, school)
    events = _events(database, school)
    assert {one.name: one.is_day_off for one in events} == OFF
    assert report.added == len(events) == 8  # September, November and December have a second Friday
    assert [name for name, _ in report.left_out] == ["School year 2026/27", "Broken holiday"]
    off = _off(database, school)
    assert {date(2026, 9, 7), date(2026, 11, 25), date(2026, 11, 27)} <= off
    assert {date(2026, 12, 21), date(2027, 1, 1)} <= off
    assert {date(2026, 9, 11), date(2026, 11, 13), date(2026, 12, 11)} <= off
    for there_is in (date(2026, 11, 28), date(2027, 1, 2), date(2026, 10, 9), date(2026, 10, 14)):
        assert there_is not in off


def test_importing_again_changes_nothing_and_what_an_administrator_said_stays(database, school):
    _import(database, school)
    with database.transaction(district_id=school.district_id) as session:
        events = school_calendar.of_district(session)
        half = next(one for one in events if one.name.startswith("Early"))
        school_calendar.say(session, {one.id for one in events if one.is_day_off} | {half.id})
    report = _import(database, school)
    assert (report.added, report.changed, report.removed) == (0, 0, 0)
    assert date(2026, 12, 18) in _off(database, school)
    renamed = ICS.replace(b"Early dismissal", b"Half day")
    assert _import(database, school, renamed).changed == 1
    assert date(2026, 12, 18) in _off(database, school)
    gone = ICS.replace(b"UID:labor", b"UID:other")
    gone = gone.replace(b"20260907", b"20260831").replace(b"20260908", b"20260901")
    report = _import(database, school, gone)
    assert (report.added, report.removed) == (1, 1)
    assert date(2026, 9, 7) not in _off(database, school)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "This is not a calendar file."),
        (b"hello", "This is not a calendar file."),
        (b"\x89PNG\x00\xff", "This is not a calendar file."),
        (b"BEGIN:VCALENDAR\nnonsense", "This is not a calendar file."),
        (b"BEGIN:VCALENDAR" + b" " * school_calendar.MOST_BYTES, "This file is too large."),
    ],
)
def test_what_is_no_calendar_is_refused_and_changes_nothing(app, database, school, sent, words):
    _import(database, school)
    administrator = Browser(app, school.admin_id).client
    answer = administrator.post("/admin/calendar", data={"calendar": (io.BytesIO(sent), "a.ics")})
    assert answer.status_code == 400
    assert words in answer.text
    assert len(_events(database, school)) == 8


def test_an_administrator_imports_looks_and_decides(app, database, school):
    administrator = Browser(app, school.admin_id).client
    answer = administrator.post("/admin/calendar", data={"calendar": (io.BytesIO(ICS), "a.ics")})
    page = administrator.get(answer.location).text
    assert "8 events are new" in page
    assert "Left out: School year 2026/27" in page
    administrator.post("/admin/calendar/off", data={"off": []})
    assert _off(database, school) == frozenset()
    assert administrator.post("/admin/calendar", data={}).status_code == 400


def test_a_calendar_is_imported_by_command(app, database, school, tmp_path):
    file = tmp_path / "a.ics"
    file.write_bytes(ICS)
    run = app.test_cli_runner().invoke
    said = run(args=["calendar", "import", str(file), "--district", "Maple district"])
    assert said.output.startswith("8 new, 0 changed, 0 gone")
    assert run(args=["calendar", "import", str(file), "--district", "Elm"]).exit_code == 1
    file.write_bytes(b"no")
    said = run(args=["calendar", "import", str(file), "--district", "Maple district"])
    assert said.exit_code == 1
    assert "This is not a calendar file." in said.output


@pytest.mark.parametrize(
    ("day", "days", "after"),
    [
        (date(2026, 11, 23), 1, date(2026, 11, 24)),
        (date(2026, 11, 24), 1, date(2026, 11, 30)),  # Thanksgiving and a weekend between
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
        (date(2026, 11, 20), 5, date(2026, 12, 2)),
    ],
)
def test_school_days_are_counted_without_weekends_and_days_off(day, days, after):
    thanksgiving = SchoolDays(frozenset(date(2026, 11, n) for n in (25, 26, 27)))
    assert thanksgiving.after(day, days) == after
    assert thanksgiving.between(day, after) == days


@given(DAYS, st.integers(1, 30), st.frozensets(DAYS, max_size=60))
def test_the_nth_school_day_after_a_day_is_n_school_days_away(day, days, off):
    found = SchoolDays(off)
    after = found.after(day, days)
    assert found.is_school_day(after)
    assert found.between(day, after) == days
    assert found.between(after, day) == 0


def test_a_calendar_without_any_school_day_does_not_run_for_ever():
    never = SchoolDays(frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(1500)))
    assert never.after(date(2026, 2, 2), 3) >= date(2026, 2, 2)
