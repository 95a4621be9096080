"""Google's public keys (RFC 7517), which sign who signed in and who pushes."""

import threading
import time

import jwt
import requests

from integrations.classroom.addresses import must_be_safe
from integrations.lms import LmsRefused, LmsUnavailable

TIMEOUT_S = 5.0
"""Somebody waits for the page: less than for a worker's calls."""
STALE_AFTER_S = 6 * 3600.0
"""A key that Google has withdrawn is believed no longer than this, if its server answers."""
AT_MOST_EVERY_S = 60.0

Keys = dict[str, jwt.PyJWK]
"""By id."""


def read_keys(certs_url: str, timeout_s: float = TIMEOUT_S) -> Keys:
    """The keys as they stand now. Raises `LmsUnavailable`."""
    must_be_safe(certs_url)
    try:
        answer = requests.get(certs_url, timeout=timeout_s, allow_redirects=False)
        answer.raise_for_status()
        found = jwt.PyJWKSet.from_dict(answer.json())
    except requests.Timeout as error:
        raise LmsUnavailable("timeout", "certs") from error
    except (requests.RequestException, jwt.PyJWTError, AttributeError, TypeError) as error:
        raise LmsUnavailable("garbled", "certs") from error
    return {str(key.key_id): key for key in found.keys}


class KeptKeys:
    """The keys, kept by this process: pushes come often, and Google's keys change daily.

    Whoever shows an unknown key has them read anew, once a minute at most.
    """

    def __init__(self, certs_url: str) -> None:
        self._certs_url = certs_url
        self._lock = threading.Lock()
        self._keys: Keys = {}
        self._read_at = self._asked_at = float("-inf")

    def key(self, kid: str) -> jwt.PyJWK:
        """The key of that id. Raises `LmsRefused('bad_token')` for one that Google does not
        publish, and `LmsUnavailable` where Google was never heard."""
        if kid not in self._keys or time.time() - self._read_at > STALE_AFTER_S:
            self._read()
        if not self._keys:
            raise LmsUnavailable("lost_connection", "certs")
        if kid not in self._keys:
            raise LmsRefused("bad_token", "unknown key")
        return self._keys[kid]

    def _read(self) -> None:
        with self._lock:  # others wait for the one that asks
            if time.time() - self._asked_at < AT_MOST_EVERY_S:
                return
            self._asked_at = time.time()
            try:
                self._keys = read_keys(self._certs_url)
            except LmsUnavailable:
                return  # the keys we have, if any, are used on
            self._read_at = self._asked_at
