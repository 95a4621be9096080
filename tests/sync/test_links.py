"""Links of activities: read once by a worker, and what a teacher wrote stands."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from integrations.outside import OutsideError
from integrations.web.page import LinkedPage
from lti_app.db import now
from lti_app.learning.models import Activity, ActivityKind
from lti_app.sync import links
from tests.school import browser_of, make_school
from tests.web_site import served

LINK = "https://math.example.org/strips"


@pytest.fixture
def school(database):
    """A school whose one linked page is read already."""
    school = make_school(database)
    with database.transaction() as session:
        session.execute(update(Activity).values(link_due_at=None))
    return school


@pytest.fixture
def write(teacher, school):
    """Adds an activity through the page, as a teacher does."""

    def post(url=LINK, activity="", kind="other"):
        return teacher.post(
            f"/plan/{school.target_id}/pathways/{school.pathway_id}/activities",
            activity=activity,
            kind=kind,
            url=url,
        )

    return post


class Web:
    """Pages by address; counts who is asked."""

    def __init__(self, **changes):
        self.page = LinkedPage(LINK, "text/html", "Fraction strips", True)
        for name, value in changes.items():
            object.__setattr__(self.page, name, value)
        self.refuse = None
        self.asked = []

    def __call__(self, url):
        self.asked.append(url)
        if self.refuse:
            raise OutsideError(self.refuse)
        return self.page


def newest(database):
    with database.session() as session:
        return session.scalars(select(Activity).order_by(Activity.id.desc()).limit(1)).one()


def let_time_pass(database):
    with database.transaction() as session:
        session.execute(
            update(Activity)
            .where(Activity.link_due_at.is_not(None))
            .values(link_due_at=now() - timedelta(seconds=1))
        )


def test_a_link_gets_the_title_and_the_frame_of_its_page(write, database, teacher, school):
    write()
    assert newest(database).title == "math.example.org"
    assert links.read_due(database, Web()) is False
    found = newest(database)
    assert (found.title, found.link_frames, found.link_due_at) == ("Fraction strips", True, None)
    page = teacher.get(f"/plan/{school.target_id}/pathways/{school.pathway_id}").text
    assert "Fraction strips" in page


def test_a_page_that_may_be_framed_opens_inside_ours_and_another_in_a_tab(
    app, write, database, school
):
    student = browser_of(app, school, school.student_ids[0])
    student.post(f"/pathways/{school.pathway_id}/choose")
    write()
    links.read_due(database, Web())
    frame = f'<iframe src="{LINK}"'
    page = student.get(f"/targets/{school.target_id}").text
    assert frame in page
    with database.transaction() as session:
        session.execute(update(Activity).values(link_frames=False))
    page = student.get(f"/targets/{school.target_id}").text
    assert "<iframe" not in page
    assert f'href="{LINK}" target="_blank" rel="noopener' in page


def test_what_a_teacher_wrote_stands(write, database):
    write(activity="Watch it twice", kind="video")
    links.read_due(database, Web(content_type="application/pdf"))
    found = newest(database)
    assert (found.title, found.kind) == ("Watch it twice", ActivityKind.VIDEO)
    assert found.link_title == "Fraction strips"


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("application/pdf", ActivityKind.READING),
        ("video/mp4", ActivityKind.VIDEO),
        ("text/html", ActivityKind.OTHER),
    ],
)
def test_the_kind_follows_what_is_there(write, database, content_type, kind):
    write()
    links.read_due(database, Web(content_type=content_type, title=""))
    found = newest(database)
    assert (found.kind, found.title) == (kind, "math.example.org")


def test_the_job_reads_over_the_network(app, write, database):
    with served() as site:
        write(site.put("/strips", "<title>Strips &amp; more</title>"))
        app.extensions["pathways.jobs"]["read_links"].call_local()
    assert newest(database).title == "Strips & more"
    assert len(site.asked) == 1


def test_a_page_is_read_once(write, database):
    write()
    web = Web()
    for _ in range(3):
        links.read_due(database, web)
        let_time_pass(database)
    assert web.asked == [LINK]


def test_a_site_that_fails_is_asked_three_times_and_then_left(write, database, teacher, school):
    write()
    web = Web()
    web.refuse = "unreachable"
    for _ in range(6):
        links.read_due(database, web)
        let_time_pass(database)
    assert len(web.asked) == 3
    page = teacher.get(f"/plan/{school.target_id}/pathways/{school.pathway_id}").text
    assert "We could not read the linked page." in page


def test_a_site_is_left_alone_between_two_tries(write, database):
    write()
    web = Web()
    web.refuse = "too_slow"
    links.read_due(database, web)
    links.read_due(database, web)
    assert len(web.asked) == 1
    web.refuse = None
    let_time_pass(database)
    links.read_due(database, web)
    assert newest(database).title == "Fraction strips"


def test_an_address_inside_a_private_network_is_asked_once(write, database):
    write()
    web = Web()
    web.refuse = "not_public"
    for _ in range(3):
        links.read_due(database, web)
        let_time_pass(database)
    assert len(web.asked) == 1


def test_a_worker_killed_while_reading_leaves_the_link_for_later(write, database):
    write()
    assert links.lease(database).url == LINK  # and then the worker is gone
    assert not links.waiting(database)
    let_time_pass(database)
    assert links.waiting(database)
    links.read_due(database, Web())
    assert newest(database).title == "Fraction strips"


def test_a_link_that_was_changed_meanwhile_keeps_nothing_of_the_old_page(
    write, database, teacher, school
):
    write()
    due = links.lease(database)
    activity = newest(database)
    teacher.post(
        f"/plan/{school.target_id}/activities/{activity.id}",
        activity="math.example.org",
        kind="other",
        url=f"{LINK}/2",
        version=activity.version,
    )
    links.keep(database, due, Web().page)
    found = newest(database)
    assert (found.url, found.link_title, found.link_seen_at) == (f"{LINK}/2", "", None)
    assert found.link_due_at is not None


def test_an_activity_that_is_gone_meanwhile_is_no_trouble(write, database, teacher, school):
    write()
    due = links.lease(database)
    activity = newest(database)
    teacher.post(f"/plan/{school.target_id}/activities/{activity.id}/remove")
    links.keep(database, due, Web().page)
    assert newest(database).id != activity.id


def test_a_page_is_kept_for_its_own_district_only(write, database, school):
    write()
    due = links.lease(database)
    elsewhere = links.Due(due.district_id + 1, due.activity_id, due.url, None)
    links.keep(database, elsewhere, Web().page)
    assert newest(database).link_seen_at is None


def test_many_links_are_read_a_few_at_a_time(write, database):
    for n in range(links.MOST_AT_ONCE + 1):
        write(f"{LINK}/{n}")
    web = Web()
    assert links.read_due(database, web) is True
    assert len(web.asked) == links.MOST_AT_ONCE
    assert links.read_due(database, web) is False
    assert len(set(web.asked)) == links.MOST_AT_ONCE + 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "math.example.org", "https://"])
def test_what_is_no_address_is_said_and_nothing_is_written(write, database, url):
    before = newest(database).id
    answer = write(url)
    assert answer.status_code == 400
    assert "That is not a web address." in answer.text
    assert newest(database).id == before
