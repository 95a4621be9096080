"""Targets that are merged: no work is lost, whoever does what at the same time."""

import threading
import time

import pytest
from sqlalchemy import select

from lti_app.coaching import gaps, invitations
from lti_app.coaching.models import Gap, GapState, Invitation, coaching_session_targets
from lti_app.db import now
from lti_app.errors import NotHere
from lti_app.learning import attempts, targets
from lti_app.learning.models import (
    Attempt,
    Checkpoint,
    Goal,
    Level,
    Pathway,
    PathwayChoice,
    Score,
    Target,
)
from lti_app.learning.plan import merging, splitting
from lti_app.people.models import Section
from tests.learning.plan_room import (
    add_checkpoint,
    add_link,
    answer,
    count,
    id_of,
    levels,
    links_of,
    read,
    titles,
    write_targets,
)
from tests.school import browser_of, full_five

FIRST = "I can multiply a fraction by a whole number."


@pytest.fixture
def other(database, school):
    """Another target with a checkpoint; the ids of both."""
    (target_id,) = write_targets(database, school, ["I can times."])
    return target_id, add_checkpoint(database, school, target_id)


def _merge(teacher, school, other_id, **form):
    return teacher.post(
        f"/plan/{school.target_id}/merge",
        **{"version": "1", "title": FIRST, "other": other_id} | form,
    )


def test_a_merge_brings_everything_along_and_works_out_standings_anew(
    teacher, database, school, other
):
    other_id, theirs = other
    one, two, three = school.student_ids
    answer(database, school, one, school.checkpoint_id, 1)
    answer(database, school, one, theirs, 4)
    answer(database, school, two, theirs, 4)
    answer(database, school, three, theirs)
    with database.transaction(district_id=school.district_id) as session:
        session.add(
            Goal(
                person_id=one,
                section_id=school.section_id,
                week=now().date(),
                target_id=other_id,
                text="Finish it",
            )
        )
    page = teacher.get(f"/plan/{school.target_id}/merge?other={other_id}").text
    assert "Second ticket" in page

    assert _merge(teacher, school, other_id).status_code == 302

    assert titles(database, school) == [FIRST]
    reached = levels(database, school, school.target_id)
    # 0.65 × 100 + 0.35 × 25 = 73.75 percent.
    assert reached == {one: Level.NEARLY, two: Level.BEYOND, three: Level.WORKING}
    assert set(levels(database, school, other_id).values()) == {Level.NOT_STARTED}
    assert count(database, school, Attempt) == 4
    assert read(database, school, select(Goal.target_id)) == [(school.target_id,)]
    kept = teacher.get("/plan/archive").text
    assert "Merged into:" in kept
    assert teacher.post(f"/plan/{other_id}/back").status_code == 404


def test_a_merge_sent_twice_merges_once(teacher, database, school, other):
    for _ in range(2):
        assert _merge(teacher, school, other[0]).status_code == 302
    assert titles(database, school) == [FIRST]
    assert count(database, school, Checkpoint, Checkpoint.target_id == school.target_id) == 2


def test_of_two_picked_pathways_the_newer_pick_stands(app, teacher, database, school, other):
    with database.transaction(district_id=school.district_id) as session:
        target = session.get_one(Target, other[0])
        pathway = targets.add_pathway(session, target, title="Sing it")
        targets.add_activity(session, pathway, title="Sing", kind="other")
        theirs = pathway.id
    one, two, three = (browser_of(app, school, kid) for kid in school.student_ids)
    one.post(f"/pathways/{school.pathway_id}/choose")
    one.post(f"/pathways/{theirs}/choose")
    two.post(f"/pathways/{theirs}/choose")
    two.post(f"/pathways/{school.pathway_id}/choose")
    three.post(f"/pathways/{theirs}/choose")

    _merge(teacher, school, other[0])

    rows = read(database, school, select(PathwayChoice.person_id, PathwayChoice.pathway_id))
    assert dict(rows) == dict(
        zip(school.student_ids, (theirs, school.pathway_id, theirs), strict=True)
    )
    assert count(database, school, Pathway, Pathway.target_id == school.target_id) == 2


def test_links_of_both_are_the_merged_ones(teacher, database, school, other):
    before, after = write_targets(database, school, ["Before", "After"])
    add_link(database, school, other[0], before)
    add_link(database, school, after, other[0])
    add_link(database, school, school.target_id, before)
    add_link(database, school, other[0], school.target_id)

    _merge(teacher, school, other[0])

    assert links_of(database, school) == {(school.target_id, before), (after, school.target_id)}


def test_a_merge_that_would_close_a_circle_is_refused_by_name(teacher, database, school, other):
    (between,) = write_targets(database, school, ["Between"])
    add_link(database, school, other[0], between)
    add_link(database, school, between, school.target_id)
    refused = _merge(teacher, school, other[0])
    assert refused.status_code == 400
    assert "“I can times.” → “Between” →" in refused.text
    assert len(titles(database, school)) == 3


def test_two_teachers_who_merge_two_targets_into_each_other_leave_one(database, school, other):
    together = threading.Barrier(2)
    told = []

    def merge(into_id, other_id):
        with database.session(district_id=school.district_id) as session:
            together.wait()
            into = splitting.whole(session, school.team_id, into_id)
            time.sleep(0.1)
            merging.merge(
                session, into, other_id, title=into.title, version=1, editor_id=school.teacher_id
            )
            session.commit()

    pairs = ((school.target_id, other[0]), (other[0], school.target_id))
    threads = [threading.Thread(target=_quietly, args=(merge, told, *pair)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(told) == 1
    (left,) = titles(database, school)
    (kept,) = {target_id for (target_id,) in read(database, school, select(Checkpoint.target_id))}
    assert left in (FIRST, "I can times.")
    assert kept == id_of(database, school, left)


def _quietly(merge, told, into_id, other_id):
    try:
        merge(into_id, other_id)
    except NotHere as refusal:
        told.append(refusal)


def test_a_score_given_during_a_merge_counts_on_the_merged_target(database, school, other):
    waiting = answer(database, school, school.student_ids[0], other[1])

    def score():
        with database.transaction(district_id=school.district_id) as session:
            attempts.score(
                session,
                attempt=session.get_one(Attempt, waiting),
                points=4,
                feedback="",
                scored_by_id=school.teacher_id,
            )

    with database.session(district_id=school.district_id) as session:
        into = splitting.whole(session, school.team_id, school.target_id)
        merging.merge(session, into, other[0], title=FIRST, version=1, editor_id=school.teacher_id)
        thread = threading.Thread(target=score)
        thread.start()
        time.sleep(0.3)
        session.commit()
    thread.join()

    assert count(database, school, Score) == 1
    assert levels(database, school, school.target_id)[school.student_ids[0]] == Level.BEYOND


@pytest.mark.parametrize("before", [0, 1])
def test_an_answer_sent_during_a_merge_counts_on_the_merged_target(database, school, other, before):
    student_id = school.student_ids[0]
    for _ in range(before):
        answer(database, school, student_id, other[1], points=1)

    def send():
        with database.transaction(district_id=school.district_id) as session:
            attempts.submit(
                session,
                checkpoint=session.get_one(Checkpoint, other[1]),
                person_id=student_id,
                section_id=school.section_id,
                number=before + 1,
                evidence="once more",
            )

    with database.session(district_id=school.district_id) as session:
        into = splitting.whole(session, school.team_id, school.target_id)
        merging.merge(session, into, other[0], title=FIRST, version=1, editor_id=school.teacher_id)
        thread = threading.Thread(target=send)
        thread.start()
        time.sleep(0.3)
        session.commit()
    thread.join()

    assert count(database, school, Attempt) == before + 1
    assert levels(database, school, school.target_id)[student_id] == Level.WORKING
    assert levels(database, school, other[0]).get(student_id) in {None, Level.NOT_STARTED}


def test_work_for_one_section_only_moves_along(teacher, database, school, other):
    with database.transaction(district_id=school.district_id) as session:
        section = Section(
            team_id=school.team_id, title="Room 14", source="lti:1", external_id="c-14"
        )
        session.add(section)
        session.flush()
        session.get_one(Checkpoint, other[1]).section_id = section.id
    _merge(teacher, school, other[0])
    assert {row[0] for row in read(database, school, select(Checkpoint.target_id))} == {
        school.target_id
    }


def test_a_merge_with_itself_or_with_nothing_is_refused(teacher, school):
    assert _merge(teacher, school, school.target_id).status_code == 400
    for nothing in ("4711", "", "x"):
        assert _merge(teacher, school, nothing).status_code == 404


def test_a_merge_into_what_somebody_changed_meanwhile_shows_both(teacher, school, other):
    teacher.post(f"/plan/{school.target_id}", title="I can.", codes="", unit="", version="1")
    clash = _merge(teacher, school, other[0], title="I could.")
    assert clash.status_code == 409
    assert "I can." in clash.text


def _ask(database, school, person_id, target_id):
    with database.transaction(district_id=school.district_id) as session:
        return gaps.ask_for_help(
            session,
            person_id=person_id,
            section_id=school.section_id,
            target=session.get_one(Target, target_id),
            note=f"about {target_id}",
        ).id


def test_needs_go_on_with_the_merged_target_one_for_each_student(teacher, database, school, other):
    one, two, three = school.student_ids
    kept = _ask(database, school, one, school.target_id)
    double = _ask(database, school, one, other[0])
    moved = _ask(database, school, two, other[0])
    met = _ask(database, school, three, other[0])
    answer(database, school, three, school.checkpoint_id, 4)
    with database.transaction(district_id=school.district_id) as session:
        invitations.invite_group(
            session,
            team_id=school.team_id,
            section_id=school.section_id,
            teacher_id=school.teacher_id,
            gap_ids=[double],
            starts_at=full_five(now().replace(year=now().year + 1)),
            minutes=15,
            room="12",
        )

    _merge(teacher, school, other[0])

    with database.session(district_id=school.district_id) as session:
        state = {gap.id: gap.state for gap in session.scalars(select(Gap))}
        assert state[double] == state[met] == GapState.CLOSED
        assert state[moved] == GapState.OPEN
        assert state[kept] == GapState.INVITED
        assert {gap.target_id for gap in session.scalars(select(Gap))} == {school.target_id}
        assert len(session.get_one(Gap, kept).evidence) == 2
        invitation = session.scalars(select(Invitation)).one()
        assert [gap.id for gap in invitation.gaps] == [kept]
        named = session.execute(select(coaching_session_targets.c.target_id)).all()
        assert named == [(school.target_id,)]
    assert teacher.get("/help").status_code == 200
