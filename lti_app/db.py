"""The database: base classes, column types, and the one place where districts are kept apart.

A `Session` is opened for one district (`Database.session(district_id=…)`). Every query on a
`DistrictScoped` table is then limited to that district, and every new row is stamped with it, by
the two listeners at the end of this file: no rule and no page has to remember it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    LargeBinary,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    mapped_column,
    with_loader_criteria,
)

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment on every database; SQLite itself forgets time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments: a classroom's clock is never guessed."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone can't be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored moment as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_fernet: MultiFernet | None = None


def use_encryption_keys(keys: list[str]) -> None:
    """Set the Fernet keys for `EncryptedText`; the first encrypts, all decrypt."""
    global _fernet
    _fernet = MultiFernet([Fernet(key) for key in keys])


class EncryptedText(TypeDecorator[str]):
    """Text that is encrypted at rest (private keys, refresh tokens)."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Encrypt with the first key."""
        if value is None:
            return None
        assert _fernet is not None, "use_encryption_keys() comes first"  # noqa: S101
        return _fernet.encrypt(value.encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Decrypt with any known key."""
        if value is None:
            return None
        assert _fernet is not None, "use_encryption_keys() comes first"  # noqa: S101
        return _fernet.decrypt(bytes(value)).decode()


class Base(DeclarativeBase):
    """Base of all models."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime}


class DistrictScoped:
    """A row that belongs to one district and is never seen from another."""

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)


class CrossDistrictError(RuntimeError):
    """A row of one district was about to be written on behalf of another: a bug, never input."""


Joined = Callable[[], Session]
"""Opens a session within a transaction under way (`Database.joining`)."""


class Database:
    """One engine and the ways to open sessions on it."""

    def __init__(self, url: str | URL) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _server_engine(self.url)
        self._writing = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        # A single question needs no transaction around it; on a server it spares two round trips.
        alone = {"begin": None} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._asking = self.engine.execution_options(**alone)

    def session(self, *, district_id: int | None = None, writes: bool = True) -> Session:
        """Open a session, limited to `district_id` where one is given.

        `writes=False` promises a session that only reads. On SQLite a writing transaction takes
        its lock at the start: taking it halfway fails at once when another process wrote
        meanwhile, however long the busy timeout is (https://sqlite.org/lang_transaction.html).
        """
        session = Session(self._writing if writes else self.engine, expire_on_commit=False)
        if district_id is not None:
            session.info["district_id"] = district_id
        return session

    @contextmanager
    def transaction(self, *, district_id: int | None = None) -> Iterator[Session]:
        """A writing session that commits at the end, or rolls all back on an exception."""
        with self.session(district_id=district_id) as session, session.begin():
            yield session

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        """A bare connection for a question that is asked at every login or launch: the ORM would
        cost more than the question. It knows no district: each statement says whose rows it means.
        """
        with self._asking.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """As `asking`, in a writing transaction that commits at the end, or rolls all back."""
        with self._writing.begin() as connection:
            yield connection

    @contextmanager
    def joining(self, connection: Connection, *, district_id: int) -> Iterator[Joined]:
        """A session within a transaction under way, for rules that take one: opened when it is
        first asked for. What it was given is written at the end."""
        opened: list[Session] = []

        def session() -> Session:
            if not opened:
                opened.append(
                    Session(
                        connection,
                        join_transaction_mode="rollback_only",
                        expire_on_commit=False,
                        info={"district_id": district_id},
                    )
                )
            return opened[0]

        try:
            yield session
            for one in opened:
                one.flush()
        finally:
            for one in opened:
                one.close()

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _server_engine(url: URL) -> Engine:
    return create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=8)


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(dbapi_connection: Any, _record: Any) -> None:
        # The driver's own implicit BEGIN would always be the late-locking kind; see session().
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        begin = connection.get_execution_options().get("begin", "BEGIN")
        if begin is not None:
            # Straight to the driver: as a statement of SQLAlchemy's it costs as much as a query.
            connection.connection.execute(begin)

    return engine


def insert_into(session: Session, into: Any) -> Any:
    """The database's own `INSERT` into a table or model, which knows `ON CONFLICT`."""
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    return (postgresql.insert if on_postgresql else sqlite.insert)(into)


def insert_if_missing(session: Session, model: type[Base], **values: Any) -> bool:
    """Insert a row unless a unique constraint already holds one; True where it was inserted.

    The way to "find or create" without a race between two workers: insert if missing, then read
    (`with_for_update` where the row is to be changed).
    """
    if "district_id" not in values and issubclass(model, DistrictScoped):
        values["district_id"] = session.info["district_id"]
    # What is returned tells whether a row was written; drivers disagree on the row count.
    statement = insert_into(session, model).values(**values).on_conflict_do_nothing()
    keys = inspect(model).primary_key
    return session.execute(statement.returning(*keys)).first() is not None


def insert_missing(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert many rows in one go, without those that a unique constraint already holds."""
    if not rows:
        return
    more = {"district_id": session.info["district_id"]} if issubclass(model, DistrictScoped) else {}
    statement = insert_into(session, model).values([{**more, **row} for row in rows])
    session.execute(statement.on_conflict_do_nothing())


@event.listens_for(Session, "do_orm_execute")
def _only_this_district(state: ORMExecuteState) -> None:
    district_id = state.session.info.get("district_id")
    if district_id is None or state.is_column_load or state.is_relationship_load:
        return
    state.statement = state.statement.options(
        with_loader_criteria(
            DistrictScoped,
            lambda cls: cls.district_id == district_id,
            include_aliases=True,
        )
    )


@event.listens_for(Session, "before_flush")
def _stamp_district(session: Session, _context: Any, _instances: Any) -> None:
    district_id = session.info.get("district_id")
    if district_id is None:
        return
    for row in session.new:
        if isinstance(row, DistrictScoped):
            if row.district_id is None:
                row.district_id = district_id
            elif row.district_id != district_id:
                raise CrossDistrictError(f"{type(row).__name__} of another district")
