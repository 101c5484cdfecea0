"""Servers that break the protocol: each ends in one of our two errors, in time, and within memory."""

from __future__ import annotations

import gzip
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import pytest
from web import Answer, Site

from worker.errors import Rejected, Retryable
from worker.http import Client, Response
from worker.settings import Settings

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({}) as site:
        yield site


def get(url: str, *, partial: bool = False, **values: object) -> Response:
    settings = Settings.model_validate({"allow_hosts": ["127.0.0.1"], "fetch_seconds": 5, **values})
    with Client(settings) as client:
        return client.get(url, partial=partial)


def saying(data: bytes) -> Answer:
    """Exactly these bytes, and the end."""

    def answer(handler: BaseHTTPRequestHandler, _: threading.Event) -> None:
        handler.wfile.write(data)

    return answer


def endless(head: bytes, piece: bytes, pause: float = 0) -> Answer:
    """The piece again and again, until we have enough of it."""

    def answer(handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
        handler.wfile.write(head)
        while not closing.wait(pause) if pause else not closing.is_set():
            handler.wfile.write(piece)

    return answer


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "nothing"),
        (b"<html>Hello</html>", "HTTP/0.9"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "another protocol"),
        (b"HTTP/1.1 OK\r\n\r\n", "no status"),
        (b"HTTP/1.1 999999 Far\r\n\r\n", "a status of six digits"),
        (OK + b"no colon\r\n\r\n", "a header without a name"),
        (OK + b"X: a\x00b\r\n\r\n", "a zero in a header"),
        (OK + b"X Y: a\r\n\r\n", "a space in a header's name"),
        (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "two lengths"),
        (OK + b"Content-Length: -5\r\n\r\nhello", "a length below zero"),
        (OK + b"Content-Length: 0x10\r\n\r\nhello", "a length in hexadecimal"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n", "garbage for a chunk's size"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFFFFFF\r\nhello\r\n", "a chunk's size beyond all bounds"),
        (OK + b"Transfer-Encoding: rot13\r\n\r\nhello", "an unknown transfer coding"),
        (OK + b"Content-Length: 100\r\n\r\nshort", "less than was announced"),
        (OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", "no gzip where gzip was announced"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 10, "hints, and then the end"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer_that_is_none_may_come_later(site: Site, data: bytes, why: str) -> None:
    site.answers["/"] = saying(data)
    with pytest.raises(Retryable) as caught:
        get(f"{site.url}/")
    assert caught.value.reason == "broken", why
    assert caught.value.message.startswith(f"{site.url}/: ")


@pytest.mark.parametrize(
    "answer",
    [
        endless(OK, b"X: y\r\n" * 1000),
        endless(OK + b"X: ", b"y" * 10_000),
        endless(b"HTTP/1.1 200 ", b"y" * 10_000),
        endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100),
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n1;x=", b"y" * 10_000),
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 10_000 + b"\r\ny\r\n"),
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", b"X: y\r\n" * 1000),
    ],
    ids=["headers", "header", "status-line", "hints", "chunk-head", "chunk-heads", "trailers"],
)
def test_a_flood_ends_long_before_the_time_is_up(site: Site, answer: Answer) -> None:
    site.answers["/"] = answer
    begun = time.monotonic()
    with pytest.raises(Retryable) as caught:
        get(f"{site.url}/", fetch_seconds=30, max_body_bytes=100_000)
    assert caught.value.reason == "broken"
    assert time.monotonic() - begun < 15  # room for a slow machine


def test_a_body_without_end_is_too_large(site: Site) -> None:
    site.answers["/"] = endless(OK + b"\r\n", b"x" * 10_000)
    with pytest.raises(Rejected) as caught:
        get(f"{site.url}/", max_body_bytes=100_000)
    assert caught.value.reason == "too-large"


def test_a_length_beyond_the_limit_is_not_waited_for(site: Site) -> None:
    site.answers["/"] = endless(OK + b"Content-Length: 999999999\r\n\r\n", b"x", pause=0.05)
    with pytest.raises(Rejected) as caught:
        get(f"{site.url}/")
    assert caught.value.reason == "too-large"


@pytest.mark.parametrize(
    "answer",
    [
        endless(b"", b"H", pause=0.02),
        endless(OK, b"X: y\r\n", pause=0.02),
        endless(OK + b"\r\n", b"x", pause=0.02),
        endless(OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b""), pause=0.02),
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", pause=0.02),
    ],
    ids=["status-line", "headers", "body", "gzip", "chunks"],
)
def test_a_trickle_ends_when_the_time_is_up(site: Site, answer: Answer) -> None:
    site.answers["/"] = answer
    with pytest.raises(Retryable) as caught:
        get(f"{site.url}/", fetch_seconds=0.3)
    assert caught.value.reason == "timeout"


def test_a_handshake_that_trickles_ends_when_the_time_is_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()
        thread = threading.Thread(target=_trickle, args=(server, over))
        thread.start()
        try:
            with pytest.raises(Retryable) as caught:
                get(f"https://127.0.0.1:{server.getsockname()[1]}/", fetch_seconds=0.3)
        finally:
            over.set()
            thread.join()
    assert caught.value.reason in {"timeout", "connect"}


def _trickle(server: socket.socket, over: threading.Event) -> None:
    """The head of a TLS record, and then its body byte by byte."""
    taken, _ = server.accept()
    with taken:
        taken.sendall(b"\x16\x03\x03\x3f\xff")
        while not over.wait(0.02):
            try:
                taken.sendall(b"\x02")
            except OSError:
                return


@pytest.mark.parametrize("location", ["http://x\x00.example/", "http://[::1/", "http://a:b:c/", "http://x:99999/", "\\\\host"])
def test_a_redirect_to_no_address_is_refused(site: Site, location: str) -> None:
    data = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location.replace("\x00", "\x01").encode() + b"\r\n\r\n"
    site.answers["/"] = saying(data)
    with pytest.raises((Rejected, Retryable)) as caught:
        get(f"{site.url}/")
    assert caught.value.reason in {"address", "broken", "http-404"}


def test_a_redirect_to_nowhere_is_its_status(site: Site) -> None:
    site.answers["/"] = (302, {}, b"")
    with pytest.raises(Rejected) as caught:
        get(f"{site.url}/")
    assert (caught.value.reason, caught.value.status) == ("http-302", 302)


def test_a_redirect_cannot_smuggle_a_header(site: Site) -> None:
    site.answers |= {"/": (302, {"Location": "/x%0d%0aX-Evil:%20yes"}, b""), "/x%0d%0aX-Evil:%20yes": (200, {}, b"fine")}
    assert get(f"{site.url}/").body == b"fine"
    assert "x-evil" not in site.asked[-1][1]


WHOLE = [
    OK + b'Content-Type: text/xml\r\nETag: "a"\r\nContent-Length: 5\r\n\r\nhello',
    OK
    + b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
    % (len(gzip.compress(b"hello" * 9)), gzip.compress(b"hello" * 9)),
    b"HTTP/1.1 301 Moved Permanently\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 429 Slow Down\r\nRetry-After: 20\r\nContent-Length: 0\r\n\r\n",
]


@pytest.mark.parametrize("data", WHOLE, ids=["plain", "chunks", "redirect", "busy"])
def test_no_damage_to_an_answer_brings_out_anything_but_our_errors(site: Site, data: bytes) -> None:
    dice = random.Random(7)
    with Client(Settings(allow_hosts=("127.0.0.1",), fetch_seconds=0.3, connect_seconds=0.3)) as client:
        for _ in range(150):
            damaged = bytearray(data)
            for _ in range(dice.randint(1, 4)):
                damaged[dice.randrange(len(damaged))] = dice.randrange(256)
            site.answers["/"] = saying(bytes(damaged[: dice.randint(1, len(damaged))] if dice.random() < 0.3 else damaged))
            with suppress(Rejected, Retryable):
                assert client.get(f"{site.url}/", partial=dice.random() < 0.5).status in {*range(200, 300), 304}


# ---------------------------------------------------------------- a part is better than nothing

CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
PARTS: dict[str, Callable[[bytes], bytes]] = {
    "length": lambda body: OK + b"Content-Length: 9999\r\n\r\n" + body,
    "chunks": lambda body: CHUNKED + b"%x\r\n%s\r\n" % (len(body), body),
    "garbage": lambda body: CHUNKED + b"%x\r\n%s\r\nZZ\r\n" % (len(body), body),
    "gzip": lambda body: OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(body)[:-8],
}


@pytest.mark.parametrize("how", PARTS)
def test_what_came_of_an_answer_that_broke_off_is_given_where_a_part_will_do(site: Site, how: str) -> None:
    site.answers["/"] = saying(PARTS[how](b"<rss>the beginning"))
    answer = get(f"{site.url}/", partial=True)
    assert (answer.body, answer.complete, answer.status) == (b"<rss>the beginning", False, 200)
    with pytest.raises(Retryable):
        get(f"{site.url}/")


@pytest.mark.parametrize("data", [OK + b"Content-Length: 9\r\n\r\n", OK + b"Content-Encoding: gzip\r\n\r\nxxxx"])
def test_where_nothing_came_there_is_no_part(site: Site, data: bytes) -> None:
    site.answers["/"] = saying(data)
    with pytest.raises(Retryable):
        get(f"{site.url}/", partial=True)


def test_a_whole_answer_is_complete(site: Site) -> None:
    site.answers["/"] = (200, {}, b"all of it")
    assert get(f"{site.url}/", partial=True).complete
