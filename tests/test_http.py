from __future__ import annotations

import datetime as dt
import gzip
import pickle
import socket
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from web import Site

from worker.errors import Rejected, Retryable
from worker.http import MAX_RETRY_AFTER, Client, Conditions, Hop, retry_after
from worker.settings import Settings

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/page": (200, {"Content-Type": "text/html", "X-Seen": "yes"}, b"<html>hello</html>")}) as site:
        yield site


def fetching(**values: Any) -> Client:
    return Client(Settings(**{"allow_hosts": ("127.0.0.1",), **values}))


def refusal(url: str, **values: Any) -> Rejected:
    with fetching(**values) as client, pytest.raises(Rejected) as caught:
        client.get(url)
    assert caught.value.stage == "fetch"
    return caught.value


def delay(url: str, **values: Any) -> Retryable:
    with fetching(**values) as client, pytest.raises(Retryable) as caught:
        client.get(url)
    assert caught.value.stage == "fetch"
    return caught.value


# ---------------------------------------------------------------- answers


def test_answer_has_final_address_lower_case_headers_and_body(site: Site) -> None:
    site.answers["/old"] = (301, {"Location": "/page"}, b"")
    with fetching() as client:
        answer = client.get(f"{site.url}/old")
    assert (answer.url, answer.status, answer.body) == (f"{site.url}/page", 200, b"<html>hello</html>")
    assert answer.headers["x-seen"] == "yes"


def test_conditional_request_may_be_answered_with_304(site: Site) -> None:
    site.answers["/feed"] = (304, {}, b"")
    with fetching() as client:
        assert client.get(f"{site.url}/feed", {"If-None-Match": 'W/"a"'}).status == 304
    assert site.asked[0][1]["if-none-match"] == 'W/"a"'


def test_304_may_have_the_length_of_what_it_stands_for(site: Site) -> None:
    site.answers["/feed"] = (304, {"Content-Length": "999999999"}, b"")
    with fetching() as client:
        assert client.get(f"{site.url}/feed", {"If-None-Match": "a"}).status == 304


def test_user_agent_is_the_one_that_is_set(site: Site) -> None:
    with fetching(user_agent="reader (me@example.org)") as client:
        client.get(f"{site.url}/page")
    assert site.asked[0][1]["user-agent"] == "reader (me@example.org)"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_refusal_by_the_server_is_final(site: Site, status: int) -> None:
    site.answers["/gone"] = (status, {}, b"")
    error = refusal(f"{site.url}/gone")
    assert (error.reason, error.url) == (f"http-{status}", f"{site.url}/gone")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_busy_server_is_tried_again(site: Site, status: int) -> None:
    site.answers["/busy"] = (status, {"Retry-After": "120"}, b"")
    error = delay(f"{site.url}/busy")
    assert (error.reason, error.retry_after) == (f"http-{status}", 120)


def test_403_with_retry_after_means_busy(site: Site) -> None:
    site.answers["/busy"] = (403, {"Retry-After": "60"}, b"")
    assert delay(f"{site.url}/busy").retry_after == 60


def test_time_to_wait_survives_pickling(site: Site) -> None:
    site.answers["/busy"] = (429, {"Retry-After": "7"}, b"")
    error = pickle.loads(pickle.dumps(delay(f"{site.url}/busy")))  # noqa: S301 - our own bytes
    assert (error.retry_after, error.reason, error.url) == (7, "http-429", f"{site.url}/busy")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("Mon, 23 Nov 2026 09:02:00 GMT", 120.0),
        ("Mon, 23 Nov 2026 08:00:00 GMT", None),
        ("99999999", MAX_RETRY_AFTER),
        ("Tue, 23 Nov 2027 09:00:00 GMT", MAX_RETRY_AFTER),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_more_than_a_day(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)) == seconds


@given(st.text(max_size=40))
def test_any_retry_after_is_understood_or_ignored(value: str) -> None:
    wait = retry_after(value, dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
    assert wait is None or 0 < wait <= MAX_RETRY_AFTER


@pytest.mark.parametrize("status", [203, 204, 226])
def test_success_is_an_answer_in_each_of_its_forms(site: Site, status: int) -> None:
    site.answers["/feed"] = (status, {}, b"")
    with fetching() as client:
        assert client.get(f"{site.url}/feed").status == status


def test_part_that_nobody_asked_for_is_refused(site: Site) -> None:
    site.answers["/feed"] = (206, {"Content-Range": "bytes 0-1/9"}, b"xx")
    assert refusal(f"{site.url}/feed").reason == "http-206"


@pytest.mark.parametrize(("status", "fields"), [(404, {}), (403, {}), (403, {"Retry-After": "60"}), (500, {}), (300, {})])
def test_error_has_the_status_and_keeps_it_through_pickling(site: Site, status: int, fields: dict[str, str]) -> None:
    site.answers["/page"] = (status, fields, b"")
    with fetching() as client, pytest.raises((Rejected, Retryable)) as caught:
        client.get(f"{site.url}/page")
    error = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert (error.status, error.retry_after) == (status, 60 if fields else None)


def test_error_without_an_answer_has_no_status() -> None:
    assert refusal("ftp://x.example/").status is None


@pytest.mark.parametrize(
    "value", [b'"caf\xe9"', b'"caf\xc3\xa9"', b"unquoted", b'W/"a"', b'""', b'"a-gzip"', b"\xff\xfe", b"a, b"]
)
def test_header_value_can_be_given_back_byte_for_byte(site: Site, value: bytes) -> None:
    heard: list[bytes] = []

    def answer(handler: BaseHTTPRequestHandler, _: threading.Event) -> None:
        heard.append((handler.headers["if-none-match"] or "").encode("latin-1"))
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: " + value + b"\r\n\r\n")

    site.answers["/feed"] = answer
    with fetching() as client:
        tag = client.get(f"{site.url}/feed").headers["etag"]
        client.get(f"{site.url}/feed", {"If-None-Match": tag})
    assert heard == [b"", value]


def test_of_a_field_that_comes_twice_the_first_counts_unless_it_is_a_list(site: Site) -> None:
    def answer(handler: BaseHTTPRequestHandler, _: threading.Event) -> None:
        fields = b'ETag: "a"\r\nETag: "b"\r\nCache-Control: no-cache\r\nCACHE-CONTROL: max-age=5\r\n'
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + fields + b"\r\n")

    site.answers["/feed"] = answer
    with fetching() as client:
        headers = client.get(f"{site.url}/feed").headers
    assert (headers["etag"], headers["cache-control"]) == ('"a"', "no-cache, max-age=5")


def test_exchange_knows_how_long_it_took(site: Site) -> None:
    with fetching() as client:
        begun = time.monotonic()
        assert 0 < client.get(f"{site.url}/page").seconds <= time.monotonic() - begun


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_compressed_body_is_asked_for_and_read(site: Site, coding: str) -> None:
    body = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}[coding](b"hello" * 100)
    site.answers["/page"] = (200, {"Content-Encoding": coding}, body)
    with fetching() as client:
        assert client.get(f"{site.url}/page").body == b"hello" * 100
    assert coding in site.asked[0][1]["accept-encoding"]


# ---------------------------------------------------------------- redirects


def test_hops_tell_how_the_answer_was_reached(site: Site) -> None:
    site.answers |= {"/a": (301, {"Location": "/b"}, b""), "/b": (302, {"Location": "page#top"}, b"")}
    with fetching() as client:
        answer = client.get(f"{site.url}/a")
        assert client.get(f"{site.url}/page").hops == ()
    assert answer.hops == (
        Hop(301, f"{site.url}/a", f"{site.url}/b"),
        Hop(302, f"{site.url}/b", f"{site.url}/page#top"),
    )
    assert answer.url == f"{site.url}/page"


def test_location_may_be_written_in_other_letters(site: Site) -> None:
    site.answers |= {"/a": (301, {"Location": "/sümmer".encode().decode("latin-1")}, b""), "/s%C3%BCmmer": (200, {}, b"warm")}
    with fetching() as client:
        assert client.get(f"{site.url}/a").body == b"warm"


def test_whoever_wants_to_know_is_told_each_address_before_it_is_asked(site: Site) -> None:
    site.answers["/old"] = (301, {"Location": "/page"}, b"")
    told: list[tuple[str, int]] = []
    with fetching() as client:
        client.get(f"{site.url}/old", visiting=lambda url: told.append((url, len(site.asked))))
    assert told == [(f"{site.url}/old", 0), (f"{site.url}/page", 1)]


def test_exchange_inside_another_has_no_more_time_than_that(site: Site) -> None:
    site.answers["/slow"] = silence
    begun = time.monotonic()
    with fetching(fetch_seconds=0.3) as client:

        def ask_another(_: str) -> None:
            client.get(f"{site.url}/slow", visiting=lambda _: None)

        with pytest.raises(Retryable):
            client.get(f"{site.url}/page", visiting=ask_another)
    assert time.monotonic() - begun < 5


def test_redirect_loop_ends(site: Site) -> None:
    site.answers |= {"/a": (302, {"Location": "/b"}, b""), "/b": (302, {"Location": "/a"}, b"")}
    assert refusal(f"{site.url}/a", max_redirects=4).reason == "redirects"
    assert len(site.asked) == 5


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/x", "data:text/plain,x", "gopher://x/"])
def test_redirect_to_another_scheme_is_refused(site: Site, target: str) -> None:
    site.answers["/out"] = (302, {"Location": target}, b"")
    assert refusal(f"{site.url}/out").reason in {"scheme", "address"}


def test_redirect_to_a_private_address_sends_no_byte_there(site: Site) -> None:
    site.answers["/out"] = (302, {"Location": f"http://127.0.0.1:{site.port}/secret"}, b"")
    error = refusal(f"http://localhost:{site.port}/out", allow_hosts=("localhost",))
    assert error.reason == "private-address"
    assert site.paths() == ["/out"]


def test_password_in_an_address_is_never_shown(site: Site) -> None:
    place = f"127.0.0.1:{site.port}"
    with fetching() as client:
        assert client.get(f"http://me:hush@{place}/page").url == f"http://{place}/page"
    assert "authorization" in site.asked[0][1]
    error = refusal(f"http://me:hush@{place}/none")
    assert "hush" not in f"{error.message} {error.url}"
    assert place in error.message


# ---------------------------------------------------------------- what is no address


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/x", "javascript:alert(1)", "/etc/passwd", "", "x y"])
def test_only_http_and_https_are_fetched(url: str) -> None:
    assert refusal(url).reason == "scheme"


@pytest.mark.parametrize("url", ["http://", "http:///x", "http://[::1/x", "http://a:b:c/", "http://x:99999/"])
def test_broken_address_is_refused_with_a_message(url: str) -> None:
    assert refusal(url).reason == "address"


@given(st.text(max_size=60))
def test_any_text_as_an_address_is_refused_or_tried(url: str) -> None:
    with Client(Settings(connect_seconds=0.01, fetch_seconds=0.01)) as client, pytest.raises((Rejected, Retryable)):
        client.get(url)


# ---------------------------------------------------------------- limits


def test_body_over_the_limit_is_refused(site: Site) -> None:
    site.answers["/big"] = (200, {}, b"x" * 2001)
    assert refusal(f"{site.url}/big", max_body_bytes=2000).reason == "too-large"


def test_body_at_the_limit_is_taken(site: Site) -> None:
    site.answers["/big"] = (200, {}, b"x" * 2000)
    with fetching(max_body_bytes=2000) as client:
        assert len(client.get(f"{site.url}/big").body) == 2000


def test_small_gzip_body_that_becomes_large_is_refused(site: Site) -> None:
    bomb = gzip.compress(bytes(64 << 20))
    site.answers["/bomb"] = (200, {"Content-Encoding": "gzip"}, bomb)
    site.answers["/twice"] = (200, {"Content-Encoding": "gzip, gzip"}, gzip.compress(bomb))
    assert refusal(f"{site.url}/bomb").reason == "bomb"
    assert refusal(f"{site.url}/twice").reason == "encoding"


def test_gzip_that_is_all_headers_is_refused_by_what_arrives(site: Site) -> None:
    site.answers["/husks"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"") * 1000)
    assert refusal(f"{site.url}/husks", max_body_bytes=1000).reason == "too-large"


def test_broken_gzip_is_tried_again(site: Site) -> None:
    site.answers["/broken"] = (200, {"Content-Encoding": "gzip"}, b"this is not gzip")
    assert delay(f"{site.url}/broken").reason == "broken"


def trickle_body(handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    while not closing.wait(0.02):
        handler.wfile.write(b"x")


def trickle_headers(handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not closing.wait(0.02):
        handler.wfile.write(b"X: y\r\n")


def silence(_: BaseHTTPRequestHandler, closing: threading.Event) -> None:
    closing.wait(10)


def redirect_slowly(handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
    closing.wait(0.1)
    handler.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("answer", [trickle_body, trickle_headers, silence, redirect_slowly])
def test_no_server_holds_us_longer_than_the_limit(site: Site, answer: Any) -> None:
    site.answers["/"] = answer
    start = time.monotonic()
    assert delay(f"{site.url}/", fetch_seconds=0.4, max_redirects=1000).reason == "timeout"
    # Room for a slow machine; without the limit it would be for ever.
    assert time.monotonic() - start < 5


def test_connection_that_breaks_is_tried_again(site: Site) -> None:
    def break_off(handler: BaseHTTPRequestHandler, _: threading.Event) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")

    site.answers["/short"] = break_off
    assert delay(f"{site.url}/short").reason == "broken"


def test_connection_that_the_server_closed_meanwhile_is_made_anew(site: Site) -> None:
    def answer_and_close(handler: BaseHTTPRequestHandler, _: threading.Event) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    site.answers["/"] = answer_and_close
    with fetching() as client:
        assert [client.get(f"{site.url}/").status for _ in range(50)] == [200] * 50
    assert len(site.asked) == 50


def test_server_that_speaks_no_http_is_tried_again(site: Site) -> None:
    def greet(handler: BaseHTTPRequestHandler, _: threading.Event) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")

    site.answers["/odd"] = greet
    assert delay(f"{site.url}/odd").reason == "broken"


def test_nobody_listening_is_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert delay(f"http://127.0.0.1:{port}/").reason == "connect"


def test_unknown_host_is_tried_again() -> None:
    assert delay("http://nowhere.invalid/").reason == "dns"


def test_certificate_that_nobody_vouches_for_is_refused() -> None:
    with Site({}, certificate=FIXTURES / "files" / "self-signed.pem") as site:
        assert refusal(f"{site.url}/").reason == "certificate"
        assert site.asked == []


def test_proxy_of_the_environment_is_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with fetching() as client:
        assert client.get(f"{site.url}/page").status == 200


def test_threads_may_share_a_client(site: Site) -> None:
    statuses: list[int] = []
    with fetching() as client:
        threads = [threading.Thread(target=lambda: statuses.append(client.get(f"{site.url}/page").status)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [200] * 8


def test_conditions_go_to_their_address_only(site: Site) -> None:
    site.answers["/old"] = (302, {"Location": "/page"}, b"")
    conditions = Conditions(f"{site.url}/page", {"If-None-Match": '"a"'})
    with fetching() as client:
        for path in ("/page", "/old"):
            client.get(f"{site.url}{path}", conditions=conditions)
    assert [(path, headers.get("if-none-match")) for path, headers in site.asked] == [
        ("/page", '"a"'),
        ("/old", None),
        ("/page", '"a"'),
    ]
