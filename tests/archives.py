"""WARC files for tests, written by hand so that each byte may be wrong on purpose."""

from __future__ import annotations

import gzip
from collections.abc import Mapping

PAGE = (
    "<html><head><title>Ferry talks, day {n}</title></head><body><article><h1>Ferry talks, day {n}</h1>"
    "<p>On day {n} the harbour master met the envoys of the union, and the talks on the ferry line went on.</p>"
    "<p>Nobody left the room before midnight, the clerk said on day {n}, and the quay stayed shut.</p></article></body></html>"
)


def page(number: int) -> bytes:
    """A page with a text of its own."""
    return PAGE.format(n=number).encode()


def answer(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """An HTTP answer as it came over the wire."""
    fields = {"Content-Type": "text/html; charset=utf-8"} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def record(url: str, block: bytes, kind: str = "response", *, version: str = "1.0", **headers: str) -> bytes:
    """A WARC record; `headers` with underscores for dashes."""
    fields: Mapping[str, str] = {
        "WARC-Type": kind,
        "WARC-Target-URI": url,
        "WARC-Date": "2026-11-23T00:00:00Z",
        "WARC-Record-ID": "<urn:uuid:00000000-0000-0000-0000-000000000000>",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"WARC/{version}\r\n{lines}\r\n".encode() + block + b"\r\n\r\n"


def pages(numbers: range) -> list[bytes]:
    """Records of pages, each with a text of its own."""
    return [record(f"https://lagoon.example/{number}", answer(page(number))) for number in numbers]


def packed(records: list[bytes]) -> bytes:
    """A member each, as crawlers write them."""
    return b"".join(map(gzip.compress, records))
