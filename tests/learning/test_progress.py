"""A student's own progress: as a picture, in words, and only their own."""

import itertools
import re
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lti_app.db import now
from lti_app.learning.models import Level, Target
from lti_app.learning.voice import picture, progress
from lti_app.learning.voice.progress import Change, Week
from tests.learning.plan_room import add_checkpoint, answer, write_targets
from tests.learning.voice_room import MONDAY, on, student_of
from tests.school import make_school

NEW_YORK = "America/New_York"
LEVELS = st.sampled_from(list(Level))
BEGIN = datetime(2026, 8, 3, 12, tzinfo=UTC)


def change(target_id, level, days):
    return Change(target_id, level, BEGIN + timedelta(days=days))


def school_with_targets(database, titles):
    """A school in October with one more checkpoint for each target; returns it and the
    checkpoints' ids."""
    school = make_school(database)
    ids = write_targets(database, school, titles)
    return school, [add_checkpoint(database, school, target_id) for target_id in ids]


def test_what_was_met_when_in_words_and_as_a_picture(app, database):
    with on(MONDAY - timedelta(weeks=6)):  # October 5
        school, checkpoints = school_with_targets(database, ["I can add.", "I can <b>halve</b>."])
        for checkpoint in checkpoints:
            answer(database, school, school.student_ids[0], checkpoint, 4)
    with on(MONDAY):
        answer(database, school, school.student_ids[0], school.checkpoint_id, 4)
        page = student_of(app, school).get("/progress").text

    assert "Since you began: 3 targets met." in page
    assert page.index("In November you met 1 target.") < page.index("In October you met 2 targets.")
    met = page.partition("When I met them")[2]
    assert met.index("I can multiply") < met.index("I can &lt;b&gt;halve&lt;/b&gt;.")
    assert "Mon, Nov 16" in met
    assert met.count("Mon, Oct 5") == 2
    drawn = page.partition("<svg")[2].partition("</svg>")[0]
    assert 'role="img"' in drawn
    assert "Targets I have met, week by week" in drawn
    assert "Week of Oct 5: 2 targets." in drawn
    assert "Week of Nov 16: 3 targets." in drawn
    assert "Targets met" in drawn
    assert "Weeks" in drawn


def test_before_the_first_target_there_is_a_kind_word(app, database):
    page = student_of(app, make_school(database)).get("/progress")
    assert page.status_code == 200
    assert "You have not met a target yet." in page.text
    assert "When I met them" not in page.text


def test_a_target_that_is_lost_is_met_again_on_its_new_day(app, database):
    with on(MONDAY - timedelta(weeks=3)):
        school = make_school(database)
        answer(database, school, school.student_ids[0], school.checkpoint_id, 4)
    with on(MONDAY - timedelta(weeks=2)):
        answer(database, school, school.student_ids[0], school.checkpoint_id, 0)
        page = student_of(app, school).get("/progress").text
        assert "You have not met a target yet." in page
        assert "Week of Oct 26: 1 target." in page
        assert "Week of Nov 2: 0 targets." in page
    with on(MONDAY):
        for _ in range(3):
            answer(database, school, school.student_ids[0], school.checkpoint_id, 4)
        page = student_of(app, school).get("/progress").text
    assert "In November you met 1 target." in page
    assert "Mon, Nov 16" in page.partition("When I met them")[2]


def test_nobody_sees_anothers_progress(app, database):
    school = make_school(database)
    answer(database, school, school.student_ids[0], school.checkpoint_id, 4)
    page = student_of(app, school, 1).get("/progress").text
    assert "You have not met a target yet." in page
    assert "I can multiply" not in page.partition("<main")[2]


def test_a_target_put_away_does_not_count(app, database):
    school, (checkpoint,) = school_with_targets(database, ["I can add."])
    for one in (checkpoint, school.checkpoint_id):
        answer(database, school, school.student_ids[0], one, 4)
    assert "2 targets met" in student_of(app, school).get("/progress").text
    with database.transaction(district_id=school.district_id) as session:
        session.get_one(Target, school.target_id).archived_at = now()
    assert "1 target met" in student_of(app, school).get("/progress").text


def test_a_standing_from_before_changes_were_kept_counts_from_its_own_day():
    standing = change(1, Level.MET, 3)
    assert progress.with_standings([], [standing]) == [standing]
    known = [change(1, Level.MET, 1)]
    assert progress.with_standings(known, [change(1, Level.BEYOND, 5)]) == known


def test_going_beyond_keeps_the_day_it_was_met():
    changes = [change(1, Level.MET, 1), change(1, Level.BEYOND, 9), change(1, Level.MET, 12)]
    assert progress.met_since(changes) == {1: BEGIN + timedelta(days=1)}


def test_weeks_and_months_end_with_the_school_year():
    july = [change(1, Level.MET, -20)]
    weeks = progress.by_week(july, NEW_YORK, date(2026, 8, 20))
    assert weeks[-1] == Week(date(2026, 8, 17), 1)
    assert len(weeks) == progress.FEWEST_WEEKS
    days = [date(2026, 7, 14), date(2026, 9, 1), date(2026, 9, 30)]
    assert progress.by_month(days, date(2026, 11, 1)) == [progress.Month(date(2026, 9, 1), 2)]


def test_the_schools_clock_says_in_which_week_a_target_was_met():
    sunday_night = Change(1, Level.MET, datetime(2026, 11, 16, 4, 30, tzinfo=UTC))
    weeks = progress.by_week([sunday_night], NEW_YORK, date(2026, 11, 17))
    assert weeks[-2:] == [Week(date(2026, 11, 9), 1), Week(date(2026, 11, 16), 1)]


@given(st.lists(st.tuples(st.integers(1, 5), LEVELS, st.integers(0, 300)), max_size=40))
def test_the_last_week_shows_what_is_met_now(found):
    changes = sorted((change(*one) for one in found), key=lambda one: one.at)
    weeks = progress.by_week(changes, NEW_YORK, date(2027, 6, 1))
    assert weeks[-1].met == len(progress.met_since(changes))
    assert all(0 <= week.met <= 5 for week in weeks)
    gaps = {later.monday - week.monday for week, later in itertools.pairwise(weeks)}
    assert gaps == {timedelta(weeks=1)}


@given(st.lists(st.integers(0, 150), min_size=1, max_size=53))
def test_the_picture_stays_inside_its_frame_and_its_axis_is_even(met):
    weeks = [Week(date(2026, 8, 3) + timedelta(weeks=n), one) for n, one in enumerate(met)]
    drawn = picture.drawn(weeks)
    for letter, number in re.findall(r"([VH])([\d.]+)", drawn.line):
        limits = (0, drawn.bottom) if letter == "V" else (drawn.left, drawn.right + 0.5)
        assert limits[0] <= float(number) <= limits[1]
    counts = [count for _, count in drawn.across]
    assert counts[0] == 0
    assert counts[-1] >= max(met)
    assert len(counts) <= picture.MOST_LINES + 1
    assert len({later - one for one, later in itertools.pairwise(counts)}) == 1
    xs = [x for x, _ in drawn.months]
    assert all(b - a >= picture.LEAST_MONTH for a, b in itertools.pairwise(xs))
