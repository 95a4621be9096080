"""What is kept of a person, for an administrator without a browser."""

import json
import stat

import pytest
from sqlalchemy import select

from lti_app.people.models import AuditEvent, District, Identity
from tests.school import make_school


@pytest.fixture
def school(database):
    made = make_school(database)
    with database.transaction(district_id=made.district_id) as session:
        session.add(Identity(person_id=made.student_ids[0], source="lti:99", subject="ada"))
        return made, session.get_one(District, made.district_id).name


def run(app, *words):
    return app.test_cli_runner().invoke(args=["people", *map(str, words)])


def told(database):
    with database.session(writes=False) as session:
        query = select(AuditEvent.about).where(AuditEvent.action == "privacy.downloaded")
        return list(session.scalars(query))


def test_what_is_kept_is_listed_by_kind(app, school):
    said = run(app, "kept", "--district", school[1], "--id", "ada")
    assert said.exit_code == 0, said.output
    assert any(line.split()[0] != "0" and "Classes" in line for line in said.output.splitlines())
    assert "Audit trail" in said.output


def test_the_export_is_the_persons_own_for_its_owner_alone_and_is_noted(
    app, database, school, tmp_path
):
    file = tmp_path / "ada.json"
    said = run(app, "export", "--district", school[1], "--id", "ada", file)
    assert said.exit_code == 0, said.output
    assert "What the LMS and Google keep is theirs" in said.output
    kept = json.loads(file.read_text())
    assert kept["person"]["id"] == school[0].student_ids[0]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert told(database) == [{"of": kept["person"]["id"], "by": "command"}]


@pytest.mark.parametrize(
    ("district", "subject", "why"),
    [("Nowhere", "ada", "no district"), (None, "nobody", "keeps nothing")],
)
def test_who_is_not_there_is_said_and_nothing_is_written(
    app, database, school, tmp_path, district, subject, why
):
    file = tmp_path / "x.json"
    said = run(app, "export", "--district", district or school[1], "--id", subject, file)
    assert said.exit_code == 1
    assert why in said.output
    assert not file.exists()
    assert told(database) == []


def test_a_file_that_is_there_is_not_written_over(app, database, school, tmp_path):
    file = tmp_path / "mine.txt"
    file.write_text("mine")
    said = run(app, "export", "--district", school[1], "--id", "ada", file)
    assert said.exit_code == 1
    assert "new file" in said.output
    assert file.read_text() == "mine"
    assert told(database) == []


def test_another_districts_person_is_as_good_as_unknown(app, database, school):
    other = make_school(database, name="Oak")
    with database.session(writes=False) as session:
        name = session.get_one(District, other.district_id).name
    assert "keeps nothing" in run(app, "kept", "--district", name, "--id", "ada").output
