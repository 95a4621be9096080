"""The roster follows the LMS: all pages, roles, those who leave and come back."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from integrations.lms import LmsError, Member
from lti_app.coaching import invitations
from lti_app.coaching.models import Booking, Gap, Invitation, InvitationState
from lti_app.db import now
from lti_app.launch.services import lti_services
from lti_app.people.models import Enrolment, Identity, Person, Role, Section
from lti_app.sync import reports
from lti_app.sync.roster import bring_in_roster
from tests.conftest import Queries
from tests.school import full_five


def _bring_in(world, roster=None):
    with world.session() as session:
        section = session.get_one(Section, world.section_id)
    roster = roster or lti_services(world.database, section).roster()
    return bring_in_roster(world.database, world.district_id, world.section_id, roster, "key")


def _enrolments(world):
    with world.session() as session:
        rows = session.execute(
            select(Person.name, Enrolment.role, Enrolment.active).join(
                Person, Enrolment.person_id == Person.id
            )
        )
        return {name: (role, active) for name, role, active in rows}


def test_everyone_of_every_page_comes_in_once(world):
    with world.transaction() as session:
        for model in (Enrolment, Identity):
            for row in session.scalars(select(model)):
                session.delete(row)
    _bring_in(world)
    first = _enrolments(world)
    _bring_in(world)
    assert _enrolments(world) == first
    assert len(first) == 6  # two pages of three
    with world.session() as session:
        assert session.scalar(select(func.count(Identity.id))) == 6
        assert all(session.scalars(select(Identity.email_digest)))
        report = reports.newest(session, world.section_id, "roster")
    assert (report.failed, report.counts.get("new", 0)) == ("", 0)


def test_who_leaves_loses_access_keeps_the_work_and_may_come_back(world):
    attempt = world.score(0, 3)
    leaver = world.subjects[0]
    world.course.leave(leaver)
    _bring_in(world)
    name = world.practice.school.people[leaver].name
    assert _enrolments(world)[name] == (Role.STUDENT, False)
    assert attempt
    world.course.inactive_ids.remove(leaver)
    world.course.student_ids.append(leaver)
    _bring_in(world)
    assert _enrolments(world)[name] == (Role.STUDENT, True)


def test_who_leaves_is_expected_at_no_coaching_session_any_more(world):
    world.score(0, 1)  # below the line: a gap
    with world.transaction() as session:
        gap = session.scalars(select(Gap)).one()
        invitations.invite_group(
            session,
            team_id=session.get_one(Section, world.section_id).team_id,
            section_id=world.section_id,
            teacher_id=session.scalars(
                select(Enrolment.person_id).where(Enrolment.role == Role.TEACHER)
            ).first(),
            gap_ids=[gap.id],
            starts_at=full_five(now() + timedelta(days=1)),
            minutes=20,
        )
    world.course.leave(world.subjects[0])
    _bring_in(world)
    with world.session() as session:
        (invitation,) = session.scalars(select(Invitation)).all()
        assert invitation.state == InvitationState.WITHDRAWN
        booked = session.scalars(select(Booking.person_id).distinct()).all()
        assert invitation.person_id not in booked


class _Fixed:
    """A roster that answers what a test wants, page by page."""

    differences_url = None
    offers_groups = False

    def __init__(self, members, fail_at=None):
        self._members = members
        self._fail_at = fail_at

    def members(self):
        for number, member in enumerate(self._members):
            if number == self._fail_at:
                raise LmsError("server_error")
            yield member


def _members(world):
    people = world.practice.school.people
    return [Member(s, people[s].name, people[s].email, ("student",)) for s in world.subjects]


def test_roles_follow_names_follow_and_mentors_are_nobody(world):
    members = _members(world)
    mentor = Member(
        "m", "A Mentor", "", ("http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor",)
    )
    promoted = Member(world.subjects[0], "New Name", "", ("teacher",))
    _bring_in(world, _Fixed([promoted, *members[1:], mentor]))
    enrolments = _enrolments(world)
    assert enrolments["New Name"] == (Role.TEACHER, True)
    assert "A Mentor" not in enrolments


def test_a_roster_that_breaks_off_lets_nobody_go(world):
    before = _enrolments(world)
    with pytest.raises(LmsError):
        _bring_in(world, _Fixed(_members(world), fail_at=2))
    assert _enrolments(world) == before
    with world.session() as session:
        assert reports.newest(session, world.section_id, "roster").failed == "server_error"


def test_two_thousand_known_members_cost_a_few_queries_a_page(world):
    crowd = [Member(f"u{n}", f"Student {n}", "", ("student",)) for n in range(2_000)]
    _bring_in(world, _Fixed(crowd))
    queries = Queries(world.database)
    _bring_in(world, _Fixed(crowd))
    assert len(queries) <= 10 * 4 + 8  # ten batches of 200, four statements each


def test_who_is_launched_while_the_roster_is_read_is_not_let_go(world):
    def pages():
        yield from _members(world)[:3]
        with world.transaction() as session:  # the LMS lets her in, after her page was read
            session.add(late := Person(name="Lea Late"))
            session.flush()
            session.add(
                Enrolment(section_id=world.section_id, person_id=late.id, role=Role.STUDENT)
            )

    _bring_in(world, _Fixed(pages()))

    enrolments = _enrolments(world)
    assert enrolments.pop("Lea Late") == (Role.STUDENT, True)
    assert sum(active for _, active in enrolments.values()) == 3
