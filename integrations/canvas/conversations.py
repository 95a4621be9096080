"""Messages to people in Canvas (Conversations API), each for one person alone.

https://developerdocs.instructure.com/services/canvas/resources/conversations
"""

from typing import Any
from urllib.parse import quote

import requests

from integrations import retry_after
from integrations.classroom.addresses import must_be_safe
from integrations.lms import LmsRefused, LmsUnavailable

TIMEOUT_S = 15
LONGEST_SUBJECT = 255


class CanvasConversations:
    """Canvas at `api_url` (`https://canvas.example.org`) with an access token of a person who may
    write to the students."""

    def __init__(self, api_url: str, token: str) -> None:
        must_be_safe(api_url)
        self._root = api_url.rstrip("/") + "/api/v1/"
        self._token = token

    def write(self, lti_user_id: str, subject: str, text: str) -> str:
        """Write to one person, whom Canvas's LTI 1.3 launches call `lti_user_id` (`sub`).

        Returns the conversation's id. Raises `LmsError`.
        """
        user = self._call("GET", f"users/lti_1_3_id:{quote(lti_user_id, safe='')}")
        made = self._call(
            "POST",
            "conversations",
            data={
                "recipients[]": str(user.get("id", "")),
                "subject": subject[:LONGEST_SUBJECT],
                "body": text,
                "force_new": "true",
                "group_conversation": "false",
            },
        )
        first = made[0] if isinstance(made, list) and made else {}
        return str(first.get("id", ""))

    def _call(self, method: str, path: str, **given: Any) -> Any:
        try:
            answer = requests.request(
                method,
                self._root + path,
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=TIMEOUT_S,
                allow_redirects=False,
                **given,
            )
        except requests.Timeout as error:
            raise LmsUnavailable("timeout") from error
        except requests.RequestException as error:
            raise LmsUnavailable("lost_connection", type(error).__name__) from error
        _refuse(answer)
        try:
            return answer.json()
        except ValueError as error:
            raise LmsUnavailable("garbled") from error


def _refuse(answer: requests.Response) -> None:
    code = answer.status_code
    wait = retry_after.seconds(answer.headers.get("Retry-After", ""))
    # Canvas says 403 with these words where a token has asked too often.
    if code == 429 or (code == 403 and "Rate Limit Exceeded" in answer.text[:200]):
        raise LmsUnavailable("rate_limited", str(code), wait)
    if code >= 500:
        raise LmsUnavailable("server_error", str(code), wait)
    if code == 401:
        raise LmsRefused("unauthorized")
    if code == 403:
        raise LmsRefused("forbidden")
    if code == 404:
        raise LmsRefused("not_a_student")
    if code >= 300:
        raise LmsRefused("invalid", str(code))
