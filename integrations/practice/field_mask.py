"""Partial responses: only the fields a caller asked for (`fields=a,b(c,d)`)."""

from collections.abc import Iterator
from typing import Any


def masked(answer: dict[str, Any], fields: str) -> dict[str, Any]:
    """Only the asked-for fields (partial response), as `a,b(c,d)`; an empty mask keeps all."""
    return _pick(answer, parsed(fields)) if fields else answer


def parsed(fields: str) -> dict[str, Any]:
    """The mask as a tree of names; a name without children asks for all below it."""
    return _parse(iter(_tokens(fields)))


def _tokens(fields: str) -> list[str]:
    for mark in "(),":
        fields = fields.replace(mark, f" {mark} ")
    return fields.replace("/", " / ").split()


def _parse(tokens: Iterator[str]) -> dict[str, Any]:
    mask: dict[str, Any] = {}
    name = ""
    place = mask
    for part in tokens:
        if part == "(":
            place[name] = _parse(tokens)
        elif part == ")":
            return mask
        elif part == ",":
            place = mask
        elif part == "/":
            place = place.setdefault(name, {})
        else:
            name = part
            place.setdefault(name, {})
    return mask


def _pick(value: Any, mask: dict[str, Any]) -> Any:
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [_pick(item, mask) for item in value]
    if isinstance(value, dict):
        return {name: _pick(value[name], inner) for name, inner in mask.items() if name in value}
    return value
