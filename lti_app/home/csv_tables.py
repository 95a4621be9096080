"""Tables for a spreadsheet, line by line: whatever their length, one line is in memory."""

import csv
import io
from collections.abc import Iterable, Iterator

BYTE_ORDER_MARK = "\ufeff"
"""Without it a spreadsheet reads names with accents wrong."""
CHARS_AT_ONCE = 16_384
FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
"""Signs, narrow and wide, after which a spreadsheet may calculate."""


def lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The rows as CSV (RFC 4180), in pieces of some kilobytes."""
    buffer = io.StringIO()
    buffer.write(BYTE_ORDER_MARK)
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if buffer.tell() >= CHARS_AT_ONCE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula.

    What begins like one gets an apostrophe in front (OWASP, CSV injection): a student's answer
    must not run on a teacher's machine.
    """
    if value is None:
        return ""
    if isinstance(value, str) and value[:1] in FORMULA_STARTS:
        return "'" + value
    return value
