"""The queue only wakes workers: a page does not need it, and work is never lost with it."""

import pytest

from lti_app.sync import wake
from lti_app.sync.queue import make_queue
from tests.school import browser_of, make_school


@pytest.mark.parametrize("url", ["amqp://127.0.0.1", "", "mysql://127.0.0.1/x"])
def test_an_address_of_no_known_queue_is_refused_in_words(url):
    with pytest.raises(ValueError, match="PATHWAYS_QUEUE_URL"):
        make_queue(url)


def test_a_page_works_while_the_queue_is_down(app, database, monkeypatch):
    def down(*_args, **_kwargs):
        raise ConnectionError("queue is down")

    school = make_school(database)
    browser_of(app, school, school.student_ids[0]).post(
        f"/checkpoints/{school.checkpoint_id}", number=1, evidence="6/5"
    )
    monkeypatch.setattr(app.extensions["pathways.queue"].storage, "enqueue", down)
    answer = browser_of(app, school, school.teacher_id).post("/scoring/1", points="3")
    assert answer.status_code == 302


def test_a_worker_is_woken_once_the_transaction_is_committed_and_not_before(app, database):
    school = make_school(database)
    queue = app.extensions["pathways.queue"]
    with app.app_context():
        with database.session(district_id=school.district_id) as session:
            wake.grades_waiting(session)
            session.rollback()
        assert queue.pending_count() == 0
        with database.transaction(district_id=school.district_id) as session:
            wake.grades_waiting(session)
            wake.grades_waiting(session)
            assert queue.pending_count() == 0
        assert queue.pending_count() == 1
