"""What the bytes of a feed say as they stand, before any reader mends them."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any, NamedTuple

from lxml import etree

# An error's place is told; feeds of more entries than this are judged by the first.
MAX_ENTRIES = 2_000
_NAMESPACES = {"http://www.w3.org/2005/Atom": "1.0", "http://purl.org/atom/ns#": "0.3"}
_RSS_1 = "http://purl.org/rss/1.0/"
_DATES = frozenset({"pubdate", "published", "updated", "date", "modified", "issued", "created"})
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")


class Entry(NamedTuple):
    """An entry as written."""

    id: str
    links: tuple[str, ...]
    title: str
    dates: tuple[str, ...]


class Anatomy(NamedTuple):
    """A feed as written: its version ("RSS 2.0"; empty if it is none), the first fault of its form, its entries."""

    version: str = ""
    fault: str = ""
    encoding: str = ""
    self_link: str = ""
    entries: tuple[Entry, ...] = ()


def dissect(body: bytes) -> Anatomy:
    """Take a feed apart; never raises."""
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    return _json(text) if text[:1] in {b"{", b"["} else _xml(body)


# ---------------------------------------------------------------- XML


def _xml(body: bytes) -> Anatomy:
    root, fault = _parsed(body)
    declared = _ENCODING.search(body[:1024])
    encoding = declared[1].decode("ascii") if declared else ""
    if root is None:
        return Anatomy("", fault or "empty", encoding)
    names = {"rss": "item", "RDF": "item", "feed": "entry"}
    kind = names.get(_local(root))
    items = (element for element in root.iter(etree.Element) if kind and _local(element) == kind)
    links = [element for element in root.iter(etree.Element) if _local(element) == "link" and element.get("rel") == "self"]
    return Anatomy(
        version=_version(root),
        fault=fault,
        encoding=encoding,
        self_link=(links[0].get("href") or "").strip() if links else "",
        entries=tuple(_entry(element) for element in islice(items, MAX_ENTRIES)),
    )


def _parsed(body: bytes) -> tuple[etree._Element | None, str]:
    """The tree, mended where it must be, and what was wrong with it."""
    try:
        return etree.fromstring(body, _parser(recover=False)), ""
    except etree.XMLSyntaxError as error:
        fault = f"line {error.lineno}: {(error.msg or '').partition(', line ')[0]}"
    except ValueError as error:
        fault = str(error)
    try:
        return etree.fromstring(body, _parser(recover=True)), fault
    except (etree.XMLSyntaxError, ValueError):
        return None, fault


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=recover)


def _version(root: etree._Element) -> str:
    name, space = _local(root), str(root.tag).rpartition("}")[0].lstrip("{")
    if name == "rss":
        return f"RSS {(root.get('version') or '').strip()}".strip()
    if name == "feed":
        return f"Atom {_NAMESPACES.get(space, '')}".strip()
    if name == "RDF":
        return "RSS 1.0" if any(str(element.tag).startswith(f"{{{_RSS_1}}}") for element in root) else "RSS 0.90"
    return ""


def _entry(element: etree._Element) -> Entry:
    children = list(element.iterchildren(etree.Element))
    ids = [_text(child) for child in children if _local(child) in {"guid", "id"}]
    about = next((value for key, value in element.attrib.items() if str(key).endswith("}about")), "")
    return Entry(
        id=next((name for name in ids if name), "") or str(about),
        links=tuple(link for child in children if _local(child) == "link" and (link := _link(child))),
        title=next((_text(child) for child in children if _local(child) == "title"), ""),
        dates=tuple(_text(child) for child in children if _local(child).lower() in _DATES),
    )


def _link(element: etree._Element) -> str:
    if element.get("rel", "alternate") != "alternate":
        return ""
    return (element.get("href") or "").strip() or _text(element)


def _text(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


# ---------------------------------------------------------------- JSON


def _json(body: bytes) -> Anatomy:
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        return Anatomy("", str(error))
    version = _string(feed.get("version")) if isinstance(feed, dict) else ""
    if "jsonfeed.org/version/" not in version:
        return Anatomy("", "no version of JSON Feed is named")
    items = feed.get("items")
    found = [item for item in items if isinstance(item, dict)][:MAX_ENTRIES] if isinstance(items, list) else []
    return Anatomy(
        version=f"JSON Feed {version.rpartition('/')[2]}",
        self_link=_string(feed.get("feed_url")),
        entries=tuple(_item(item) for item in found),
    )


def _item(item: dict[str, Any]) -> Entry:
    dates = [_string(item.get(key)) for key in ("date_published", "date_modified")]
    url = _string(item.get("url"))
    return Entry(
        id=_string(item.get("id")),
        links=(url,) if url else (),
        title=_string(item.get("title")),
        dates=tuple(date for date in dates if date),
    )


def _string(value: object) -> str:
    return str(value).strip() if isinstance(value, (str, int, float)) else ""
