"""Reading the pages that activities link to: once, by a worker, never in somebody's request.

`Activity.link_due_at` is the truth: it says that a page is to be read, and when. It is moved on
before the page is asked for, so a worker that is killed in between costs a few minutes, and two
workers do not ask at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from integrations.outside import OutsideError
from integrations.web.page import LinkedPage
from lti_app.db import Database, now
from lti_app.learning.events import link_written
from lti_app.learning.models import Activity, ActivityKind
from lti_app.learning.ways import links
from lti_app.sync import wake

AGAIN_AFTER = (timedelta(minutes=10), timedelta(hours=3))
"""How long a site that failed is left alone, after the first and the second time; after the third
it is not asked again."""
MOST_AT_ONCE = 5
"""Pages one run of the job reads; more wait for the next: slow sites hold up no grades."""
NOT_TO_BE_READ = frozenset({"not_an_address", "not_public"})
"""Refusals that will be the same tomorrow."""

Reader = Callable[[str], LinkedPage]
"""Reads the page at an address. Raises `OutsideError`."""


@dataclass(frozen=True)
class Due:
    """A link to be read, leased by this worker."""

    district_id: int
    activity_id: int
    url: str
    due_at: datetime | None
    """When it is read again if nothing comes of it now; None: never."""


@link_written.connect
def ask_for_reading(session: Session) -> None:
    """A link was written: wake a worker once it is saved."""
    wake.links_waiting(session)


def read_due(database: Database, read: Reader) -> bool:
    """Read the pages that are due, each once. True where more wait."""
    for _ in range(MOST_AT_ONCE):
        due = lease(database)
        if due is None:
            return False
        try:
            page = read(due.url)
        except OutsideError as error:
            if error.code in NOT_TO_BE_READ:
                _give_up(database, due)
            continue
        keep(database, due, page)
    return True


def waiting(database: Database) -> bool:
    """Whether a link is due to be read."""
    with database.session(writes=False) as session:
        found = select(Activity.id).where(Activity.link_due_at <= now()).limit(1)
        return session.scalar(found) is not None


def lease(database: Database) -> Due | None:
    """The link that waits longest, if one is due; nobody else reads it meanwhile."""
    with database.transaction() as session:
        activity = session.scalars(
            select(Activity)
            .where(Activity.link_due_at <= now(), Activity.url.is_not(None))
            .order_by(Activity.link_due_at, Activity.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if activity is None or activity.url is None:
            return None
        again = activity.link_tries < len(AGAIN_AFTER)
        activity.link_due_at = now() + AGAIN_AFTER[activity.link_tries] if again else None
        activity.link_tries += 1
        return Due(activity.district_id, activity.id, activity.url, activity.link_due_at)


def keep(database: Database, due: Due, page: LinkedPage) -> None:
    """Write down what a page said. An activity that is gone, or links elsewhere by now, stays as
    it is, and so do a title and a kind that a teacher wrote."""
    with database.transaction(district_id=due.district_id) as session:
        activity = session.scalars(
            select(Activity).where(Activity.id == due.activity_id).with_for_update()
        ).first()
        if activity is None or activity.url != due.url:
            return
        activity.link_title = page.title
        activity.link_frames = page.frames
        activity.link_seen_at = now()
        activity.link_due_at = None
        if page.title and activity.title == links.host_of(due.url):
            activity.title = page.title
        if activity.kind == ActivityKind.OTHER:
            activity.kind = links.kind_of_content(page.content_type)


def _give_up(database: Database, due: Due) -> None:
    with database.transaction(district_id=due.district_id) as session:
        session.execute(
            update(Activity)
            .where(Activity.id == due.activity_id, Activity.url == due.url)
            .values(link_due_at=None)
        )
