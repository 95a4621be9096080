"""A student writes a way of their own: the teacher answers, the class may share it."""

import pytest
from sqlalchemy import func, select

from lti_app.learning.choice import levels
from lti_app.learning.models import ChoiceLevel, Pathway, PathwayChoice, Proposal, ProposalWord
from tests.school import browser_of, make_school

IDEA = {
    "title": "Bake it",
    "will_do": "Bake a cake\r\n\r\nCut it into fifths",
    "will_show": "I bring a photo.",
}


@pytest.fixture
def school(database):
    school = make_school(database, students=3)
    with database.transaction(district_id=school.district_id) as session:
        levels.set_for(
            session,
            school.section_id,
            school.student_ids[:2],
            ChoiceLevel.OPEN,
            set_by_id=school.teacher_id,
        )
    return school


def _propose(student, school, **changed):
    return student.post(f"/targets/{school.target_id}/my-way", **{**IDEA, **changed})


def _proposal(database):
    with database.session() as session:
        return session.scalars(select(Proposal).order_by(Proposal.id.desc())).first()


def _approve(teacher, database, **changed):
    proposal = _proposal(database)
    form = {"version": proposal.version, "answer": "approve", "text": "", **changed}
    return teacher.post(f"/proposals/{proposal.id}", **form)


def test_an_approved_way_becomes_the_students_own_and_they_are_on_it(
    student, teacher, database, school
):
    assert _propose(student, school).status_code == 302
    assert "Your teacher will read it." in student.get(f"/targets/{school.target_id}").text
    assert "Bake it" in teacher.get("/proposals").text
    assert "proposes a way of their own" in teacher.get("/needs-me").text

    assert _approve(teacher, database, text="Yes! Bring it Friday.").status_code == 302

    page = student.get(f"/targets/{school.target_id}").text
    for words in ("Bake a cake", "Cut it into fifths", "I bring a photo.", "This is your way."):
        assert words in page
    assert "Yes! Bring it Friday." in student.get(f"/targets/{school.target_id}/my-way").text
    with database.session() as session:
        pathway = session.scalars(select(Pathway).where(Pathway.title == "Bake it")).one()
        assert (pathway.source, pathway.person_id) == ("proposed", school.student_ids[0])
        choice = session.scalars(select(PathwayChoice)).one()
        assert choice.pathway_id == pathway.id


def test_a_classmate_neither_sees_nor_walks_a_way_that_is_not_shared(
    app, student, teacher, database, school
):
    _propose(student, school)
    _approve(teacher, database)
    other = browser_of(app, school, school.student_ids[1])
    assert "Bake it" not in other.get(f"/targets/{school.target_id}").text
    with database.session() as session:
        pathway = session.scalars(select(Pathway).where(Pathway.title == "Bake it")).one()
        way, step = pathway.id, pathway.activities[0].id
    assert other.post(f"/pathways/{way}/choose").status_code == 404
    assert other.post(f"/activities/{step}/done", done="yes").status_code == 404
    assert (
        teacher.post("/choice/way", pathway=way, student=school.student_ids[1]).status_code == 404
    )


def test_a_change_asked_for_comes_back_and_nothing_said_is_lost(student, teacher, database, school):
    _propose(student, school)
    proposal = _proposal(database)
    back = {"version": 1, "answer": "change", "text": "Which fractions will you cut?"}
    assert teacher.post(f"/proposals/{proposal.id}", **back).status_code == 302
    page = student.get(f"/targets/{school.target_id}/my-way").text
    assert "Your teacher asks you to change something." in page
    assert "Which fractions will you cut?" in page

    student.post(f"/my-ways/{proposal.id}", **{**IDEA, "will_do": "Cut it into fifths, 3 × 2/5"})

    assert _proposal(database).state == "sent"
    assert _approve(teacher, database).status_code == 302
    with database.session() as session:
        words = session.scalars(select(ProposalWord.state).order_by(ProposalWord.id)).all()
    assert words == ["sent", "change_asked", "sent", "approved"]


def test_a_teacher_approves_only_the_words_they_have_read(student, teacher, database, school):
    _propose(student, school)
    proposal = _proposal(database)
    student.post(f"/my-ways/{proposal.id}", **{**IDEA, "title": "Something else"})
    for answer in ("approve", "change"):
        late = teacher.post(f"/proposals/{proposal.id}", version=1, answer=answer, text="Good!")
        assert late.status_code == 400
        assert "The student has changed it meanwhile." in late.text
    assert _proposal(database).state == "sent"


def test_sent_or_approved_twice_it_is_one(student, teacher, database, school):
    assert _propose(student, school).status_code == 302
    assert _propose(student, school).status_code == 302
    assert _propose(student, school, title="Another").status_code == 400
    assert _approve(teacher, database).status_code == 302
    assert _approve(teacher, database).status_code == 302
    with database.session() as session:
        assert session.scalar(select(func.count(Proposal.id))) == 1
        ways = select(func.count(Pathway.id)).where(Pathway.title == "Bake it")
        assert session.scalar(ways) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"title": " "},
        {"will_do": "\r\n \r\n"},
        {"will_show": ""},
        {"will_do": "x\n" * 21},
        {"will_do": "x" * 301},
        {"will_show": "x" * 4001},
    ],
)
def test_an_idea_that_can_not_be_kept_is_refused_in_words(student, database, school, changed):
    answer = _propose(student, school, **changed)
    assert answer.status_code == 400
    assert "<h1>" in answer.text
    assert _proposal(database) is None


def test_the_class_has_it_only_with_the_students_yes_and_not_their_name(
    app, student, teacher, database, school
):
    _propose(student, school)
    _approve(teacher, database)
    proposal = _proposal(database)
    refused = teacher.post(f"/proposals/{proposal.id}/share")
    assert refused.status_code == 400
    student.post(f"/my-ways/{proposal.id}/share", share="yes")
    assert teacher.post(f"/proposals/{proposal.id}/share").status_code == 302
    assert teacher.post(f"/proposals/{proposal.id}/share").status_code == 302

    other = browser_of(app, school, school.student_ids[2])
    page = other.get(f"/targets/{school.target_id}").text
    assert "Bake it" in page
    assert "Maple Student 1" not in page
    with database.session() as session:
        way = session.scalars(select(Pathway.id).where(Pathway.title == "Bake it")).one()
    assert other.post(f"/pathways/{way}/choose").status_code == 302

    student.post(f"/my-ways/{proposal.id}/share", share="no")

    assert "Bake a cake" in other.get(f"/targets/{school.target_id}").text, "they are on it"
    newcomer = browser_of(app, school, school.student_ids[1])
    assert "Bake it" not in newcomer.get(f"/targets/{school.target_id}").text


def test_a_proposal_is_taken_back_and_written_anew(student, teacher, database, school):
    _propose(student, school)
    first = _proposal(database).id
    assert student.post(f"/my-ways/{first}/back").status_code == 302
    assert student.post(f"/my-ways/{first}/back").status_code == 302
    assert "Bake it" not in teacher.get("/proposals").text
    assert teacher.post(f"/proposals/{first}", version=1, answer="approve").status_code == 400
    assert _propose(student, school, title="Again").status_code == 302
    _approve(teacher, database)
    assert student.post(f"/my-ways/{_proposal(database).id}/back").status_code == 400


def test_nobody_touches_another_students_proposal(app, student, database, school):
    _propose(student, school)
    proposal = _proposal(database)
    other = browser_of(app, school, school.student_ids[1])
    for path in ("", "/back", "/share"):
        assert other.post(f"/my-ways/{proposal.id}{path}", **IDEA).status_code == 404


def test_a_lowered_level_keeps_what_was_proposed(student, teacher, database, school):
    _propose(student, school)
    with database.transaction(district_id=school.district_id) as session:
        levels.set_for(
            session,
            school.section_id,
            school.student_ids[:1],
            ChoiceLevel.GUIDED,
            set_by_id=school.teacher_id,
        )
    assert student.get(f"/targets/{school.target_id}/my-way").status_code == 200
    _approve(teacher, database)
    assert "Bake a cake" in student.get(f"/targets/{school.target_id}").text
