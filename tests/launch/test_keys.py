"""Our own keys: made when first needed, rotated without an outage, secret at rest."""

from datetime import timedelta

import jwt
from sqlalchemy import select, text

from lti_app.db import now
from lti_app.launch import keys
from lti_app.launch.models import KeyState, ToolKey


def kids(app) -> list[str]:
    return [key["kid"] for key in app.test_client().get("/lti/jwks").json["keys"]]


def test_the_first_keys_are_made_when_they_are_asked_for(app, database):
    response = app.test_client().get("/lti/jwks")

    assert response.status_code == 200
    assert response.cache_control.max_age == 3600
    assert len(response.json["keys"]) == 2
    assert keys.current_key(database).kid in kids(app)
    for key in response.json["keys"]:
        assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key)


def test_what_we_sign_can_be_checked_with_what_we_publish(app, database):
    key = keys.current_key(database)
    token = jwt.encode({"a": 1}, key.private_pem, algorithm="RS256", headers={"kid": key.kid})

    published = jwt.PyJWKSet.from_dict(app.test_client().get("/lti/jwks").json)

    assert jwt.decode(token, published[key.kid], algorithms=["RS256"]) == {"a": 1}


def test_a_rotation_signs_with_a_key_that_was_published_before(app, database):
    old = keys.current_key(database).kid
    known = set(kids(app))

    said = app.test_cli_runner().invoke(args=["keys", "rotate"])

    new = keys.current_key(database).kid
    assert said.exit_code == 0
    assert new in said.output
    assert new != old
    assert new in known
    assert old in kids(app)
    assert len(kids(app)) == 3


def test_a_key_long_retired_is_published_no_more(app, database):
    old = keys.current_key(database).kid
    app.test_cli_runner().invoke(args=["keys", "rotate"])

    with database.transaction() as session:
        retired = session.scalars(select(ToolKey).where(ToolKey.state == KeyState.RETIRED)).one()
        retired.retired_at = now() - timedelta(days=8)

    assert old not in kids(app)


def test_private_keys_are_encrypted_at_rest(database):
    keys.current_key(database)

    with database.engine.connect() as connection:
        stored = connection.execute(text("SELECT private_pem FROM tool_keys")).scalars().all()
    assert stored
    assert all(b"PRIVATE KEY" not in bytes(pem) for pem in stored)
