"""Targets pasted as a table: looked at first, kept all or not at all, never twice."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lti_app.errors import BadInput
from lti_app.learning.frameworks import StandardItem, bring_in
from lti_app.learning.models import Target, Unit
from lti_app.learning.plan import bulk, table
from tests.learning.plan_room import count, links_of, read, titles
from tests.school import make_school

FIRST = "I can multiply a fraction by a whole number."
ROWS = [
    ("Unit", "Target", "Standards", "Needs first"),
    ("Unit 4", "I can read decimals.", "5.NBT.3", ""),
    ("Unit 4", "I can compare decimals, and say why.", "5.NBT.3a, 5.NBT.3", "2"),
    ("", "", "", ""),
    ("Unit 5", "I can add decimals.", "", "i can compare decimals, and say why; " + FIRST),
]
TABS = "\n".join("\t".join(row) for row in ROWS)


@pytest.fixture
def school(database):
    school = make_school(database)
    with database.transaction(district_id=school.district_id) as session:
        bring_in(
            session,
            case_identifier="math",
            title="Math",
            subject="Mathematics",
            url=None,
            withdrawn=False,
            items=[
                StandardItem(code, f"urn:{code}", code, "Read decimals.", None)
                for code in ("5.NBT.A.3", "5.NBT.A.3.a")
            ],
        )
    return school


def _standards(database, school, title):
    with database.session(district_id=school.district_id) as session:
        target = session.scalars(select(Target).where(Target.title == title)).one()
        return {standard.code for standard in target.standards}


def test_a_table_is_shown_as_it_is_read_and_nothing_is_saved(teacher, database, school):
    page = teacher.post("/plan/bulk", table=TABS)
    assert page.status_code == 200
    assert "I can compare decimals, and say why." in page.text
    assert "Will be added." in page.text
    assert "Add 3 targets" in page.text
    assert titles(database, school) == [FIRST]
    assert count(database, school, Unit) == 0


def test_a_kept_table_adds_units_targets_standards_and_links_and_twice_adds_nothing(
    teacher, database, school
):
    for _ in range(2):
        assert teacher.post("/plan/bulk", table=TABS, keep="yes").status_code == 302
        assert titles(database, school) == [
            "I can read decimals.",
            "I can compare decimals, and say why.",
            "I can add decimals.",
            FIRST,
        ]
    assert read(database, school, select(Unit.title).order_by(Unit.position)) == [
        ("Unit 4",),
        ("Unit 5",),
    ]
    assert _standards(database, school, "I can compare decimals, and say why.") == {
        "5.NBT.A.3.a",
        "5.NBT.A.3",
    }
    id_of = dict(read(database, school, select(Target.title, Target.id)))
    reading, comparing, adding = (id_of[row[1]] for row in ROWS if row[0].startswith("Unit "))
    assert links_of(database, school) == {
        (comparing, reading),
        (adding, comparing),
        (adding, school.target_id),
    }
    assert "Is there already: it stays as it is." in teacher.post("/plan/bulk", table=TABS).text


def test_the_same_table_pasted_by_two_teachers_at_once_is_added_once(database, school):
    together = threading.Barrier(2)

    def keep():
        together.wait()
        with database.transaction(district_id=school.district_id) as session:
            bulk.keep(session, school.team_id, TABS)

    threads = [threading.Thread(target=keep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(titles(database, school)) == 4
    assert count(database, school, Unit) == 2


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("Unit 4", "", "5.NBT.3", ""), "The title is empty."),
        (("Unit 4", "x" * 301, "", ""), "The title is too long."),
        (("u" * 301, "I can.", "", ""), "The title is too long."),
        (("Unit 4", "I can.", "9.ZZ.9", ""), "There is no standard 9.ZZ.9."),
        (("Unit 4", "I can.", "", "I can fly"), "There is no target “I can fly”."),
        (("Unit 4", "I can.", "", "77"), "There is no row 77."),
        (("Unit 4", "I can.", "", "6"), "can&#39;t need itself first"),
        (("Unit 4", "I can <b>.", "", "I can <i>"), "“I can &lt;i&gt;”"),
    ],
)
def test_a_row_with_a_problem_says_so_and_nothing_at_all_is_saved(
    teacher, database, school, row, words
):
    pasted = TABS + "\n" + "\t".join(row)
    for form in ({}, {"keep": "yes"}):
        page = teacher.post("/plan/bulk", table=pasted, **form)
        assert page.status_code == (400 if form else 200)
        assert words in page.text
        assert "1 row has a problem." in page.text
        assert 'name="keep"' not in page.text
        assert titles(database, school) == [FIRST]


def test_rows_that_need_each_other_in_a_circle_are_a_problem(teacher, database, school):
    pasted = "Target\tNeeds first\nA\tC\nB\tA\nC\tB"
    page = teacher.post("/plan/bulk", table=pasted, keep="yes")
    assert page.status_code == 400
    assert "“B” → “A” → “C” → “B”" in page.text
    assert titles(database, school) == [FIRST]


def test_a_title_that_two_targets_have_is_asked_about(teacher, school):
    pasted = "Unit\tTarget\tNeeds first\nU1\tA\t\nU2\tA\t\nU3\tB\tA\nU2\tC\tA"
    page = teacher.post("/plan/bulk", table=pasted).text
    assert "More than one target is called “A”." in page
    assert "1 row has a problem." in page


def test_the_same_title_twice_in_a_unit_is_added_once(teacher, database, school):
    teacher.post("/plan/bulk", table="Target\tNeeds first\nA\t\na.\t\nB\t3", keep="yes")
    assert titles(database, school) == [FIRST, "A", "B"]
    id_of = dict(read(database, school, select(Target.title, Target.id)))
    assert links_of(database, school) == {(id_of["B"], id_of["A"])}


def test_a_table_of_many_rows_costs_no_query_for_each(teacher, school, queries):
    counted = []
    for rows in (2, 200):
        pasted = "\n".join(f"Unit 1\tTarget {n}\t5.NBT.3\t" for n in range(rows))
        queries.clear()
        assert teacher.post("/plan/bulk", table=pasted).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("", "There is nothing in the table."),
        (" \n\t\t\n", "There is nothing in the table."),
        ("Unit\tTarget", "There is nothing below the header."),
        ("\n".join(f"I can {n}" for n in range(301)), "A table can have up to 300 rows."),
        ("x" * 300_001, "A table can have up to 300 rows."),
        ('a\t"' + "b" * 200_000, "This table can&#39;t be read."),
    ],
)
def test_a_table_that_is_none_is_refused_in_words(teacher, database, school, pasted, words):
    page = teacher.post("/plan/bulk", table=pasted, keep="yes")
    assert page.status_code == 400
    assert words in page.text
    assert titles(database, school) == [FIRST]


@pytest.mark.parametrize(
    "pasted",
    [
        "Unit\tTarget\tStandards\tNeeds first\nU\tI can, too.\t5.NBT.3\t",
        "Unit;Target;Standards;Needs first\nU;I can, too.;5.NBT.3;",
        'Unit,Target,Standards,Needs first\nU,"I can, too.",5.NBT.3,',
        "Metas\tUnidad\tEstándares\tNecesita primero\nI can, too.\tU\t5.NBT.3\t",
        "Código;Meta de aprendizaje;Notas;UNIDAD:\n5.NBT.3;I can, too.;x;U",
        "U\tI can, too.\t5.NBT.3",
        'U,"I can, too.",5.NBT.3\nU,"I can, too.",5.NBT.3',
        'Unit\tTarget\tStandards\r\nU\t"I can,\ntoo."\t5.NBT.3\r\n',
    ],
)
def test_spreadsheets_of_all_kinds_are_read_alike(pasted):
    rows = table.read(pasted)
    assert {(row.unit, row.target, row.standards) for row in rows} == {
        ("U", "I can, too.", "5.NBT.3")
    }


def test_lines_without_columns_are_titles_with_all_their_commas():
    rows = table.read("I can add, and subtract.\nI can multiply.")
    assert [row.target for row in rows] == ["I can add, and subtract.", "I can multiply."]


@given(st.text())
def test_whatever_is_pasted_is_read_or_refused_in_words(pasted):
    try:
        rows = table.read(pasted)
    except BadInput:
        return
    assert 0 < len(rows) <= table.MOST_ROWS
    assert [row.number for row in rows] == sorted({row.number for row in rows})
