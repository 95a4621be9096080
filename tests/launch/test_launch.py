"""Whole launches: login, launch, and where a person lands."""

import threading

import pytest
from sqlalchemy import select

from lti_app.launch.models import ResourceLink
from lti_app.people import observers
from lti_app.people.identities import email_digest
from lti_app.people.models import Enrolment, Identity, Person, Role, Section, Team
from tests.launch.conftest import Browser
from tests.launch.signer import ADMINISTRATOR, INSTRUCTOR, LEARNER, MEMBERSHIP


def only(database, model):
    with database.session(writes=False) as session:
        return session.scalars(select(model)).one()


def test_a_learner_lands_on_the_page_of_their_section(browser, database):
    response = browser.launch()

    assert response.status_code == 303
    enrolment = only(database, Enrolment)
    assert response.location == f"/e/{enrolment.id}/"
    assert enrolment.role == Role.STUDENT
    assert only(database, Person).name == "Ada Lovelace"
    page = browser.client.get(response.location)
    assert page.status_code == 200
    assert "Math 5A" in page.text


def test_a_teacher_lands_on_the_page_of_their_section(browser, database):
    response = browser.launch(sub="t1", roles=[INSTRUCTOR])

    assert response.location == f"/e/{only(database, Enrolment).id}/"
    assert only(database, Enrolment).role == Role.TEACHER
    assert browser.client.get(response.location).status_code == 200


def test_an_administrator_without_a_role_in_the_course_lands_on_administration(browser, database):
    response = browser.launch(sub="boss", roles=[ADMINISTRATOR])

    assert response.location == "/admin/"
    assert only(database, Person).is_admin
    with database.session(writes=False) as session:
        assert session.scalars(select(Section)).all() == []
    assert browser.client.get(response.location).status_code == 200


def test_an_administrator_can_come_from_outside_any_course(browser):
    response = browser.launch(sub="boss", roles=[ADMINISTRATOR], context=...)

    assert response.location == "/admin/"


def test_an_administrator_who_teaches_the_course_lands_as_its_teacher(browser, database):
    response = browser.launch(sub="boss", roles=[ADMINISTRATOR, INSTRUCTOR])

    assert response.location.startswith("/e/")
    assert only(database, Enrolment).role == Role.TEACHER
    assert only(database, Person).is_admin


def test_administration_is_taken_back_when_the_platform_no_longer_says_so(browser, database):
    browser.launch(sub="boss", roles=[ADMINISTRATOR])

    browser.launch(sub="boss", roles=[INSTRUCTOR])

    assert not only(database, Person).is_admin
    assert browser.client.get("/admin/").status_code == 401


def test_a_courses_own_administrator_is_a_teacher_there_and_no_more(browser, database):
    response = browser.launch(sub="lead", roles=[MEMBERSHIP + "Administrator"])

    assert response.location.startswith("/e/")
    assert only(database, Enrolment).role == Role.TEACHER
    assert not only(database, Person).is_admin


def test_short_role_names_and_assistants_are_understood(browser, database):
    browser.launch(sub="a", roles=["Instructor"])
    browser.launch(
        sub="b",
        roles=[
            INSTRUCTOR,
            "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant",
        ],
    )
    browser.launch(sub="c", roles=[MEMBERSHIP + "ContentDeveloper"])

    with database.session(writes=False) as session:
        roles = session.scalars(select(Enrolment.role).order_by(Enrolment.id)).all()
    assert roles == [Role.TEACHER, Role.ASSISTANT, Role.ASSISTANT]


def test_a_second_launch_adds_nothing_but_its_audit_event(browser, rows):
    browser.launch()
    before = rows()

    browser.launch()

    assert rows() == {**before, "audit_events": before["audit_events"] + 1}


def test_a_repeated_launch_sends_few_statements(browser, queries):
    browser.launch()
    state, nonce = browser.login()
    token = browser.signer.sign(browser.signer.claims(nonce))
    queries.clear()

    browser.post(state, token)

    assert len(queries) <= 8, queries.statements


def test_the_section_keeps_its_services_and_its_own_team(browser, database, signer, platform_id):
    browser.launch()

    section = only(database, Section)
    assert section.source == f"lti:{platform_id}"
    assert section.roster_url == f"{signer.issuer}/courses/1/members"
    assert section.line_items_url == f"{signer.issuer}/courses/1/items?type=a"
    assert section.service_scopes == ["https://purl.imsglobal.org/spec/lti-ags/scope/score"]
    assert only(database, Team).name == "Math 5A"


def test_services_and_titles_follow_the_newest_launch(browser, database, signer):
    browser.launch()
    claims_endpoint = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"

    state, nonce = browser.login()
    claims = signer.claims(nonce, context={"id": "course-1", "title": "Math 5B"})
    claims[claims_endpoint] = {
        "lineitems": f"{signer.issuer}/moved",
        "lineitem": f"{signer.issuer}/moved/7",
        "scope": ["b", "a"],
    }
    browser.post(state, signer.sign(claims))

    section = only(database, Section)
    assert (section.title, section.line_items_url) == ("Math 5B", f"{signer.issuer}/moved")
    assert section.service_scopes == ["a", "b"]
    assert only(database, ResourceLink).line_item_url == f"{signer.issuer}/moved/7"


def test_a_service_on_a_private_network_is_not_remembered(browser, database, signer):
    state, nonce = browser.login()
    claims = signer.claims(nonce)
    claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"] = {
        "context_memberships_url": "https://10.0.0.1/members"
    }

    browser.post(state, signer.sign(claims))

    assert only(database, Section).roster_url is None


def test_of_an_address_only_a_digest_is_kept(browser, database, settings):
    browser.launch()

    secret = settings.secret_key.get_secret_value()
    assert only(database, Identity).email_digest == email_digest(secret, "ada@school.example ")


def test_a_student_who_had_left_is_back_when_the_platform_launches_them(browser, database):
    browser.launch()
    with database.transaction() as session:
        session.scalars(select(Enrolment)).one().active = False

    browser.launch()

    assert only(database, Enrolment).active


def test_a_changed_role_follows_the_launch(browser, database):
    browser.launch()

    browser.launch(roles=[INSTRUCTOR])

    assert only(database, Enrolment).role == Role.TEACHER


def test_people_whose_platform_keeps_names_to_itself_can_be_told_apart(browser, database):
    browser.launch(sub="a", name=...)
    browser.launch(sub="b", name=...)

    with database.session(writes=False) as session:
        names = session.scalars(select(Person.name)).all()
    assert len(set(names)) == 2
    assert all(names)


def test_a_first_name_and_a_family_name_make_a_name(browser, database):
    browser.launch(name=..., given_name="Ada")

    assert only(database, Person).name == "Ada"


def test_names_and_titles_of_any_length_and_with_html_are_only_words(browser, database):
    script = "<script>alert(1)</script>"

    response = browser.launch(
        name=script + "n" * 10_000,
        context={"id": "course-1", "title": script + "t\x00" * 10_000},
        resource_link={"id": "link-1", "title": "\ud800" + "l" * 10_000},
    )

    assert response.status_code == 303
    page = browser.client.get(response.location)
    assert page.status_code == 200
    assert script not in page.text
    assert "&lt;script&gt;" in page.text


def test_two_first_launches_at_once_make_one_person_and_one_section(app, database, signer, browser):
    browser.launch(sub="warm-up", context={"id": "elsewhere"})  # keys are known
    ready = threading.Barrier(4)
    answers: list[int] = []

    def enter(number: int) -> None:
        one = Browser(app, signer)
        state, nonce = one.login()
        token = signer.sign(signer.claims(nonce, sub=f"twin-{number % 2}"))
        ready.wait()
        answers.append(one.post(state, token).status_code)

    threads = [threading.Thread(target=enter, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [303] * 4
    with database.session(writes=False) as session:
        assert len(session.scalars(select(Person)).all()) == 3
        assert len(session.scalars(select(Section)).all()) == 2
        assert len(session.scalars(select(Team)).all()) == 2
        assert len(session.scalars(select(Enrolment)).all()) == 3


def test_learners_of_one_course_share_its_section(browser, database):
    browser.launch(sub="a")
    browser.launch(sub="b", roles=[LEARNER])

    assert only(database, Section).external_id == "course-1"


def test_a_principal_without_a_role_in_the_course_lands_on_the_building(browser, database):
    institution = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Observer"
    assert browser.launch(sub="kim", roles=[institution]).status_code == 403
    browser.launch(sub="kim", roles=[INSTRUCTOR])
    with database.transaction() as session:
        person = session.scalars(select(Person)).one()
        district_id = person.district_id
    with database.transaction(district_id=district_id) as session:
        observers.grant(session, person_id=person.id, building_id=None, granted_by_id=person.id)

    landed = browser.launch(sub="kim", roles=[institution])

    assert landed.location.endswith("/building/")
    assert browser.client.get("/building/").status_code == 200


@pytest.mark.parametrize("role", [LEARNER, INSTRUCTOR])
@pytest.mark.parametrize("told", ["name", "email", "title", "nothing"])
def test_a_launch_enters_however_little_it_tells(role, told, browser):
    changes = {"name": ..., "email": ..., "context": {"id": "course-1"}}
    if told == "title":
        changes.pop("context")
    changes.pop(told, None)

    answer = browser.launch(roles=[role], resource_link={"id": "link-1"}, **changes)

    assert answer.status_code == 303, answer.text
    page = browser.client.get(answer.location)
    assert page.status_code == 200
    assert "None" not in page.text
