"""What a platform's roles say about a person beyond one course."""

from collections.abc import Iterable

INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"

# LTI 1.3 §A.2; the short form is that of the course role (§A.2.3.2).
ADMINISTRATORS = frozenset(
    {base + "Administrator" for base in (INSTITUTION, SYSTEM, MEMBERSHIP)}
    | {SYSTEM + "SysAdmin", INSTITUTION + "SysAdmin", "Administrator"}
)


def is_administrator(roles: Iterable[str]) -> bool:
    """True where the platform calls someone an administrator."""
    return not ADMINISTRATORS.isdisjoint(roles)
