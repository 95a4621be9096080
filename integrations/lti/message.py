"""The second half of a launch: what the proven token asks for must be whole, and for us.

pylti1p3's own checks of each message are made, and those it leaves open: it looks at the nonce but
never uses it up (the caller does that, in the launch's own transaction), and takes any address.
"""

from typing import Any
from urllib.parse import urlsplit

from pylti1p3.exception import LtiException
from pylti1p3.message_validators.deep_link import DeepLinkMessageValidator
from pylti1p3.message_validators.resource_message import ResourceMessageValidator
from pylti1p3.message_validators.submission_review import SubmissionReviewLaunchValidator

from integrations.lti.claims import (
    LTI,
    LaunchClaims,
    LaunchRefused,
    MessageType,
    message_type_of,
    read_claims,
)
from integrations.lti.platform import KeySource, LtiPlatform
from integrations.lti.token import Token, proven

VERSION = "1.3.0"
# The library wants a data privacy launch to name a person, and no course; neither changes who may
# enter, so only its version is looked at.
VALIDATORS = {
    MessageType.RESOURCE_LINK: ResourceMessageValidator(),
    MessageType.DEEP_LINKING: DeepLinkMessageValidator(),
    MessageType.SUBMISSION_REVIEW: SubmissionReviewLaunchValidator(),
}


def verified(
    token: Token | None, platform: LtiPlatform, keys: KeySource, *, nonce: str, tool_url: str
) -> LaunchClaims:
    """The claims of a launch, once everything about them is proven; raises `LaunchRefused`
    otherwise.

    Takes the platform that the login began with, that login's nonce and our own public address.
    Using up the nonce and finding the deployment are left to the caller.
    """
    body = proven(token, platform, keys)
    if body["nonce"] != nonce:
        raise LaunchRefused("replayed")
    _check_message(body, tool_url)
    return read_claims(body)


def _check_message(body: dict[str, Any], tool_url: str) -> None:
    message_type = message_type_of(body)
    if not isinstance(body.get(LTI + "roles"), list):
        raise LaunchRefused("no_roles")
    if not body.get("sub"):
        raise LaunchRefused("no_person")
    is_link = message_type == MessageType.RESOURCE_LINK
    if is_link and not isinstance(body.get(LTI + "resource_link"), dict):
        raise LaunchRefused("incomplete")
    if not is_below(body.get(LTI + "target_link_uri"), tool_url):
        raise LaunchRefused("wrong_address")
    if body.get(LTI + "version") != VERSION:
        raise LaunchRefused("incomplete")
    validator = VALIDATORS.get(message_type)
    if validator is None:
        return
    try:
        validator.validate(body)
    except (LtiException, AttributeError, KeyError, TypeError) as error:
        # The library's checks take objects for granted where a claim may be anything.
        raise LaunchRefused("incomplete") from error


def is_below(url: Any, tool_url: str) -> bool:
    """True where `url` is an address of the tool at `tool_url`."""
    if not isinstance(url, str):
        return False
    try:
        theirs, ours = urlsplit(url), urlsplit(tool_url)
        same_origin = (theirs.scheme, theirs.hostname, theirs.port) == (
            ours.scheme,
            ours.hostname,
            ours.port,
        )
    except ValueError:
        return False
    base = ours.path.rstrip("/")
    inside = theirs.path == base or theirs.path.startswith(base + "/")
    return same_origin and inside and "@" not in theirs.netloc
