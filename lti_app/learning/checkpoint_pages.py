"""The student's page of a checkpoint: what is asked, the next try, and all tries so far."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from lti_app import ui
from lti_app.db import now
from lti_app.errors import BadInput, PathwaysError
from lti_app.files import file_store
from lti_app.learning import attempts, retakes, sheets, targets
from lti_app.learning.evidence import comments, files
from lti_app.learning.items import marking
from lti_app.learning.models import Attempt, Checkpoint, CheckpointItem, ScoreSource
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, viewer

student = allow(Role.STUDENT)
MOST_SENT = files.MOST_FILES * files.MOST_BYTES + 8 * 1024 * 1024
"""Bytes of one form with its files; a bit more than is kept, so that what is too large is still
read, and refused in words."""


def add_to(blueprint: Blueprint) -> None:
    """Add the pages to the students' blueprint."""
    blueprint.add_url_rule("/checkpoints/<int:checkpoint_id>", "checkpoint", checkpoint)
    blueprint.add_url_rule("/checkpoints/<int:checkpoint_id>", "submit", submit, methods=["POST"])

    @blueprint.url_value_preprocessor
    def _room_for_photos(endpoint: str | None, _values: dict[str, Any] | None) -> None:
        # Before anything reads the form; strangers are read no more than elsewhere.
        if endpoint == f"{blueprint.name}.submit" and cookie.get("people"):
            request.max_content_length = MOST_SENT


@student
def checkpoint(checkpoint_id: int) -> ResponseReturnValue:
    """A checkpoint with all the student's attempts, and room for the next one."""
    found = targets.get_checkpoint(
        db_session(), viewer().team_id, viewer().section_id, checkpoint_id
    )
    return _page(found)


@student
def submit(checkpoint_id: int) -> ResponseReturnValue:
    """The student sends an answer; what can't be used is shown again, to be mended."""
    session = db_session()
    found = targets.get_checkpoint(session, viewer().team_id, viewer().section_id, checkpoint_id)
    try:
        attempt = _send(found)
    except (BadInput, files.StoreAway) as refused:
        session.rollback()
        return _page(found, refused), refused.status
    session.commit()
    flash(_words_for(attempt))
    return redirect(url_for("learning.checkpoint", checkpoint_id=checkpoint_id))


def _send(found: Checkpoint) -> Attempt:
    session = db_session()
    answers = marking.read_answers(marking.live(found), request.form)
    sent = [file.read() for file in request.files.getlist("files")]
    kept: list[files.Kept] = []
    if any(sent):
        # Pictures take a moment: nobody should wait for our transaction meanwhile.
        session.commit()
        kept = files.keep(file_store(), viewer().district_id, sent)
    return attempts.submit(
        session,
        checkpoint=found,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        number=request.form.get("number", default=0, type=int),
        evidence=request.form.get("evidence", ""),
        link=request.form.get("link", ""),
        answers=answers,
        kept=kept,
    )


def _words_for(attempt: Attempt) -> str:
    score = attempt.score
    if score is None or score.source != ScoreSource.MARKER:
        return str(_("Your answer is with your teacher."))
    asked = sheets.items_asked(attempt)
    marked = score.marks.get("items", {})
    right = sum(marked.get(str(item.id), 0) >= item.points for item in asked)
    if right == len(asked):
        return str(_("All right! You showed it."))
    if right:
        return str(
            ngettext(
                "%(num)s answer is right. Look at the others once more.",
                "%(num)s answers are right. Look at the others once more.",
                right,
            )
        )
    return str(_("Not yet. That is how learning starts: look at your way, then try again."))


def _page(found: Checkpoint, refused: PathwaysError | None = None) -> str:
    session = db_session()
    mine = attempts.of_student(session, viewer().person_id, found.id)
    following = retakes.next_try(session, found, viewer().person_id, mine)
    live = marking.live(found)
    return render_template(
        "learning/checkpoint.html",
        checkpoint=found,
        attempts=[_shown(one) for one in mine],
        next=following,
        opens=_at_in_words(following.opens_at) if following.opens_at else "",
        items=live,
        seed=f"{viewer().person_id}/{following.number}",
        looked_for=sheets.looked_for(found),
        shown_in_class=attempts.is_shown_in_class(found),
        refused=refused,
        typed=request.form,
        given=_given(live) if refused else {},
        longest=attempts.LONGEST_EVIDENCE,
        most_files=files.MOST_FILES,
        most_bytes=files.MOST_BYTES,
    )


def _shown(attempt: Attempt) -> dict[str, Any]:
    """An attempt as the page tells it."""
    sheet = sheets.sheet_of(attempt)
    score = attempt.score
    by_place = comments.by_place(attempt)
    return {
        "attempt": attempt,
        "sheet": sheet,
        "points": score.marks.get("items", sheet.marked) if score else sheet.marked,
        "chosen": score.marks.get("words", []) if score else [],
        "comments": by_place,
        "pieces": comments.pieces(
            attempt.evidence, [comment.quote for comment in by_place.get("text", [])]
        ),
    }


def _given(items: list[CheckpointItem]) -> dict[int, Any]:
    """What a refused form answered, as far as it can be shown again."""
    form = MultiDict(
        (name, value) for name, value in request.form.items(multi=True) if name != "asked"
    )
    found: dict[int, Any] = {}
    for item in items:
        try:
            found[item.id] = marking.read_answers([item], form)[str(item.id)]
        except BadInput:
            found[item.id] = form.get(f"item-{item.id}")
    return found


def _at_in_words(moment: datetime) -> str:
    """When the next try opens, as one says it to a child."""
    clock = ui.clock(moment)
    if ui.day(moment) == ui.day(now()):
        return str(_("You can try again today at %(clock)s.", clock=clock))
    if ui.day(moment) == ui.day(now() + timedelta(days=1)):
        return str(_("You can try again tomorrow at %(clock)s.", clock=clock))
    return str(_("You can try again on %(day)s at %(clock)s.", day=ui.day(moment), clock=clock))
