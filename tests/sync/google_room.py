"""A teacher at Google and back, and service accounts, for tests of grants."""

import re
from urllib.parse import parse_qs, urlsplit

import requests
from sqlalchemy import select

from integrations.practice.school import PracticePerson
from lti_app.people.models import Enrolment
from lti_app.sync.features import DELEGABLE, scopes_of
from lti_app.sync.models import GoogleAccount
from tests.school import Browser
from tests.sync.conftest import World

LOOK_UP = (
    "https://www.googleapis.com/auth/classroom.rosters.readonly",
    "https://www.googleapis.com/auth/classroom.profile.emails",
)


def teacher_at(world: World) -> Browser:
    """The teacher's browser in the section."""
    with world.session() as session:
        enrolment_id = session.scalar(
            select(Enrolment.id).where(Enrolment.person_id == world.teacher_id)
        )
    return Browser(world.app, world.teacher_id, enrolment_id)


def at_google(world: World) -> PracticePerson:
    """The teacher as Google knows them."""
    return world.practice.school.people[world.course.teacher_ids[0]]


def set_out(browser: Browser, *features: str) -> tuple[str, str]:
    """Press *Allow*: our page, and Google's address on it."""
    page = browser.post("/classroom/sign-in", feature=list(features)).text
    return page, re.search(r'href="([^"]+/o/oauth2/[^"]+)"', page)[1].replace("&amp;", "&")


def asked_for(url: str) -> set[str]:
    return set(parse_qs(urlsplit(url).query)["scope"][0].split())


def decide(url: str, person: PracticePerson, untick=()) -> dict[str, str]:
    """What the person decides at Google; what the browser is sent back with."""
    ticked = [scope for scope in asked_for(url) if scope not in untick]
    form = {"person": person.id, "decision": "allow", "scope": ticked}
    answer = requests.post(url, data=form, allow_redirects=False, timeout=5)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def allow(world: World, *features: str, person: PracticePerson | None = None, untick=()):
    """All the way to Google and back; our last page."""
    browser = teacher_at(world)
    _, url = set_out(browser, *features)
    back = decide(url, person or at_google(world), untick)
    return browser.client.post(
        "/google/callback", data={"state": back["state"], "code": back["code"]}
    )


def account(world: World) -> GoogleAccount | None:
    with world.session() as session:
        return session.get(GoogleAccount, world.teacher_id)


def command(world: World, *words: str):
    return world.app.test_cli_runner().invoke(args=list(words))


def delegate(world: World, tmp_path, features=DELEGABLE):
    """The district's administrator sets a service account up; what the command says."""
    service = world.practice.google.service_accounts
    text = service.add((*LOOK_UP, *scopes_of(features)))
    file = tmp_path / "key.json"
    file.write_text(text)
    administrator = world.practice.school.of_role("administrator")[0].email
    words = ("classroom", "service-account", "Maple", str(file), "--as", administrator)
    return command(world, *words)
