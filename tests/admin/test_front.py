"""The administrator's page: platforms, sections, and the audit trail in words."""

from lti_app.admin.words import action_in_words
from lti_app.people import audit
from tests.school import Browser, make_school


def test_the_audit_trail_is_told_in_words_and_in_the_readers_language(app, database):
    school = make_school(database)
    with database.transaction(district_id=school.district_id) as session:
        audit.record(session, "attempt.scored", district_id=school.district_id)
    admin = Browser(app, school.admin_id)
    assert "scored an attempt" in admin.get("/admin/").text
    admin.get("/language/es")
    assert "calificó un intento" in admin.get("/admin/").text


def test_an_action_of_a_later_version_shows_its_code():
    assert action_in_words("something.new") == "something.new"
