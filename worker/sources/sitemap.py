"""Sitemaps: Google's news sitemaps, plain ones in XML or text, and the indexes that name them."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator

from lxml import etree

from worker.errors import Rejected
from worker.model import Document, PublishedFrom
from worker.sources._encoding import decode
from worker.sources._markup import root
from worker.sources._payload import Fit, Link, Payload
from worker.sources._xml import child, line
from worker.timestamp import parse_date

# What the protocol allows in one sitemap.
MAX_ENTRIES = 50_000
# Sitemaps of an index that are read: a site's news stand in the newest one to three, and its archive in hundreds.
MAX_CHILDREN = 10
# An index of as many sitemaps as may be in one has 300,000 of these; what has more is made to fill memory with a tree, and
# this one is read outside of the limited child.
_MAX_INDEX_MARKS = 500_000
_MARKS = (b"<", b'"', b"'")
_HEAD_BYTES = 8192
_ADDRESS = re.compile(rb"https?://\S+")
_OLDEST = dt.datetime.min.replace(tzinfo=dt.UTC)


def fit(payload: Payload) -> Fit:
    """By its root element, or as a text of nothing but addresses."""
    if root(payload.body) in {"urlset", "sitemapindex"} or _is_list(payload.body):
        return Fit.CONTENT
    return Fit.NO


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """The articles that a sitemap names, newest first; their texts are at their addresses."""
    if _is_list(payload.body):
        yield from _listed(payload)
    elif links(payload):
        message = "an index of other sitemaps; give their addresses, or its own, not a copy of it"
        yield payload.reject("sitemap-index", message)
    else:
        yield from _entries(payload)


def links(payload: Payload) -> tuple[Link, ...]:
    """The sitemaps that an index names, those that changed last first, at most MAX_CHILDREN.

    Raises Rejected "too-long" for one that no site needs.
    """
    if root(payload.body) != "sitemapindex":
        return ()
    if sum(map(payload.body.count, _MARKS)) > _MAX_INDEX_MARKS:
        message = f"an index of more than {MAX_ENTRIES} sitemaps, or of something else"
        raise payload.reject(reason="too-long", message=message)
    found: dict[str, Link] = {}
    for element in _elements(payload, "sitemap"):
        url = None if isinstance(element, Rejected) else payload.link(line(child(element, "loc")))
        if url and not isinstance(element, Rejected):
            found.setdefault(url, Link(url, parse_date(line(child(element, "lastmod")))))
    return tuple(sorted(found.values(), key=lambda link: _moment(link.changed), reverse=True)[:MAX_CHILDREN])


def _entries(payload: Payload) -> Iterator[Document | Rejected]:
    documents, refused = [], []
    for item in _elements(payload, "url"):
        made = item if isinstance(item, Rejected) else _document(payload, item)
        refused.append(made) if isinstance(made, Rejected) else documents.append(made)
    # So that of a large one the news are fetched before the archive.
    documents.sort(key=lambda document: _moment(document.published or document.updated), reverse=True)
    yield from documents
    yield from refused
    if not documents and not refused:
        yield payload.reject("no-entries", "a sitemap without addresses; is it the right one?")


def _elements(payload: Payload, name: str) -> Iterator[etree._Element | Rejected]:
    """Elements of a name, as far as the XML is good; behind them a Rejected if it breaks, or is too long."""
    walk = etree.iterparse(
        io.BytesIO(payload.body),
        events=("end",),
        tag="{*}" + name,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for number, (_, element) in enumerate(walk):
            if number >= MAX_ENTRIES:
                yield payload.reject("too-long", f"more than {MAX_ENTRIES} addresses, which is what a sitemap may have")
                return
            yield element
            element.clear()
    except etree.XMLSyntaxError as error:
        yield payload.reject("not-xml", f"not well-formed XML ({error}); was it cut off on its way?")


def _document(payload: Payload, element: etree._Element) -> Document | Rejected:
    url = payload.link(line(child(element, "loc")))
    if not url:
        return payload.reject("no-address", f"an entry without an address: {line(child(element, 'loc'))!r}")
    news = child(element, "news")
    publication = child(news, "publication")
    language = payload.language or line(child(publication, "language"))
    now = dt.datetime.now(dt.UTC)
    published = parse_date(line(child(news, "publication_date")), now, language)
    return Document(
        content="",
        complete=False,
        url=url,
        title=line(child(news, "title")),
        published=published,
        published_from=PublishedFrom.FEED if published else None,
        # When the page changed last, which is no date of publication.
        updated=parse_date(line(child(element, "lastmod")), now),
        source=payload.source or line(child(publication, "name")) or payload.origin,
        language=language,
    )


def _is_list(body: bytes) -> bool:
    """Whether each line is an address."""
    words = body[:_HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").split()
    whole = words[:-1] if len(body) > _HEAD_BYTES else words
    return bool(whole) and all(map(_ADDRESS.fullmatch, whole))


def _listed(payload: Payload) -> Iterator[Document | Rejected]:
    rows = list(dict.fromkeys(decode(payload).lstrip("\ufeff").split()))
    for row in rows[:MAX_ENTRIES]:
        url = payload.link(row)
        if url:
            yield Document(content="", complete=False, url=url, source=payload.source, language=payload.language)
        else:
            yield payload.reject("no-address", f"not an address: {row[:100]!r}")
    if len(rows) > MAX_ENTRIES:
        yield payload.reject("too-long", f"more than {MAX_ENTRIES} addresses; split it")


def _moment(written: str | None) -> dt.datetime:
    """For ordering only: a day begins at midnight UTC, and what is not dated is the oldest."""
    if not written:
        return _OLDEST
    moment = dt.datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
