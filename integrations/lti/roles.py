"""What a platform's roles say about a person beyond one course."""

from collections.abc import Iterable

INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"

# LTI 1.3 §A.2.1 and §A.2.2. A course's own administrator (§A.2.3) manages that course only.
ADMINISTRATORS = frozenset(
    base + name for base in (INSTITUTION, SYSTEM) for name in ("Administrator", "SysAdmin")
)


def is_administrator(roles: Iterable[str]) -> bool:
    """True where the platform calls someone an administrator of the institution or system."""
    return not ADMINISTRATORS.isdisjoint(roles)
