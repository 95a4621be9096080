"""Laying out a graph without circles in layers: what comes first stands further left.

Plain values in and out: nodes are ids, links are pairs (needs, is needed). The steps are those of
Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures"
(IEEE SMC, 1981): layers, stand-ins where a link passes a layer, fewer crossings by barycenters,
then places. Each takes at most in the order of nodes × links steps. The same graph is always laid
out alike.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise

SWEEPS = 8
"""So often the layers are ordered by their neighbours, to and fro."""

Links = Iterable[tuple[int, int]]
"""The first needs the second one first; ids of nodes."""


@dataclass(frozen=True, order=True)
class Slot:
    """A place in a layer: of a node, or of a link that passes (`passing` says which)."""

    node: int
    passing: tuple[int, int, int] | None = None
    """The link, and the layer it passes."""


@dataclass(frozen=True)
class Layered:
    """Slots by layer, top to bottom, and the ways of the links through them."""

    layers: list[list[Slot]]
    ways: dict[tuple[int, int], list[Slot]]
    """By link (needs, is needed): from what is needed, over the layers it passes."""


def lay_out(nodes: Sequence[int], links: Links) -> Layered:
    """Put nodes into layers, in an order with few crossings. Nodes that nothing links to or from
    are left out; where there is a choice, the order of `nodes` decides."""
    kept = essential(nodes, links)
    rank = {node: place for place, node in enumerate(nodes)}
    linked = {node for link in kept for node in link}
    layer_of = _layers([node for node in nodes if node in linked], kept)
    ways = {link: _way(link, layer_of) for link in sorted(kept)}
    layers = _filled(layer_of, ways, rank)
    return Layered(_uncrossed(layers, list(ways.values())), ways)


def essential(nodes: Sequence[int], links: Links) -> set[tuple[int, int]]:
    """The links without those that others imply (the transitive reduction)."""
    known = set(nodes)
    needs: dict[int, set[int]] = {node: set() for node in nodes}
    for node, first in links:
        if node in known and first in known:
            needs[node].add(first)
    bit = {node: 1 << place for place, node in enumerate(nodes)}
    reached: dict[int, int] = {}
    kept: set[tuple[int, int]] = set()
    for node in TopologicalSorter(needs).static_order():
        over_others = 0
        for first in needs[node]:
            over_others |= reached[first]
        kept |= {(node, first) for first in needs[node] if not over_others & bit[first]}
        for first in needs[node]:
            over_others |= bit[first]
        reached[node] = over_others
    return kept


def _layers(nodes: Sequence[int], links: set[tuple[int, int]]) -> dict[int, int]:
    """The layer of each node: one after the last of what it needs."""
    needs: dict[int, set[int]] = {node: set() for node in nodes}
    for node, first in links:
        needs[node].add(first)
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    layer_of: dict[int, int] = {}
    layer = 0
    while sorter.is_active():
        ready = sorter.get_ready()
        layer_of |= dict.fromkeys(ready, layer)
        sorter.done(*ready)
        layer += 1
    return layer_of


def _way(link: tuple[int, int], layer_of: Mapping[int, int]) -> list[Slot]:
    node, first = link
    passed = range(layer_of[first] + 1, layer_of[node])
    return [Slot(first), *(Slot(node, (node, first, layer)) for layer in passed), Slot(node)]


def _filled(
    layer_of: Mapping[int, int],
    ways: Mapping[tuple[int, int], list[Slot]],
    rank: Mapping[int, int],
) -> list[list[Slot]]:
    layers: list[list[Slot]] = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
    for node in sorted(layer_of, key=rank.__getitem__):
        layers[layer_of[node]].append(Slot(node))
    for way in ways.values():
        for slot in way[1:-1]:
            assert slot.passing is not None  # noqa: S101 - only the ends of a way are nodes
            layers[slot.passing[2]].append(slot)
    return layers


def _uncrossed(layers: list[list[Slot]], ways: list[list[Slot]]) -> list[list[Slot]]:
    """The order with the fewest crossings that sweeping finds."""
    before, after = neighbours(ways)
    best, fewest = layers, _crossings(layers, after)
    current = layers
    for sweep in range(SWEEPS):
        if not fewest:
            break
        current = _swept(current, before) if sweep % 2 == 0 else _swept(current[::-1], after)[::-1]
        crossings = _crossings(current, after)
        if crossings < fewest:
            best, fewest = current, crossings
    return best


def neighbours(
    ways: Iterable[Sequence[Slot]],
) -> tuple[dict[Slot, list[Slot]], dict[Slot, list[Slot]]]:
    """What each slot is joined to, in the layer before and in the one after."""
    before: dict[Slot, list[Slot]] = {}
    after: dict[Slot, list[Slot]] = {}
    for way in ways:
        for left, right in pairwise(way):
            before.setdefault(right, []).append(left)
            after.setdefault(left, []).append(right)
    return before, after


def _swept(layers: list[list[Slot]], joined: Mapping[Slot, list[Slot]]) -> list[list[Slot]]:
    """Each layer ordered by the middle of what its slots are joined to in the one before."""
    swept = layers[:1]
    for layer in layers[1:]:
        place = {slot: number for number, slot in enumerate(swept[-1])}
        middle = {
            slot: sum(place[other] for other in joined[slot]) / len(joined[slot])
            if joined.get(slot)
            else number
            for number, slot in enumerate(layer)
        }
        swept.append(sorted(layer, key=middle.__getitem__))
    return swept


def _crossings(layers: list[list[Slot]], after: Mapping[Slot, list[Slot]]) -> int:
    crossings = 0
    for left, right in pairwise(layers):
        place = {slot: number for number, slot in enumerate(right)}
        seen: list[int] = []
        for slot in left:
            ends = sorted(place[other] for other in after.get(slot, ()))
            crossings += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
            for end in ends:
                insort(seen, end)
    return crossings
