"""The table of certification points names tests that are there."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).parent / "certification.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
AREAS = {
    "Core: launches that must not enter",
    "Core: launches that must enter",
    "Security framework",
    "Dynamic registration",
    "Deep linking 2.0",
    "Names and roles 2.0",
    "Assignments and grades 2.0",
    "Course groups, notices and data privacy",
    "Safety",
}


def points() -> list[tuple[str, str]]:
    """Area and line of every point."""
    found, area = [], ""
    for line in TABLE.read_text().splitlines():
        if line.startswith("## "):
            area = line.removeprefix("## ")
        elif area in AREAS and line.startswith("| ") and not line.startswith("| Point"):
            found.append((area, line))
    return found


def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


def test_every_point_names_a_test_that_is_there():
    missing = []
    for area, line in points():
        named = NAMED.findall(line)
        if not named:
            missing.append(f"{area}: {line}")
        missing += [
            f"{path}::{name}"
            for path, name in named
            if not name.startswith("test_")
            or not (ROOT / path).is_file()
            or name not in functions_of(path)
        ]

    assert missing == []


def test_no_area_is_empty():
    assert set(Counter(area for area, _ in points())) == AREAS
