"""LTI roles, in full and short form, as the three roles a classroom knows."""

from collections.abc import Iterable
from typing import Literal

CourseRole = Literal["teacher", "assistant", "student"]

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"

ADMINISTRATORS = frozenset(
    base + "Administrator" for base in (INSTITUTION, SYSTEM, MEMBERSHIP + "#")
) | {SYSTEM + "SysAdmin", INSTITUTION + "SysAdmin", "Administrator"}


def course_role(roles: Iterable[str]) -> CourseRole | None:
    """What someone is in the course; None where no role in it is known (or only an onlooker's).

    Only roles of the course count: Canvas also sends what a person is elsewhere in the school.
    A sub-role comes with its principal role (LTI 1.3 §A.2.3.1), so an assistant is an
    `Instructor`, too, and the sub-role decides.
    """
    found = set(map(_course_part, roles))
    if "Instructor#TeachingAssistant" in found or "TeachingAssistant" in found:
        return "assistant"
    if any(role == "Instructor" or role.startswith("Instructor#") for role in found):
        return "teacher"
    if any(role.partition("#")[0] == "ContentDeveloper" for role in found):
        return "assistant"
    if any(role == "Learner" or role.startswith("Learner#") for role in found):
        return "student"
    # The port's own words, for systems that have only these.
    if "teacher" in found:
        return "teacher"
    return "student" if "student" in found else None


def is_administrator(roles: Iterable[str]) -> bool:
    """True where the platform calls someone an administrator."""
    return not ADMINISTRATORS.isdisjoint(roles)


def _course_part(role: str) -> str:
    """`Instructor`, `Instructor#Grader`, …; empty for roles outside the course."""
    if not role.startswith(("http://", "https://", "urn:")):
        return role
    if not role.startswith(MEMBERSHIP):
        return ""
    return role[len(MEMBERSHIP) :].lstrip("#/")
