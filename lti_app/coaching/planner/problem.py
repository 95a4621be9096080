"""What the planner is asked, and what it answers: plain values with ids and no names."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from lti_app.coaching.models import SessionKind

Tried = tuple[int, SessionKind]
"""A teacher and a kind of session that did not help a gap."""


@dataclass(frozen=True, order=True)
class Slot:
    """A stretch of time in which one session may be held; slots of several blocks may overlap."""

    first: int
    """Number of its first five minutes, see `coaching/bookings.py`."""
    last: int
    """Number of the five minutes after it."""


@dataclass(frozen=True)
class Need:
    """A gap that wants a place."""

    gap_id: int
    person_id: int
    team_id: int
    target_id: int
    urgency: int
    """1 to 100, see `coaching/urgency.py`."""
    slots: frozenset[int]
    """Indexes of slots in which the student has personalization time and nothing else."""
    tried: frozenset[Tried] = frozenset()
    """The next session on it must have another teacher or be of another kind."""


@dataclass(frozen=True, order=True)
class Place:
    """A teacher who is free in a slot, for a team's targets."""

    slot: int
    teacher_id: int
    team_id: int


@dataclass(frozen=True)
class Sizes:
    """How many students suit which kind of session."""

    group_most: int = 6
    seminar_from: int = 8
    """So many students with a need on the same target are enough for a seminar on it."""


@dataclass(frozen=True)
class Problem:
    """A day of one team, or of all teams of a building."""

    slots: tuple[Slot, ...]
    needs: tuple[Need, ...]
    places: tuple[Place, ...]
    sizes: Sizes = Sizes()
    most_a_day: int = 2
    held: Mapping[int, int] = field(default_factory=dict)
    """Student → sessions that day which stand already (published, or locked)."""
    load: Mapping[int, int] = field(default_factory=dict)
    """Teacher → sessions that day which stand already."""


@dataclass(frozen=True)
class Proposed:
    """A coaching session the planner proposes."""

    slot: int
    teacher_id: int
    target_id: int
    kind: SessionKind
    gap_ids: tuple[int, ...]


class LeftOut(enum.StrEnum):
    """Why a gap has no place."""

    NO_TIME = "no_time"
    """The student has no personalization time that day which is free."""
    NO_TEACHER = "no_teacher"
    """No teacher is free when the student is."""
    ENOUGH_TODAY = "enough_today"
    """The student has as many sessions as a day may bring."""
    TRIED = "tried"
    """Those who are free have tried it in this way; it needs another teacher or kind."""
    MORE_PRESSING = "more_pressing"
    """More urgent needs took the places."""


@dataclass(frozen=True)
class Solution:
    """What is proposed."""

    sessions: tuple[Proposed, ...]
    urgency_met: int
    """Sum of the urgencies of the gaps that have a place."""
    urgency_bound: int
    """No solution of the same problem can meet more."""
    left_out: Mapping[int, LeftOut]
    """Gap → why."""

    @property
    def gap_percent(self) -> float:
        """How far what is met may lie below the best there is (percent of the bound)."""
        if not self.urgency_bound:
            return 0.0
        return 100 * (self.urgency_bound - self.urgency_met) / self.urgency_bound


def kind_of(students: int, sizes: Sizes) -> SessionKind:
    """The kind of a session of so many students."""
    if students == 1:
        return SessionKind.ONE_TO_ONE
    return SessionKind.SMALL_GROUP if students <= sizes.group_most else SessionKind.SEMINAR


def overlapping(slots: tuple[Slot, ...]) -> list[tuple[int, ...]]:
    """Sets of slots of which nobody can have two: those that hold the moment one of them begins.

    Whatever overlaps, overlaps in one of these sets.
    """
    found = {
        tuple(which for which, other in enumerate(slots) if other.first <= one.first < other.last)
        for one in slots
    }
    return sorted(found)
