"""The job queue: Huey on SQLite, PostgreSQL or Redis. It wakes workers; the tables are truth."""

from pathlib import Path
from urllib.parse import urlsplit

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey


def make_queue(url: str) -> Huey:
    """Open the queue at `url` (`sqlite:///…`, `postgresql://…`, `redis://…`).

    Raises `ValueError` for any other address.
    """
    scheme = urlsplit(url).scheme.partition("+")[0]
    common = {"name": "pathways", "results": False, "utc": True}
    if scheme == "sqlite":
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteHuey(filename=str(path), timeout=30, **common)
    if scheme in {"postgresql", "postgres"}:
        return PostgresHuey(dsn=url.replace("postgresql+psycopg://", "postgresql://"), **common)
    if scheme in {"redis", "rediss"}:
        return RedisHuey(url=url, **common)
    raise ValueError(f"PATHWAYS_QUEUE_URL: {scheme}:// is not sqlite, postgresql or redis")
