"""Speed is designed in: the number of queries does not grow with the class."""

from tests.pages import EVERYONE, STUDENT, Page, all_pages
from tests.school import browser_of, ids_of, make_school

FRONTS = [Page(STUDENT, "/", most_queries=18), Page("teacher", "/", most_queries=31)]
COUNTED = [page for page in all_pages() if page.in_section and page.most_queries is not None]
ALL = [*FRONTS, *COUNTED]


def _busy_school(app, database, name, students):
    school = make_school(database, name=name, students=students)
    for person_id in school.student_ids:
        browser = browser_of(app, school, person_id)
        browser.post(f"/checkpoints/{school.checkpoint_id}", number=1, evidence="6/5")
        browser.post(f"/targets/{school.target_id}/help")
    return school, ids_of(database, school)


def test_a_page_costs_the_same_for_two_students_and_for_twelve(app, database, queries):
    counted = {}
    for name, students in (("Small", 2), ("Large", 12)):
        school, ids = _busy_school(app, database, name, students)
        counted[name] = {str(page): _cost(app, school, ids, page, queries) for page in ALL}
    assert counted["Small"] == counted["Large"]
    dear = {
        str(page): counted["Large"][str(page)]
        for page in ALL
        if counted["Large"][str(page)] > page.most_queries
    }
    assert dear == {}


def _cost(app, school, ids, page, queries) -> int:
    """Statements of a page's second visit."""
    who = school.student_ids[0] if page.who in {STUDENT, EVERYONE} else school.teacher_id
    browser = browser_of(app, school, who)
    address = page.path.format(**ids) + (f"?{page.query}" if page.query else "")
    browser.get(address)
    queries.clear()
    assert browser.get(address).status_code == 200, page
    return len(queries)


def test_only_pages_that_call_another_system_or_lead_on_go_uncounted():
    uncounted = {p.path for p in all_pages() if p.method == "GET" and p.most_queries is None}
    assert all(
        path.startswith(("/classroom", "/admin", "/building", "/open", "/review"))
        for path in uncounted
    )
