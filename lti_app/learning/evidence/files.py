"""Photos and files of attempts: their bytes in the store, their rows in the database.

Bytes are put first and their row is written in the attempt's transaction. Who is interrupted in
between leaves bytes that no row names; `sweep` removes them a day later.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import Database, now
from lti_app.errors import BadInput, NotHere, PathwaysError
from lti_app.files import FileStore
from lti_app.learning.evidence import pictures
from lti_app.learning.models import Attempt, EvidenceFile
from lti_app.people.models import Section
from lti_app.people.viewer import Viewer

MOST_FILES = 3
MOST_BYTES = 10 * 1024 * 1024
"""Of one file, as sent."""
ORPHAN_AFTER = timedelta(days=1)
ROWS_AT_ONCE = 500


class StoreAway(PathwaysError):
    """The store can't be reached; the person may try again."""

    status = 503
    code = "store_away"


@dataclass(frozen=True)
class Kept:
    """A file whose bytes are in the store, and which no attempt names yet."""

    key: str
    name: str
    content_type: str
    size_bytes: int
    digest: str


def keep(store: FileStore, district_id: int, sent: Sequence[bytes]) -> list[Kept]:
    """Put what a student sent into the store, each file once.

    No transaction should be open meanwhile: pictures take a moment. Raises `BadInput` for too
    many, too large, and unusable files (then none is kept), `StoreAway` where there is no store.
    """
    found = {hashlib.sha256(content).hexdigest(): content for content in sent if content}
    if len(found) > MOST_FILES:
        raise BadInput(
            _l("These are too many files."),
            _l("Send at most %(n)s: pick the ones that show your work best.", n=MOST_FILES),
        )
    if any(len(content) > MOST_BYTES for content in found.values()):
        raise BadInput(
            _l("This file is too large."),
            _l("A file may have %(n)s MB. Take a new photo, or send less.", n=MOST_BYTES >> 20),
        )
    ready = [(digest, pictures.clean(content)) for digest, content in found.items()]
    kept = []
    for number, (digest, one) in enumerate(ready, start=1):
        ending = pictures.ENDINGS[one.content_type]
        kind = "file" if one.content_type == pictures.DOCUMENT else "photo"
        key = f"{district_id}/{secrets.token_urlsafe(24)}.{ending}"
        _put(store, key, one)
        kept.append(
            Kept(key, f"{kind}-{number}.{ending}", one.content_type, len(one.content), digest)
        )
    return kept


def _put(store: FileStore, key: str, one: pictures.Clean) -> None:
    try:
        store.put(key, one.content, one.content_type)
    except OSError:
        raise StoreAway(
            _l("We can't keep photos and files right now."),
            _l("Nothing was sent. Wait a minute and send it again, or send it without them."),
        ) from None


def add(session: Session, attempt_id: int, kept: Sequence[Kept]) -> None:
    """Write the rows of an attempt's files."""
    session.add_all(
        EvidenceFile(
            attempt_id=attempt_id,
            key=one.key,
            name=one.name,
            content_type=one.content_type,
            size_bytes=one.size_bytes,
            digest=one.digest,
        )
        for one in kept
    )


def get(session: Session, viewer: Viewer, file_id: int) -> EvidenceFile:
    """A file, for the student who sent it and for those who teach in the team. Raises `NotHere`."""
    theirs_to_see = (
        Section.team_id == viewer.team_id
        if viewer.is_staff
        else Attempt.person_id == viewer.person_id
    )
    found = session.scalars(
        select(EvidenceFile)
        .join(Attempt, EvidenceFile.attempt_id == Attempt.id)
        .join(Section, Attempt.section_id == Section.id)
        .where(EvidenceFile.id == file_id, theirs_to_see)
    ).first()
    if found is None:
        raise NotHere
    return found


def read(store: FileStore, found: EvidenceFile) -> bytes:
    """A file's bytes. Raises `NotHere` where they are gone, `StoreAway` where there is no store."""
    try:
        content = store.get(found.key)
    except OSError:
        raise StoreAway(
            _l("We can't reach photos and files right now."), _l("Wait a minute and try again.")
        ) from None
    if content is None:
        raise NotHere
    return content


def sweep(database: Database, store: FileStore) -> int:
    """Remove bytes that are older than a day and that no row names; returns how many.

    Again and again without harm, and beside others who sweep. Raises `OSError` where there is no
    store.
    """
    removed = 0
    old = iter(store.older_than(now() - ORPHAN_AFTER))
    while keys := list(islice(old, ROWS_AT_ONCE)):
        for key in _orphans(database, keys):
            store.delete(key)
            removed += 1
    return removed


def _orphans(database: Database, keys: Sequence[str]) -> Iterator[str]:
    with database.session(writes=False) as session:
        named = set(session.scalars(select(EvidenceFile.key).where(EvidenceFile.key.in_(keys))))
    return (key for key in keys if key not in named)
