"""Everything as tables (CSV): standings, attempts, pathway results."""

from collections.abc import Iterable, Iterator

from flask import Flask, Response, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.home import csv_tables, grid, grid_pages, results
from lti_app.home.grid import Grid
from lti_app.learning import words
from lti_app.learning.models import Attempt, Checkpoint, Level, Mastery, Score, Target
from lti_app.people import audit
from lti_app.people.models import Person, Role, Section
from lti_app.people.visit import allow, database, db_session, section_blueprint, viewer

blueprint = section_blueprint("export", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)

ROWS_AT_ONCE = 500


def init_app(app: Flask) -> None:
    """Add the tables."""
    app.register_blueprint(blueprint)


@blueprint.get("/students.csv")
@staff
def students() -> ResponseReturnValue:
    """The grid as it is narrowed: a line a student, level and percent a target."""
    session = db_session()
    found = grid.read(session, viewer().team_id, grid_pages.asked())
    return _table("students", _of_grid(found, _percents(session, found)))


def _of_grid(found: Grid, percent_of: dict[tuple[int, int], float]) -> Iterator[list[object]]:
    head: list[object] = [_("Student")]
    for target in found.targets:
        head += [target.title, _("Percent: %(target)s", target=target.title)]
    yield head
    for student in found.students:
        line: list[object] = [student.name]
        for target in found.targets:
            key = (student.id, target.id)
            level = found.levels.get(key, Level.NOT_STARTED)
            percent = percent_of.get(key)
            line += [str(words.LEVELS[Level(level)]), _rounded(percent)]
        yield line


def _percents(session: Session, found: Grid) -> dict[tuple[int, int], float]:
    rows = session.execute(
        select(Mastery.person_id, Mastery.target_id, Mastery.percent).where(
            Mastery.person_id.in_([student.id for student in found.students]),
            Mastery.target_id.in_([target.id for target in found.targets]),
            Mastery.percent.is_not(None),
        )
    )
    return {(row.person_id, row.target_id): row.percent or 0.0 for row in rows}


@blueprint.get("/attempts.csv")
@staff
def attempts() -> ResponseReturnValue:
    """All attempts of the team's sections with the score that counts, oldest first."""
    return _table("attempts", _of_attempts(viewer().district_id, viewer().team_id))


def _of_attempts(district_id: int, team_id: int) -> Iterator[list[object]]:
    yield [
        _("Section"),
        _("Student"),
        _("Target"),
        _("Checkpoint"),
        _("Attempt"),
        _("Sent"),
        _("Points"),
        _("Most points"),
        _("Feedback"),
    ]
    query = (
        select(Attempt, Person.name, Section.title, Checkpoint.title, Target.title)
        .join(Person, Attempt.person_id == Person.id)
        .join(Section, Attempt.section_id == Section.id)
        .join(Checkpoint, Attempt.checkpoint_id == Checkpoint.id)
        .join(Target, Checkpoint.target_id == Target.id)
        .where(Section.team_id == team_id)
        .order_by(Attempt.id)
    )
    # A session of its own: the answer is still being sent when the request's is closed.
    with database().session(district_id=district_id, writes=False) as session:
        after = 0
        while rows := session.execute(query.where(Attempt.id > after).limit(ROWS_AT_ONCE)).all():
            for attempt, name, section, checkpoint, target in rows:
                yield [
                    section,
                    name,
                    target,
                    checkpoint,
                    attempt.number,
                    attempt.submitted_at.isoformat(timespec="minutes"),
                    *_scored(attempt.score),
                ]
            after = rows[-1][0].id
            session.expunge_all()


def _scored(score: Score | None) -> list[object]:
    if score is None:
        return ["", "", ""]
    return [score.points, score.max_points, score.feedback]


@blueprint.get("/results.csv")
@staff
def pathway_results() -> ResponseReturnValue:
    """How many chose each pathway, finished it, and met the target the first time."""
    found = results.of_team(db_session(), viewer().team_id)
    head: list[object] = [
        _("Target"),
        _("Pathway"),
        _("Chosen by"),
        _("Finished by"),
        _("Tried a checkpoint after"),
        _("Met the first time"),
    ]
    lines = (
        [one.target, one.pathway, one.chosen, one.finished, one.tried, one.met_first_time]
        for one in found
    )
    return _table("pathways", (line for part in ([head], lines) for line in part))


def _rounded(percent: float | None) -> object:
    return "" if percent is None else round(percent, 1)


def _table(name: str, rows: Iterable[Iterable[object]]) -> Response:
    _record(name)
    return Response(
        stream_with_context(csv_tables.lines(rows)),
        mimetype="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="pathways-{name}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _record(table: str) -> None:
    """Children's work leaves the house: who took it along, and when, is kept."""
    with database().transaction(district_id=viewer().district_id) as session:
        audit.record(
            session,
            "export.table",
            district_id=viewer().district_id,
            person_id=viewer().person_id,
            section_id=viewer().section_id,
            table=table,
        )
