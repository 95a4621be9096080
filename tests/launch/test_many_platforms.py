"""A login and a launch find their platform by an index, however many there are."""

import pytest
from sqlalchemy import event, text

from lti_app.launch.lately import LATELY
from lti_app.launch.models import Platform
from tests.launch.signer import LEARNER

PLATFORMS = 1000


@pytest.fixture
def crowded(database, signer, platform_id):
    """A thousand platforms of one issuer, as hosted Canvas has them."""
    addresses = {f"{name}_url": signer.issuer + "/x" for name in ("auth_login", "token", "jwks")}
    with database.transaction() as session:
        session.add_all(
            Platform(name="School", issuer=signer.issuer, client_id=f"school-{n}", **addresses)
            for n in range(PLATFORMS)
        )
    with database.transaction() as session:
        session.execute(text("ANALYZE"))


def test_a_platform_is_found_by_an_index(app, browser, database, crowded):
    browser.launch(roles=[LEARNER])  # the keys are fetched, what may frame us is known
    asked = []

    def note(_connection, _cursor, statement, parameters, *_rest) -> None:
        if statement.startswith("SELECT") and "platforms" in statement:
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    for key in [key for key in app.extensions[LATELY] if key[0] == "platforms"]:
        del app.extensions[LATELY][key]
    assert browser.launch(roles=[LEARNER]).status_code == 303
    event.remove(database.engine, "before_cursor_execute", note)

    assert len(asked) == 2  # one of the login, one of the launch
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.engine.connect() as connection:
        for statement, parameters in asked:
            rows = connection.exec_driver_sql(explain + statement, parameters)
            plan = [str(row[-1]) for row in rows]
            by_index = "SEARCH platforms" if database.is_sqlite else "Index Scan using"
            whole = "SCAN platforms" if database.is_sqlite else "Seq Scan on platforms"
            assert any(by_index in line for line in plan), plan
            assert not any(whole in line for line in plan), plan
