"""Google's token endpoint: codes and refresh tokens in, access tokens out, and revocation.

Plain requests instead of the libraries' own. The flow's `fetch_token` refuses http (also on
loopback) and raises where a teacher granted fewer scopes than asked, unless switches of the whole
process's environment are set. The credentials' `refresh` waits two minutes for an answer, three
times over: longer than a worker may take for a grade.
"""

from dataclasses import dataclass
from typing import Any

import requests

from integrations import retry_after
from integrations.classroom.addresses import must_be_safe
from integrations.lms import LmsError, LmsRefused, LmsUnavailable

TIMEOUT_S = 20.0
NOT_ALLOWED = {"access_denied", "admin_policy_enforced", "org_internal"}


@dataclass(frozen=True)
class OAuthClient:
    """Our registration at Google, and Google's addresses.

    Raises `ValueError` for an address that would carry the secret in the clear.
    """

    client_id: str
    client_secret: str
    auth_url: str
    token_url: str
    revoke_url: str

    def __post_init__(self) -> None:
        for url in (self.auth_url, self.token_url, self.revoke_url):
            must_be_safe(url)


def ask_token(client: OAuthClient, *, timeout_s: float = TIMEOUT_S, **form: str) -> dict[str, Any]:
    """What Google answers to a code or a refresh token: `access_token`, `expires_in` and more.

    Raises `LmsRefused`: `sign_in_again` (code or grant are over), `forbidden` (the district's
    policy), `unauthorized` (our client id or secret are not accepted); `LmsUnavailable`.
    """
    ours = {"client_id": client.client_id, "client_secret": client.client_secret}
    answer = _post(client.token_url, {**form, **ours}, timeout_s)
    body = _object(answer)
    if not answer.ok:
        raise _refusal(str(body.get("error", "")))
    try:
        float(body["expires_in"])
        if not isinstance(body["access_token"], str):
            raise TypeError
    except (KeyError, TypeError, ValueError) as error:
        raise LmsUnavailable("garbled", "token") from error
    return body


def revoke(client: OAuthClient, token: str) -> None:
    """End a grant; one that Google no longer knows (400 `invalid_token`) is fine.

    Raises `LmsUnavailable` for anything else: whoever answered, it was not heard.
    """
    answer = _post(client.revoke_url, {"token": token}, TIMEOUT_S)
    if not answer.ok and _object(answer).get("error") != "invalid_token":
        raise LmsUnavailable("garbled", "revoke")


def _post(url: str, form: dict[str, str], timeout_s: float) -> requests.Response:
    try:
        # A secret is not carried on to wherever an answer points.
        answer = requests.post(url, data=form, timeout=timeout_s, allow_redirects=False)
    except requests.Timeout as error:
        raise LmsUnavailable("timeout", "token") from error
    except requests.RequestException as error:
        raise LmsUnavailable("lost_connection", type(error).__name__) from error
    wait = retry_after.seconds(answer.headers.get("Retry-After", ""))
    if answer.status_code == 429:
        raise LmsUnavailable("rate_limited", "token", wait)
    if answer.status_code >= 500 or answer.status_code == 408:
        raise LmsUnavailable("server_error", str(answer.status_code), wait)
    return answer


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except requests.JSONDecodeError as error:
        raise LmsUnavailable("garbled", "token") from error
    if not isinstance(body, dict):
        raise LmsUnavailable("garbled", "token")
    return body


def _refusal(error: str) -> LmsError:
    """RFC 6749 §5.2, and what Google adds."""
    if error == "invalid_grant":
        return LmsRefused("sign_in_again")
    return LmsRefused("forbidden" if error in NOT_ALLOWED else "unauthorized", error[:40])
