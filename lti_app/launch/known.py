"""What stands already of whoever comes in, and of their section: read in one go, as plain values.

A launch mostly finds all as it says. Loading and flushing objects to see that would cost several
times the questions themselves.
"""

from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, insert, select, update
from sqlalchemy.engine import Connection

from lti_app.db import Base
from lti_app.launch.models import Deployment, ResourceLink
from lti_app.people.models import Enrolment, Identity, Person, Section, TeamMember

Row = dict[str, Any]
Known = dict[type[Base], Row]
"""By model: columns of the row that stands, its `id` first; nothing where none does."""

_READ: dict[type[Base], tuple[str, ...]] = {
    Identity: ("id", "email_digest"),
    Person: ("id", "name", "locale", "is_admin"),
    Section: (
        "id",
        "team_id",
        "title",
        "roster_url",
        "roster_differences_url",
        "groups_url",
        "line_items_url",
        "service_scopes",
    ),
    Enrolment: ("id", "role", "active"),
    TeamMember: ("id",),
    ResourceLink: ("id", "title", "line_item_url"),
}


def table_of(model: type[Base]) -> Table:
    """A model's table, for statements without the ORM."""
    return cast(Table, model.__table__)


_deployment, _identity, _person, _section, _enrolment, _member, _link = (
    table_of(model).c
    for model in (Deployment, Identity, Person, Section, Enrolment, TeamMember, ResourceLink)
)
# Every launch asks this: it is put together once. Whatever is found is the deployment's district's.
_FIND = (
    select(*(table_of(model).c[name] for model, names in _READ.items() for name in names))
    .select_from(table_of(Deployment))
    .outerjoin(
        table_of(Identity),
        and_(
            _identity.district_id == _deployment.district_id,
            _identity.source == bindparam("source"),
            _identity.subject == bindparam("subject"),
        ),
    )
    .outerjoin(table_of(Person), _person.id == _identity.person_id)
    .outerjoin(
        table_of(Section),
        and_(
            _section.district_id == _deployment.district_id,
            _section.source == bindparam("source"),
            _section.external_id == bindparam("context_id"),
        ),
    )
    .outerjoin(
        table_of(Enrolment),
        and_(_enrolment.section_id == _section.id, _enrolment.person_id == _person.id),
    )
    .outerjoin(
        table_of(TeamMember),
        and_(_member.team_id == _section.team_id, _member.person_id == _person.id),
    )
    .outerjoin(
        table_of(ResourceLink),
        and_(
            _link.section_id == _section.id,
            _link.external_id == bindparam("resource_link_id"),
        ),
    )
    .where(_deployment.id == bindparam("deployment_id"))
)


def find(
    connection: Connection,
    deployment_id: int,
    source: str,
    *,
    subject: str,
    context_id: str | None,
    resource_link_id: str,
) -> Known:
    """The rows of a person and a section, by the ids that the platform has for them; the
    enrolment of one in the other, their place in its team, and the link that was clicked."""
    asked = {
        "deployment_id": deployment_id,
        "source": source,
        "subject": subject,
        "context_id": context_id,
        "resource_link_id": resource_link_id,
    }
    values = iter(connection.execute(_FIND, asked).one())
    found = {
        model: dict(zip(names, values, strict=False))  # each takes its own from what is left
        for model, names in _READ.items()
    }
    return {model: row for model, row in found.items() if row["id"] is not None}


def bring_up_to_date(
    connection: Connection, model: type[Base], stands: Row, says: dict[str, Any]
) -> None:
    """Write the columns that changed, if any did."""
    changed = {name: value for name, value in says.items() if stands[name] != value}
    if changed:
        table = table_of(model)
        connection.execute(update(table).where(table.c.id == stands["id"]).values(changed))


def add(connection: Connection, model: type[Base], columns: dict[str, Any]) -> int:
    """Write a new row; returns its id."""
    table = table_of(model)
    return int(connection.execute(insert(table).returning(table.c.id), columns).scalar_one())
