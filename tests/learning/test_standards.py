"""Standards: every spelling of a code is the same item; a framework comes in without doubles."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from integrations.case.package import NotACasePackage, parse_package
from lti_app.learning.models import Standard
from lti_app.learning.standards import by_code_key, code_key, codes_in
from lti_app.sync.frameworks import import_package
from tests.school import make_school

PACKAGE = (
    Path(__file__).parents[2] / "lti_app" / "demo" / "standards" / "ccss-math-grade5.case.json"
)


@pytest.mark.parametrize(
    "spelling",
    ["5.NF.4a", "5.NF.B.4a", "5.NF.B.4.a", "CCSS.MATH.CONTENT.5.NF.B.4.A", "5.nf.b.4A"],
)
def test_all_spellings_of_a_code_are_one(spelling):
    assert code_key(spelling) == "5.NF.4.A"


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("5.NF.B", "5.NF.B"),
        ("5.NF", "5.NF"),
        ("RL.5.1", "RL.5.1"),
        ("W.5.1a", "W.5.1.A"),
        ("CCSS.ELA-LITERACY.W.5.1.A", "W.5.1.A"),
        ("MP.5", "MP.5"),
    ],
)
def test_clusters_domains_and_other_frameworks_keep_their_code(code, key):
    assert code_key(code) == key


def test_codes_are_found_in_what_teachers_write():
    text = "Exit ticket (5.NF.B.4a). See also CCSS.MATH.CONTENT.5.NF.A.1, e.g. page 3.5."
    assert codes_in(text)[:2] == ["5.NF.4.A", "5.NF.1"]


def test_a_framework_comes_in_again_and_again_without_doubles(app, database):
    school = make_school(database)
    assert import_package(database, school.district_id, PACKAGE) == (56, 56)
    assert import_package(database, school.district_id, PACKAGE) == (0, 56)
    with database.session(district_id=school.district_id) as session:
        assert session.scalar(select(func.count(Standard.id))) == 56
        found = by_code_key(session, ["5.NF.4.A", "5.NF.B"])
        assert found["5.NF.4.A"].code == "5.NF.4a"
        parent = session.get(Standard, found["5.NF.4.A"].parent_id)
        assert parent.code == "5.NF.4"


def test_two_districts_have_their_own_standards(app, database):
    maple, birch = make_school(database), make_school(database, name="Birch")
    import_package(database, maple.district_id, PACKAGE)
    assert import_package(database, birch.district_id, PACKAGE) == (56, 56)


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {},
        {"CFDocument": {}},
        {"CFDocument": {}, "CFItems": [{}]},
        {"CFDocument": {}, "CFItems": [3]},
    ],
)
def test_what_is_no_package_is_refused_with_a_reason(wrong):
    with pytest.raises(NotACasePackage, match=r".+"):
        parse_package(wrong)


def test_the_command_says_what_came_in_and_what_is_wrong(app, database, tmp_path):
    make_school(database)
    run = app.test_cli_runner().invoke
    done = run(args=["standards", "import", str(PACKAGE), "--district", "Maple district"])
    assert "56 standards, 56 of them new." in done.output
    assert (
        "There is no district"
        in run(args=["standards", "import", str(PACKAGE), "--district", "Nowhere"]).output
    )
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    refused = run(args=["standards", "import", str(broken), "--district", "Maple district"])
    assert refused.exit_code == 1
    assert "This is not a CASE package" in refused.output
