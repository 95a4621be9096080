"""Marking answers: every way of writing the right value is right, and no other; nothing crashes."""

import copy
import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from lti_app.errors import BadInput
from lti_app.learning.items import kinds, marking, numbers
from lti_app.learning.items.kinds import (
    FractionKey,
    MatchKey,
    NumberKey,
    OneChoiceKey,
    OrderKey,
    SeveralChoicesKey,
    ShortTextKey,
)
from lti_app.learning.models import CheckpointItem


def item_of(key, points=2.0, item_id=1):
    """An item as the database would hold it."""
    kept = json.loads(json.dumps(kinds.to_json(key)))
    return CheckpointItem(
        id=item_id, kind=key.kind.value, prompt="?", key=kept, points=points, position=1
    )


def marked(key, typed, **fields):
    """Points for what was typed into the item's field, of 2."""
    item = item_of(key)
    form = MultiDict({"item-1": typed} if typed is not None else {})
    form.update({f"item-1-{index}": value for index, value in fields.items()})
    form.setdefault("asked", "1")
    return marking.mark([item], marking.read_answers([item], form))["1"]


TENTH = NumberKey(Fraction("12.5"), Fraction("0.1"))
PERCENT = NumberKey(Fraction(200), Fraction(5), percent=True)


@pytest.mark.parametrize(
    ("key", "typed", "points"),
    [
        (TENTH, "12.5", 2),
        (TENTH, "12,5", 2),
        (TENTH, " 12.60 ", 2),
        (TENTH, "12.4", 2),
        (TENTH, "12.61", 0),
        (TENTH, "+12.5", 2),
        (TENTH, "−12.5", 0),
        (PERCENT, "190", 2),
        (PERCENT, "210", 2),
        (PERCENT, "210.01", 0),
        (NumberKey(Fraction(-3)), "−3", 2),
        (NumberKey(Fraction(-3)), "- 3", 2),
        (NumberKey(Fraction(1234)), "1,234", 2),
        (NumberKey(Fraction(1234)), "1 234", 2),
        (NumberKey(Fraction(1234)), "1234.0", 2),
        (NumberKey(Fraction("1.234")), "1,234", 2),
        (NumberKey(Fraction("1234.5")), "1,234.5", 2),
        (NumberKey(Fraction("1234.5")), "1.234,5", 2),
        (NumberKey(Fraction(1234567)), "1.234.567", 2),
        (NumberKey(Fraction(5)), "$5.00", 2),
        (NumberKey(Fraction("0.3")), ".3", 2),
        (NumberKey(Fraction("0.3")), "0.30000000000000004", 0),
        (NumberKey(Fraction(0)), "-0", 2),
        (NumberKey(Fraction(5)), "５", 2),
    ],
)
def test_a_number_is_right_however_it_is_written(key, typed, points):
    assert marked(key, typed) == points


ANY = FractionKey(Fraction(6, 5))
EQUAL = "6/5|1 1/5|1⅕|1 ⅕|12/10|1 2/10|6⁄5|⁶⁄₅|6 / 5|1+1/5|1 + 1/5|0 6/5|6∕5".split("|")


@pytest.mark.parametrize(
    ("key", "typed", "points"),
    [
        *[(ANY, typed, 2) for typed in EQUAL],
        *[(ANY, typed, 0) for typed in "5/6|1/5|11/5|-6/5|1|2/5|1 1/6".split("|")],
        (FractionKey(Fraction(-6, 5)), "−1 1/5", 2),
        (FractionKey(Fraction(-6, 5)), "6/-5", 2),
        (FractionKey(Fraction(2)), "2", 2),
        (FractionKey(Fraction(2)), "4/2", 2),
        (FractionKey(Fraction(2)), "1 2/2", 2),
        (FractionKey(Fraction(6, 5), decimals=True), "1.2", 2),
        (FractionKey(Fraction(6, 5), decimals=True), "1,2", 2),
        (FractionKey(Fraction(6, 5), lowest=True), "6/5", 2),
        (FractionKey(Fraction(6, 5), lowest=True), "1 1/5", 2),
        (FractionKey(Fraction(6, 5), lowest=True), "12/10", 0),
        (FractionKey(Fraction(6, 5), lowest=True), "1 2/10", 0),
        (FractionKey(Fraction(6, 5), lowest=True), "0 6/5", 0),
        (FractionKey(Fraction(2), lowest=True), "4/2", 0),
    ],
)
def test_a_fraction_is_right_in_any_equal_form(key, typed, points):
    assert marked(key, typed) == points


SEVERAL = SeveralChoicesKey(("1/2", "2/4", "3/5", "4/8"), (0, 1, 3))


@pytest.mark.parametrize(
    ("key", "picked", "points"),
    [
        (SEVERAL, ["0", "1", "3"], 2),
        (SEVERAL, ["0", "1"], 1.33),
        (SEVERAL, ["0", "1", "2", "3"], 1.33),
        (SEVERAL, ["0", "2"], 0),
        (SEVERAL, ["2"], 0),
        (SeveralChoicesKey(SEVERAL.choices, (0, 1, 3), partial=False), ["0", "1"], 0),
        (SeveralChoicesKey(SEVERAL.choices, (0, 1, 3), partial=False), ["3", "1", "0"], 2),
        (OneChoiceKey(("a", "b"), 0), ["0"], 2),
        (OneChoiceKey(("a", "b"), 0), ["1"], 0),
    ],
)
def test_what_was_picked_earns_its_share(key, picked, points):
    item = item_of(key)
    form = MultiDict([("asked", "1"), *(("item-1", one) for one in picked)])
    assert marking.mark([item], marking.read_answers([item], form)) == {"1": points}


@pytest.mark.parametrize(
    ("places", "partial", "points"),
    [
        ("1234", True, 2),
        ("1243", True, 1),
        ("2143", True, 0),
        ("1243", False, 0),
        ("1234", False, 2),
    ],
)
def test_an_order_earns_what_stands_in_its_place(places, partial, points):
    key = OrderKey.in_order(["1/8", "1/4", "1/2", "1"], partial=partial)
    place_of = dict(zip(["1/8", "1/4", "1/2", "1"], places, strict=True))
    fields = {str(index): place_of[entry] for index, entry in enumerate(key.entries)}
    assert marked(key, None, **fields) == points


def test_pairs_earn_their_share_and_an_option_may_belong_to_several():
    key = MatchKey.of_pairs([("1/2", "half"), ("2/4", "half"), ("1/4", "quarter")], ["whole"])
    assert len(key.options) == 3
    option = {words: str(index) for index, words in enumerate(key.options)}
    right = {"0": option["half"], "1": option["half"], "2": option["quarter"]}
    assert marked(key, None, **right) == 2
    assert marked(key, None, **(right | {"2": option["whole"]})) == 1.33
    assert marked(key, None, **(right | {"2": ""})) == 1.33


@pytest.mark.parametrize(
    ("key", "typed", "points"),
    [
        (ShortTextKey(("Niño",)), " nino. ", 2),
        (ShortTextKey(("ice cream",)), "ICE  CREAM", 2),
        (ShortTextKey(("don't",)), "don’t", 2),
        (ShortTextKey(("sum", "total")), "Total", 2),
        (ShortTextKey(("sum",)), "sums", 0),
        (ShortTextKey(("Ohio",), any_case=False), "ohio", 0),
        (ShortTextKey(("sí",), any_accents=False), "si", 0),
        (ShortTextKey(("ice cream",), any_spaces=False), "ice  cream", 0),
        (ShortTextKey(("etc",), any_period=False), "etc.", 0),
        (ShortTextKey(("...",)), "?", 0),
    ],
)
def test_a_short_text_is_forgiven_what_the_teacher_forgives(key, typed, points):
    assert marked(key, typed) == points


@pytest.mark.parametrize(
    ("key", "typed", "words"),
    [
        (TENTH, "twelve", "that is not a number."),
        (TENTH, "1/2", "that is not a number."),
        (TENTH, "1e5", "that is not a number."),
        (TENTH, "9" * 61, "that is not a number."),
        (ANY, "6/0", "nothing can be divided by 0."),
        (ANY, "1 1/0", "nothing can be divided by 0."),
        (ANY, "six fifths", "that is not a fraction."),
        (ANY, "1.2", "a fraction is asked for here."),
        (SEVERAL, "4", "pick one that is there."),
        (SEVERAL, "-1", "pick one that is there."),
        (SEVERAL, "²", "pick one that is there."),
        (ShortTextKey(("a",)), "x" * 201, "Your answer is too long."),
    ],
)
def test_what_can_be_no_answer_is_said_with_the_number_of_its_question(app, key, typed, words):
    items = [item_of(TENTH, item_id=7), item_of(key, item_id=1)]
    with app.test_request_context(), pytest.raises(BadInput) as said:
        marking.read_answers(items, MultiDict({"item-1": typed}))
    assert str(said.value.message) == f"Question 2: {words}"


@pytest.mark.parametrize(
    ("places", "words"),
    [
        (("1", "1"), "the same place"),
        (("1", ""), "no place yet"),
        (("1", "3"), "one that is there"),
    ],
)
def test_an_order_needs_a_place_of_its_own_for_each(app, places, words):
    items = [item_of(OrderKey(("a", "b"), (0, 1)))]
    form = MultiDict({f"item-1-{index}": place for index, place in enumerate(places)})
    with app.test_request_context(), pytest.raises(BadInput) as said:
        marking.read_answers(items, form)
    assert words in str(said.value.message)


def test_an_empty_answer_is_allowed_and_earns_nothing():
    keys = [
        TENTH,
        ANY,
        SEVERAL,
        OneChoiceKey(("a", "b"), 0),
        OrderKey(("a", "b"), (1, 0)),
        MatchKey(("a", "b"), ("c", "d"), (0, 1)),
        ShortTextKey(("a",)),
    ]
    items = [item_of(key, item_id=n) for n, key in enumerate(keys, start=1)]
    form = MultiDict([("asked", str(item.id)) for item in items])
    answers = marking.read_answers(items, form)
    assert set(answers.values()) == {None}
    assert set(marking.mark(items, answers).values()) == {0.0}


@pytest.mark.parametrize("asked", [["1"], ["2", "1"], ["1", "2", "3"], []])
def test_answers_to_questions_that_changed_meanwhile_are_not_marked_by_the_new_ones(app, asked):
    items = [item_of(TENTH, item_id=1), item_of(ANY, item_id=2)]
    form = MultiDict([("asked", one) for one in asked])
    with app.test_request_context(), pytest.raises(BadInput) as said:
        marking.read_answers(items, form)
    assert "The questions changed" in str(said.value.message)


whole = st.integers(-500, 500)
below = st.integers(1, 60)
SPELLINGS = ["{top}/{bottom}", "{top} / {bottom}", "{top}⁄{bottom}"]


@st.composite
def spelled(draw, value):
    """A fraction's value, in one of its many forms."""
    times = draw(st.integers(1, 12))
    top, bottom = value.numerator * times, value.denominator * times
    minus = draw(st.sampled_from("-−")) if value < 0 else ""
    top = abs(top)
    if top > bottom and draw(st.booleans()):
        one, rest = divmod(top, bottom)
        return f"{minus}{one} {rest}/{bottom}"
    return minus + draw(st.sampled_from(SPELLINGS)).format(top=top, bottom=bottom)


@given(st.data(), st.builds(Fraction, whole, below))
def test_any_equal_form_of_a_fraction_is_right(data, value):
    assert marked(FractionKey(value), data.draw(spelled(value))) == 2


@given(st.data(), st.builds(Fraction, whole, below), st.builds(Fraction, whole, below))
def test_an_unequal_fraction_is_never_right(data, value, other):
    if value != other:
        typed = data.draw(spelled(other))
        for key in (FractionKey(value), FractionKey(value, lowest=True)):
            assert marked(key, typed) == 0


@given(st.data(), st.builds(Fraction, whole, below))
def test_in_lowest_terms_only_the_simplified_form_is_right(data, value):
    typed = data.draw(spelled(value))
    simplified = typed.replace("−", "-").replace("⁄", "/").replace(" / ", "/").lstrip("-")
    mixed_number = " " in simplified
    top, bottom = (int(part) for part in simplified.split(" ")[-1].split("/"))
    lowest = Fraction(top, bottom).denominator == bottom and (top or bottom == 1)
    assert (marked(FractionKey(value, lowest=True), typed) == 2) is bool(
        lowest and (not mixed_number or top < bottom)
    )


@given(st.decimals(-(10**6), 10**6, places=3), st.booleans())
def test_a_decimal_is_read_with_point_or_comma(value, comma):
    typed = f"{value:.3f}"
    assert Fraction(typed) in numbers.readings(typed.replace(".", ",") if comma else typed)


@given(
    st.decimals(-(10**6), 10**6, places=2),
    st.decimals(0, 100, places=2),
    st.decimals(-200, 200, places=2),
)
def test_a_number_is_right_exactly_within_its_distance(right, within, off):
    key = NumberKey(Fraction(right), Fraction(within))
    assert (marked(key, f"{right + off:.2f}") == 2) is (abs(off) <= within)


@st.composite
def keys(draw):
    """Any key."""
    texts = draw(st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=6, unique=True))
    index = st.integers(0, len(texts) - 1)
    yes = st.booleans()
    value = st.builds(Fraction, whole, below)
    return draw(
        st.one_of(
            st.builds(NumberKey, value, st.builds(Fraction, below), yes),
            st.builds(FractionKey, value, yes, yes),
            st.builds(OneChoiceKey, st.just(tuple(texts)), index),
            st.builds(
                SeveralChoicesKey,
                st.just(tuple(texts)),
                st.lists(index, min_size=1, unique=True).map(lambda some: tuple(sorted(some))),
                yes,
                yes,
            ),
            st.builds(lambda partial: OrderKey.in_order(texts, partial=partial), yes),
            st.builds(
                lambda p: MatchKey.of_pairs(list(zip(texts, texts[::-1], strict=True)), partial=p),
                yes,
            ),
            st.builds(ShortTextKey, st.just(tuple(texts)), yes, yes, yes, yes),
        )
    )


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=7) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(keys(), json_like, st.floats(0.25, 20).map(lambda points: round(points, 2)))
def test_marks_stay_between_none_and_all_whatever_was_kept_and_marking_changes_nothing(
    key, answer, points
):
    item = item_of(key, points)
    answers = {"1": answer}
    before = copy.deepcopy(item.key), repr(answers)
    given_points = marking.mark([item], answers)
    assert 0 <= given_points["1"] <= points
    assert marking.mark([item], answers) == given_points
    assert (item.key, repr(answers)) == before


@given(
    keys(), st.dictionaries(st.sampled_from("item-1 item-1-0 item-1-1 item-1-2".split()), st.text())
)
def test_whatever_is_sent_is_an_answer_or_refused_in_words(key, form):
    item = item_of(key)
    try:
        answers = marking.read_answers([item], MultiDict(form | {"asked": "1"}))
    except BadInput:
        return
    json.dumps(answers)
    assert 0 <= marking.mark([item], answers)["1"] <= 2


@given(keys())
def test_a_key_comes_back_from_the_database_as_it_went_in(key):
    assert kinds.of_json(key.kind, item_of(key).key) == key


@given(st.decimals(-(10**6), 10**6, places=4))
def test_what_is_right_is_shown_as_people_write_it(value):
    shown = numbers.as_decimal(Fraction(value))
    assert Fraction(shown) == Fraction(value)
    assert "/" not in shown
    assert not shown.endswith((".0", "."))


def test_a_third_is_shown_as_a_fraction():
    assert numbers.as_decimal(Fraction(1, 3)) == "1/3"
