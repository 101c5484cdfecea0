"""feedparser, and what stands in for it where it finds nothing. Both are given bytes that somebody else has fetched."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import feedparser

from worker.sources import _parsers as _parsers  # noqa: PLC0414  for what it does to feedparser
from worker.sources._encoding import damaged_utf8
from worker.sources._payload import MAX_ENTRIES, too_many

_PROLOG_ENCODING = re.compile(rb"""<\?xml\b[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_WIDE = re.compile(
    rb"""<\?xml\b[^>]{0,200}?encoding\s*=\s*["'](?:utf[-_]?(?:16|32)|ucs[-_]?[24]|iso-10646|u16|u32|csucs|csunicode)""",
    re.IGNORECASE,
)
_UTF_8 = "application/xml; charset=utf-8"
_BY_PROLOG = "application/xml"
_ENTITY = re.compile(rb"""<!ENTITY\s[^"'<>]{1,300}(["'])""")
# Abbreviations and special characters come to a few KB.
MAX_EXPANSION = 10_000_000
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")


def parse(body: bytes, headers: Mapping[str, str], *, finish: bool = False) -> Any:
    """What feedparser makes of a feed; `headers` (lower-case) may have the content type, and the address as content-location.

    `finish`: make links in texts absolute and remove dangerous markup, which costs three quarters of the time. Text is
    taken from markup elsewhere, and for new entries only, so readers leave it out.
    """
    body, headers = _settled(body, headers)
    found = _attempt(body, headers, finish=finish)
    if isinstance(found, Exception):  # over a name of an encoding that is none: without it then
        found = _attempt(body.partition(b"?>")[2], headers, finish=finish)
    if isinstance(found, Exception):
        return feedparser.FeedParserDict(bozo=True, bozo_exception=found, feed={}, entries=[], version="")
    return found


def _attempt(body: bytes, headers: Mapping[str, str], *, finish: bool) -> Any:
    """The result, or what feedparser stumbled over."""
    try:
        # A stream, always: given text or bytes, feedparser opens the files and addresses that they name.
        return feedparser.parse(io.BytesIO(body), response_headers=headers, sanitize_html=finish, resolve_relative_uris=finish)
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, AssertionError) as error:
        return error


def _settled(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """The body with its encoding decided: UTF-8 if it can be, else as the prolog says, else as the server says.

    feedparser believes the server first, as the standard has it; servers declare what they were once configured for.
    Bytes that say nothing by themselves (ASCII, byte order marks, wide characters) are left to it.
    """
    settled = dict(headers)
    if b"\0" in body[:100] or body.startswith(_MARKS):
        return body, settled
    body = body.lstrip()  # before a prolog nothing may stand, not even a blank
    if _WIDE.match(body):  # said of characters of two bytes, in characters of one
        body = body.partition(b"?>")[2].lstrip()
    if body.isascii():
        return body, settled
    if _decodes(body, "utf-8"):
        return body, settled if _is_left_open(settled) else settled | {"content-type": _UTF_8}
    declared = _PROLOG_ENCODING.match(body)
    if declared and _decodes(body, declared[1].decode("ascii")):
        return body, settled | {"content-type": _BY_PROLOG}
    mended = damaged_utf8(body)
    return (mended.encode(), settled | {"content-type": _UTF_8}) if mended else (body, settled)


def _is_left_open(headers: Mapping[str, str]) -> bool:
    """Whether the server names a type and no charset: then feedparser tries UTF-8 by itself."""
    content_type = headers.get("content-type", "").lower()
    return bool(content_type) and "charset" not in content_type


def _decodes(body: bytes, codec: str) -> bool:
    try:
        body.decode(codec)
    except (UnicodeError, LookupError):
        return False
    return True


def refusal(body: bytes) -> tuple[str, str] | None:
    """Why a feed is not even tried, as reason and message: it would fill memory however it were parsed."""
    plain = body.replace(b"\0", b"") if b"\0" in body[:100] else body  # wide characters
    number = plain.count(b"<item") + plain.count(b"<entry") + plain.count(b"<ITEM")
    if number > MAX_ENTRIES:
        return too_many(number)
    if _expanded(plain) > MAX_EXPANSION:
        return "entities", "its entities would expand beyond measure, as nobody writes them but to harm"
    return None


def _expanded(body: bytes) -> int:
    """At most so many characters come from entities that the document declares for itself."""
    longest = 0
    for match in _ENTITY.finditer(body):
        end = body.find(match[1], match.end())
        longest = max(longest, end - match.end())
    return longest * body.count(b"&") if longest else 0


def rescue(body: bytes) -> Any:
    """What another parser makes of a feed in which feedparser found no entry; None if it finds none either.

    Its dates are left out: it completes them from today's, and does not give them as written.
    """
    if b"<" not in body[:1000]:
        return None
    import fastfeedparser  # noqa: PLC0415  it is seldom needed, and loads dateutil

    try:
        found = fastfeedparser.parse(body)  # bytes: an address in them is not fetched
    except Exception:  # noqa: BLE001  no feed to it either, whatever it says
        return None
    if not found.entries:
        return None
    entries = [{**entry, "summary": entry.get("description"), "published": None, "updated": None} for entry in found.entries]
    return feedparser.FeedParserDict(feed=found.feed, entries=entries, version="")
