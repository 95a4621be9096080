"""Standards: every spelling of a code is the same item; a framework comes in without doubles."""

import http.server
import io
import itertools
import json
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from integrations.case.package import NotACasePackage, parse_package
from lti_app.learning import browsing, frameworks, targets
from lti_app.learning.models import Framework, Standard
from lti_app.learning.standards import by_code_key, code_key, codes_in
from lti_app.sync.frameworks import import_file, import_upload
from tests.school import Browser, browser_of, make_school

PACKAGE = (
    Path(__file__).parents[2] / "lti_app" / "demo" / "standards" / "ccss-math-grade5.case.json"
)
ELA = Path(__file__).parents[1] / "data" / "ccss-ela-grade5.case.json"


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


def _counts(done):
    return done.total, done.new, done.changed, done.retired


def test_a_framework_comes_in_again_and_again_without_doubles(app, database):
    school = make_school(database)
    assert _counts(import_file(database, school.district_id, PACKAGE)) == (56, 56, 0, 0)
    assert _counts(import_file(database, school.district_id, PACKAGE)) == (56, 0, 0, 0)
    with database.session(district_id=school.district_id) as session:
        assert session.scalar(select(func.count(Standard.id))) == 56
        assert session.scalars(select(Framework.title)).all() == [
            "Common Core State Standards for Mathematics, K-8"
        ]
        found = by_code_key(session, ["5.NF.4.A", "5.NF.B"])
        assert found["5.NF.4.A"].code == "5.NF.4a"
        parent = session.get(Standard, found["5.NF.4.A"].parent_id)
        assert parent.code == "5.NF.4"


def test_reading_and_writing_come_in_beside_mathematics(app, database):
    school = make_school(database)
    import_file(database, school.district_id, PACKAGE)
    done = import_file(database, school.district_id, ELA)
    assert _counts(done) == (87, 87, 0, 0)
    with database.session(district_id=school.district_id) as session:
        target = targets.add_target(session, school.team_id, title="I can quote.", codes="RL.5.1")
        assert target.standards[0].framework_id == done.framework.id
        assert {one.framework.subject for one in frameworks.of_district(session)} == {
            "English Language Arts",
            "Math",
        }


def test_two_districts_have_their_own_standards(app, database):
    maple, birch = make_school(database), make_school(database, name="Birch")
    import_file(database, maple.district_id, PACKAGE)
    assert _counts(import_file(database, birch.district_id, PACKAGE)) == (56, 56, 0, 0)


def _package(*items, identifier="art", parents=(), **document):
    return json.dumps(
        {
            "CFDocument": {"identifier": identifier, "title": "Art", "subject": "Art", **document},
            "CFItems": [
                {"identifier": name, "uri": f"urn:{name}", "fullStatement": words, **more}
                for name, words, more in items
            ],
            "CFAssociations": [
                {
                    "associationType": "isChildOf",
                    "originNodeURI": {"identifier": child},
                    "destinationNodeURI": {"identifier": parent},
                    "sequenceNumber": number,
                }
                for number, (child, parent) in enumerate(parents, 1)
            ],
        }
    ).encode()


def _standard(database, identifier):
    with database.session() as session:
        return session.scalars(select(Standard).where(Standard.case_identifier == identifier)).one()


def test_any_subject_in_any_depth_keeps_its_order_and_a_circle_gets_a_top(app, database):
    school = make_school(database)
    names = ["a", "b", "c", "d", "e"]
    below = list(itertools.pairwise(names))
    package = _package(
        *[(name, f"Item {name}", {}) for name in [*names, "x", "y"]],
        parents=[(child, parent) for parent, child in below] + [("x", "y"), ("y", "x")],
    )
    import_upload(database, school.district_id, package)
    depth, here = 0, _standard(database, "e")
    with database.session() as session:
        while here.parent_id is not None:
            depth, here = depth + 1, session.get_one(Standard, here.parent_id)
        framework = session.scalars(select(Framework)).one()
        tops = browsing.branch(session, framework, None).below
    assert depth == 4
    assert {"a"} < {top.case_identifier for top in tops}


def test_a_standard_that_is_gone_is_retired_and_keeps_its_targets(app, database):
    school = make_school(database)
    both = [
        ("a", "Draw a line", {"humanCodingScheme": "A.1"}),
        ("b", "Mix colors", {"humanCodingScheme": "A.2"}),
    ]
    import_upload(database, school.district_id, _package(*both))
    with database.transaction(district_id=school.district_id) as session:
        target = targets.add_target(session, school.team_id, title="I can mix.", codes="A.2")
        target_id = target.id

    gone = import_upload(database, school.district_id, _package(both[0]))

    assert _counts(gone) == (1, 0, 0, 1)
    teacher = browser_of(app, school, school.teacher_id)
    assert "A.2" in teacher.get(f"/plan/{target_id}").text
    assert "Mix colors" not in teacher.get("/standards?q=colors").text
    assert _standard(database, "b").retired_at is not None
    back = import_upload(database, school.district_id, _package(*both))
    assert _counts(back) == (2, 0, 0, 0)
    assert _standard(database, "b").retired_at is None


@pytest.mark.parametrize(
    "package",
    [
        _package(("b", "Mix colors", {"statusEndDate": "2020-01-01"})),
        _package(("b", "Mix colors", {}), adoptionStatus="Deprecated"),
    ],
)
def test_what_its_publisher_withdrew_is_retired(app, database, package):
    school = make_school(database)
    import_upload(database, school.district_id, _package(("b", "Mix colors", {})))
    assert import_upload(database, school.district_id, package).retired == 1


def test_a_corrected_statement_takes_the_place_of_the_old_one(app, database):
    school = make_school(database)
    import_upload(database, school.district_id, _package(("b", "Mix colours", {})))
    done = import_upload(database, school.district_id, _package(("b", "Mix colors", {})))
    assert _counts(done) == (1, 0, 1, 0)
    assert _standard(database, "b").statement == "Mix colors"


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {},
        {"CFDocument": {}},
        {"CFDocument": {}, "CFItems": [{}]},
        {"CFDocument": {}, "CFItems": [3]},
        {"CFDocument": {"identifier": "a", "title": ""}, "CFItems": [{}]},
        {"CFDocument": {"identifier": "a", "title": "A"}, "CFItems": []},
        {"CFDocument": {"identifier": "a", "title": "A"}, "CFItems": [3]},
        {"CFDocument": {"identifier": "a", "title": "A"}, "CFItems": [{"identifier": "i"}]},
        {
            "CFDocument": {"identifier": "a", "title": "A"},
            "CFItems": [{"identifier": "i", "uri": "u", "fullStatement": "s"}],
            "CFAssociations": [{"associationType": "isChildOf"}],
        },
    ],
)
def test_what_is_no_package_is_refused_with_a_reason(wrong):
    with pytest.raises(NotACasePackage, match=r".+"):
        parse_package(wrong)


def test_the_command_says_what_came_in_and_what_is_wrong(app, database, tmp_path):
    make_school(database)
    run = app.test_cli_runner().invoke
    done = run(args=["standards", "import", str(PACKAGE), "--district", "Maple district"])
    assert "56 standards, 56 of them new, 0 reworded, 0 retired." in done.output
    assert (
        "There is no district"
        in run(args=["standards", "import", str(PACKAGE), "--district", "Nowhere"]).output
    )
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    refused = run(args=["standards", "import", str(broken), "--district", "Maple district"])
    assert refused.exit_code == 1
    assert "This is not a CASE package" in refused.output
    for package, words in (
        (str(tmp_path / "none.json"), "can't be read"),
        ("https://10.0.0.1/package", "not_public"),
        ("ftp://example.org/package", "not_an_address"),
    ):
        refused = run(args=["standards", "import", package, "--district", "Maple district"])
        assert refused.exit_code == 1
        assert words in refused.output


class _Provider(http.server.BaseHTTPRequestHandler):
    """A CASE provider on loopback."""

    def do_GET(self):
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://10.0.0.1/package")
            self.end_headers()
            return
        self.send_response(200 if self.path == "/package" else 404)
        self.end_headers()
        self.wfile.write(_package(("b", "Mix colors", {})))

    def log_message(self, *_args):
        """Keep the tests' output quiet."""


@pytest.fixture
def provider():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_administrator_imports_from_an_address_and_again(app, database, provider):
    school = make_school(database)
    admin = Browser(app, school.admin_id)
    for new in ("1 of them new", "0 of them new"):
        done = admin.client.post(
            "/admin/standards", data={"url": f"{provider}/package"}, follow_redirects=True
        )
        assert new in done.text
    assert f"{provider}/package" in done.text, "it can be imported again by a button"


@pytest.mark.parametrize(
    ("path", "words"),
    [("/none", "404"), ("/away", "private network"), ("", "404")],
)
def test_an_address_that_gives_nothing_is_said_in_words(app, database, provider, path, words):
    school = make_school(database)
    admin = Browser(app, school.admin_id)
    answer = admin.client.post("/admin/standards", data={"url": provider + path})
    assert answer.status_code == 400
    assert words in answer.text
    with database.session() as session:
        assert session.scalar(select(func.count(Framework.id))) == 0


def test_an_administrator_sends_a_file_of_their_own_district(app, database):
    school, birch = make_school(database), make_school(database, name="Birch")
    admin = Browser(app, school.admin_id)
    sent = {"package": (io.BytesIO(ELA.read_bytes()), "ela.json")}
    done = admin.client.post("/admin/standards", data=sent, follow_redirects=True)
    assert "87 standards, 87 of them new" in done.text
    broken = {"package": (io.BytesIO(b"[1"), "ela.json")}
    refused = admin.client.post("/admin/standards", data=broken)
    assert refused.status_code == 400
    assert "it is not JSON" in refused.text
    assert admin.client.post("/admin/standards", data={}).status_code == 400
    with database.session(district_id=birch.district_id) as session:
        assert session.scalar(select(func.count(Standard.id))) == 0


@pytest.mark.parametrize("typed", ["5.NF.4a", "5.nf.b.4.a", "unit squares rectangle area"])
def test_a_teacher_finds_a_standard_by_code_or_words(app, database, typed):
    school = make_school(database)
    import_file(database, school.district_id, PACKAGE)
    teacher = browser_of(app, school, school.teacher_id)
    page = teacher.get("/standards?q=" + quote(typed)).text
    assert ("5.NF.4a" if "." in typed else "5.NF.4b") in page
    picked = teacher.get("/standards/pick?q=" + quote(typed)).json
    assert 0 < len(picked) <= 12


def test_a_search_takes_signs_as_they_are(app, database):
    school = make_school(database)
    import_file(database, school.district_id, PACKAGE)
    teacher = browser_of(app, school, school.teacher_id)
    for typed in ("%", "_", "'; drop table standards", "\\", "x" * 300):
        assert "Nothing fits." in teacher.get("/standards?q=" + quote(typed)).text


def test_the_tree_is_walked_one_level_at_a_time_and_targets_stand_under_it(app, database):
    school = make_school(database)
    import_file(database, school.district_id, PACKAGE)
    with database.transaction(district_id=school.district_id) as session:
        targets.add_target(session, school.team_id, title="I can multiply.", codes="5.NF.4a")
        at = by_code_key(session, ["5.NF.4"])["5.NF.4"]
        framework_id, standard_id = at.framework_id, at.id
    teacher = browser_of(app, school, school.teacher_id)
    top = teacher.get("/standards").text
    assert "5.NF" in top
    assert "5.NF.4a" not in top
    page = teacher.get(f"/standards?framework={framework_id}&at={standard_id}").text
    assert "5.NF.4a" in page
    assert "I can multiply." in page
    assert "codes=5.NF.4a" in page
    assert teacher.get("/standards?framework=4711").status_code == 404
    assert teacher.get(f"/standards?framework={framework_id}&at=4711").status_code == 404


def test_another_districts_framework_is_not_there(app, database):
    maple, birch = make_school(database), make_school(database, name="Birch")
    done = import_file(database, birch.district_id, PACKAGE)
    teacher = browser_of(app, maple, maple.teacher_id)
    assert teacher.get(f"/standards?framework={done.framework.id}").status_code == 404
    assert teacher.get("/standards/pick?q=5.NF").json == []
