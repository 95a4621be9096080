"""The one rule of waiting before another try."""

from hypothesis import given
from hypothesis import strategies as st

from lti_app.backoff import wait_s


def _waits(tries: int) -> list[float]:
    return [wait_s(tries, first_s=2, longest_s=900) for _ in range(200)]


def test_waits_double_up_to_the_longest():
    for tries, middle in ((1, 2), (2, 4), (5, 32), (30, 900)):
        waits = _waits(tries)
        assert all(middle / 2 <= wait <= middle * 1.5 for wait in waits)


def test_workers_do_not_go_in_step():
    assert len(set(_waits(5))) > 100


def test_what_was_asked_for_is_never_undercut():
    assert wait_s(1, first_s=2, longest_s=900, retry_after_s=3600) == 3600
    assert wait_s(30, first_s=2, longest_s=900, retry_after_s=1) >= 450


@given(st.integers(min_value=-5, max_value=1_000_000))
def test_any_number_of_tries_has_a_wait(tries):
    assert 1 <= wait_s(tries, first_s=2, longest_s=900) <= 1350
