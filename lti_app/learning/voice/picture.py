"""The picture of a student's progress: a line of steps, drawn by the server."""

from dataclasses import dataclass
from datetime import date

from lti_app.learning.voice.progress import Week

WIDTH, HEIGHT = 400, 230
LEFT, RIGHT, TOP, BOTTOM = 46, 26, 30, 44
"""Room for the axes' words, in the picture's units."""
MOST_LINES = 5
FEWEST_TARGETS = 4
"""The axis goes at least so high: one target is a beginning and no summit."""
LEAST_MONTH = 34
"""Room a month's name needs."""


@dataclass(frozen=True)
class Picture:
    """Places in the picture's units."""

    line: str
    """An SVG path of the steps."""
    area: str
    """An SVG path of what lies under them."""
    across: list[tuple[float, int]]
    """Lines across: height, and the number of targets it stands for."""
    months: list[tuple[float, date]]
    """Where a month begins, and its first week."""
    end_x: float
    end_y: float
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def drawn(weeks: list[Week]) -> Picture:
    """The picture of one or more weeks; each is as wide as the others, this one at the right."""
    step = (WIDTH - LEFT - RIGHT) / len(weeks)
    every, top = _scale(max(week.met for week in weeks))

    def height(met: int) -> float:
        return round(HEIGHT - BOTTOM - met * (HEIGHT - BOTTOM - TOP) / top, 1)

    def place(number: int) -> float:
        return round(LEFT + number * step, 1)

    path = f"M{LEFT} {height(weeks[0].met)}"
    for number, week in enumerate(weeks):
        path += f"V{height(week.met)}H{place(number + 1)}"
    return Picture(
        line=path,
        area=f"{path}V{height(0)}H{LEFT}Z",
        across=[(height(met), met) for met in range(0, top + 1, every)],
        months=_months(weeks, step),
        end_x=place(len(weeks)),
        end_y=height(weeks[-1].met),
    )


def _scale(most: int) -> tuple[int, int]:
    """Every how many targets there is a line, and how high the axis goes."""
    most = max(most, FEWEST_TARGETS)
    every = -(-most // MOST_LINES)
    return every, -(-most // every) * every


def _months(weeks: list[Week], step: float) -> list[tuple[float, date]]:
    """The first week, and each that begins a month, as far as their names have room."""
    found: list[tuple[float, date]] = []
    for number, week in enumerate(weeks):
        x = round(LEFT + number * step, 1)
        begins = not found or week.monday.month != found[-1][1].month
        if begins and number and found and x - found[-1][0] < LEAST_MONTH:
            found.pop()
        if begins:
            found.append((x, week.monday))
    return found
