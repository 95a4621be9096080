"""Rubrics of coursework, and what coursework gives to open."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from integrations.lms import Criterion, Level, Material
from lti_app.db import now
from lti_app.learning.models import Activity, ActivityKind, Checkpoint, Pathway, PathwayChoice
from lti_app.people.models import Enrolment
from lti_app.sync.coursework import kind_of
from lti_app.sync.rubrics_in import fields_of
from tests.school import Browser
from tests.sync.conftest import look_now, mirror
from tests.sync.looking import attempts_of, dump, notes_of, the_one, work_of

OURS = "Checkpoint: fraction times whole number"
THEIRS = "Exit ticket: adding fractions"
RUBRICS = "classroom.courseWork.rubrics.list"


def _levels(*levels):
    return [{"title": title, "points": points} for title, points in levels]


CRITERIA = [
    {"title": "Drawing", "levels": _levels(("Clear", 2), ("Begun", 1))},
    {"title": "Answer", "levels": _levels(("Right", 2), ("Close", 1), ("Not yet", 0))},
]


def _set(world, title, criteria):
    work = work_of(world, title)
    world.practice.classroom.set_rubric(world.google_course_id, work["id"], criteria)


def _page(world, person_id, path):
    with world.session() as session:
        enrolment_id = session.scalar(select(Enrolment.id).where(Enrolment.person_id == person_id))
    return Browser(world.app, person_id, enrolment_id).get(path).text


def test_work_that_is_answered_here_is_scored_by_its_rubric(connected):
    world = connected
    _set(world, OURS, CRITERIA)
    mirror(world)
    checkpoint = the_one(world, Checkpoint, OURS)
    assert checkpoint.looks_for is None
    assert [line["title"] for line in checkpoint.rubric] == ["Drawing", "Answer"]
    assert checkpoint.rubric[0]["levels"] == [
        {"words": "Begun", "points": 1.0},
        {"words": "Clear", "points": 2.0},
    ]
    page = _page(world, world.student_ids[0], f"/checkpoints/{checkpoint.id}")
    assert "What your teacher looks for" in page
    assert "Not yet" in page


def test_a_rubric_of_work_scored_in_classroom_is_shown_and_scores_nothing_here(connected):
    world = connected
    _set(world, THEIRS, CRITERIA)
    mirror(world)
    checkpoint = the_one(world, Checkpoint, THEIRS)
    assert checkpoint.rubric is None
    assert "Drawing" in _page(world, world.student_ids[0], f"/checkpoints/{checkpoint.id}")
    attempt = attempts_of(world, THEIRS, 0)[0]
    page = _page(world, world.teacher_id, f"/scoring/{attempt.id}")
    assert "What counts, as it says in Google Classroom" in page
    assert "Drawing" in page
    assert 'name="points"' in page


def test_a_rubric_that_changes_or_goes_is_followed_within_a_day_unless_a_teacher_edited_it(
    connected,
):
    world = connected
    _set(world, OURS, CRITERIA)
    _set(world, THEIRS, CRITERIA)
    mirror(world)
    with world.transaction() as session:
        edited = session.get_one(Checkpoint, the_one(world, Checkpoint, OURS).id)
        edited.rubric = mine = [{**edited.rubric[0], "title": "Picture"}, edited.rubric[1]]
    _set(world, OURS, [CRITERIA[0], {**CRITERIA[1], "title": "Result"}])
    _set(world, THEIRS, None)
    mirror(world)  # Google does not say that the coursework changed
    assert the_one(world, Checkpoint, THEIRS).looks_for
    with time_machine.travel(now() + timedelta(days=1, minutes=1)):
        mirror(world)
    assert the_one(world, Checkpoint, OURS).rubric == mine
    assert the_one(world, Checkpoint, THEIRS).looks_for is None
    assert ("kept_edit", OURS) in notes_of(world)[0]
    before = dump(world)
    look_now(world)
    assert dump(world) == before


def test_a_rubric_that_google_does_not_show_is_noted_and_asked_for_with_all_again(
    connected, monkeypatch
):
    world = connected
    monkeypatch.setattr("integrations.classroom.client.time.sleep", lambda _: None)
    _set(world, THEIRS, CRITERIA)
    world.practice.mischief.next(RUBRICS, "server_error", times=8 + 2)
    mirror(world)
    assert notes_of(world)[1].failed == ""
    unread = {subject for code, subject in notes_of(world)[0] if code == "rubric_unread"}
    assert unread
    asked = world.practice.mischief.calls[RUBRICS]
    world.practice.mischief.clear()
    mirror(world)
    assert world.practice.mischief.calls[RUBRICS] == asked
    look_now(world)
    assert the_one(world, Checkpoint, THEIRS).looks_for
    assert "rubric_unread" not in {code for code, _ in notes_of(world)[0]}


@pytest.mark.parametrize(
    "criteria",
    [
        (Criterion("Drawing", (Level("Begun", None), Level("Clear", None))),),
        (Criterion("Drawing", (Level("Begun", 1), Level("Clear", 3))),),
        (Criterion("Drawing", (Level("Clear", 4),)),),
        tuple(Criterion(f"{n}", (Level("a", 0), Level("b", 4 / 9))) for n in range(9)),
    ],
    ids=["without points", "another sum", "one level", "too many lines"],
)
def test_a_rubric_that_can_not_score_here_is_shown(criteria):
    values = fields_of(Checkpoint(max_points=4, url=None), criteria).values
    assert values["rubric"] is None
    assert len(values["looks_for"]) == len(criteria)


def test_a_level_without_words_says_its_points():
    criteria = (Criterion("", (Level("", 0), Level("  ", 4.0))),)
    rubric = fields_of(Checkpoint(max_points=4, url=None), criteria).values["rubric"]
    assert rubric[0]["title"] == "—"
    assert [level["words"] for level in rubric[0]["levels"]] == ["0", "4"]


@pytest.mark.parametrize(
    ("title", "material", "kind"),
    [
        ("Area", ("https://www.youtube.com/watch?v=1", "video"), ActivityKind.VIDEO),
        ("Area", ("https://drive.google.com/file/d/1/view", "file"), ActivityKind.READING),
        ("Area", ("https://docs.google.com/forms/d/1", "form"), ActivityKind.PRACTICE),
        ("Area", ("https://forms.gle/1", "form"), ActivityKind.PRACTICE),
        ("Area", ("https://www.geogebra.org/m/1", "link"), ActivityKind.MANIPULATIVE),
        ("Area", ("https://kahoot.it/1", "link"), ActivityKind.GAME),
        ("Area", ("https://practice.example.org/1", "link"), ActivityKind.PRACTICE),
        ("Game: fraction war", ("https://games.example.org/1", "link"), ActivityKind.GAME),
        ("Juego: guerra", ("https://games.example.org/1", "link"), ActivityKind.GAME),
        ("Project: a garden", None, ActivityKind.PROJECT),
        ("Fraction strips", None, ActivityKind.OTHER),
        ("", None, ActivityKind.OTHER),
    ],
)
def test_what_a_student_does_with_it(title, material, kind):
    materials = (Material(material[0], "", material[1]),) if material else ()
    assert kind_of(title, materials) == kind


def _links(*urls):
    return [{"link": {"url": url, "title": title}} for url, title in urls]


def test_each_link_of_a_material_is_an_activity_and_stays_itself(connected):
    world = connected
    links = [("https://a.example/1", "Part 1"), ("https://a.example/2", "Part 2")]
    work = world.practice.classroom.add_work(
        world.google_course_id,
        title="Area",
        material=True,
        materials=[
            *_links(*links),
            {"youtubeVideo": {"alternateLink": "https://youtu.be/3", "title": "Area"}},
            {"driveFile": {"driveFile": {"alternateLink": "https://drive.google.com/4"}}},
        ],
    )
    mirror(world)
    with world.session() as session:
        found = session.scalars(select(Activity).where(Activity.title.like("Area%"))).all()
    assert [(one.title, one.kind) for one in found] == [
        ("Area: Part 1", ActivityKind.PRACTICE),
        ("Area: Part 2", ActivityKind.PRACTICE),
        ("Area (3)", ActivityKind.VIDEO),
        ("Area (4)", ActivityKind.READING),
    ]
    with world.transaction() as session:
        pathway = session.get_one(Pathway, found[0].pathway_id)
        target_id = pathway.target_id
        session.add(
            PathwayChoice(
                person_id=world.student_ids[0], target_id=target_id, pathway_id=pathway.id
            )
        )
    page = _page(world, world.student_ids[0], f"/targets/{target_id}")
    assert "Area: Part 2" in page
    assert '<use href="#kind-video"></use></svg> Video' in page
    # One link goes: the others stay the activities that they are.
    world.practice.classroom.change_work(
        world.google_course_id, work["id"], materials=_links(links[0]) + work["materials"][2:]
    )
    mirror(world)
    with world.session() as session:
        after = {one.id: one for one in session.scalars(select(Activity))}
    assert [after[one.id].hidden for one in found] == [False, True, False, False]
    assert [after[one.id].url for one in found] == [one.url for one in found]
    world.practice.classroom.remove_work(world.google_course_id, work["id"])
    mirror(world)
    with world.session() as session:
        assert all(session.get_one(Activity, one.id).hidden for one in found)


def test_gems_and_notebooks_are_something_to_open_too(connected):
    world = connected
    world.practice.classroom.add_work(
        world.google_course_id,
        title="Ask the gem",
        material=True,
        materials=[{"gem": {"url": "https://gemini.example/1", "title": "Gem"}}],
    )
    mirror(world)
    assert the_one(world, Activity, "Ask the gem").url == "https://gemini.example/1"
