"""Who is listed to administer a district by signing in with Google; addresses are not kept."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from lti_app.db import insert_if_missing
from lti_app.errors import BadInput, NotHere
from lti_app.people import audit
from lti_app.people.identities import email_digest
from lti_app.people.models import ListedAdmin, Person


def of_district(session: Session) -> list[ListedAdmin]:
    """Those listed, with their persons where they have signed in, in the order they were added."""
    query = select(ListedAdmin).order_by(ListedAdmin.id).options(joinedload(ListedAdmin.person))
    return list(session.scalars(query))


def find(session: Session, secret: str, email: str) -> ListedAdmin:
    """Who is listed with an address. Raises `BadInput` where nobody is."""
    digest = email_digest(secret, email)
    found = session.scalars(select(ListedAdmin).where(ListedAdmin.email_digest == digest)).first()
    if found is None:
        raise BadInput(_l("Nobody is listed with this address."), _l("Check its letters."))
    return found


def add(
    session: Session, secret: str, email: str, *, district_id: int, by_id: int | None = None
) -> None:
    """List the owner of an address. Raises `BadInput` where it is none, or is listed already."""
    local, _, domain = email.strip().rpartition("@")
    if (
        not local
        or "." not in domain
        or len(email) > 320
        or any(c.isspace() for c in email.strip())
    ):
        raise BadInput(
            _l("This is no e-mail address."),
            _l("Write the address of their Google account at school, such as ana@school.org."),
        )
    digest = email_digest(secret, email)
    if not insert_if_missing(session, ListedAdmin, email_digest=digest):
        raise BadInput(_l("This address is listed already."), _l("Nothing needs to be done."))
    audit.record(session, "admin.listed", district_id=district_id, person_id=by_id)


def remove(session: Session, listed_id: int, *, district_id: int, by_id: int | None = None) -> None:
    """Take somebody off the list; they are out with the next page they open.

    Raises `NotHere`; `BadInput` where `by_id` would lock everybody out, themself included.
    """
    # All rows are locked, in order: two who remove each other at once must not both succeed.
    query = select(ListedAdmin).order_by(ListedAdmin.id).with_for_update()
    listed = {row.id: row for row in session.scalars(query)}
    row = listed.pop(listed_id, None)
    if row is None:
        raise NotHere
    if by_id is not None and not _somebody_stays(session, list(listed.values())):
        raise BadInput(
            _l("Nobody else could open these pages then."),
            _l("Let another administrator sign in first, or ask whoever runs Pathways."),
        )
    session.delete(row)
    audit.record(
        session, "admin.unlisted", district_id=district_id, person_id=by_id, was=row.person_id
    )


def _somebody_stays(session: Session, listed: list[ListedAdmin]) -> bool:
    """Somebody listed who has signed in before, or an administrator of a platform."""
    if any(row.person_id is not None for row in listed):
        return True
    launched = select(func.count()).select_from(Person).where(Person.is_admin)
    return bool(session.scalar(launched))
