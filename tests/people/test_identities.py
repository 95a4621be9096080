"""Roles as platforms name them, and addresses we do not keep."""

import pytest

from lti_app.people.identities import email_digest, role_of
from lti_app.people.models import Role

M = "http://purl.imsglobal.org/vocab/lis/v2/membership"


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        ([f"{M}#Learner"], Role.STUDENT),
        ([f"{M}#Instructor"], Role.TEACHER),
        (["Instructor"], Role.TEACHER),
        (["student"], Role.STUDENT),
        ([f"{M}/Instructor#TeachingAssistant", f"{M}#Instructor"], Role.ASSISTANT),
        ([f"{M}/Instructor#GuestInstructor"], Role.TEACHER),
        ([f"{M}#ContentDeveloper"], Role.ASSISTANT),
        ([f"{M}#Administrator"], Role.TEACHER),
        ([f"{M}#Instructor", f"{M}#Learner"], Role.TEACHER),
        ([f"{M}#Mentor"], None),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"], None),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"], None),
        ([], None),
        (["", "#", "/", f"{M}#"], None),
    ],
)
def test_a_role_in_the_section_is_read_from_every_spelling(roles, role):
    assert role_of(roles) == role


def test_equal_addresses_have_equal_digests_however_they_are_written():
    assert email_digest("key", " Ana.Abara@Maple.example.org ") == email_digest(
        "key", "ana.abara@maple.example.org"
    )


def test_a_digest_says_nothing_without_the_key():
    digest = email_digest("key", "ana@maple.example.org")
    assert "ana" not in digest
    assert digest != email_digest("another key", "ana@maple.example.org")
