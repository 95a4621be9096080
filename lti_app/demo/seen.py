"""What a step of the demo saw, and what it should have seen."""


class StepFailed(AssertionError):
    """A step did not do what it should; the message says what was seen."""


def need(holds: bool, seen: str) -> None:
    """Raise `StepFailed` with what was seen, unless it holds."""
    if not holds:
        raise StepFailed(f"saw: {seen[:300]}")


def between(text: str, before: str, after: str) -> str:
    """What stands between two words of a text."""
    return text.partition(before)[2].partition(after)[0]
