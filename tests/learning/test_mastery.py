"""Mastery is worked out from attempts by the target's rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.learning import mastery
from lti_app.learning.models import Level, MasteryRule

percents = st.lists(st.floats(min_value=0, max_value=100, allow_nan=False), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("rule", "attempts", "expected"),
    [
        (MasteryRule.LATEST, [100, 40], 40),
        (MasteryRule.HIGHEST, [40, 100, 60], 100),
        (MasteryRule.AVERAGE, [40, 60, 80], 60),
        (MasteryRule.DECAYING_AVERAGE, [25], 25),
        (MasteryRule.DECAYING_AVERAGE, [25, 100], 0.65 * 100 + 0.35 * 25),
        (MasteryRule.DECAYING_AVERAGE, [25, 100, 100], 0.65 * 100 + 0.35 * 73.75),
        (MasteryRule.N_TIMES, [100], 79),
        (MasteryRule.N_TIMES, [100, 50, 90], 90),
        (MasteryRule.N_TIMES, [50, 40], 40),
    ],
)
def test_each_rule_in_worked_cases(rule, attempts, expected):
    assert mastery.RULES[rule](attempts) == pytest.approx(expected)


@given(percents)
def test_no_rule_leaves_the_bounds_of_the_attempts(attempts):
    for rule, work_out in mastery.RULES.items():
        standing = work_out(attempts)
        lowest = min(*attempts, mastery.THRESHOLDS.met - 1) if rule == "n_times" else min(attempts)
        assert lowest - 1e-9 <= standing <= max(attempts) + 1e-9


@given(percents, st.floats(min_value=0, max_value=100, allow_nan=False))
def test_another_attempt_never_lowers_the_highest(attempts, another):
    assert mastery.highest([*attempts, another]) >= mastery.highest(attempts)


@given(st.permutations([12.5, 50.0, 80.0, 100.0]))
def test_order_does_not_matter_where_it_should_not(attempts):
    for rule in (mastery.highest, mastery.average, mastery.n_times):
        assert rule(attempts) == pytest.approx(rule(sorted(attempts)))


@pytest.mark.parametrize(
    ("percent", "level"),
    [
        (0, Level.WORKING),
        (59.9, Level.WORKING),
        (60, Level.NEARLY),
        (79.99999999, Level.MET),
        (80, Level.MET),
        (99, Level.MET),
        (100, Level.BEYOND),
        (120, Level.BEYOND),
    ],
)
def test_levels_begin_at_their_thresholds(percent, level):
    assert mastery.level_of(percent) == level
