"""Mastery is worked out from attempts by the target's rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.learning import mastery
from lti_app.learning.models import Level, MasteryRule
from lti_app.learning.rules import Rule, Thresholds, level_of

percents = st.lists(st.floats(min_value=0, max_value=100, allow_nan=False), min_size=1, max_size=12)
rules = st.builds(
    Rule,
    kind=st.sampled_from(list(MasteryRule)),
    newest_percent=st.integers(min_value=50, max_value=99),
    times=st.integers(min_value=1, max_value=10),
)
ORDER_DOES_NOT_MATTER = [MasteryRule.HIGHEST, MasteryRule.AVERAGE, MasteryRule.N_TIMES]

# Canvas, Outcomes: calculation methods and the scores they come to, out of 5 with mastery at 3
# (its own published specification of the roll-up, and the Outcomes API's description of
# `calculation_int`). Its "Decaying Average" is the API's `standard_decaying_average`; what the API
# calls `decaying_average` is its former method, today shown as "Weighted Average", and not ours.
CANVAS = [
    ("latest", None, [4, 5, 1, 3], 3),
    ("highest", None, [3, 1], 3),
    ("highest", None, [4, 5, 1, 3], 5),
    ("average", None, [4, 5, 1, 3], 3.25),
    ("standard_decaying_average", 65, [3], 3),
    ("standard_decaying_average", 65, [2, 3, 4], 3.53),
    ("standard_decaying_average", 65, [1, 2, 3, 4, 5], 4.47),
    ("standard_decaying_average", 65, [2, 3], 2.65),
    ("n_mastery", 3, [3, 1], None),
    ("n_mastery", 3, [3, 1, 2], None),
    ("n_mastery", 3, [4, 5, 1, 3, 2, 3], 3.75),
    ("n_mastery", 1, [1, 2], None),
    ("n_mastery", 1, [1, 2, 3], 3),
    ("n_mastery", 1, [1, 2, 3, 4], 3.5),
    ("n_mastery", 3, [3, 4, 3], 3.33),
]
OURS = {
    "latest": MasteryRule.LATEST,
    "highest": MasteryRule.HIGHEST,
    "average": MasteryRule.AVERAGE,
    "standard_decaying_average": MasteryRule.DECAYING_AVERAGE,
    "n_mastery": MasteryRule.N_TIMES,
}


@pytest.mark.parametrize(("method", "setting", "scores", "expected"), CANVAS)
def test_each_rule_agrees_with_canvas(method, setting, scores, expected):
    kind = OURS[method]
    rule = Rule(
        kind=kind,
        newest_percent=setting if kind == MasteryRule.DECAYING_AVERAGE else 65,
        times=setting if kind == MasteryRule.N_TIMES else 2,
        thresholds=Thresholds(nearly=40, met=60, beyond=100),
    )

    percent = mastery.percent_of([20 * score for score in scores], rule)

    if expected is None:
        # Canvas shows no score until there are enough; here it is a standing below the line.
        assert not mastery.is_met(level_of(percent, rule.thresholds))
    else:
        assert round(percent / 20, 2) == expected


@pytest.mark.parametrize(
    ("kind", "attempts", "expected"),
    [
        (MasteryRule.DECAYING_AVERAGE, [25, 100], 0.65 * 100 + 0.35 * 25),
        (MasteryRule.DECAYING_AVERAGE, [25, 100, 100], 0.65 * 100 + 0.35 * 73.75),
        (MasteryRule.N_TIMES, [100], 79),
        (MasteryRule.N_TIMES, [100, 50, 90], 95),
        (MasteryRule.N_TIMES, [50, 40], 50),
        (MasteryRule.LATEST, [100, 40], 40),
    ],
)
def test_worked_cases_with_our_own_lines(kind, attempts, expected):
    assert mastery.percent_of(attempts, Rule(kind=kind)) == pytest.approx(expected)


def test_under_n_times_one_good_attempt_is_nearly_there_wherever_the_lines_are():
    rule = Rule(
        kind=MasteryRule.N_TIMES, thresholds=Thresholds(nearly=79.8, met=80.0, beyond=100.0)
    )
    assert level_of(mastery.percent_of([100], rule), rule.thresholds) == Level.NEARLY


@given(percents, rules)
def test_what_the_attempts_bring_adds_up_to_the_whole(attempts, rule):
    shares = mastery.shares(attempts, rule)
    assert len(shares) == len(attempts)
    assert min(shares) >= 0
    assert sum(shares) == pytest.approx(1)


@given(percents, rules)
def test_no_rule_leaves_the_bounds_of_the_attempts(attempts, rule):
    standing = mastery.percent_of(attempts, rule)
    lowest = min(attempts)
    if rule.kind == MasteryRule.N_TIMES:
        lowest = min(lowest, rule.thresholds.met - 1)
    assert lowest - 1e-9 <= standing <= max(attempts)


@given(percents, rules)
def test_equal_attempts_come_to_what_each_of_them_is(attempts, rule):
    if rule.kind == MasteryRule.N_TIMES:
        attempts = [attempts[0]] * max(len(attempts), rule.times)
        if attempts[0] < rule.thresholds.met:
            return
    same = [attempts[0]] * len(attempts)
    assert mastery.percent_of(same, rule) == pytest.approx(attempts[0])


@given(percents, st.floats(min_value=0, max_value=100, allow_nan=False))
def test_another_attempt_never_lowers_the_highest(attempts, another):
    highest = Rule(kind=MasteryRule.HIGHEST)
    before = mastery.percent_of(attempts, highest)
    assert mastery.percent_of([*attempts, another], highest) >= before


@given(percents, st.floats(min_value=0, max_value=100, allow_nan=False), rules)
def test_under_n_times_what_is_met_stays_met(attempts, another, rule):
    rule = Rule(kind=MasteryRule.N_TIMES, times=rule.times)
    before = level_of(mastery.percent_of(attempts, rule), rule.thresholds)
    after = level_of(mastery.percent_of([*attempts, another], rule), rule.thresholds)
    assert mastery.is_met(after) or not mastery.is_met(before)


@given(percents, st.randoms(use_true_random=False), rules)
def test_order_does_not_matter_where_it_should_not(attempts, random, rule):
    shuffled = list(attempts)
    random.shuffle(shuffled)
    for kind in ORDER_DOES_NOT_MATTER:
        as_kind = Rule(kind=kind, times=rule.times)
        assert mastery.percent_of(shuffled, as_kind) == pytest.approx(
            mastery.percent_of(attempts, as_kind)
        )


@given(percents, st.integers(min_value=50, max_value=99))
def test_the_newest_attempt_pulls_a_decaying_average_its_way(attempts, newest):
    rule = Rule(kind=MasteryRule.DECAYING_AVERAGE, newest_percent=newest)
    before = mastery.percent_of(attempts, rule)
    assert mastery.percent_of([*attempts, 100], rule) >= before - 1e-9
    assert mastery.percent_of([*attempts, 0], rule) <= before + 1e-9


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
    assert level_of(percent, Thresholds()) == level
