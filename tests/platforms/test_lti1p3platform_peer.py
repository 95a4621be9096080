"""Launches and services against `lti1p3platform`, so that we do not only agree with ourselves."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from integrations.lms import ColumnDraft, LmsRefused, ScoreDraft, StandingScore
from lti_app.db import Database
from lti_app.launch.platforms import PlatformDraft, add_platform
from lti_app.launch.services import lti_services
from lti_app.learning import targets
from lti_app.people.models import District, Enrolment, Person, Role, Section
from tests.platforms.peer_school import PeerSchool

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def school(app: Flask, database: Database) -> Iterator[PeerSchool]:
    school = PeerSchool(app.extensions["pathways.settings"].public_url)
    with database.transaction() as session:
        session.add(district := District(name="Peer", timezone="America/New_York"))
        session.flush()
        add_platform(
            session,
            PlatformDraft(
                name="Peer",
                issuer=school.url,
                client_id=school.client_id,
                auth_login_url=school.url + "/auth",
                token_url=school.url + "/token",
                jwks_url=school.url + "/jwks",
            ),
            deployment_id=school.deployment_id,
            district_id=district.id,
            allow_loopback_http=True,
        )
    school.tool_keys.update(app.test_client().get("/lti/jwks").json)
    yield school
    school.stop()


def launch(
    app: Flask, school: PeerSchool, user_id: str, browser: FlaskClient | None = None
) -> TestResponse:
    """From the platform's link through both redirects to our answer, as a browser would."""
    client = browser or app.test_client()
    begun = urlsplit(school.login_url(user_id))
    login = client.get(begun.path, query_string=begun.query)
    assert login.status_code == 302, login.text
    form = requests.get(login.location, timeout=5).json()
    return client.post(
        urlsplit(form.pop("launch_url")).path,
        data={"state": form["state"], "id_token": form["id_token"]},
    )


def section_of(database: Database) -> Section:
    with database.session(writes=False) as session:
        return session.scalars(select(Section)).one()


def test_a_learner_and_a_teacher_enter_from_a_platform_we_did_not_write(app, school, database):
    for user_id, role in (("user-1", Role.STUDENT), ("teacher", Role.TEACHER)):
        response = launch(app, school, user_id)

        assert response.status_code == 303, response.text
        with database.session(writes=False) as session:
            entered = session.scalars(
                select(Enrolment).join(Person).where(Person.name == f"Name of {user_id}")
            ).one()
        assert entered.role == role
        assert response.location == f"/e/{entered.id}/"
    assert section_of(database).title == "Peer Math"


def test_its_roster_is_read_over_all_pages(app, school, database):
    launch(app, school, "teacher")

    members = list(lti_services(database, section_of(database)).roster().members())

    assert [member.user_id for member in members] == [f"user-{n}" for n in range(5)]
    assert all(member.active for member in members)


def test_scores_stand_in_its_gradebook_and_the_newest_wins(app, school, database):
    launch(app, school, "teacher")
    gradebook = lti_services(database, section_of(database)).gradebook()
    draft = ColumnDraft("checkpoint-1", "Fractions", 4)

    column = gradebook.find_or_create_column(draft)
    gradebook.send(column, ScoreDraft("user-1", 2, 4, AT))
    gradebook.send(column, ScoreDraft("user-1", 3.5, 4, AT + timedelta(milliseconds=1)))

    assert gradebook.find_or_create_column(draft) == column
    assert gradebook.read(column, "user-1") == StandingScore("user-1", 3.5, 4)
    assert gradebook.read(column, "user-2") is None
    with pytest.raises(LmsRefused, match="newer_score"):
        gradebook.send(column, ScoreDraft("user-1", 1, 4, AT))


def test_a_column_that_was_deleted_there_is_gone(app, school, database):
    launch(app, school, "teacher")
    gradebook = lti_services(database, section_of(database)).gradebook()
    column = gradebook.find_or_create_column(ColumnDraft("checkpoint-1", "Fractions", 4))
    school.line_items.clear()

    with pytest.raises(LmsRefused, match="column_gone"):
        gradebook.send(column, ScoreDraft("user-1", 2, 4, AT))


def test_a_column_is_changed_and_deleted_there(app, school, database):
    launch(app, school, "teacher")
    gradebook = lti_services(database, section_of(database)).gradebook()
    column = gradebook.find_or_create_column(ColumnDraft("checkpoint-1", "Fractions", 4))
    [number] = school.line_items
    school.line_items[number]["resourceLinkId"] = "link-1"

    gradebook.update_column(column, ColumnDraft("checkpoint-1", "Equal parts", 5))

    changed = school.line_items[number]
    assert (changed["label"], changed["scoreMaximum"]) == ("Equal parts", 5)
    assert (changed["id"], changed["resourceLinkId"]) == (column, "link-1")
    gradebook.delete_column(column)
    assert school.line_items == {}
    gradebook.delete_column(column)  # gone already is fine


def test_all_results_of_a_column_are_read(app, school, database):
    launch(app, school, "teacher")
    gradebook = lti_services(database, section_of(database)).gradebook()
    column = gradebook.find_or_create_column(ColumnDraft("checkpoint-1", "Fractions", 4))
    for number in range(3):
        gradebook.send(column, ScoreDraft(f"user-{number}", number, 4, AT))

    assert list(gradebook.standing(column)) == [
        StandingScore(f"user-{number}", number, 4) for number in range(3)
    ]


@pytest.fixture
def picking(app, school, database):
    """A teacher's browser in the peer's picking dialog, and what could be picked."""
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    launch(app, school, "teacher", browser)
    section = section_of(database)
    with database.transaction(district_id=section.district_id) as session:
        target = targets.add_target(session, section.team_id, title="Add fractions")
        question = {"question": "One half and one third?", "max_points": 4.0}
        checkpoint = targets.add_checkpoint(session, target, title="Exit ticket", **question)
        names = [f"target-{target.id}", f"checkpoint-{checkpoint.id}"]
    school.picking = True
    begun = launch(app, school, "teacher", browser)
    assert begun.status_code == 303, begun.text

    def pick(**form) -> requests.Response:
        page = browser.post(begun.location, data=form)
        answer = re.search(r'name="JWT" value="([^"]+)"', page.text)
        return requests.post(school.url + "/picked", data={"JWT": answer[1]}, timeout=5)

    return pick, names


def test_what_is_picked_stands_in_a_platform_we_did_not_write(picking, school):
    pick, names = picking

    assert pick(pick=names, due="2026-12-11").ok

    target, checkpoint = school.picked
    assert [link["type"] for link in school.picked] == ["ltiResourceLink"] * 2
    assert target["title"] == "Add fractions"
    assert "lineItem" not in target
    assert checkpoint["lineItem"]["scoreMaximum"] == 4
    assert checkpoint["submission"] == {"endDateTime": "2026-12-12T04:59:00.000Z"}


def test_there_too_nothing_may_be_picked(picking, school):
    pick, _names = picking

    assert pick(cancel="1").ok

    assert school.picked == []


def test_it_refuses_us_when_it_does_not_know_our_key(app, school, database):
    launch(app, school, "teacher")
    school.tool_keys["keys"] = []

    with pytest.raises(LmsRefused, match="unauthorized"):
        list(lti_services(database, section_of(database)).roster().members())
