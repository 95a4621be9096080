"""Pathways and activities: written, put in order, copied, shared; bad input changes nothing."""

import pytest
from sqlalchemy import select

from lti_app.learning.models import (
    Activity,
    ActivityDone,
    ActivityKind,
    Pathway,
    PathwayChoice,
    Source,
    Target,
)
from lti_app.learning.ways import steps
from lti_app.people.models import Enrolment, Person, Role, Section, Team
from tests.school import Browser, browser_of, make_school


@pytest.fixture
def across(app, database, school):
    """A teacher of another team of the district, with a target; and that target."""
    with database.transaction(district_id=school.district_id) as session:
        team = Team(name="Team across the hall")
        person = Person(name="Mr. Lee")
        session.add_all([team, person])
        session.flush()
        section = Section(team_id=team.id, title="Room 14", source="lti:1", external_id="14")
        session.add(section)
        session.flush()
        enrolment = Enrolment(section_id=section.id, person_id=person.id, role=Role.TEACHER)
        target = Target(team_id=team.id, title="I can scale a recipe.", position=1)
        session.add_all([enrolment, target])
        session.flush()
        return Browser(app, person.id, enrolment.id), target.id


def in_order(database, pathway_id):
    """The pathway's steps: a title, or a list of titles where there are several ways to do it."""
    with database.session() as session:
        rows = session.scalars(
            select(Activity).where(Activity.pathway_id == pathway_id).order_by(Activity.position)
        )
        return [
            [one.title for one in step.activities] if step.alternatives else step.activity.title
            for step in steps.all_of(rows)
        ]


def pathways(database, target_id):
    with database.session() as session:
        return session.scalars(
            select(Pathway).where(Pathway.target_id == target_id).order_by(Pathway.position)
        ).all()


def activity(database, title):
    with database.session() as session:
        return session.scalars(select(Activity).where(Activity.title == title)).one()


def address(school, pathway_id=None, then=""):
    return f"/plan/{school.target_id}/pathways/{pathway_id or school.pathway_id}{then}"


def add(teacher, school, title, **form):
    return teacher.post(
        address(school, then="/activities"),
        **{"activity": title, "kind": "practice", "url": "", "minutes": ""} | form,
    )


def test_a_new_pathway_can_be_walked_at_once(teacher, student, database, school):
    teacher.post(
        f"/plan/{school.target_id}/pathways",
        title="Build it",
        activity="Lay three strips",
        kind="manipulative",
        minutes="10",
        materials="fraction  strips,\nscissors",
        url="",
    )
    made = pathways(database, school.target_id)[-1]
    student.post(f"/pathways/{made.id}/choose")
    page = student.get(f"/targets/{school.target_id}").text
    assert "Lay three strips" in page
    assert "You need: fraction strips, scissors" in page
    assert "10 min" in page


def test_a_student_reads_what_kind_of_thing_each_step_is(student, school):
    page = " ".join(student.get(f"/targets/{school.target_id}").text.split())
    assert "<p>Video · Practice</p>" in page or '<span class="kind">Video</span>' in page


def test_a_second_way_to_do_a_step_stands_beside_it(teacher, student, database, school):
    add(teacher, school, "Read the comic", step=school.activity_id)
    assert in_order(database, school.pathway_id) == [
        ["Fractions with paper strips", "Read the comic"],
        "Ten tasks",
    ]
    student.post(f"/pathways/{school.pathway_id}/choose")
    page = student.get(f"/targets/{school.target_id}").text
    assert page.index("Fractions with paper strips") < page.index("or:") < page.index("Ten tasks")


def test_either_way_does_the_step(teacher, student, database, school):
    add(teacher, school, "Read the comic", step=school.activity_id)
    student.post(f"/pathways/{school.pathway_id}/choose")
    student.post(f"/activities/{activity(database, 'Read the comic').id}/done", done="yes")
    assert "1 of 2 steps done" in student.get("/").text


def test_a_way_to_do_a_step_becomes_a_step_of_its_own(teacher, database, school):
    add(teacher, school, "Read the comic", step=school.activity_id)
    comic = activity(database, "Read the comic")
    teacher.post(
        f"/plan/{school.target_id}/activities/{comic.id}",
        activity="Read the comic",
        kind="reading",
        step="",
        version=comic.version,
    )
    assert in_order(database, school.pathway_id) == [
        "Fractions with paper strips",
        "Read the comic",
        "Ten tasks",
    ]


def test_the_first_way_of_a_step_leaves_and_the_others_stay_together(teacher, database, school):
    for title in ("Comic", "Song"):
        add(teacher, school, title, step=school.activity_id)
    teacher.post(f"/plan/{school.target_id}/activities/{school.activity_id}/remove")
    assert in_order(database, school.pathway_id) == [["Comic", "Song"], "Ten tasks"]


def test_steps_are_put_in_order_by_list_or_beside_another(teacher, database, school):
    add(teacher, school, "Third")
    third, tasks = activity(database, "Third").id, activity(database, "Ten tasks").id
    order = address(school, then="/order")
    teacher.post(order, order=f"{third},{school.activity_id},{tasks}")
    assert in_order(database, school.pathway_id)[0] == "Third"
    for _ in range(2):  # sent twice it moves once
        teacher.post(order, move=third, after=tasks)
    assert in_order(database, school.pathway_id) == [
        "Fractions with paper strips",
        "Ten tasks",
        "Third",
    ]


def test_a_step_moves_with_all_its_ways(teacher, database, school):
    add(teacher, school, "Comic", step=school.activity_id)
    tasks = activity(database, "Ten tasks").id
    teacher.post(address(school, then="/order"), order=f"{tasks},{school.activity_id}")
    assert in_order(database, school.pathway_id) == [
        "Ten tasks",
        ["Fractions with paper strips", "Comic"],
    ]


@pytest.mark.parametrize("order", ["", "4711", "nonsense", "1,,x", str(2**70)])
def test_an_order_that_is_none_changes_nothing(teacher, database, school, order):
    before = in_order(database, school.pathway_id)
    assert teacher.post(address(school, then="/order"), order=order).status_code in {302, 400, 404}
    assert in_order(database, school.pathway_id) == before


def test_pathways_are_put_in_order(teacher, student, database, school):
    teacher.post(f"/plan/{school.target_id}/pathways", title="Two", activity="a", kind="game")
    first, second = (one.id for one in pathways(database, school.target_id))
    teacher.post(f"/plan/{school.target_id}/pathways/order", order=f"{second},{first}")
    page = student.get(f"/targets/{school.target_id}").text
    assert page.index("Two") < page.index("Watch and try")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"activity": ""}, "empty"),
        ({"activity": "x" * 301}, "long"),
        ({"minutes": "0"}, "The minutes must be between 1 and 600."),
        ({"minutes": "601"}, "The minutes must be between 1 and 600."),
        ({"minutes": "ten"}, "That is not a number."),
        ({"minutes": "2.5"}, "That is not a whole number."),
        ({"minutes": str(2**70)}, "minutes"),
        ({"materials": "x" * 301}, "The list of materials is too long."),
        ({"kind": "party"}, "Please pick one"),
        ({"url": "javascript:alert(1)"}, "That is not a web address."),
        ({"url": "https://x.org/" + "x" * 2000}, "That is not a web address."),
        ({"step": "4711"}, ""),
    ],
)
def test_an_activity_that_can_t_be_used_is_refused_in_words(teacher, database, school, form, words):
    before = in_order(database, school.pathway_id)
    answer = add(teacher, school, **{"title": "New", **_as_title(form)})
    assert answer.status_code in {400, 404}
    assert words in answer.text
    assert in_order(database, school.pathway_id) == before


def _as_title(form):
    return {("title" if name == "activity" else name): value for name, value in form.items()}


def test_who_saves_over_a_newer_activity_is_shown_both(teacher, database, school):
    version = activity(database, "Ten tasks").version
    path = f"/plan/{school.target_id}/activities/{activity(database, 'Ten tasks').id}"
    form = {"kind": "practice", "url": "", "version": version}
    assert teacher.post(path, activity="Twelve tasks", **form).status_code == 302
    answer = teacher.post(path, activity="Five tasks", **form)
    assert answer.status_code == 409
    assert "Twelve tasks" in answer.text
    assert "Five tasks" in answer.text
    assert "Twelve tasks" in in_order(database, school.pathway_id)


def test_what_was_done_is_hidden_and_not_lost(teacher, student, database, school):
    student.post(f"/pathways/{school.pathway_id}/choose")
    student.post(f"/activities/{school.activity_id}/done", done="yes")
    teacher.post(f"/plan/{school.target_id}/activities/{school.activity_id}/remove")
    with database.session() as session:
        assert session.get_one(Activity, school.activity_id).hidden
        assert session.scalars(select(ActivityDone)).one().activity_id == school.activity_id


def test_a_copy_has_the_steps_and_nobody_s_marks(teacher, student, database, school):
    add(teacher, school, "Comic", step=school.activity_id, materials="a pen", minutes="5")
    student.post(f"/pathways/{school.pathway_id}/choose")
    student.post(f"/activities/{school.activity_id}/done", done="yes")
    teacher.post(address(school, then="/copy"))
    original, copied = pathways(database, school.target_id)
    assert copied.title == "Watch and try (copy)"
    assert in_order(database, copied.id) == in_order(database, original.id)
    with database.session() as session:
        comic = session.scalars(
            select(Activity).where(Activity.pathway_id == copied.id, Activity.title == "Comic")
        ).one()
        assert (comic.materials, comic.minutes) == ("a pen", 5)
        assert [one.pathway_id for one in session.scalars(select(PathwayChoice))] == [original.id]
        assert len(session.scalars(select(ActivityDone)).all()) == 1


def test_a_pathway_is_copied_to_another_target_of_the_team(teacher, database, school):
    with database.transaction(district_id=school.district_id) as session:
        session.add(target := Target(team_id=school.team_id, title="Another", position=2))
        session.flush()
        target_id = target.id
    teacher.post(address(school, then="/copy"), target=target_id)
    assert [one.title for one in pathways(database, target_id)] == ["Watch and try"]


def test_a_shared_pathway_is_found_and_taken_once(teacher, across, database, school):
    other, target_id = across
    assert "Watch and try" not in other.get("/plan/library").text
    teacher.post(address(school, then="/share"), share="yes")
    assert "Watch and try" in other.get("/plan/library?words=watch strips").text
    assert "Watch and try" not in other.get("/plan/library?words=dragons").text
    for _ in range(2):
        other.post(f"/plan/library/{school.pathway_id}/copy", target=target_id)
    (copied,) = pathways(database, target_id)
    assert in_order(database, copied.id) == in_order(database, school.pathway_id)


def test_a_pathway_taken_back_leaves_the_library_and_the_copies(teacher, across, database, school):
    other, target_id = across
    teacher.post(address(school, then="/share"), share="yes")
    other.post(f"/plan/library/{school.pathway_id}/copy", target=target_id)
    teacher.post(address(school, then="/share"), share="no")
    assert "Watch and try" not in other.get("/plan/library").text
    assert len(pathways(database, target_id)) == 1
    assert (
        other.post(f"/plan/library/{school.pathway_id}/copy", target=target_id).status_code == 404
    )


def test_another_district_sees_nothing_of_it(app, database, teacher, school):
    teacher.post(address(school, then="/share"), share="yes")
    far = make_school(database, name="Far", source="lti:2")
    stranger = browser_of(app, far, far.teacher_id)
    assert "Watch and try" not in stranger.get("/plan/library?words=paper").text
    path = f"/plan/library/{school.pathway_id}/copy"
    assert stranger.post(path, target=far.target_id).status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"section_id": "here"}, "It is only for this section."),
        ({"hidden": True}, "It is hidden."),
        ({"source": Source.MIRRORED}, "open only for your students"),
        ({"source": Source.PROPOSED}, "A student wrote this pathway."),
    ],
)
def test_what_can_t_be_shared_says_why(teacher, across, database, school, change, words):
    other, _ = across
    with database.transaction(district_id=school.district_id) as session:
        row = session.get_one(Pathway, school.pathway_id)
        for name, value in change.items():
            setattr(row, name, school.section_id if value == "here" else value)
    answer = teacher.post(address(school, then="/share"), share="yes")
    assert answer.status_code == 400
    assert words in answer.text
    assert "Watch and try" not in other.get("/plan/library").text


def test_a_pathway_for_one_section_is_no_longer_shared(teacher, across, database, school):
    other, _ = across
    teacher.post(address(school, then="/share"), share="yes")
    version = pathways(database, school.target_id)[0].version
    teacher.post(
        address(school), title="Watch and try", seen="offered", scope="section", version=version
    )
    assert "Watch and try" not in other.get("/plan/library").text


def test_a_hidden_pathway_can_t_be_picked(teacher, student, database, school):
    version = pathways(database, school.target_id)[0].version
    teacher.post(
        address(school), title="Watch and try", seen="hidden", scope="team", version=version
    )
    assert "Watch and try" not in student.get(f"/targets/{school.target_id}").text
    assert student.post(f"/pathways/{school.pathway_id}/choose").status_code in {400, 404}


def test_a_link_s_kind_is_told_by_its_address(teacher, database, school):
    add(teacher, school, "See", kind="other", url="https://www.youtube.com/watch?v=abcdefghijk")
    add(teacher, school, "Try", kind="other", url="https://www.geogebra.org/m/abc123")
    assert activity(database, "See").kind == ActivityKind.VIDEO
    assert activity(database, "Try").kind == ActivityKind.MANIPULATIVE
