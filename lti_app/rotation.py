"""Encrypted columns written anew with the first key, while workers go on writing.

Found by their type in the models' metadata, so that a new encrypted column is never forgotten.
Each value is changed only where it still is what was read: a token that a worker refreshed
meanwhile stays. What the first key wrote already is passed over, so that a run which broke off is
simply run again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Column, LargeBinary, select, tuple_, type_coerce, update
from sqlalchemy.orm import Session

from lti_app.db import Base, Database, EncryptedText

BATCH = 200
"""Rows in one transaction: short enough for others to write in between."""


@dataclass
class Rotated:
    """What became of a column's values."""

    column: str
    """`table.column`."""
    renewed: int = 0
    current: int = 0
    """Written with the first key before."""
    changed_meanwhile: int = 0
    """Somebody wrote another value while we looked: to be looked at by another run."""
    unreadable: int = 0
    """No key that we have opens it."""


def encrypted_columns() -> list[Column[Any]]:
    """Every encrypted column there is."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, EncryptedText)
    ]


def rotate(database: Database, keys: Sequence[str]) -> Iterator[Rotated]:
    """Have every encrypted value encrypted with the first of `keys`; yields counts by column."""
    ring = _Ring(keys)
    for column in encrypted_columns():
        yield _rotate_column(database, ring, column)


class _Ring:
    def __init__(self, keys: Sequence[str]) -> None:
        self._first = Fernet(keys[0])
        self._all = MultiFernet([Fernet(key) for key in keys])

    def is_current(self, value: bytes) -> bool:
        try:
            self._first.decrypt(value)
        except InvalidToken:
            return False
        return True

    def renewed(self, value: bytes) -> bytes | None:
        """The value under the first key; None where no key opens it."""
        try:
            return self._all.rotate(value)
        except InvalidToken:
            return None


def _rotate_column(database: Database, ring: _Ring, column: Column[Any]) -> Rotated:
    done = Rotated(f"{column.table.name}.{column.name}")
    last: tuple[Any, ...] | None = None
    while True:
        with database.transaction() as session:
            rows = _batch(session, column, last)
            for row in rows:
                _rotate_value(session, ring, column, row, done)
        if len(rows) < BATCH:
            return done
        last = tuple(rows[-1])[:-1]


def _batch(session: Session, column: Column[Any], last: tuple[Any, ...] | None) -> Sequence[Any]:
    """The next rows by primary key: the key's values, then what is stored, as it is stored."""
    table = column.table
    key = list(table.primary_key.columns)
    query = (
        select(*key, type_coerce(column, LargeBinary))
        .where(column.is_not(None))
        .order_by(*key)
        .limit(BATCH)
    )
    if last is not None:
        query = query.where(tuple_(*key) > tuple_(*last))
    return session.execute(query).all()


def _rotate_value(
    session: Session, ring: _Ring, column: Column[Any], row: Any, done: Rotated
) -> None:
    *key, stored = tuple(row)
    if ring.is_current(bytes(stored)):
        done.current += 1
        return
    renewed = ring.renewed(bytes(stored))
    if renewed is None:
        done.unreadable += 1
        return
    table = column.table
    mine = [one == value for one, value in zip(table.primary_key.columns, key, strict=True)]
    written = session.execute(
        update(table)
        .where(*mine, type_coerce(column, LargeBinary) == bytes(stored))
        .values({column.name: type_coerce(renewed, LargeBinary)})
        .returning(*table.primary_key.columns)
    ).first()
    if written is None:
        done.changed_meanwhile += 1
    else:
        done.renewed += 1
