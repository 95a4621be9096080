"""Titles in one line that fits, and a standard's statement as a first wording of a target."""

import re

from lti_app.learning.targets import LONGEST_TITLE

SHORTEST_CLAUSE = 25
"""Letters; a bracket that comes sooner belongs to the clause, as in *the product (a/b) × q*."""

VERBS = frozenset(
    (
        "add analyze apply ask build calculate choose classify compare compose compute convert "
        "count decide demonstrate describe design determine develop display distinguish divide "
        "draw estimate evaluate explain express find fluently form generate graph identify "
        "integrate interpret introduce know link locate make measure multiply order partition "
        "perform produce provide quote read recall recognize relate report represent review round "
        "show solve subtract summarize tell understand use verify write"
    ).split()
)
"""With what the statements of standards begin that say what a student can do."""


def shortened(title: str) -> str:
    """A title in one line that fits; empty titles stay empty."""
    line = " ".join(title.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"


def as_target(statement: str) -> str:
    """A standard's statement as a first wording of a target: *I can …*, without what it adds in
    brackets or further clauses; as it stands where it does not begin with a verb."""
    line = re.split(r",? (?:e\.g\.|i\.e\.)", " ".join(statement.split()))[0].rstrip(".")
    ends = [at for at, mark in enumerate(line) if mark in "(.;:" and at >= SHORTEST_CLAUSE]
    clause = line[: ends[0]].rstrip() if ends else line
    if clause.partition(" ")[0].rstrip(",").lower() in VERBS:
        return f"I can {clause[:1].lower()}{clause[1:]}."
    return clause
