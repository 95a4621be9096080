"""A table that was pasted from a spreadsheet, as rows of named cells."""

import csv
import re
import unicodedata
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from lti_app.errors import BadInput

MOST_ROWS = 300
MOST_LETTERS = 300_000

COLUMNS = ("unit", "target", "standards", "needs")
"""The order that counts where the table has no header."""
NAMES = {
    "unit": "unit units unidad unidades topic tema",
    "target": "target targets learning_target learning_targets title i_can meta metas objetivo "
    "objetivos titulo meta_de_aprendizaje metas_de_aprendizaje yo_puedo",
    "standards": "standard standards code codes standard_code standard_codes estandar estandares "
    "codigo codigos",
    "needs": "needs needs_first need_first first prerequisite prerequisites primero antes "
    "necesita necesita_primero necesita_antes prerrequisito prerrequisitos requisito requisitos",
}
"""How a header may call each column, in English and Spanish; see `_name_key`."""

_COLUMN_OF = {name: column for column, names in NAMES.items() for name in names.split()}


@dataclass(frozen=True)
class Row:
    """One row, as it was pasted."""

    number: int
    """Counted from 1 with the header and empty rows, as in the spreadsheet."""
    unit: str
    target: str
    standards: str
    needs: str


def read(pasted: str) -> list[Row]:
    """The table's rows without the header and without empty ones.

    Cells are told apart by tabs, semicolons or commas. Raises `BadInput` for a table that is
    empty, too long, or can't be read.
    """
    text = pasted.replace("\0", "")
    if len(text) > MOST_LETTERS:
        raise _too_long()
    try:
        lines = _cells(text, _separator(text))
    except csv.Error:
        raise BadInput(
            _l("This table can't be read."),
            _l("Copy the cells in your spreadsheet once more and paste them here."),
        ) from None
    if not lines:
        raise BadInput(_l("There is nothing in the table."), _l("Paste at least one row."))
    columns = _header(lines[0][1])
    if columns is not None:
        lines = lines[1:]
    elif max(len(cells) for _, cells in lines) == 1:
        columns = ["target"]
    else:
        columns = list(COLUMNS)
    if len(lines) > MOST_ROWS:
        raise _too_long()
    if not lines:
        raise BadInput(_l("There is nothing below the header."), _l("Paste at least one row."))
    return [_row(number, columns, cells) for number, cells in lines]


def _too_long() -> BadInput:
    return BadInput(
        _l("A table can have up to %(n)s rows.", n=MOST_ROWS),
        _l("Paste it in parts, one after the other."),
    )


def _cells(text: str, separator: str) -> list[tuple[int, list[str]]]:
    """Numbered lines with anything in them; cells in quotation marks may run over lines."""
    lines = text.splitlines(keepends=True)
    rows = csv.reader(lines, delimiter=separator) if separator else ([line] for line in lines)
    numbered = (
        (number, [" ".join(cell.split()) for cell in cells])
        for number, cells in enumerate(rows, start=1)
    )
    return [(number, cells) for number, cells in numbered if any(cells)]


def _separator(text: str) -> str:
    """What stands between cells; empty where each line is one cell.

    A spreadsheet pastes tabs. Where there are none, titles may hold commas themselves: they are
    separators only where a header says so, or where every line has as many.
    """
    if "\t" in text:
        return "\t"
    lines = [line for line in text.splitlines() if line.strip()]
    for separator in (";", ","):
        if lines and _header(next(csv.reader([lines[0]], delimiter=separator))):
            return separator
    try:
        found = csv.Sniffer().sniff("\n".join(lines[:50]), delimiters=";,").delimiter
    except csv.Error:
        return ""
    counts = {len(cells) for cells in csv.reader(lines, delimiter=found) if any(cells)}
    return found if len(counts) == 1 and 1 < max(counts) <= len(COLUMNS) else ""


def _header(cells: list[str]) -> list[str] | None:
    """The column of each cell (empty: none of ours) where the cells are a header."""
    columns = [_COLUMN_OF.get(_name_key(cell), "") for cell in cells]
    named = [column for column in columns if column]
    return columns if "target" in named and len(named) == len(set(named)) else None


def _name_key(name: str) -> str:
    """A column's name without case, accents and marks: `Estándares:` is `estandares`."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return "_".join(re.findall(r"[a-z0-9]+", letters))


def _row(number: int, columns: list[str], cells: list[str]) -> Row:
    cell_of = {column: cell for column, cell in zip(columns, cells, strict=False) if column}
    return Row(number, **{column: cell_of.get(column, "") for column in COLUMNS})
