"""RSS, RDF, Atom and CDF, by feedparser; a JSON Feed under the same address is read too.

`read_feed` gives entries and hints from one parse; `read` and `hints` are its halves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urldefrag

from worker.errors import Rejected
from worker.model import Document
from worker.sources import jsonfeed
from worker.sources._entry import SUMMARY_CHARS, Entry, address, day_first, document
from worker.sources._feedparser import parse, refusal, rescue
from worker.sources._hints import Hints, of_feed
from worker.sources._markup import root
from worker.sources._payload import Fit, Payload

__all__ = ["SUMMARY_CHARS", "Feed", "Hints", "fit", "hints", "read", "read_feed"]

# Feeds with the doctype, or in the body, of a page exist; a page has none of these near its top.
_FEED_TAG = re.compile(rb"<(?:rss|feed|rdf:RDF|channel)[\s>]", re.IGNORECASE)
# What a feed itself begins with; a page that is about feeds has a tag of that name at most.
_FEED_START = re.compile(rb"<feed\s[^>]{0,200}http://www\.w3\.org/2005/Atom|<rss\s[^>]{0,200}version=", re.IGNORECASE)
_HEAD_BYTES = 8192
_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml"})
_SUFFIXES = frozenset({".rss", ".atom", ".rdf", ".xml"})


class Feed(NamedTuple):
    """What one parse gives: the entries in the feed's order, and what it says of itself."""

    entries: list[Document | Rejected]
    hints: Hints = Hints()


def fit(payload: Payload) -> Fit:
    """By its root element, else by type or name."""
    name = root(payload.body)
    if name in _ROOTS or (name == "html" and _FEED_START.search(payload.body[:_HEAD_BYTES])):
        return Fit.CONTENT
    if payload.media_type in _TYPES:
        return Fit.TYPE
    is_xml = payload.suffix in _SUFFIXES or payload.body.lstrip().startswith(b"<?xml")
    return Fit.NAME if is_xml else Fit.NO


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """The feed's entries in its order."""
    yield from read_feed(payload).entries


def hints(payload: Payload) -> Hints:
    """What the feed says of itself."""
    return read_feed(payload).hints


def read_feed(payload: Payload) -> Feed:
    """The feed's entries in its order, and what it says of itself; one Rejected for what is no feed."""
    if payload.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return Feed(*jsonfeed.read_feed(payload))
    if root(payload.body) == "html" and not _FEED_TAG.search(payload.body[:_HEAD_BYTES]):
        message = "not a feed but a page; check the address (`newsworker feeds check` looks for the site's feeds)"
        return Feed([payload.reject("not-a-feed", message)])
    if reason := refusal(payload.body):
        return Feed([payload.reject(*reason)])
    return _parsed(payload)


def _parsed(payload: Payload) -> Feed:
    # Without an address: feedparser would make ids absolute too, and they would change with the feed's address.
    headers = {"content-type": payload.content_type} if payload.content_type else {}
    found, parser = parse(payload.body, headers), "feedparser"
    if not found.entries and (rescued := rescue(payload.body)):
        found, parser = rescued, "fallback"
    if not found.entries and not found.get("version"):
        message = "not a feed: neither RSS nor Atom nor JSON Feed; check the address"
        return Feed([payload.reject("not-a-feed", message)])
    said = of_feed(payload, found.feed).model_copy(update={"parser": parser})
    # Who edits an RSS channel did not write its items; Atom's authors did.
    apart = () if str(found.get("version")).startswith("atom") else ("author", "authors")
    common = {key: value for key, value in found.feed.items() if key not in apart}
    return Feed(_documents(payload, common, found.entries), said)


def _documents(payload: Payload, feed: Entry, entries: Sequence[Any]) -> list[Document | Rejected]:
    urls = [address(payload, entry) for entry in entries]
    pages = [url and urldefrag(url).url for url in urls]  # posts of one page differ in their fragments
    shared = _shared(zip(pages, (entry.get("id") or entry.get("title") for entry in entries), strict=True))
    order = day_first(entries)
    return [
        document(payload, feed, entry, None if page in shared else url, order)
        for entry, url, page in zip(entries, urls, pages, strict=True)
    ]


def _shared(pairs: Iterator[tuple[str | None, str | None]]) -> frozenset[str]:
    """Links that entries with different guids or titles have in common: a front page, not the address of an article."""
    counts = Counter(link for link, name in set(pairs) if link and name)
    return frozenset(link for link, count in counts.items() if count > 1)
