"""The map as boxes and lines with their places, in CSS pixels; a template only writes them down."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lti_app.learning.plan.layers import Layered, Links, Slot, lay_out, neighbours

BOX_WIDTH = 220
LETTERS_IN_LINE = 21
"""So many letters of the map's type fit into a box, of the widest that browsers fall back to."""
WIDE_LETTERS = frozenset("mwMW@%<>&+=#—…")
WIDE = 1.4
"""A wide or capital letter takes as much room as so many others."""
MOST_LINES = 8
LINE_HEIGHT = 20
PADDING = 12
STATUS_HEIGHT = 30
"""Of the line that says the level, or how many met it."""
BETWEEN_LAYERS = 64
BETWEEN_BOXES = 26
PASSING_HEIGHT = 8
MARGIN = 34
"""Around the whole; the sign *you are here* stands in it."""
IN_ROW = 5
"""Targets without links stand below, so many in a row."""


@dataclass(frozen=True)
class Box:
    """A target: its top left corner, its size, its title in lines."""

    node: int
    x: float
    y: float
    height: float
    lines: list[str]
    width: float = BOX_WIDTH


@dataclass(frozen=True)
class Line:
    """An arrow from what comes first to what comes then, as an SVG path."""

    node: int
    first: int
    path: str


@dataclass(frozen=True)
class Drawing:
    """A map that can be drawn."""

    boxes: list[Box]
    """Those with links by layer, then the others."""
    lines: list[Line]
    width: float
    height: float
    layers: list[list[int]]
    """Nodes by layer: what comes first, then, then …"""
    unlinked: list[int]


def draw(title_of: Mapping[int, str], links: Links) -> Drawing:
    """Lay out nodes (in the order of `title_of`) and their links, and give all of it places."""
    nodes = list(title_of)
    laid = lay_out(nodes, links)
    layers = [[slot.node for slot in layer if slot.passing is None] for layer in laid.layers]
    linked = {node for layer in layers for node in layer}
    unlinked = [node for node in nodes if node not in linked]
    lines_of = {node: wrapped(title) for node, title in title_of.items()}
    height_of = {node: _height(lines) for node, lines in lines_of.items()}
    middles = _middles(laid, height_of)
    boxes = [
        Box(
            node,
            MARGIN + layer * (BOX_WIDTH + BETWEEN_LAYERS),
            middles[Slot(node)] - height_of[node] / 2,
            height_of[node],
            lines_of[node],
        )
        for layer, row in enumerate(layers)
        for node in row
    ]
    bottom = max((box.y + box.height for box in boxes), default=MARGIN - 2 * BETWEEN_BOXES)
    boxes += _grid(unlinked, lines_of, height_of, bottom + 2 * BETWEEN_BOXES)
    return Drawing(
        boxes=boxes,
        lines=[
            Line(node, first, _path(way, middles, layers))
            for (node, first), way in laid.ways.items()
        ],
        width=max((box.x + box.width for box in boxes), default=0) + MARGIN,
        height=max((box.y + box.height for box in boxes), default=0) + MARGIN,
        layers=layers,
        unlinked=unlinked,
    )


def wrapped(title: str) -> list[str]:
    """A title in lines that fit a box; what is too long ends in an ellipsis."""
    lines = [""]
    for word in title.split():
        for piece in _pieces(word):
            joined = f"{lines[-1]} {piece}".lstrip()
            if lines[-1] and _letters(joined) > LETTERS_IN_LINE:
                lines.append(piece)
            else:
                lines[-1] = joined
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], _cut(lines[MOST_LINES - 1], LETTERS_IN_LINE - 2) + " …"]
    return lines


def _pieces(word: str) -> Iterator[str]:
    """A word in parts that each fit a line."""
    while word:
        fitting = _cut(word, LETTERS_IN_LINE)
        yield fitting
        word = word[len(fitting) :]


def _cut(text: str, letters: float) -> str:
    while _letters(text) > letters:
        text = text[:-1]
    return text


def _letters(text: str) -> float:
    """How long a text is, counted in letters of common width."""
    return sum(WIDE if letter in WIDE_LETTERS or letter.isupper() else 1.0 for letter in text)


def _height(lines: Sequence[str]) -> float:
    return 2 * PADDING + len(lines) * LINE_HEIGHT + STATUS_HEIGHT


def _grid(
    nodes: Sequence[int],
    lines_of: Mapping[int, list[str]],
    height_of: Mapping[int, float],
    top: float,
) -> list[Box]:
    boxes: list[Box] = []
    for start in range(0, len(nodes), IN_ROW):
        row = nodes[start : start + IN_ROW]
        for place, node in enumerate(row):
            x = MARGIN + place * (BOX_WIDTH + BETWEEN_BOXES)
            boxes.append(Box(node, x, top, height_of[node], lines_of[node]))
        top += max(height_of[node] for node in row) + BETWEEN_BOXES
    return boxes


def _middles(laid: Layered, height_of: Mapping[int, float]) -> dict[Slot, float]:
    """The height at which each slot has its middle: near what it is joined to, in its order."""
    before, after = neighbours(laid.ways.values())
    middle: dict[Slot, float] = {}
    for layer in laid.layers:
        _settle(layer, height_of, dict.fromkeys(layer, 0.0), middle)
    for joined, layers in ((before, laid.layers), (after, laid.layers[::-1])) * 2:
        for layer in layers:
            wanted = {
                slot: sum(middle[other] for other in joined[slot]) / len(joined[slot])
                if joined.get(slot)
                else middle[slot]
                for slot in layer
            }
            _settle(layer, height_of, wanted, middle)
    top = min(
        (middle[slot] - _tall(slot, height_of) / 2 for layer in laid.layers for slot in layer),
        default=0.0,
    )
    return {slot: round(place - top + MARGIN, 1) for slot, place in middle.items()}


def _settle(
    layer: Sequence[Slot],
    height_of: Mapping[int, float],
    wanted: Mapping[Slot, float],
    middle: dict[Slot, float],
) -> None:
    """Give a layer's slots places as near to the wanted ones as their order and size allow."""
    previous_bottom = float("-inf")
    drift = 0.0
    for slot in layer:
        half = _tall(slot, height_of) / 2
        middle[slot] = max(wanted[slot], previous_bottom + BETWEEN_BOXES + half)
        previous_bottom = middle[slot] + half
        drift += middle[slot] - wanted[slot]
    for slot in layer:
        middle[slot] -= drift / len(layer)


def _tall(slot: Slot, height_of: Mapping[int, float]) -> float:
    return height_of[slot.node] if slot.passing is None else PASSING_HEIGHT


def _path(
    way: Sequence[Slot], middles: Mapping[Slot, float], layers: Sequence[Sequence[int]]
) -> str:
    """A curve from the right side of what comes first to the left side of what comes then."""
    layer = next(number for number, row in enumerate(layers) if way[0].node in row)
    x = MARGIN + layer * (BOX_WIDTH + BETWEEN_LAYERS) + BOX_WIDTH
    path = [f"M{x:g} {middles[way[0]]:g}"]
    for left, right in pairwise(way):
        end, half = x + BETWEEN_LAYERS, x + BETWEEN_LAYERS / 2
        path.append(
            f"C{half:g} {middles[left]:g} {half:g} {middles[right]:g} {end:g} {middles[right]:g}"
        )
        x = end
        if right.passing is not None:
            x += BOX_WIDTH
            path.append(f"H{x:g}")
    return " ".join(path)
