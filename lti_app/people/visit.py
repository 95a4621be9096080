"""A browser's visit: who entered through a launch, and the request's viewer and session.

Pages of a section live under `/e/<enrolment>/…`: the address says on whose behalf it is looked
at, the cookie proves that this browser was launched as that person. Two tabs with two sections
therefore never mix.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Flask, current_app, g, request
from flask import session as cookie
from sqlalchemy.orm import Session

from lti_app.db import Database
from lti_app.errors import NotAllowed, OpenAgain
from lti_app.people import audit, carried
from lti_app.people.models import Role
from lti_app.people.observers import load_observer
from lti_app.people.viewer import (
    AdminViewer,
    ObserverViewer,
    Viewer,
    load_admin,
    load_viewer,
)
from lti_app.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
BY_GOOGLE = "by_google"
"""In the cookie: whom Google vouched for in this browser."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def database() -> Database:
    """The application's database."""
    found: Database = current_app.extensions["pathways.database"]
    return found


def app_settings() -> Settings:
    """The installation's settings."""
    found: Settings = current_app.extensions["pathways.settings"]
    return found


def db_session() -> Session:
    """The request's session; closed (rolled back, unless committed) when the request ends."""
    if "db_session" not in g:
        g.db_session = database().session(writes=request.method not in READING)
    opened: Session = g.db_session
    return opened


def enter(person_id: int) -> None:
    """Remember that this browser was launched as `person_id`."""
    others = people_here() if app_settings().many_people_per_browser else []
    cookie["people"] = [*[i for i in others if i != person_id][-9:], person_id]
    cookie.permanent = True


def enter_by_google(person_id: int) -> None:
    """Remember that this browser signed in with Google as `person_id`."""
    enter(person_id)
    cookie[BY_GOOGLE] = person_id


def leave() -> None:
    """Forget whom this browser was launched or signed in as."""
    cookie.clear()


def viewer() -> Viewer:
    """Who looks at this section page."""
    looking: Viewer = g.viewer
    return looking


def admin_viewer() -> AdminViewer:
    """Who looks at this administration page."""
    looking: AdminViewer = g.viewer
    return looking


def observer_viewer() -> ObserverViewer:
    """Who looks at this page of a building."""
    looking: ObserverViewer = g.viewer
    return looking


def people_here() -> list[int]:
    """Ids of those whom this browser was launched or signed in as, newest last."""
    return [i for i in cookie.get("people", []) if isinstance(i, int)]


def section_blueprint(name: str, import_name: str) -> Blueprint:
    """A blueprint of pages inside one section; each request has a `viewer()`."""
    blueprint = Blueprint(
        name, import_name, url_prefix="/e/<int:enrolment_id>", template_folder="templates"
    )

    @blueprint.url_value_preprocessor
    def _take_enrolment(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.enrolment_id = (values or {}).pop("enrolment_id", None)

    @blueprint.before_request
    def _who() -> None:
        _require_people()
        session = db_session()
        g.viewer = load_viewer(session, people_here(), g.enrolment_id)
        session.info["district_id"] = g.viewer.district_id

    return blueprint


def admin_blueprint(name: str, import_name: str) -> Blueprint:
    """A blueprint of district administration pages; each request has an `admin_viewer()`."""
    blueprint = Blueprint(name, import_name, url_prefix="/admin", template_folder="templates")

    @blueprint.before_request
    def _who() -> None:
        _require_people()
        session = db_session()
        g.viewer = load_admin(session, people_here(), cookie.get(BY_GOOGLE))
        session.info["district_id"] = g.viewer.district_id

    return blueprint


def note_by_admin(action: str, **about: Any) -> None:
    """Add what the administrator of this request did to the audit trail, in its transaction."""
    audit.record(
        db_session(),
        action,
        district_id=admin_viewer().district_id,
        person_id=admin_viewer().person_id,
        **about,
    )


def building_blueprint(name: str, import_name: str) -> Blueprint:
    """A blueprint of pages for those who look on; each request has an `observer_viewer()`."""
    blueprint = Blueprint(name, import_name, url_prefix="/building", template_folder="templates")

    @blueprint.before_request
    def _who() -> None:
        _require_people()
        session = db_session()
        g.viewer = load_observer(session, people_here())
        session.info["district_id"] = g.viewer.district_id

    return blueprint


def _require_people() -> None:
    if not people_here():
        raise OpenAgain


def allow(*roles: Role) -> Callable[[F], F]:
    """Only viewers with one of `roles` see this page; others get `NotAllowed`."""

    def decorate(page: F) -> F:
        @wraps(page)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if viewer().role not in roles:
                raise NotAllowed
            return page(*args, **kwargs)

        return checked  # type: ignore[return-value]

    return decorate


def init_app(app: Flask) -> None:
    """Fill the enrolment into links between section pages; close the request's session."""

    carried.init_app(app)

    @app.url_defaults
    def _same_enrolment(endpoint: str, values: dict[str, Any]) -> None:
        if "enrolment_id" in values or g.get("enrolment_id") is None:
            return
        if app.url_map.is_endpoint_expecting(endpoint, "enrolment_id"):
            values["enrolment_id"] = g.enrolment_id

    @app.teardown_appcontext
    def _close(_error: BaseException | None) -> None:
        session = g.pop("db_session", None)
        if session is not None:
            session.close()
