"""How outside systems know a person: roles as LTI names them, digests of addresses."""

import hashlib
import hmac
from collections.abc import Iterable

from lti_app.people.models import Role

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_ROLE_NAMES = {
    "Instructor": Role.TEACHER,
    "Administrator": Role.TEACHER,  # of this course, not of the institution
    "teacher": Role.TEACHER,
    "TeachingAssistant": Role.ASSISTANT,
    "ContentDeveloper": Role.ASSISTANT,
    "Learner": Role.STUDENT,
    "student": Role.STUDENT,
}
_STRONGEST = (Role.ASSISTANT, Role.TEACHER, Role.STUDENT)


def role_of(roles: Iterable[str]) -> Role | None:
    """What a person is in a section, from LTI roles in their full, sub-role or short form
    (LTI 1.3 core, A.2.3), or Classroom's two words. None: nothing in a class (a mentor, say).

    A teaching assistant also carries *Instructor*; whoever teaches and learns is a teacher.
    """
    found = {role for uri in roles if (role := _one(uri)) is not None}
    if Role.ASSISTANT in found and Role.STUDENT in found:
        found.discard(Role.STUDENT)
    return next((role for role in _STRONGEST if role in found), None)


def _one(uri: str) -> Role | None:
    if "/" not in uri and "#" not in uri:
        return _ROLE_NAMES.get(uri)
    if not uri.startswith(_MEMBERSHIP):
        return None  # a role in the institution or the system says nothing about this section
    path, _, name = uri.rpartition("#")
    # A sub-role: …/membership/Instructor#TeachingAssistant
    return _ROLE_NAMES.get(name) or _ROLE_NAMES.get(path.rpartition("/")[2])


def email_digest(secret: str, email: str) -> str:
    """A keyed digest of an address (HMAC-SHA256, hex): equal for equal addresses, however they
    are written, and of no use without the secret."""
    address = email.strip().casefold()
    return hmac.new(secret.encode(), address.encode(), hashlib.sha256).hexdigest()
