"""RSS, RDF, Atom and CDF, by feedparser; a JSON Feed under the same address is read too.

`read_feed` gives entries and hints from one parse; `read` and `hints` are its halves.
"""

from __future__ import annotations

import datetime as dt
import html
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import feedparser

from worker.errors import Rejected
from worker.model import ContentType, Document, PublishedFrom
from worker.sources import jsonfeed
from worker.sources._hints import Hints, of_feed
from worker.sources._markup import root
from worker.sources._payload import Fit, Payload, clean
from worker.timestamp import parse_date

__all__ = ["Feed", "Hints", "fit", "hints", "read", "read_feed"]

_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml"})
_SUFFIXES = frozenset({".rss", ".atom", ".rdf", ".xml"})
_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|&(?:#\d+|#x[0-9a-fA-F]+|\w+);")
_TAG = re.compile(r"<[^>]*>")
# Teasers end well under this; what is longer is worth reading even if more stands on the page.
SUMMARY_CHARS = 600


def fit(payload: Payload) -> Fit:
    """By its root element, else by type or name."""
    if root(payload.body) in _ROOTS:
        return Fit.CONTENT
    if payload.media_type in _TYPES:
        return Fit.TYPE
    is_xml = payload.suffix in _SUFFIXES or payload.body.lstrip().startswith(b"<?xml")
    return Fit.NAME if is_xml else Fit.NO


class Feed(NamedTuple):
    """What one parse gives: the entries in the feed's order, and what it says of itself."""

    entries: list[Document | Rejected]
    hints: Hints = Hints()


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """The feed's entries in its order."""
    yield from read_feed(payload).entries


def hints(payload: Payload) -> Hints:
    """What the feed says of itself."""
    return read_feed(payload).hints


def read_feed(payload: Payload) -> Feed:
    """The feed's entries in its order, and what it says of itself; one Rejected for what is no feed."""
    if jsonfeed.fit(payload) is Fit.CONTENT:
        return Feed(*jsonfeed.read_feed(payload))
    parsed = _parse(payload)
    if not parsed.entries and not parsed.get("version"):
        message = "not a feed: neither RSS nor Atom nor JSON Feed; check the address"
        return Feed([payload.reject("not-a-feed", message)])
    shared = _shared_links(parsed.entries)
    entries = [_document(payload, parsed.feed, entry, shared) for entry in parsed.entries]
    return Feed([*entries], of_feed(payload, parsed.feed))


def _parse(payload: Payload) -> Any:
    """Parse a stream, always: given text or bytes, feedparser opens the files and addresses that they name."""
    headers = {"content-type": payload.content_type, "content-location": payload.url}
    return feedparser.parse(
        io.BytesIO(payload.body),
        response_headers={name: value for name, value in headers.items() if value},
        # Links are made absolute, and markup removed, where the text is read: for new entries only, and safely.
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _shared_links(entries: Any) -> frozenset[str]:
    """Links that entries with different guids have in common: a front page, not the address of an article."""
    pairs = {(entry.get("link"), entry.get("id")) for entry in entries}
    counts = Counter(link for link, guid in pairs if link and guid)
    return frozenset(link for link, count in counts.items() if count > 1)


def _document(payload: Payload, feed: Any, entry: Any, shared: frozenset[str]) -> Document:
    content, kind, whole = _content(entry)
    url = None if entry.get("link") in shared else payload.link(entry.get("link"))
    language = payload.language or _language(entry) or _text(feed, "language")
    published, updated = _dates(entry, language)
    return Document(
        content=clean(content),
        content_type=kind,
        complete=whole or url is None or len(_TAG.sub("", content)) >= SUMMARY_CHARS,
        guid=_text(entry, "id"),
        url=url,
        title=_title(entry),
        authors=_authors(entry),
        published=published or updated,
        published_from=PublishedFrom.FEED if published or updated else None,
        updated=updated,
        source=payload.source or _title(feed) or payload.origin,
        language=language,
    )


def _content(entry: Any) -> tuple[str, ContentType, bool]:
    """The longest text of an entry, how to read it, and whether it is said to be the whole."""
    contents = [item for item in entry.get("content") or () if item.get("value", "").strip()]
    if contents:
        best = max(contents, key=lambda item: len(item["value"]))
        return best["value"], _kind(best), True
    summary = entry.get("summary") or ""
    return summary, _kind({**entry.get("summary_detail", {}), "value": summary}), False


def _kind(detail: Any) -> ContentType:
    """Each RSS description is HTML to feedparser; one without a tag or an entity is text."""
    plain = detail.get("type") == "text/plain" or not _MARKUP.search(detail["value"])
    return ContentType.TEXT if plain else ContentType.HTML


def _dates(entry: Any, language: str | None) -> tuple[str | None, str | None]:
    """Published and updated, from the strings as written: feedparser's own reading invents days and drops zones."""
    now = dt.datetime.now(dt.UTC)
    # `dict.get`: feedparser's own answers "updated" with "published" and a warning.
    raw = {key: dict.get(entry, key) for key in ("published", "created", "updated")}
    dates = {key: parse_date(value, now, language) for key, value in raw.items() if isinstance(value, str)}
    return dates.get("published") or dates.get("created"), dates.get("updated")


def _language(entry: Any) -> str | None:
    for item in entry.get("content") or ():
        if item.get("language"):
            return str(item["language"])
    return None


def _title(item: Any) -> str | None:
    """The title on one line, without markup; feeds escape it once, twice, or not at all."""
    title = _text(item, "title")
    return " ".join(html.unescape(_TAG.sub("", html.unescape(title))).split()) or None if title else None


def _authors(entry: Any) -> tuple[str, ...]:
    names = [_text(author, "name") for author in entry.get("authors") or ()] or [_text(entry, "author")]
    return tuple(dict.fromkeys(name for name in names if name))


def _text(item: Any, key: str) -> str | None:
    value = item.get(key)
    return clean(value.strip()) or None if isinstance(value, str) else None
