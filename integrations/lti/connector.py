"""Signed-in requests to one platform's services: pylti1p3's connector, made dependable."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from urllib.parse import urljoin

import requests
from pylti1p3.exception import LtiServiceException
from pylti1p3.registration import Registration
from pylti1p3.service_connector import ServiceConnector, TServiceConnectorResponse
from requests.utils import parse_header_links

from integrations.lms import LmsError, LmsRefused, LmsUnavailable
from integrations.lti.refusals import connection_error, service_error, token_error

MAX_PAGES = 10_000
ErrorReader = Callable[[requests.Response], LmsError]
course_error: ErrorReader = partial(service_error, gone="course_gone")


@dataclass(frozen=True)
class ToolRegistration:
    """Who we are to one platform, and the key we sign with."""

    issuer: str
    client_id: str
    token_url: str
    token_audience: str | None
    """`aud` of our token requests where it is not the token address."""
    kid: str
    private_pem: str


class TokenStore(Protocol):
    """One platform's service tokens, shared by all who call it.

    `scopes` are sorted and separated by spaces.
    """

    def get(self, scopes: str) -> str | None:
        """A token that will still hold for the next request, or None."""
        ...

    def put(self, scopes: str, token: str, expires_in_s: float) -> None:
        """Keep a fresh token."""
        ...

    def forget(self, scopes: str) -> None:
        """The platform no longer accepts the token."""
        ...


class SigningRegistration(Registration):
    """The library's registration with the key we sign with now."""

    def __init__(self, ours: ToolRegistration) -> None:
        self._kid = ours.kid
        self.set_issuer(ours.issuer).set_client_id(ours.client_id)
        self.set_auth_token_url(ours.token_url).set_tool_private_key(ours.private_pem)
        self._auth_audience = ours.token_audience

    def get_kid(self) -> str:
        """Key id for the header of what we sign."""
        return self._kid


def next_link(header: str, base: str) -> str | None:
    """Where the next page is, by a Link header."""
    return linked(header, base, "next")


def linked(header: str, base: str, rel: str) -> str | None:
    """The address of a Link header (RFC 8288) with the relation `rel`, exactly as it was sent.

    Page tokens are opaque: Canvas's `page=bookmark:…` is case-sensitive.
    """
    for link in parse_header_links(header.replace("\n", " ")):
        given = {name.strip().lower(): value for name, value in link.items()}
        if rel in given.get("rel", "").lower().split() and given.get("url"):
            return urljoin(base, given["url"])
    return None


class LtiConnector(ServiceConnector):
    """pylti1p3's connector with shared tokens, timeouts, one renewal and typed errors.

    Takes a session from `transport.http_session`. Every method raises `LmsUnavailable` or
    `LmsRefused`.
    """

    def __init__(
        self, registration: ToolRegistration, tokens: TokenStore, http_session: requests.Session
    ) -> None:
        super().__init__(SigningRegistration(registration), http_session)
        self._tokens = tokens
        self._used_kept_token = False

    # pylti1p3 keys tokens by issuer and scopes; hosted Canvas shares its issuer among all
    # schools. Our store belongs to one platform (issuer and client id), so scopes suffice.

    def _scope_key(self, scopes: Iterable[str]) -> str:
        return " ".join(sorted(set(scopes)))

    def _get_cached_access_token(self, scope_key: str) -> str | None:
        token = self._tokens.get(scope_key)
        self._used_kept_token = token is not None
        return token

    def _cache_access_token(self, scope_key: str, access_token: str, expires_in: float) -> None:
        try:
            lasts_s = float(expires_in)
        except (TypeError, ValueError):
            return
        self._tokens.put(scope_key, access_token, lasts_s)

    def get_access_token(self, scopes: Sequence[str]) -> str:
        """A token for `scopes`, from the store or freshly asked for."""
        try:
            token = super().get_access_token(sorted(set(scopes)))
        except LtiServiceException as error:
            if error.response.ok:  # a page of words where JSON should be: maintenance
                raise LmsUnavailable("garbled", "token") from error
            raise token_error(error.response) from error
        except requests.RequestException as error:
            raise connection_error(error) from error
        except (KeyError, TypeError) as error:
            raise LmsRefused("unauthorized", "no token in the answer") from error
        return str(token)

    def make_service_request(
        self,
        scopes: Sequence[str],
        url: str,
        *,
        error_of: ErrorReader = course_error,
        **how: Any,
    ) -> TServiceConnectorResponse:
        """One request; the answer's `headers`, `body` and `next_page_url`.

        A kept token that is refused is forgotten and the request made once more. `error_of` says
        what any other refusal means at this address.
        """
        scope_key = self._scope_key(scopes)
        self._used_kept_token = False
        try:
            return self._request(scopes, url, **how)
        except LtiServiceException as error:
            if error.response.status_code != 401 or not self._used_kept_token:
                raise error_of(error.response) from error
        self._tokens.forget(scope_key)
        try:
            return self._request(scopes, url, **how)
        except LtiServiceException as error:
            raise error_of(error.response) from error

    def _request(self, scopes: Sequence[str], url: str, **how: Any) -> TServiceConnectorResponse:
        try:
            if "method" in how:
                return self._other(scopes, url, **how)
            answer = super().make_service_request(
                scopes, url, **{**how, "case_insensitive_headers": True}
            )
        except requests.JSONDecodeError as error:
            if how.get("is_post"):
                # Accepted, with words that are not JSON: sending again would send it twice.
                return {"headers": {}, "body": None, "next_page_url": None}
            raise LmsUnavailable("garbled", "not JSON") from error
        except requests.RequestException as error:
            raise connection_error(error) from error
        answer["next_page_url"] = next_link(answer["headers"].get("link", ""), url)
        return answer

    def _other(
        self,
        scopes: Sequence[str],
        url: str,
        *,
        method: str,
        data: str | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> TServiceConnectorResponse:
        """A request that is neither GET nor POST: the library knows only those."""
        headers = {"Authorization": f"Bearer {self.get_access_token(scopes)}", "Accept": accept}
        if data is not None:
            headers["Content-Type"] = content_type
        answer = self._requests_session.request(method, url, data=data, headers=headers)
        if not answer.ok:
            raise LtiServiceException("A service refused.", answer)
        return {"headers": dict(answer.headers), "body": None, "next_page_url": None}

    def get_paginated_data(
        self, scopes: Sequence[str], url: str | None, *args: Any, **how: Any
    ) -> Generator[TServiceConnectorResponse, None, None]:
        """Every page; a platform that links in circles is not followed for ever.

        One address is remembered, a newer one at every power of two (Brent's way to find a
        circle): the pages of a long roster take no memory.
        """
        remembered, number = "", 0
        while url:
            if url == remembered or number >= MAX_PAGES:
                raise LmsRefused("invalid", "pages link in circles")
            if number & (number - 1) == 0:
                remembered = url
            number += 1
            answer = self.make_service_request(scopes, url, *args, **how)
            yield answer
            url = answer["next_page_url"]
