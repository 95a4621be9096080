"""The page in the LMS's dialog where a teacher picks what to link to."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from integrations.lti.claims import DeepLinkingSettings
from integrations.lti.deep_linking import ContentItem, response_jwt
from lti_app.errors import BadInput
from lti_app.launch.models import DeepLinking, Platform
from lti_app.launch.services import registration_with
from lti_app.learning import typed
from lti_app.learning.plan import outline
from lti_app.people import audit
from lti_app.people.models import Role
from lti_app.people.visit import (
    allow,
    app_settings,
    database,
    db_session,
    section_blueprint,
    viewer,
)
from lti_app.sync import deep_linking
from lti_app.sync.picking import chosen, of_target, offered

blueprint = section_blueprint("deep_linking", __name__)
teacher = allow(Role.TEACHER)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/links/<int:picking>")
@teacher
def pick(picking: int) -> ResponseReturnValue:
    """Targets with their pathways and checkpoints, to be picked."""
    session = db_session()
    asked, _platform = deep_linking.begun(session, picking, viewer().enrolment_id)
    groups = outline.by_unit(session, viewer().team_id, viewer().section_id)
    return render_template(
        "sync/deep_linking.html",
        asked=asked,
        groups=groups,
        picks_of=of_target,
        any_targets=any(group.targets for group in groups),
    )


@blueprint.post("/links/<int:picking>")
@teacher
def send(picking: int) -> ResponseReturnValue:
    """Send the links back to the LMS, through the teacher's browser."""
    session = db_session()
    asked, platform = deep_linking.begun(session, picking, viewer().enrolment_id)
    items: list[ContentItem] = []
    if "cancel" not in request.form:
        groups = outline.by_unit(session, viewer().team_id, viewer().section_id)
        picks = chosen(
            offered(groups),
            request.form.getlist("pick"),
            takes_several=asked.takes_several,
        )
        opens_at, due_at = _moment("opens", time.min), _moment("due", time(23, 59))
        if opens_at is not None and due_at is not None and due_at < opens_at:
            raise BadInput(
                _l("The day it is due comes before the day it opens."),
                _l("Change one of the two days."),
            )
        items = deep_linking.content_items(
            picks,
            app_settings().public_url,
            takes_line_items=asked.takes_line_items,
            opens_at=opens_at,
            due_at=due_at,
        )
        audit.record(
            session,
            "links.sent",
            district_id=viewer().district_id,
            person_id=viewer().person_id,
            section_id=viewer().section_id,
            links=len(items),
        )
        session.commit()
    return render_template(
        "sync/deep_linking_sent.html",
        return_url=asked.return_url,
        answer=_answer(asked, platform, items),
        count=len(items),
    )


def _answer(asked: DeepLinking, platform: Platform, items: list[ContentItem]) -> str:
    settings = DeepLinkingSettings(
        return_url=asked.return_url,
        data=asked.data,
        takes_several=asked.takes_several,
        takes_line_items=asked.takes_line_items,
    )
    registration = registration_with(database(), platform)
    return response_jwt(registration, asked.deployment_id, settings, items)


def _moment(name: str, at: time) -> datetime | None:
    day = typed.day(request.form.get(name, ""))
    if day is None:
        return None
    return datetime.combine(day, at, ZoneInfo(viewer().timezone))
