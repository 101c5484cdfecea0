"""JSON Feed 1.0 and 1.1."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from worker.errors import Rejected
from worker.model import ContentType, Document, PublishedFrom
from worker.sources._encoding import decode
from worker.sources._hints import Hints
from worker.sources._payload import MAX_ENTRIES, Fit, Payload, clean, too_many
from worker.timestamp import parse_date

_VERSION = re.compile(rb'"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org\\?/version')
_TAG = re.compile(r"<[^<>]*>")


def fit(payload: Payload) -> Fit:
    """By its version, which is an address at jsonfeed.org, else by type."""
    if payload.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _VERSION.search(payload.body):
        return Fit.CONTENT
    return Fit.TYPE if payload.media_type == "application/feed+json" else Fit.NO


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """The feed's items in its order; an item that is no object is a Rejected in its place."""
    yield from read_feed(payload)[0]


def read_feed(payload: Payload) -> tuple[list[Document | Rejected], Hints]:
    """The feed's items as `read` has them, and what it says of itself."""
    try:
        feed = json.loads(decode(payload))
    except Rejected as error:
        return [error], Hints()
    except (ValueError, RecursionError) as error:
        return [payload.reject("not-json", f"not JSON: {error}")], Hints()
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        return [payload.reject("not-a-feed", 'not a JSON Feed: no list of "items"')], Hints()
    if len(items) > MAX_ENTRIES:
        return [payload.reject(*too_many(len(items)))], Hints()
    return [_item(payload, feed, number, item) for number, item in enumerate(items, start=1)], _hints(payload, feed)


def _item(payload: Payload, feed: Mapping[str, Any], number: int, item: object) -> Document | Rejected:
    if isinstance(item, dict):
        return _document(payload, feed, item)
    return payload.reject("not-an-object", f"item {number}: not an object")


def _hints(payload: Payload, feed: Mapping[str, Any]) -> Hints:
    return Hints(
        site=payload.link(feed.get("home_page_url")),
        title=_string(feed, "title"),
        language=_string(feed, "language"),
        hub=_hub(payload, feed),
        expired=feed.get("expired") is True,
    )


def _hub(payload: Payload, feed: Mapping[str, Any]) -> str | None:
    """The first WebSub hub; hubs of other kinds (rssCloud) are not spoken."""
    hubs = feed.get("hubs")
    for hub in hubs if isinstance(hubs, list) else ():
        if isinstance(hub, dict) and str(hub.get("type")).lower() == "websub":
            return payload.link(hub.get("url"))
    return None


def _document(payload: Payload, feed: Mapping[str, Any], item: Mapping[str, Any]) -> Document:
    content, kind, whole = _content(item)
    url = payload.link(item.get("url")) or payload.link(item.get("external_url"))
    now = dt.datetime.now(dt.UTC)
    published = parse_date(_string(item, "date_published"), now)
    return Document(
        content=content,
        content_type=kind,
        complete=whole or url is None,
        guid=_string(item, "id"),
        url=url,
        title=" ".join((_string(item, "title") or "").split()) or None,
        authors=_authors(item) or _authors(feed),
        published=published,
        published_from=PublishedFrom.FEED if published else None,
        updated=parse_date(_string(item, "date_modified"), now),
        source=payload.source or _string(feed, "title") or payload.origin,
        language=payload.language or _string(item, "language") or _string(feed, "language"),
    )


def _content(item: Mapping[str, Any]) -> tuple[str, ContentType, bool]:
    """The text, how to read it, and whether it is the whole: as text if that is all of it, else as HTML, else a summary."""
    html, text = _string(item, "content_html"), _string(item, "content_text")
    if text and len(text) * 1.5 >= len(_TAG.sub("", html or "")):
        return text, ContentType.TEXT, True
    if html:
        return html, ContentType.HTML, True
    return _string(item, "summary") or "", ContentType.TEXT, False


def _string(item: Mapping[str, Any], key: str) -> str | None:
    """A field as text; the standard lets ids be numbers."""
    value = item.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = clean(str(value))
    return text if text.strip() else None


def _authors(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Version 1.1 has a list, 1.0 one author."""
    authors = item.get("authors")
    entries = authors if isinstance(authors, list) else [item.get("author")]
    names = [_string(entry, "name") for entry in entries if isinstance(entry, dict)]
    return tuple(dict.fromkeys(name for name in names if name))
