"""Student voice: said on any page, read and answered by teachers, taken back by the student."""

import pytest

from lti_app.learning.models import VoiceNote
from lti_app.people.models import Enrolment, Person, Role, Section, Team
from tests.learning.voice_room import leaves, rows, second_section, student_of, teacher_of
from tests.school import Browser, make_school

BOX = "Tell your teacher"


def say(app, school, number=0, **form):
    return student_of(app, school, number).post("/voice", **({"works": "The strips"} | form))


def test_the_box_stands_on_every_page_of_a_student_and_on_none_of_a_teacher(app, school):
    student, teacher = student_of(app, school), teacher_of(app, school)
    paths = ("/", f"/targets/{school.target_id}", f"/checkpoints/{school.checkpoint_id}", "/map")
    for path in (*paths, "/targets/4711", "/plan"):
        assert BOX in student.get(path).text, path
    for path in ("/", "/plan", "/targets/4711"):
        assert BOX not in teacher.get(path).text, path
    assert BOX not in Browser(app, school.admin_id).get("/admin/").text
    assert BOX not in app.test_client().get("/").text


def test_a_student_speaks_where_they_are_and_goes_on_there(app, database, school):
    student = student_of(app, school)
    here = f"{student.base}/targets/{school.target_id}"
    page = student.get(f"/targets/{school.target_id}").text
    assert 'name="page" value="learning.target"' in page
    assert f'name="back" value="{here}' in page

    sent = student.post(
        "/voice", works="The <b>strips</b>", change="More time", page="learning.target", back=here
    )
    assert sent.location == here
    seen = teacher_of(app, school).get("/voice").text
    assert "Maple Student 1" in seen
    assert "The &lt;b&gt;strips&lt;/b&gt;" in seen
    assert "More time" in seen
    assert "said on a target&#39;s page" in seen
    assert "Still open (1)" in seen


@pytest.mark.parametrize(
    "back", ["https://evil.example.org", "//evil.example.org", "/e/99/", "", "/\\evil", "x" * 5000]
)
def test_speaking_never_leads_away(app, school, back):
    student = student_of(app, school)
    assert student.post("/voice", works="x", back=back).location == f"{student.base}/"


def test_the_same_words_sent_twice_are_kept_once(app, database, school):
    for _ in range(2):
        say(app, school)
    assert len(rows(database, school, VoiceNote)) == 1
    say(app, school, change="More time")
    assert len(rows(database, school, VoiceNote)) == 2


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"works": "", "change": " \n"}, "You have not written anything yet."),
        ({"works": "x" * 1001}, "That is a lot to read."),
        ({"change": "x" * 1001}, "That is a lot to read."),
    ],
)
def test_nothing_and_too_much_are_refused(app, database, school, form, says):
    refused = say(app, school, **form)
    assert refused.status_code == 400
    assert says in refused.text
    assert rows(database, school, VoiceNote) == []


def test_a_page_that_does_not_exist_is_not_kept(app, database, school):
    say(app, school, works="a\0b", page="<script>")
    (note,) = rows(database, school, VoiceNote)
    assert (note.works, note.page) == ("ab", "")


def test_one_who_writes_without_end_is_asked_kindly_to_wait_and_others_are_not(
    app, database, school
):
    for number in range(30):
        assert say(app, school, works=f"word {number}").status_code == 302
    late = say(app, school, works="one more")
    assert late.status_code == 429
    assert "Your teacher will read it. You can say more later." in late.text
    assert say(app, school, number=1).status_code == 302
    assert len(rows(database, school, VoiceNote)) == 31


def test_the_answer_is_announced_until_it_is_read(app, school):
    say(app, school)
    student, other = student_of(app, school), student_of(app, school, 1)
    assert "Your teacher answered you." not in student.get("/").text

    teacher_of(app, school).post("/voice/1/answer", answer="We keep them <3", version="0")

    assert "Your teacher answered you." in student.get("/").text
    assert "Your teacher answered you." not in other.get("/").text
    page = student.get("/voice/mine").text
    assert "New answer" in page
    assert "Ms. Ortiz says:" in page
    assert "We keep them &lt;3" in page
    assert "The student has not read it yet." in teacher_of(app, school).get("/voice").text
    assert student.post("/voice/mine").location == f"{student.base}/voice/mine"
    assert "Your teacher answered you." not in student.get("/").text
    assert "New answer" not in student.get("/voice/mine").text
    assert "The student has read it." in teacher_of(app, school).get("/voice").text


def test_a_changed_answer_is_announced_again_and_the_same_one_is_not(app, school):
    say(app, school)
    student, teacher = student_of(app, school), teacher_of(app, school)
    teacher.post("/voice/1/answer", answer="Yes", version="0")
    student.post("/voice/mine")
    teacher.post("/voice/1/answer", answer="Yes", version="0")
    assert "Your teacher answered you." not in student.get("/").text
    teacher.post("/voice/1/answer", answer="Yes, on Monday", version=_version(teacher))
    assert "Your teacher answered you." in student.get("/").text


def _version(teacher):
    return teacher.get("/voice").text.partition('name="version" value="')[2].partition('"')[0]


def test_two_teachers_who_answer_at_once_see_both_answers(app, database, school):
    say(app, school)
    first, second = teacher_of(app, school), _aide(app, database, school)
    first.post("/voice/1/answer", answer="Yes", version="0")

    clash = second.post("/voice/1/answer", answer="No", version="0")

    assert clash.status_code == 409
    assert "Ms. Ortiz changed this while you were writing." in clash.text
    assert "Yes" in clash.text
    assert "No" in clash.text
    version = clash.text.partition('name="version" value="')[2].partition('"')[0]
    assert second.post("/voice/1/answer", answer="Both", version=version).status_code == 302
    assert rows(database, school, VoiceNote)[0].answer == "Both"


def _aide(app, database, school):
    """An assistant of the section."""
    with database.transaction(district_id=school.district_id) as session:
        session.add(aide := Person(name="Mx. Lee"))
        session.flush()
        enrolment = Enrolment(section_id=school.section_id, person_id=aide.id, role=Role.ASSISTANT)
        session.add(enrolment)
        session.flush()
        return Browser(app, aide.id, enrolment.id)


def test_an_empty_answer_is_refused(app, database, school):
    say(app, school)
    assert teacher_of(app, school).post("/voice/1/answer", answer=" ").status_code == 400
    assert rows(database, school, VoiceNote)[0].answered_at is None


def test_done_and_open_ones_stand_apart(app, school):
    say(app, school, works="First words")
    say(app, school, works="Second words")
    teacher = teacher_of(app, school)
    for _ in range(2):
        teacher.post("/voice/1/done", done="yes")

    opened, done = teacher.get("/voice").text, teacher.get("/voice?done=yes").text
    assert "First words" not in opened
    assert "Second words" in opened
    assert "First words" in done
    assert "Second words" not in done
    teacher.post("/voice/1/done", done="no")
    page = teacher.get("/voice").text
    assert page.index("Second words") < page.index("First words")


def test_what_was_taken_back_is_gone_for_everyone(app, database, school):
    say(app, school)
    teacher, student = teacher_of(app, school), student_of(app, school)
    teacher.post("/voice/1/answer", answer="Good idea", version="0")
    teacher.post("/voice/1/done", done="yes")

    assert student_of(app, school, 1).post("/voice/1/back").status_code == 404
    assert student.post("/voice/1/back").status_code == 302

    assert rows(database, school, VoiceNote) == []
    for page in (teacher.get("/voice"), teacher.get("/voice?done=yes"), student.get("/voice/mine")):
        assert "The strips" not in page.text
        assert "Good idea" not in page.text
    assert "Your teacher answered you." not in student.get("/").text
    assert teacher.post("/voice/1/answer", answer="Late", version="0").status_code == 404


def test_teachers_read_their_teams_sections_one_or_all_and_no_other_teams(app, database, school):
    say(app, school)
    section_id = second_section(database, school, school.student_ids[1])
    enrolment_id = max(school.enrolment_of.values()) + 1
    Browser(app, school.student_ids[1], enrolment_id).post("/voice", works="From room 14")
    birch = make_school(database, name="Birch")
    say(app, birch, works="From Birch")
    teacher = teacher_of(app, school)

    for query, seen in (
        ("", ["The strips"]),
        (f"?section={section_id}", ["From room 14"]),
        ("?section=all", ["The strips", "From room 14"]),
    ):
        page = teacher.get(f"/voice{query}").text
        assert [w for w in ("The strips", "From room 14", "From Birch") if w in page] == seen
    assert teacher.get(f"/voice?section={birch.section_id}").status_code == 404
    assert teacher.get("/voice?section=x").status_code == 404
    for path in ("/voice/3/answer", "/voice/3/done"):
        assert teacher.post(path, answer="x", done="yes").status_code == 404


def test_another_team_of_the_district_reads_nothing_of_it(app, database, school):
    say(app, school)
    with database.transaction(district_id=school.district_id) as session:
        session.add_all([team := Team(name="Grade 4"), other := Person(name="Mr. Lee")])
        session.flush()
        section = Section(team_id=team.id, title="Room 9", source="lti:1", external_id="g4")
        session.add(section)
        session.flush()
        enrolment = Enrolment(section_id=section.id, person_id=other.id, role=Role.TEACHER)
        session.add(enrolment)
        session.flush()
        lee = Browser(app, other.id, enrolment.id)

    assert "The strips" not in lee.get("/voice?section=all").text
    for page in ("/voice", "/voice/goals", "/voice/reflections"):
        assert lee.get(f"{page}?section={school.section_id}").status_code == 404
    for path in ("/voice/1/answer", "/voice/1/done"):
        assert lee.post(path, answer="x", version="0", done="yes").status_code == 404


def test_words_of_those_who_left_are_not_shown(app, database, school):
    say(app, school)
    leaves(database, school, school.student_ids[0])
    page = teacher_of(app, school).get("/voice").text
    assert "The strips" not in page
    assert "(0)" in page


def test_older_words_are_one_press_away(app, database, school):
    with database.transaction(district_id=school.district_id) as session:
        session.add_all(
            VoiceNote(
                person_id=school.student_ids[0], section_id=school.section_id, works=f"word {n}."
            )
            for n in range(60)
        )
    teacher = teacher_of(app, school)
    first = teacher.get("/voice").text
    assert "word 59." in first
    assert "word 5." not in first
    older = first.partition("Show older ones")[0].rpartition('href="')[2].partition('"')[0]
    second = teacher.client.get(older.replace("&amp;", "&")).text
    assert "word 5." in second
    assert "word 59." not in second
    assert "Show older ones" not in second
