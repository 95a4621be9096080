"""Teachers' page: give a checkpoint or pathway in Google Classroom, see how it stands, change it,
take it back."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app.coaching import typed_times
from lti_app.errors import BadInput, NotHere, Words
from lti_app.launch.places import place_of
from lti_app.learning import targets, typed
from lti_app.learning.models import Checkpoint
from lti_app.people import audit
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer
from lti_app.sync import publications
from lti_app.sync.models import ClassroomConnection, ColumnKind, DeliveryState
from lti_app.sync.publication_models import Publication, Wanted
from lti_app.sync.publications import Thing, Wish
from lti_app.ui import when

blueprint = section_blueprint("publications", __name__)
teacher = allow(Role.TEACHER)

CHANGED: dict[str, Words] = {
    "title": _l("the title"),
    "max_points": _l("the points"),
    "due_at": _l("the due date"),
    "topic_id": _l("the topic"),
}
"""What somebody may have changed in Classroom."""


def init_app(app: Flask) -> None:
    """Add the pages."""
    settings = app.extensions["pathways.settings"]
    app.jinja_env.globals["CLASSROOM_IS_SET_UP"] = bool(settings.google_client_id)
    app.register_blueprint(blueprint)


@blueprint.get("/give/<place>")
@teacher
def form(place: str) -> ResponseReturnValue:
    """What is to be given, and how it stands."""
    session, thing = db_session(), _thing(place)
    row = publications.of(session, viewer().section_id, thing)
    students, groups = publications.pickable(session, viewer().section_id, viewer().team_id)
    column = publications.other_gradebook(session, viewer().section_id, thing)
    return render_template(
        "sync/publication.html",
        place=place,
        thing=thing,
        is_checkpoint=isinstance(thing, Checkpoint),
        row=row,
        state=state_in_words(row) if row is not None else "",
        is_refused=row is not None and row.state == DeliveryState.PARKED,
        is_given=row is not None and row.wanted != Wanted.TAKEN_BACK,
        again=publications.AGAIN.get(row.reason, _l("Try again")) if row is not None else "",
        reconnects=row is not None and row.reason in publications.RECONNECTS,
        changed=[CHANGED[name] for name in row.theirs if name in CHANGED] if row else [],
        connection=session.get(ClassroomConnection, viewer().section_id),
        topics=publications.topics(session, viewer().section_id),
        new_topic=publications.new_topic(session, viewer().section_id, thing),
        NEW_TOPIC=publications.NEW_TOPIC,
        students=students,
        groups=groups,
        picked={one.person_id for one in row.students} if row is not None else set(),
        loses_lti=column == ColumnKind.LTI,
        loses_theirs=column == ColumnKind.CLASSROOM,
        fields=_fields(row, thing, publications.likely_topic(session, viewer().section_id, thing)),
    )


@blueprint.post("/give/<place>")
@teacher
def give(place: str) -> ResponseReturnValue:
    """Give it, or change what is given."""
    session, thing = db_session(), _thing(place)
    row = publications.give(session, viewer().section_id, thing, _wish(thing), viewer().person_id)
    _note("publication.given", row)
    session.commit()
    flash(_("It is on its way. Look again in a moment."))
    return redirect(url_for("publications.form", place=place))


@blueprint.post("/give/<place>/again")
@teacher
def again(place: str) -> ResponseReturnValue:
    """Try once more, or make anew what was deleted in Classroom."""
    publications.again(db_session(), viewer().section_id, _thing(place))
    db_session().commit()
    flash(_("It is on its way. Look again in a moment."))
    return redirect(url_for("publications.form", place=place))


@blueprint.post("/give/<place>/take-back")
@teacher
def take_back(place: str) -> ResponseReturnValue:
    """Take it out of Classroom."""
    row = publications.take_back(db_session(), viewer().section_id, _thing(place))
    _note("publication.taken_back", row)
    db_session().commit()
    flash(_("It is being taken out of Classroom. It stays here, with all its scores."))
    return redirect(url_for("publications.form", place=place))


def state_in_words(row: Publication) -> Words:
    """How a publication stands."""
    if row.state == DeliveryState.PARKED:
        return _l("Classroom refused: %(why)s", why=publications.in_words(row))
    if row.state == DeliveryState.WAITING and row.reason:
        return _l("On its way. %(why)s", why=publications.in_words(row))
    if row.state == DeliveryState.WAITING:
        return _l("On its way.")
    if row.wanted == Wanted.TAKEN_BACK:
        return _l("It was taken back: it is not in Classroom any more.")
    if row.came_out_at is not None:
        return _l("In Classroom since %(time)s.", time=when(row.came_out_at))
    if row.wanted == Wanted.SCHEDULED and row.publish_at is not None:
        return _l("In Classroom. Students see it from %(time)s on.", time=when(row.publish_at))
    return _l("In Classroom as a draft. Students see it once you publish it.")


def _thing(place: str) -> Thing:
    """The checkpoint or pathway that an address names. Raises `NotHere`."""
    named = place_of(f"?open={place}")
    session, team_id, section_id = db_session(), viewer().team_id, viewer().section_id
    if named is not None and named.kind == "checkpoint":
        return targets.get_checkpoint(session, team_id, section_id, named.id)
    if named is not None and named.kind == "pathway":
        return targets.get_pathway(session, team_id, section_id, named.id)
    raise NotHere


def _wish(thing: Thing) -> Wish:
    """What the form says. Raises `BadInput`."""
    form = request.form
    wanted = typed.one_of(Wanted, form.get("wanted", ""))
    if wanted == Wanted.TAKEN_BACK:
        raise BadInput(_l("Please pick one from the list."), _l("Nothing was saved."))
    is_scheduled = wanted == Wanted.SCHEDULED
    points = form.get("points", "").strip()
    return Wish(
        wanted=wanted,
        publish_at=_moment("publish", "08:00") if is_scheduled else None,
        topic=form.get("topic", ""),
        points=typed.whole(points or "0") if isinstance(thing, Checkpoint) else None,
        hand_in_by=_moment("due", "23:59"),
        person_ids=_picked() if form.get("whom") == "some" else None,
    )


def _moment(name: str, otherwise: str) -> datetime | None:
    """A day with a time; a day alone means the time `otherwise`, no day no moment."""
    day = request.form.get(f"{name}_day", "").strip()
    if not day:
        return None
    clock = request.form.get(f"{name}_time", "").strip() or otherwise
    return typed_times.moment(day, clock, viewer().timezone)


def _picked() -> frozenset[int]:
    """Students picked one by one, and those of picked groups as they are now."""
    picked = set(request.form.getlist("student", type=int))
    groups = set(request.form.getlist("group", type=int))
    if groups:
        students, _names = publications.pickable(
            db_session(), viewer().section_id, viewer().team_id
        )
        picked |= {one.person.id for one in students if one.group_ids & groups}
    return frozenset(picked)


def _fields(row: Publication | None, thing: Thing, likely_topic: str) -> dict[str, str]:
    """What the form begins with."""
    zone = ZoneInfo(viewer().timezone)
    is_checkpoint = isinstance(thing, Checkpoint)
    follows = row is None or row.follows_due
    due_at = thing.due_at if isinstance(thing, Checkpoint) and follows else None
    if row is not None and not row.follows_due:
        due_at = row.hand_in_by
    points = publications.whole(thing.max_points) if isinstance(thing, Checkpoint) else 0
    if row is not None and row.points is not None:
        points = row.points
    wanted = row.wanted if row is not None else Wanted.PUBLISHED
    publish_at = row.publish_at if row is not None else None
    return {
        "wanted": Wanted.PUBLISHED if wanted == Wanted.TAKEN_BACK else wanted,
        "topic": row.topic_id if row is not None else likely_topic,
        "points": str(points) if is_checkpoint else "",
        "whom": "all" if row is None or row.for_all else "some",
        **_typed("due", due_at, zone),
        **_typed("publish", publish_at, zone),
    }


def _typed(name: str, at: datetime | None, zone: ZoneInfo) -> dict[str, str]:
    local = at.astimezone(zone) if at is not None else None
    return {
        f"{name}_day": f"{local:%Y-%m-%d}" if local else "",
        f"{name}_time": f"{local:%H:%M}" if local else "",
    }


def _note(action: str, row: Publication) -> None:
    audit.record(
        db_session(),
        action,
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        publication=row.id,
    )
