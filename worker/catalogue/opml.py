"""OPML: lists of feeds as other readers know them, in and out. FOAF and iGoogle lists are read too.

Our own settings travel as attributes of a namespace of ours, so that a list which we wrote comes back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

from listparser import foaf, igoogle, xml_handler
from listparser import opml as listparser_opml
from lxml import etree
from pydantic import ValidationError

from worker.catalogue import name_for
from worker.errors import Rejected
from worker.sources import Payload, SourceConfig, address_fault, decode, explain

NAMESPACE = "urn:newsworker:opml:1"
# Somebody's whole reading is a few hundred feeds in folders two deep; these bounds only stop what is no list of anybody.
# A piece of more than 10 MB without an end, such as a comment, takes libxml2 a time that grows with its square.
MAX_BYTES = 8 << 20
MAX_ELEMENTS = 200_000
MAX_DEPTH = 64
MAX_CATEGORIES = 100
MAX_CATEGORY_CHARS = 4_000
# Our settings that an outline carries beside what OPML has itself. The title is among them: OPML wants one of every feed.
OWN = ("name", "title", "kind", "interval", "fulltext", "language", "enabled", "retry_scope", "robots")
# Parsers that read HTML see attribute names in small letters.
_PREFIX = "newsworker:"

Kind = Literal["feed", "list", "site"]
# What the handlers raise over ends without beginnings; the rest of the list is read all the same.
_STUMBLES = (IndexError, KeyError, TypeError, AttributeError)
_GROUPS: dict[str, Kind] = {"feeds": "feed", "lists": "list", "opportunities": "site"}


@dataclass(frozen=True)
class Outline:
    """An entry of a list: a feed, another list, or a site that names no feed.

    `categories` are paths of folders and labels; `settings` are our own, as written.
    """

    url: str
    title: str
    kind: Kind
    site: str = ""
    categories: tuple[tuple[str, ...], ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


# ---------------------------------------------------------------- in


def read(body: bytes, name: str) -> list[Outline]:
    """The entries of a list; `name` stands in messages. Raises Rejected for what is no list, or beyond all bounds."""
    payload = Payload(body=body, name=name)
    handler: Any = _Handler()
    # As text, always: left to itself the parser takes UTF-8 for Latin-1.
    text = decode(payload, markup=True).encode("utf8", "replace")
    if len(text) > MAX_BYTES:
        raise payload.reject(reason="too-large", message=f"not read: more than {MAX_BYTES} bytes")
    try:
        parser = etree.HTMLParser(target=handler, recover=True, encoding="utf-8", no_network=True)
        parser.feed(text)
        parser.close()
    except _Bounds as error:
        raise payload.reject(reason="too-large", message=f"not read: {error}") from None
    except (etree.LxmlError, AssertionError) as error:  # lxml asserts that a document has begun
        raise payload.reject(reason="not-a-list", message=f"not a list of feeds: {error}") from None
    found = list(_outlines(handler))
    if not found and not handler.harvest.get("version"):
        raise payload.reject(reason="not-a-list", message="not a list of feeds: neither OPML nor FOAF")
    return found


def _outlines(handler: _Handler) -> Iterator[Outline]:
    for group, kind in _GROUPS.items():
        for item in handler.harvest[group]:
            said = handler.said.get(item["url"], {})
            yield Outline(
                url=item["url"],
                title=item.get("title", ""),
                kind=kind,
                site=said.get("htmlurl", "").strip() if kind == "feed" else "",
                categories=tuple(tuple(path) for path in item.get("categories", ())),
                settings={key: said[_PREFIX + key] for key in OWN if _PREFIX + key in said},
            )


def source(outline: Outline) -> SourceConfig:
    """The source that an outline describes, under a name that may be taken. Raises Rejected, which says why it is none."""
    tags = dict.fromkeys(part.replace(",", " ").replace("/", " ").strip() for path in outline.categories for part in path)
    site = None if address_fault(outline.site) else outline.site
    values = {
        "name": name_for(outline.title, outline.url),
        "title": outline.title or None,
        "tags": tuple(tag for tag in tags if tag),
    }
    if "name" in outline.settings:  # one of ours: the title is what we called it, not what stood in for it
        del values["title"]
    try:
        return SourceConfig.model_validate({**values, "url": outline.url, "site": site, **outline.settings})
    except ValidationError as error:
        raise _unfit(outline, "; ".join(explain(error))) from None


def _unfit(outline: Outline, why: str) -> Rejected:
    return Rejected(f"{outline.title or outline.url}: {why}", stage="import", reason="unfit", url=outline.url)


class _Bounds(ValueError):
    """More than a list of feeds ever has."""


class _Handler(listparser_opml.OpmlMixin, foaf.FoafMixin, igoogle.IgoogleMixin, xml_handler.XMLHandler):
    """listparser's, which also keeps what an outline says of itself, within bounds, and falls over nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.harvest = {"feeds": [], "lists": [], "opportunities": [], "meta": {}, "version": "", "bozo": False}
        self.said: dict[str, dict[str, str]] = {}
        self._elements = 0

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS or len(self.node_stack) > MAX_DEPTH:
            message = f"more than {MAX_ELEMENTS} elements, or more than {MAX_DEPTH} inside each other"
            raise _Bounds(message)
        with suppress(*_STUMBLES):
            super().start(tag, attrs)

    def end(self, tag: str) -> None:
        with suppress(*_STUMBLES):
            super().end(tag)

    def start_opml_outline(self, attrs: dict[str, str]) -> None:
        attrs = {**attrs, "category": attrs["category"][:MAX_CATEGORY_CHARS]} if "category" in attrs else attrs
        url = attrs.get("xmlurl", "").strip()
        known = self.found_urls.get(url)
        if known and len(known[1].get("categories", ())) > MAX_CATEGORIES:
            self.hierarchy.append("")
            return
        super().start_opml_outline(attrs)
        self.said.setdefault(url, attrs)


# ---------------------------------------------------------------- out


def write(sources: Iterable[SourceConfig], title: str = "Sources of newsworker") -> str:
    """The sources as OPML 2.0, in their order, without headers, cookies, credentials and proxies.

    Readers show folders by outlines around feeds: neighbours that have their first tag in common share one.
    """
    body = "".join(_folder(tag, list(group)) for tag, group in groupby(sources, lambda source: source.tags[:1]))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<opml version="2.0" xmlns:newsworker="{NAMESPACE}">\n'
        f"<head><title>{escape(title)}</title></head>\n<body>\n{body}</body>\n</opml>\n"
    )


def _folder(tag: tuple[str, ...], sources: list[SourceConfig]) -> str:
    lines = [_outline(source) for source in sources]
    if not tag:
        return "".join(lines)
    name = quoteattr(tag[0])
    return "".join([f"<outline text={name} title={name}>\n", *(f"  {line}" for line in lines), "</outline>\n"])


def _outline(source: SourceConfig) -> str:
    shown = source.title or source.name
    attributes = {
        "type": "rss",
        "text": shown,
        "title": shown,
        "xmlUrl": source.url,
        "htmlUrl": source.site,
        "language": source.language,
        "category": ",".join(source.tags) or None,
        **{f"{_PREFIX}{key}": value for key, value in _settings(source).items()},
    }
    return "<outline " + " ".join(f"{k}={quoteattr(v)}" for k, v in attributes.items() if v is not None) + "/>\n"


def _settings(source: SourceConfig) -> dict[str, str]:
    """What is set otherwise than by default, as `SourceConfig` reads it."""
    given = source.model_dump(include=set(OWN), exclude_defaults=True)
    return {key: _word(value) for key, value in given.items()}


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}s"
    return str(value)
