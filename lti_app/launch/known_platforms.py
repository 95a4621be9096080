"""The large platforms' addresses, so that an administrator has fewer fields to copy."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from lti_app.errors import BadInput

SITE = "{site}"
"""Stands for the school's own address."""
CLIENT = "{client_id}"


@dataclass(frozen=True)
class KnownPlatform:
    """Addresses of one product; those that hold `SITE` differ from school to school."""

    name: str
    issuer: str
    auth_login_url: str
    jwks_url: str
    token_url: str | None
    """None: each tool has its own, which the platform shows."""
    token_audience: str | None = None
    """`aud` of token requests, where it is not the token address."""

    @property
    def needs_site(self) -> bool:
        """True where the school's own address must be given."""
        return SITE in self.issuer


KNOWN_PLATFORMS = {
    "canvas": KnownPlatform(
        name="Canvas",
        issuer="https://canvas.instructure.com",
        auth_login_url="https://sso.canvaslms.com/api/lti/authorize_redirect",
        jwks_url="https://sso.canvaslms.com/api/lti/security/jwks",
        token_url="https://sso.canvaslms.com/login/oauth2/token",  # noqa: S106 - an address
    ),
    "moodle": KnownPlatform(
        name="Moodle",
        issuer=SITE,
        auth_login_url=SITE + "/mod/lti/auth.php",
        jwks_url=SITE + "/mod/lti/certs.php",
        token_url=SITE + "/mod/lti/token.php",
    ),
    "schoology": KnownPlatform(
        name="Schoology",
        issuer="https://schoology.schoology.com",
        auth_login_url="https://lti-service.svc.schoology.com/lti-service/authorize-redirect",
        jwks_url="https://lti-service.svc.schoology.com/lti-service/.well-known/jwks",
        token_url="https://lti-service.svc.schoology.com/lti-service/access-token",  # noqa: S106
    ),
    "blackboard": KnownPlatform(
        name="Blackboard",
        issuer="https://blackboard.com",
        auth_login_url="https://developer.blackboard.com/api/v1/gateway/oidcauth",
        jwks_url="https://developer.blackboard.com/api/v1/management/applications/"
        + CLIENT
        + "/jwks.json",
        token_url="https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken",  # noqa: S106
    ),
    "d2l": KnownPlatform(
        name="D2L Brightspace",
        issuer=SITE,
        auth_login_url=SITE + "/d2l/lti/authenticate",
        jwks_url=SITE + "/d2l/.well-known/jwks",
        token_url="https://auth.brightspace.com/core/connect/token",  # noqa: S106
        token_audience="https://api.brightspace.com/auth/token",  # noqa: S106
    ),
    "sakai": KnownPlatform(
        name="Sakai",
        issuer=SITE,
        auth_login_url=SITE + "/imsoidc/lti13/oidc_auth",
        jwks_url=SITE + "/imsblis/lti13/keyset",
        token_url=None,
    ),
}


def addresses_of(kind: str, *, site: str, client_id: str) -> dict[str, str]:
    """A known platform's values, by the names of `PlatformDraft`; `site` is the school's address.

    Raises `BadInput` where `site` is needed and empty.
    """
    known = KNOWN_PLATFORMS[kind]
    site = site.rstrip("/")
    if known.needs_site and not site:
        raise BadInput(
            _l("%(name)s has another address at each school.", name=known.name),
            _l("Give yours with --site, for example --site https://lms.school.example"),
        )
    given = {
        "name": known.name,
        "issuer": known.issuer,
        "auth_login_url": known.auth_login_url,
        "jwks_url": known.jwks_url,
        "token_url": known.token_url,
        "token_audience": known.token_audience,
    }
    return {
        name: value.replace(SITE, site).replace(CLIENT, client_id)
        for name, value in given.items()
        if value is not None
    }
