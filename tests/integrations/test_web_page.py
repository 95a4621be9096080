"""Reading a linked page from a real server: its title, its kind, whether it may be framed."""

import socket
import time

import pytest

from integrations import outside
from integrations.outside import OutsideError
from integrations.web import page as web_page
from integrations.web.page import frames_allowed, read_page, title_of
from tests.web_site import HTML, served


@pytest.fixture
def site():
    with served() as site:
        yield site


def read(url):
    return read_page(url, allow_loopback=True)


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>Fraction strips</title>", "Fraction strips"),
        ("<TITLE lang=en>\n Fraction\n\t strips </TITLE>", "Fraction strips"),
        ("<title>3 &times; 2/5 &lt; 2 &amp; more</title>", "3 × 2/5 < 2 & more"),
        ("<title>Tab</title><meta property='og:title' content='The lesson'>", "The lesson"),
        ('<meta content="The lesson" name="og:title"><title>Tab</title>', "The lesson"),
        ("<meta property='og:title' content=''><title>Tab</title>", "Tab"),
        ("<title></title>", ""),
        ("<h1>No title</h1>", ""),
        ("<body><svg><title>An icon</title></svg>", ""),
        ("<title>never closed", "never closed"),
        ("<title>a\x00b</title>", "ab"),
        (f"<title>{'x' * 400}</title>", "x" * 299 + "…"),
        ("<title>Fracciones: ½ y ¾</title>", "Fracciones: ½ y ¾"),
    ],
)
def test_a_page_says_its_title(site, html, title):
    assert read(site.put("/page", html)).title == title


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<title>Año</title>".encode("latin-1"), "text/html; charset=iso-8859-1"),
        ("<meta charset='windows-1252'><title>Año</title>".encode("cp1252"), "text/html"),
        ("<title>Año</title>".encode(), "text/html"),
        ("<title>Año</title>".encode(), "text/html; charset=no-such-charset"),
        ("<title>Año</title>".encode(), 'text/html; charset="UTF-8"'),
    ],
)
def test_letters_are_read_in_the_pages_charset(site, body, content_type):
    url = site.put("/page", body, headers={"Content-Type": content_type})
    assert read(url).title == "Año"


def test_a_charset_that_does_not_fit_costs_letters_and_not_the_page():
    assert title_of(b"<title>A\xf1o</title>", "text/html; charset=utf-8") == "A�o"


def test_of_something_else_only_the_kind_is_known(site):
    headers = {"Content-Type": "Application/PDF; version=1.7"}
    found = read(site.put("/sheet.pdf", b"%PDF <title>no</title>", headers=headers))
    assert (found.content_type, found.title, found.frames) == ("application/pdf", "", False)


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"x-frame-options": "DENY"}, False),
        ({"x-frame-options": "SAMEORIGIN"}, False),
        ({"content-security-policy": "default-src 'self'"}, True),
        ({"content-security-policy": "frame-ancestors 'none'"}, False),
        ({"content-security-policy": "frame-ancestors 'self' https://lms.example"}, False),
        ({"content-security-policy": "default-src *; FRAME-ANCESTORS https:"}, True),
        ({"content-security-policy": "frame-ancestors *, frame-ancestors 'self'"}, False),
        # CSP3 §6.4.2.2: the older header counts only without the newer one.
        ({"content-security-policy": "frame-ancestors *", "x-frame-options": "DENY"}, True),
        ({"content-security-policy": ";;", "x-frame-options": "DENY"}, False),
    ],
)
def test_a_page_may_be_framed_where_its_site_lets_everyone(headers, allowed):
    assert frames_allowed(headers) is allowed


def test_headers_count_in_any_spelling(site):
    assert read(site.put("/free", "<title>a</title>")).frames
    url = site.put("/own", "<title>a</title>", headers=HTML | {"X-FRAME-Options": "sameorigin"})
    assert not read(url).frames


def test_a_redirect_is_followed_to_the_page(site):
    site.put("/there", "<title>There</title>")
    site.put("/next", status=301, headers={"Location": f"{site.url}/there"})
    found = read(site.put("/here", status=302, headers={"Location": "/next"}))
    assert (found.title, found.url) == ("There", f"{site.url}/there")


def test_only_the_page_is_asked_for_and_it_learns_nothing_of_anyone(site):
    read(site.put("/page?week=3", "<title>a</title><img src=/a.png><script src=/b.js></script>"))
    assert [path for path, _ in site.asked] == ["/page?week=3"]
    assert not {"Cookie", "Referer", "Authorization"} & set(site.asked[0][1])


def test_spaces_and_accents_of_a_pasted_address_reach_the_site(site):
    url = site.put("/ma%C3%B1ana/a%20b?q=%C3%B1", "<title>found</title>")
    assert read(url.replace("%C3%B1", "ñ").replace("%20", " ")).title == "found"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://example.org/a", "not_an_address"),
        ("javascript:alert(1)", "not_an_address"),
        ("https://", "not_an_address"),
        ("https://[1", "not_an_address"),
        ("https://example.org:port/", "not_an_address"),
        ("https://someone@example.org/", "not_an_address"),
        ("http://10.0.0.1/", "not_public"),
        ("http://192.168.1.1/", "not_public"),
        ("http://169.254.169.254/latest/meta-data/", "not_public"),
        ("http://0.0.0.0/", "not_public"),
        ("http://[fd00::1]/", "not_public"),
        ("http://[::ffff:10.0.0.1]/", "not_public"),
        ("http://[64:ff9b::a00:1]/", "not_public"),
        ("http://224.0.0.1/", "not_public"),
    ],
)
def test_an_address_that_is_not_for_us_is_not_asked(url, code):
    with pytest.raises(OutsideError) as refusal:
        read(url)
    assert refusal.value.code == code


def test_loopback_is_only_for_trying_out(site):
    url = site.put("/page", "<title>a</title>")
    with pytest.raises(OutsideError, match="not_public"):
        read_page(url, allow_loopback=False)
    assert site.asked == []


def test_a_redirect_into_a_private_network_is_not_followed(site):
    url = site.put("/away", status=302, headers={"Location": "http://10.0.0.1/secret"})
    with pytest.raises(OutsideError, match="not_public"):
        read(url)


def test_a_name_with_one_private_address_is_not_asked(monkeypatch):
    def both(_host, port, **_):
        return [(socket.AF_INET, 1, 6, "", (one, port)) for one in ("93.184.215.14", "10.0.0.1")]

    monkeypatch.setattr(outside.socket, "getaddrinfo", both)
    with pytest.raises(OutsideError, match="not_public"):
        read("http://two-faced.example/")


def test_a_name_is_resolved_once_and_the_connection_goes_there(site, monkeypatch):
    """A name that is loopback (allowed here) when checked and something else a moment later."""
    asked = []

    def changing(host, port, *_, **__):
        asked.append(host)
        return [(socket.AF_INET, 1, 6, "", ("127.0.0.1", port))]

    site.put("/page", "<title>pinned</title>")
    monkeypatch.setattr(outside.socket, "getaddrinfo", changing)
    found = read(f"http://changing.example:{site.server_port}/page")
    assert (found.title, asked.count("changing.example")) == ("pinned", 1)
    assert site.asked[0][1]["Host"] == f"changing.example:{site.server_port}"


def test_a_name_that_nobody_has_is_said(monkeypatch):
    def nobody(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(outside.socket, "getaddrinfo", nobody)
    with pytest.raises(OutsideError, match="no_such_host"):
        read("https://nobody.example/")


@pytest.mark.parametrize("status", [404, 403, 500, 304])
def test_a_page_that_is_not_there_is_said(site, status):
    with pytest.raises(OutsideError, match=f"status_{status}"):
        read(site.put("/gone", status=status))


def test_redirects_in_a_circle_end(site):
    url = site.put("/round", status=302, headers={"Location": "/round"})
    with pytest.raises(OutsideError, match="too_many_redirects"):
        read(url)
    assert len(site.asked) == outside.MOST_REDIRECTS + 1


def test_nobody_answers():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(OutsideError, match="unreachable"):
            read(f"http://127.0.0.1:{free.getsockname()[1]}/")


def test_of_a_large_page_only_the_beginning_is_read(site, monkeypatch):
    monkeypatch.setattr(web_page, "MOST_BYTES", 100_000)
    body = ["<title>Large</title>"] + ["x" * 100_000] * 200
    began = time.monotonic()
    assert read(site.put("/large", body)).title == "Large"
    assert time.monotonic() - began < 5


def test_a_site_that_sends_a_byte_now_and_then_is_left(site, monkeypatch):
    monkeypatch.setattr(web_page, "TIMEOUT_S", 0.4)
    url = site.put("/slow", ["x"] * 40, wait_s=0.1)
    began = time.monotonic()
    with pytest.raises(OutsideError, match="too_slow"):
        read(url)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("piece", ["<title ", "<meta ", "<meta content=", "<"])
def test_a_page_made_to_keep_a_reader_busy_costs_no_more_than_its_length(piece):
    """Four times as long: four times the work, where a trap for the parser would cost sixteen."""
    few = 25_000
    short, long = _work_s(piece * few), _work_s(piece * few * 4)

    assert long < 9 * short + 0.05


def _work_s(page: str) -> float:
    began = time.process_time()
    assert title_of(page.encode(), "text/html") == ""
    return time.process_time() - began
