"""Teachers' pages: the questions of a checkpoint, and how a student sees it."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app.errors import BadInput, Conflict, NotHere
from lti_app.learning import targets, typed
from lti_app.learning.items import forms, labels, marking, writing
from lti_app.learning.models import AnswerKind, Checkpoint, CheckpointItem
from lti_app.learning.plan import ordering
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("items", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)
LISTS = ("choice-", "left-")
"""Fields that a form has one of a row."""
AT = "/plan/<int:target_id>/checkpoints/<int:checkpoint_id>"


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get(f"{AT}/items/new")
@teacher
def new(target_id: int, checkpoint_id: int) -> ResponseReturnValue:
    """Room for a new question of a kind."""
    checkpoint = of_plan(target_id, checkpoint_id)
    kind = typed.one_of(AnswerKind, request.args.get("kind", AnswerKind.NUMBER))
    return _form(checkpoint, None, kind, forms.blank(kind))


@blueprint.post(f"{AT}/items")
@teacher
def add(target_id: int, checkpoint_id: int) -> ResponseReturnValue:
    """Add a question."""
    checkpoint = of_plan(target_id, checkpoint_id)
    kind = typed.one_of(AnswerKind, request.form.get("kind", ""))
    writing.add(db_session(), checkpoint, [forms.draft_of(kind, request.form)])
    return _saved(checkpoint)


@blueprint.get(f"{AT}/items/<int:item_id>")
@teacher
def edit(target_id: int, checkpoint_id: int, item_id: int) -> ResponseReturnValue:
    """One question, to be changed."""
    checkpoint = of_plan(target_id, checkpoint_id)
    item = _current(checkpoint, item_id)
    return _form(checkpoint, item, AnswerKind(item.kind), forms.fields_of(item))


@blueprint.post(f"{AT}/items/<int:item_id>")
@teacher
def change(target_id: int, checkpoint_id: int, item_id: int) -> ResponseReturnValue:
    """Ask something else in its place; what was answered stays beside what was asked."""
    session = db_session()
    checkpoint = of_plan(target_id, checkpoint_id)
    item = _current(checkpoint, item_id)
    draft = forms.draft_of(AnswerKind(item.kind), request.form)
    if item.id != item_id and request.form.get("version", type=int) != item.id:
        # Somebody put another question in its place while this one was open.
        clashes = forms.clashes(item, request.form)
        if clashes:
            raise Conflict("", item.id, clashes)
    writing.change(session, checkpoint, item, draft)
    return _saved(checkpoint)


@blueprint.post(f"{AT}/items/<int:item_id>/remove")
@teacher
def take_out(target_id: int, checkpoint_id: int, item_id: int) -> ResponseReturnValue:
    """Ask it no more; answers to it stay."""
    checkpoint = of_plan(target_id, checkpoint_id)
    writing.take_out(db_session(), checkpoint, item_id)
    return _saved(checkpoint)


@blueprint.post(f"{AT}/items/order")
@teacher
def reorder(target_id: int, checkpoint_id: int) -> ResponseReturnValue:
    """Put the questions in another order."""
    checkpoint = of_plan(target_id, checkpoint_id)
    moved = request.form.get("move", type=int)
    if moved is not None:
        before = request.form.get("before", type=int)
        other = before if before is not None else request.form.get("after", default=0, type=int)
        order = ordering.beside(moved, other, before=before is not None)
    else:
        order = ordering.by_list(ordering.ids_in(request.form.get("order", "")))
    writing.reorder(db_session(), checkpoint, order)
    return _saved(checkpoint)


@blueprint.get(f"{AT}/preview")
@staff
def preview(target_id: int, checkpoint_id: int) -> ResponseReturnValue:
    """The checkpoint as a student sees it."""
    checkpoint = of_plan(target_id, checkpoint_id)
    return _preview(checkpoint, None)


@blueprint.post(f"{AT}/preview")
@staff
def try_it(target_id: int, checkpoint_id: int) -> ResponseReturnValue:
    """Answers are marked, and not kept."""
    checkpoint = of_plan(target_id, checkpoint_id)
    return _preview(checkpoint, marking.read_answers(marking.live(checkpoint), request.form))


def of_plan(target_id: int, checkpoint_id: int) -> Checkpoint:
    """The checkpoint of the address. Raises `NotHere`."""
    found = targets.get_checkpoint(
        db_session(), viewer().team_id, viewer().section_id, checkpoint_id
    )
    if found.target_id != target_id:
        raise NotHere
    return found


def _current(checkpoint: Checkpoint, item_id: int) -> CheckpointItem:
    items = writing.of_checkpoint(db_session(), checkpoint.id)
    item = writing.current(items, item_id)
    if item is None:
        raise BadInput(
            _l("Somebody took this question out."), _l("Add it anew if it should be asked.")
        )
    return item


def _form(
    checkpoint: Checkpoint, item: CheckpointItem | None, kind: AnswerKind, fields: dict[str, str]
) -> ResponseReturnValue:
    return render_template(
        "learning/items/edit.html",
        checkpoint=checkpoint,
        item=item,
        kind=kind,
        kinds=labels.KINDS,
        about=labels.ABOUT[kind],
        fields=fields,
        label=labels.label,
        switches=labels.SWITCHES,
        rows=min(forms.MOST_ROWS, max(6, 3 + sum(name.startswith(LISTS) for name in fields))),
    )


def _preview(checkpoint: Checkpoint, answers: dict[str, object] | None) -> ResponseReturnValue:
    items = marking.live(checkpoint)
    return render_template(
        "learning/items/preview.html",
        checkpoint=checkpoint,
        items=items,
        answers=answers,
        points=marking.mark(items, answers) if answers is not None else {},
    )


def _saved(checkpoint: Checkpoint) -> ResponseReturnValue:
    db_session().commit()
    flash(_("Saved."))
    return redirect(
        url_for(
            "checkpoints.edit",
            target_id=checkpoint.target_id,
            checkpoint_id=checkpoint.id,
            _anchor="questions",
        )
    )
