"""Log-ins, cookies, headers and proxies of a source: they go where they belong, and are seen nowhere else."""

from __future__ import annotations

import base64
import logging
import pickle
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from web import Proxy, Site

from worker.errors import NewsworkerError, Rejected, Retryable
from worker.http import Access, Client, Response, _bytes
from worker.http.access import is_same_site, request_headers
from worker.settings import Settings

CERTIFICATE = Path(__file__).parent / "fixtures" / "files" / "self-signed.pem"
SECRET = "hushhush"  # noqa: S105  of our own site
LOGIN = "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()
ALL = Access(headers={"X-Key": SECRET}, auth=f"me:{SECRET}", cookies={"id": SECRET})


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/page": (200, {}, b"hello")}) as site:
        yield site


def get(url: str, access: Access | None = None, headers: dict[str, str] | None = None, **values: Any) -> Response:
    with Client(Settings(**{"allow_hosts": ("127.0.0.1", "localhost"), **values})) as client:
        return client.get(url, headers, access)


def failure(url: str, access: Access, **values: Any) -> NewsworkerError:
    with pytest.raises((Rejected, Retryable)) as caught:
        get(url, access, **values)
    return caught.value


# ---------------------------------------------------------------- where they go


def test_log_in_cookies_and_headers_go_to_the_host_that_was_asked(site: Site) -> None:
    get(f"{site.url}/page", Access(headers={"X-Key": "k"}, auth="me:pass", cookies={"a": "1", "b": "2"}))
    ((_, asked),) = site.asked
    assert asked["authorization"] == "Basic " + base64.b64encode(b"me:pass").decode()
    assert (asked["x-key"], asked["cookie"]) == ("k", "a=1; b=2")


def test_log_in_stays_on_its_host_through_a_redirect(site: Site) -> None:
    site.answers["/in"] = (302, {"Location": "/page"}, b"")
    get(f"{site.url}/in", ALL)
    assert [asked.get("authorization") for _, asked in site.asked] == [LOGIN, LOGIN]


def test_nothing_of_it_goes_to_another_host_and_none_comes_back_with_us(site: Site) -> None:
    """Not to the other host, nor to our own when the other one sends us there."""
    site.answers |= {
        "/out": (302, {"Location": f"http://localhost:{site.port}/back"}, b""),
        "/back": (302, {"Location": f"{site.url}/page"}, b""),
    }
    get(f"{site.url}/out", ALL, {"If-None-Match": '"1"'})
    private = {"authorization", "cookie", "x-key", "if-none-match"}
    assert [private & set(asked) for _, asked in site.asked] == [private, set(), set()]


@pytest.mark.parametrize("change", ["port", "scheme"])
def test_another_server_of_the_same_host_gets_nothing_of_it(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch)
    with Site({"/page": (200, {}, b"")}) as other, Site({}, CERTIFICATE if change == "scheme" else None) as site:
        site.answers["/out"] = (302, {"Location": f"{other.url}/page"}, b"")
        get(f"{site.url}/out", ALL)
        assert not {"authorization", "cookie", "x-key"} & set(other.asked[0][1])


def test_log_in_that_a_redirect_brings_is_not_used(site: Site) -> None:
    site.answers["/out"] = (302, {"Location": f"http://you:{SECRET}@127.0.0.1:{site.port}/page"}, b"")
    answer = get(f"{site.url}/out")
    assert "authorization" not in site.asked[1][1]
    assert SECRET not in repr(answer)


def test_cookies_of_the_server_are_neither_kept_nor_given(site: Site) -> None:
    site.answers["/set"] = (302, {"Location": "/page", "Set-Cookie": "id=1"}, b"")
    site.answers["/page"] = (200, {"Set-Cookie": "id=2"}, b"")
    with Client(Settings(allow_hosts=("127.0.0.1",))) as client:
        answers = [client.get(f"{site.url}/set"), client.get(f"{site.url}/page")]
    assert not any("cookie" in asked for _, asked in site.asked)
    assert not any("set-cookie" in answer.headers for answer in answers)


def test_headers_of_a_request_outrank_those_of_the_source_and_ours(site: Site) -> None:
    get(f"{site.url}/page", Access(headers={"User-Agent": "mine", "Accept": "a/b"}), {"ACCEPT": "c/d"})
    ((_, asked),) = site.asked
    assert (asked["user-agent"], asked["accept"]) == ("mine", "c/d")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/1", "https://a.example/2", True),
        ("http://a.example/1", "https://a.example/1", True),
        ("https://a.example/1", "http://a.example/1", False),
        ("https://a.example/1", "https://a.example:8443/1", False),
        ("https://a.example/1", "https://b.example/1", False),
        ("https://a.example/1", "https://a.example.evil.example/1", False),
        ("https://a.example/1", "https://a.example@evil.example/1", False),
        ("https://a.example/1", "https://a.example:99999/1", False),
        ("https://a.example/1", "https://[a.example/1", False),
        ("ftp://a.example/1", "ftp://a.example/1", False),
    ],
)
def test_what_is_meant_for_a_server_goes_to_it_alone(one: str, other: str, same: bool) -> None:
    assert is_same_site(one, other) is same


# ---------------------------------------------------------------- what cannot be sent


@pytest.mark.parametrize(
    ("access", "word"),
    [
        (Access(headers={"X-Key": f"{SECRET}\r\nX-Evil: yes"}), "X-Key"),
        (Access(headers={"X-Key": f"{SECRET}\0"}), "X-Key"),
        (Access(headers={"X Key": SECRET}), "X Key"),
        (Access(headers={"": SECRET}), "''"),
        (Access(headers={"Héader": SECRET}), "Héader"),
        (Access(headers={"Host": SECRET}), "Host"),
        (Access(headers={"Content-Length": "5"}), "Content-Length"),
        (Access(headers={"Accept-Encoding": "rot13"}), "Accept-Encoding"),
        (Access(cookies={"id": f"{SECRET}; admin=1"}), "id"),
        (Access(cookies={"id": f"{SECRET}\r\nX-Evil: yes"}), "id"),
        (Access(cookies={"a=b": SECRET}), "a=b"),
    ],
)
def test_what_cannot_be_sent_is_named_but_not_shown(site: Site, access: Access, word: str) -> None:
    error = failure(f"{site.url}/page", access)
    assert (error.reason, error.url) == ("headers", f"{site.url}/page")
    assert word in error.message
    assert SECRET not in error.message
    assert site.asked == []


@given(value=st.text(max_size=30))
def test_any_header_value_is_sent_or_refused(value: str) -> None:
    sent = b""
    with suppress(Rejected):
        sent = _bytes(request_headers(Access(headers={"X-Key": value}), {}, httpx2.URL("http://x.example/"))["x-key"])
    assert not set(sent) & set(b"\0\r\n")


# ---------------------------------------------------------------- what is seen


def test_secrets_are_in_no_representation() -> None:
    access = Access(headers={"X-Key": SECRET}, auth=f"me:{SECRET}", cookies={"id": SECRET}, proxy=f"http://me:{SECRET}@x:1")
    assert SECRET not in f"{access!r} {access}"


@pytest.mark.parametrize("path", ["/page", "/none", "/busy", "/loop", "/out", "/bomb"])
@pytest.mark.parametrize("through", ["directly", "proxy"])
def test_secrets_are_in_no_log_and_no_error(site: Site, path: str, through: str, caplog: pytest.LogCaptureFixture) -> None:
    site.answers |= {
        "/busy": (429, {"Retry-After": "9"}, b""),
        "/loop": (302, {"Location": "/loop"}, b""),
        "/out": (302, {"Location": "http://10.0.0.1/"}, b""),
        "/bomb": (200, {"Content-Encoding": "gzip"}, b"nothing"),
    }
    with Proxy(f"me:{SECRET}") as proxy, caplog.at_level(logging.DEBUG):
        way = f"http://me:{SECRET}@127.0.0.1:{proxy.port}" if through == "proxy" else None
        access = Access(headers={"X-Key": SECRET}, auth=f"me:{SECRET}", cookies={"id": SECRET}, proxy=way)
        try:
            said = repr(get(f"http://me:{SECRET}@127.0.0.1:{site.port}{path}", access))
        except (Rejected, Retryable) as error:
            said = f"{error!r} {error.__dict__} {pickle.dumps(error)!r}"
    assert site.asked
    seen = said + caplog.text
    assert not any(word in seen for word in (SECRET, LOGIN, LOGIN.removeprefix("Basic ")))


# ---------------------------------------------------------------- proxies


def trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vouch for the certificate of our test sites."""
    context = ssl.create_default_context(cafile=str(CERTIFICATE))
    monkeypatch.setattr(httpx2, "create_ssl_context", lambda **_: context)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as proxy:
        yield proxy


@pytest.mark.parametrize("certificate", [None, CERTIFICATE], ids=["http", "https"])
def test_a_proxy_is_asked_for_a_tunnel(proxy: Proxy, certificate: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch)
    with Site({"/page": (200, {}, b"hello")}, certificate) as site:
        assert get(f"{site.url}/page", Access(proxy=proxy.url)).body == b"hello"
        assert proxy.asked == [f"127.0.0.1:{site.port}"]


def test_a_proxy_gets_its_own_log_in_and_the_site_does_not(site: Site) -> None:
    with Proxy("me:pass word") as proxy:
        access = Access(auth=f"me:{SECRET}", proxy=f"http://me:pass%20word@127.0.0.1:{proxy.port}")
        assert get(f"{site.url}/page", access).body == b"hello"
    ((_, asked),) = site.asked
    assert "proxy-authorization" not in asked
    assert asked["authorization"] == LOGIN


def test_a_proxy_is_led_to_the_address_that_was_checked_and_not_to_the_name(
    proxy: Proxy, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would resolve the name again, and might find another address."""
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: real("127.0.0.1" if host == "news.example" else host, *a, **k)
    )
    access = Access(proxy=proxy.url)
    assert get(f"http://news.example:{site.port}/page", access).body == b"hello"
    assert proxy.asked == [f"127.0.0.1:{site.port}"]
    assert site.asked[0][1]["host"] == f"news.example:{site.port}"


@pytest.mark.parametrize("target", ["10.0.0.1", "169.254.169.254", "[::1]", "127.1", "localhost"])
def test_a_proxy_opens_no_way_to_private_addresses(proxy: Proxy, site: Site, target: str) -> None:
    assert failure(f"http://{target}/", Access(proxy=proxy.url), allow_hosts=()).reason == "private-address"
    site.answers["/out"] = (302, {"Location": f"http://{target}/"}, b"")
    error = failure(f"{site.url}/out", Access(proxy=proxy.url), allow_hosts=("127.0.0.1/32",))
    assert error.reason == "private-address" or target in {"127.1", "localhost"}
    assert proxy.asked[:1] == [f"127.0.0.1:{site.port}"]
    assert not any("10.0" in place or "169." in place or "::" in place for place in proxy.asked)


def test_a_proxy_that_wants_a_log_in_says_so(site: Site) -> None:
    with Proxy("me:right") as proxy:
        error = failure(f"{site.url}/page", Access(proxy=f"http://me:{SECRET}@127.0.0.1:{proxy.port}"))
    assert isinstance(error, Retryable)
    assert error.reason == "proxy"
    assert "407" in error.message
    assert site.asked == []


@pytest.mark.parametrize("data", [b"", b"hello\r\n\r\n", b"HTTP/1.1 \r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"X" * 100_000])
def test_a_proxy_that_speaks_no_http_is_tried_again(site: Site, proxy: Proxy, data: bytes) -> None:
    proxy.says = data
    assert failure(f"{site.url}/page", Access(proxy=proxy.url)).reason == "proxy"


def test_a_proxy_that_is_not_there_is_tried_again(site: Site) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert failure(f"{site.url}/page", Access(proxy=f"http://127.0.0.1:{port}")).reason == "connect"


@pytest.mark.parametrize("proxy", ["socks5://x:1", "x:1", "http://", "http://x:0", "http://x:99999", "http://[::1", "ftp://x"])
def test_an_address_that_is_no_proxys_is_refused_and_not_shown(site: Site, proxy: str) -> None:
    error = failure(f"{site.url}/page", Access(proxy=proxy.replace("//", f"//me:{SECRET}@")))
    assert (error.reason, type(error)) == ("proxy", Rejected)
    assert SECRET not in error.message


def test_a_source_without_proxy_does_not_share_the_connection_of_one_with(site: Site, proxy: Proxy) -> None:
    with Client(Settings(allow_hosts=("127.0.0.1",))) as client:
        client.get(f"{site.url}/page", access=Access(proxy=proxy.url))
        client.get(f"{site.url}/page")
        client.get(f"{site.url}/page", access=Access(proxy=proxy.url))
    assert len(proxy.asked) == 1
    assert len(site.asked) == 3
