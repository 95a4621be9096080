"""Secrets move to a new key while the tool runs: none is lost, none is shown."""

import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import LargeBinary, event, select, type_coerce, update

from lti_app import create_app, rotation
from lti_app.db import use_encryption_keys
from lti_app.launch.models import KeyState, ToolKey
from lti_app.sync.message_models import TeacherAddress
from lti_app.sync.models import GoogleAccount
from tests.conftest import FERNET_KEY

NEW_KEY = Fernet.generate_key().decode()


def stored(database, column) -> list[bytes]:
    """A column as it lies in the database."""
    with database.session(writes=False) as session:
        return [bytes(one) for one in session.scalars(select(type_coerce(column, LargeBinary)))]


def keep_tokens(database, school) -> None:
    with database.transaction(district_id=school.district_id) as session:
        for person_id in (school.teacher_id, *school.student_ids):
            session.add(
                GoogleAccount(person_id=person_id, refresh_token=f"1//{person_id}", scopes=[])
            )
        session.add(TeacherAddress(person_id=school.teacher_id, address="e@maple.example.org"))
        session.add(ToolKey(kid="k", private_pem="PEM", state=KeyState.CURRENT))


def run(settings, *keys):
    """`flask secrets rotate`, in a process that knows these keys."""
    app = create_app(settings.model_copy(update={"encryption_keys": _secret(settings, keys)}))
    try:
        return app.test_cli_runner().invoke(args=["secrets", "rotate"])
    finally:
        app.extensions["pathways.database"].dispose()


def _secret(settings, keys):
    return [type(settings.secret_key)(key) for key in keys]


def test_every_secret_is_under_the_new_key_and_the_old_one_can_go(database, school, settings):
    keep_tokens(database, school)

    done = run(settings, NEW_KEY, FERNET_KEY)

    assert done.exit_code == 0, done.output
    assert "google_accounts.refresh_token: 4 renewed, 0 current" in done.output
    assert "tool_keys.private_pem: 1 renewed" in done.output
    assert "1//" not in done.output
    assert "PEM" not in done.output
    use_encryption_keys([NEW_KEY])
    with database.session(district_id=school.district_id, writes=False) as session:
        kept = session.get_one(GoogleAccount, school.teacher_id)
        assert kept.refresh_token == f"1//{school.teacher_id}"
        assert kept.access_token is None
        assert session.get_one(TeacherAddress, school.teacher_id).address == "e@maple.example.org"
    for value in stored(database, GoogleAccount.refresh_token):
        with pytest.raises(InvalidToken):
            Fernet(FERNET_KEY).decrypt(value)


def test_run_again_or_after_it_broke_off_it_goes_on_where_it_was(database, school, settings):
    keep_tokens(database, school)
    columns = rotation.rotate(database, [NEW_KEY, FERNET_KEY])
    next(columns)  # the process ends in the middle

    assert run(settings, NEW_KEY, FERNET_KEY).exit_code == 0
    again = run(settings, NEW_KEY, FERNET_KEY)

    assert "google_accounts.refresh_token: 0 renewed, 4 current" in again.output
    assert again.exit_code == 0


def test_many_rows_go_in_batches_and_none_is_left_out(database, school, settings, monkeypatch):
    keep_tokens(database, school)
    monkeypatch.setattr(rotation, "BATCH", 2)

    done = run(settings, NEW_KEY, FERNET_KEY)

    assert "google_accounts.refresh_token: 4 renewed" in done.output


def test_a_token_that_a_worker_refreshes_meanwhile_is_not_lost(database, school):
    keep_tokens(database, school)
    use_encryption_keys([FERNET_KEY])
    fresh = Fernet(FERNET_KEY).encrypt(b"1//fresh")
    column = GoogleAccount.refresh_token
    swapped = []

    # Between our look and our write the row gets another value, as if a worker had written it.
    @event.listens_for(database.engine, "before_cursor_execute")
    def _meanwhile(connection, _cursor, statement, *_rest):
        if statement.startswith("UPDATE google_accounts") and not swapped:
            swapped.append(True)
            connection.execute(
                update(GoogleAccount.__table__)
                .where(GoogleAccount.person_id == school.teacher_id)
                .values(refresh_token=type_coerce(fresh, LargeBinary))
            )

    try:
        found = {one.column: one for one in rotation.rotate(database, [NEW_KEY, FERNET_KEY])}
    finally:
        event.remove(database.engine, "before_cursor_execute", _meanwhile)
    one = found["google_accounts.refresh_token"]
    assert (one.renewed, one.changed_meanwhile) == (3, 1)
    assert fresh in stored(database, column)
    again = {one.column: one for one in rotation.rotate(database, [NEW_KEY, FERNET_KEY])}
    assert again["google_accounts.refresh_token"].renewed == 1
    use_encryption_keys([NEW_KEY])
    with database.session(district_id=school.district_id, writes=False) as session:
        assert session.get_one(GoogleAccount, school.teacher_id).refresh_token == "1//fresh"


def test_what_no_key_opens_is_counted_left_alone_and_the_command_fails(database, school, settings):
    keep_tokens(database, school)
    before = sorted(stored(database, GoogleAccount.refresh_token))

    done = run(settings, NEW_KEY)

    assert done.exit_code == 1
    assert "google_accounts.refresh_token: 0 renewed, 0 current, 0 changed meanwhile, 4" in (
        done.output
    )
    assert "open with none of the keys" in done.output
    assert sorted(stored(database, GoogleAccount.refresh_token)) == before


def test_a_new_encrypted_column_needs_no_word_anywhere():
    names = {f"{c.table.name}.{c.name}" for c in rotation.encrypted_columns()}
    assert {
        "google_accounts.refresh_token",
        "google_accounts.access_token",
        "google_sign_ins.code_verifier",
        "teacher_addresses.address",
        "tool_keys.private_pem",
    } <= names
