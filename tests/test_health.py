"""An operator asks whether the tool is alive and ready."""


def test_it_says_that_it_is_alive(app):
    assert app.test_client().get("/healthz").json == {"status": "alive"}


def test_it_is_ready_once_the_migrations_are_in(app):
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready"})


def test_an_unknown_address_gets_a_page_and_no_trace(app):
    answer = app.test_client().get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page." in answer.text
