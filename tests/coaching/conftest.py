"""The clock of coaching tests."""

import pytest
import time_machine

from tests.coaching.coaching_room import BEFORE_SCHOOL


@pytest.fixture
def monday():
    """It is Monday before school; browsers that are opened now last for the day."""
    with time_machine.travel(BEFORE_SCHOOL, tick=False) as clock:
        yield clock
