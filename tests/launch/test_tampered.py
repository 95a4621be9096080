"""Whatever is done to a token: it never enters, and never breaks a page."""

import base64
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def _encode(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(instead=st.data())
def test_a_tampered_token_never_enters_and_never_breaks_a_page(browser, signer, rows, instead):
    state, nonce = browser.login()
    header, body, signature = signer.sign(signer.claims(nonce)).split(".")
    before = rows()
    part = instead.draw(st.sampled_from(["claim", "header", "body", "bytes", "text"]))
    if part == "claim":
        claims = signer.claims(nonce)
        key = instead.draw(st.sampled_from(sorted(claims)))
        value = instead.draw(JSON)
        if value == claims[key]:
            return
        token = f"{header}.{_encode({**claims, key: value})}.{signature}"
    elif part == "header":
        token = f"{_encode(instead.draw(JSON))}.{body}.{signature}"
    elif part == "body":
        token = f"{header}.{_encode(instead.draw(JSON))}.{signature}"
    elif part == "bytes":
        whole = f"{header}.{body}.{signature}"
        at = instead.draw(st.integers(0, len(whole) - 3))
        letter = instead.draw(st.sampled_from("ABCxyz019-_.=+/ é\x00"))
        if whole[at] == letter:
            return
        token = whole[:at] + letter + whole[at + 1 :]
    else:
        token = instead.draw(st.text())

    response = browser.post(state, token)

    assert 400 <= response.status_code < 500
    assert rows() == before


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(claims=st.dictionaries(st.integers(0, 18), JSON, min_size=1, max_size=4))
def test_a_platform_that_signs_nonsense_never_breaks_a_page(browser, signer, claims):
    state, nonce = browser.login()
    body = signer.claims(nonce)
    names = sorted(body)
    for number, value in claims.items():
        body[names[number % len(names)]] = value

    try:
        token = signer.sign(body)
    except (TypeError, ValueError):  # PyJWT itself refuses to write it
        return
    response = browser.post(state, token)

    assert response.status_code in {303, 400, 403}
