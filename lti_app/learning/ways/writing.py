"""Writing pathways and activities: adding, changing, removing."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.errors import BadInput, Clash, Words
from lti_app.learning import editing, targets, words
from lti_app.learning.models import Activity, ActivityDone, ActivityKind, Pathway, Source
from lti_app.learning.ways import links, order, sharing, steps

LONGEST_MATERIALS = 300

OFFERED, OPEN, HIDDEN = "offered", "open", "hidden"
SEEN_BY: dict[str, Words] = {
    OFFERED: _l("On offer: students can choose it"),
    OPEN: _l("Not on offer: only where a student may choose any way, or a teacher assigns it"),
    HIDDEN: _l("Hidden: nobody can choose it"),
}
TEAM, SECTION = "team", "section"
SCOPES: dict[str, Words] = {
    TEAM: _l("All sections of the team"),
    SECTION: _l("Only this section"),
}


@dataclass(frozen=True)
class Draft:
    """An activity as somebody typed it."""

    title: str
    kind: ActivityKind
    url: str | None = None
    minutes: int | None = None
    materials: str = ""
    step_id: int | None = None
    """An activity of the step this one is another way to do; None: a step of its own."""
    hidden: bool = False


def add(session: Session, pathway: Pathway, draft: Draft) -> Activity:
    """Add an activity at the end of a pathway, or to one of its steps.

    Without a title it is called by its link's site until the page has been read. Raises
    `BadInput` for what can't be used, `NotHere` for a step of another pathway.
    """
    url = targets.web_address(draft.url)
    activity = targets.add_activity(
        session,
        pathway,
        title=_title(draft.title, url),
        kind=_kind(draft.kind, url),
        url=url,
        minutes=draft.minutes,
    )
    activity.materials = materials_of(draft.materials)
    if draft.step_id is not None:
        order.put_into_step(session, activity, draft.step_id)
    session.flush()
    return activity


def edit(
    session: Session, activity: Activity, draft: Draft, *, version: int, editor_id: int
) -> None:
    """Change an activity. Raises `BadInput`, `NotHere` for a step of another pathway, and
    `Conflict` where somebody else changed it after `version`."""
    url = targets.web_address(draft.url)
    minutes = targets.minutes_of(draft.minutes)
    same_link = url == activity.url
    title = _title(draft.title, url, activity.link_title if same_link else "")
    kind = draft.kind if same_link else _kind(draft.kind, url)
    materials = materials_of(draft.materials)
    found = order.locked_steps(session, activity.pathway_id)
    editing.begin(
        session,
        activity,
        version=version,
        editor_id=editor_id,
        clashes=[
            Clash("activity", _l("What to do"), activity.title, title),
            Clash("kind", _l("Kind"), activity.kind, kind, tuple(words.KINDS.items())),
            Clash("url", _l("Link"), activity.url or "", url or ""),
            Clash("minutes", _l("Minutes"), _typed(activity.minutes), _typed(minutes)),
            Clash("materials", _l("Needed on the table"), activity.materials, materials),
            Clash(
                "step",
                _l("Step"),
                _typed(activity.alternative_to_id),
                _typed(draft.step_id),
                _steps_in_words(found, activity),
            ),
            Clash(
                "hidden",
                _l("Shown to students"),
                "yes" if activity.hidden else "",
                "yes" if draft.hidden else "",
                (("", _l("Shown")), ("yes", _l("Hidden"))),
            ),
        ],
    )
    activity.title, activity.kind = title, kind
    activity.minutes, activity.materials = minutes, materials
    activity.hidden = draft.hidden
    links.point(session, activity, url)
    if draft.step_id != activity.alternative_to_id:
        order.put_into_step(session, activity, draft.step_id)
    session.flush()


def remove(session: Session, activity: Activity) -> bool:
    """Take an activity away: hidden where a student did it or it comes from the LMS, deleted
    otherwise. True where it was deleted."""
    order.locked_steps(session, activity.pathway_id)
    # Students who mark it as done at this moment wait, and are told that it is gone.
    session.execute(select(Activity.id).where(Activity.id == activity.id).with_for_update())
    done = select(ActivityDone.id).where(ActivityDone.activity_id == activity.id).limit(1)
    if activity.source == Source.MIRRORED or session.scalar(done) is not None:
        activity.hidden = True
        session.flush()
        return False
    order.take_out(session, activity)
    session.delete(activity)
    session.flush()
    return True


def edit_pathway(
    session: Session,
    pathway: Pathway,
    *,
    title: str,
    seen: str,
    scope: str,
    section_id: int,
    version: int,
    editor_id: int,
) -> None:
    """Rename a pathway, and say who sees it: `seen` is one of `SEEN_BY`, `scope` of `SCOPES`.

    One that a student wrote for themselves, and one that opens only for its section's students,
    keep their scope. One that is only for a section is no longer shared with other teams. Raises
    `BadInput`, and `Conflict` where somebody else changed it after `version`.
    """
    title = targets.title_of(title)
    if not may_choose_scope(pathway):
        scope = scope_of(pathway)
    if seen not in SEEN_BY or scope not in SCOPES:
        raise BadInput(_l("Please pick one from the list."), _l("Nothing was saved."))
    editing.begin(
        session,
        pathway,
        version=version,
        editor_id=editor_id,
        clashes=[
            Clash("title", _l("Name of the pathway"), pathway.title, title),
            Clash("seen", _l("Who can choose it"), seen_by(pathway), seen, tuple(SEEN_BY.items())),
            Clash("scope", _l("For whom it is"), scope_of(pathway), scope, tuple(SCOPES.items())),
        ],
    )
    pathway.title = title
    pathway.hidden = seen == HIDDEN
    if seen != HIDDEN:
        pathway.offered = seen == OFFERED
    if may_choose_scope(pathway):
        pathway.section_id = section_id if scope == SECTION else None
    if pathway.section_id is not None:
        pathway.shared_at = None
    session.flush()


def seen_by(pathway: Pathway) -> str:
    """Who can choose a pathway: one of `SEEN_BY`."""
    return HIDDEN if pathway.hidden else OFFERED if pathway.offered else OPEN


def scope_of(pathway: Pathway) -> str:
    """For whom a pathway is: one of `SCOPES`."""
    return TEAM if pathway.section_id is None else SECTION


def may_choose_scope(pathway: Pathway) -> bool:
    """Whether a pathway can be for the team or for one section, as the teacher likes."""
    return pathway.person_id is None and not sharing.opens_for_section_only(pathway)


def materials_of(typed: str) -> str:
    """What has to be on the table, in one line. Raises `BadInput` where it is too long."""
    materials = " ".join(typed.replace("\0", "").split())
    if len(materials) > LONGEST_MATERIALS:
        raise BadInput(
            _l("The list of materials is too long."),
            _l("Keep it under %(n)s letters and save again.", n=LONGEST_MATERIALS),
        )
    return materials


def _title(typed: str, url: str | None, link_title: str = "") -> str:
    """The title typed; where it is empty, or only says the site, what the page calls itself."""
    if url and typed.strip() in {"", links.host_of(url)}:
        return link_title or targets.title_of(links.host_of(url) or typed)
    return targets.title_of(typed)


def _kind(typed: ActivityKind, url: str | None) -> ActivityKind:
    return links.kind_of(url) if url and typed == ActivityKind.OTHER else typed


def _typed(number: int | None) -> str:
    return "" if number is None else str(number)


def _steps_in_words(found: list[steps.Step], activity: Activity) -> tuple[tuple[str, Words], ...]:
    others = [step.activity for step in found if step.activity is not activity]
    return (("", _l("A step of its own")), *((str(one.id), one.title) for one in others))
