"""One turn of the loop, without an LMS: pathway, checkpoint, score, gap, invitation, closed gap."""

import datetime

from sqlalchemy import select

from lti_app.coaching.models import Gap, GapState, Invitation, InvitationState
from lti_app.learning.models import Attempt, Level, Mastery
from lti_app.sync.models import DeliveryState, GradeDelivery
from tests.school import browser_of, make_school

TOMORROW = (datetime.date.today() + datetime.timedelta(days=1)).isoformat()  # noqa: DTZ011


def test_a_low_score_becomes_an_invitation_and_a_later_attempt_closes_the_gap(app, database):
    school = make_school(database)
    ana, ben = school.student_ids[:2]
    student, teacher = browser_of(app, school, ana), browser_of(app, school, school.teacher_id)

    # The student picks a pathway, does an activity and answers the checkpoint.
    assert "I can multiply" in student.get("/").text
    student.post(f"/pathways/{school.pathway_id}/choose")
    student.post(f"/activities/{school.activity_id}/done", done="yes")
    assert "1 of 2 steps done" in student.get("/").text
    student.post(f"/checkpoints/{school.checkpoint_id}", number=1, evidence="3/10")

    # The teacher scores it low; the grade goes into the outbox and a gap opens.
    assert "Maple Student 1" in teacher.get("/scoring").text
    with database.session() as session:
        attempt_id = session.scalar(select(Attempt.id))
    teacher.post(f"/scoring/{attempt_id}", points="1", feedback="Draw the strips again.")
    assert "Draw the strips again." in student.get(f"/checkpoints/{school.checkpoint_id}").text
    with database.session() as session:
        delivery = session.scalars(select(GradeDelivery)).one()
        assert (delivery.points, delivery.state) == (1, DeliveryState.WAITING)
        gap = session.scalars(select(Gap)).one()
        assert (gap.person_id, gap.state) == (ana, GapState.OPEN)

    # One step makes a session; the student sees it, in kind words, and accepts.
    assert "Maple Student 1" in teacher.get("/help").text
    answer = teacher.post(
        "/help/invite", gap=[gap.id], day=TOMORROW, clock="10:20", minutes=15, room="Room 12"
    )
    assert answer.status_code == 302
    page = student.get("/").text
    assert "Ms. Ortiz can help you" in page
    assert "10:20" in page
    with database.session() as session:
        invitation = session.scalars(select(Invitation)).one()
    student.post(f"/invitations/{invitation.id}", answer="accepted")
    assert "comes" in teacher.get("/help").text

    # Anyone else may join.
    other = browser_of(app, school, ben)
    other.post(f"/coaching/{invitation.coaching_session_id}/join")
    assert "You are in." in other.get("/").text
    assert "Maple Student 2: joins by choice" in teacher.get("/help").text

    # A later attempt meets the target: the gap closes by itself, every attempt is kept.
    student.post(f"/checkpoints/{school.checkpoint_id}", number=2, evidence="6/5")
    with database.session() as session:
        second = session.scalar(select(Attempt.id).where(Attempt.number == 2))
    teacher.post(f"/scoring/{second}", points="4")
    with database.session() as session:
        standing = session.scalars(select(Mastery).where(Mastery.person_id == ana)).one()
        assert standing.level == Level.NEARLY  # decaying average: 0.65 * 100 + 0.35 * 25
        assert session.scalars(select(Gap)).one().state == GapState.INVITED
    student.post(f"/checkpoints/{school.checkpoint_id}", number=3, evidence="6/5 = 1 1/5")
    with database.session() as session:
        third = session.scalar(select(Attempt.id).where(Attempt.number == 3))
    teacher.post(f"/scoring/{third}", points="4")
    with database.session() as session:
        assert session.scalars(select(Gap)).one().state == GapState.CLOSED
        assert len(session.scalars(select(Attempt)).all()) == 3
        delivery = session.scalars(select(GradeDelivery)).one()
        assert (delivery.points, delivery.version) == (4, 3)
        assert session.get(Invitation, invitation.id).state == InvitationState.ACCEPTED
