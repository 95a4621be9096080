"""The first half of a launch: third-party initiated login (1EdTech Security Framework 1.1 §5.1.1).

pylti1p3's own makes its state and nonce itself, and a nonce that tells this machine's address and
clock (a uuid1); the address it would send the browser to is put together here.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from integrations.lti.claims import LaunchRefused
from integrations.lti.platform import LtiPlatform


def authorization_url(
    platform: LtiPlatform, asked: Mapping[str, str], *, launch_url: str, state: str, nonce: str
) -> str:
    """Where to send the browser that came with the parameters `asked` (§5.1.1.2); the platform
    will post the launch to `launch_url`, with `state` beside it and `nonce` in its token.

    Raises `LaunchRefused('incomplete')` where the platform left out what it must send.
    """
    if not asked.get("login_hint"):
        raise LaunchRefused("incomplete")
    sent = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": launch_url,
        "state": state,
        "nonce": nonce,
        "login_hint": asked["login_hint"],
    }
    if asked.get("lti_message_hint"):
        sent["lti_message_hint"] = asked["lti_message_hint"]
    joint = "&" if "?" in platform.auth_login_url else "?"
    return f"{platform.auth_login_url}{joint}{urlencode(sent)}"
