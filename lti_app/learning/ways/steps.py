"""A pathway's activities as steps: what to do, or another way to do it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lti_app.learning.models import Activity


@dataclass
class Step:
    """One step: doing one of its activities is enough."""

    activity: Activity
    alternatives: list[Activity] = field(default_factory=list)

    @property
    def activities(self) -> list[Activity]:
        """All ways to do the step, the first one first."""
        return [self.activity, *self.alternatives]


def all_of(activities: Iterable[Activity]) -> list[Step]:
    """The steps of a pathway's ordered activities, hidden ones with them.

    An alternative whose step is not in the list (it moved to another pathway) is a step of its
    own.
    """
    in_order = list(activities)
    known = {activity.id for activity in in_order}
    step_of: dict[int, Step] = {}
    for activity in in_order:
        if activity.alternative_to_id not in known:
            step_of[activity.id] = Step(activity)
    for activity in in_order:
        if activity.id not in step_of and activity.alternative_to_id in step_of:
            step_of[activity.alternative_to_id].alternatives.append(activity)
    return list(step_of.values())


def shown(activities: Iterable[Activity]) -> list[Step]:
    """The steps as students see them, without what is hidden: where the first activity of a step
    is hidden, its next one begins it."""
    found = []
    for step in all_of(activities):
        seen = [activity for activity in step.activities if not activity.hidden]
        if seen:
            found.append(Step(seen[0], seen[1:]))
    return found


def finished(activities: Iterable[Activity], done_ids: Iterable[int]) -> bool:
    """Whether of each shown step one activity is done; False where there is no step."""
    done = set(done_ids)
    found = shown(activities)
    return bool(found) and all(any(one.id in done for one in step.activities) for step in found)
