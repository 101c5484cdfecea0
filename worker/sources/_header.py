"""The optional header block of text and Markdown files: `Key: value` lines, then an empty line."""

from __future__ import annotations

import re

from worker.model import ContentType, Document, PublishedFrom
from worker.sources._payload import Payload
from worker.timestamp import parse_date

KEYS = frozenset({"id", "title", "date", "updated", "source", "url", "author", "authors", "language"})
_LINE = re.compile(r"([A-Za-z]+):(?:[ \t]+(.*))?")
_FENCE = "---"


def split(text: str) -> tuple[dict[str, str], str]:
    """Header and the rest. Without an empty line after it, or with any line of another kind, it is no header."""
    header: dict[str, str] = {}
    rest = text
    while rest:
        line, _, rest = _line(rest)
        if not line.strip():
            return (header, rest) if header else ({}, text)
        match = _LINE.fullmatch(line.strip())
        if not match or match[1].lower() not in KEYS:
            return {}, text
        header[match[1].lower()] = (match[2] or "").strip()
    return header, rest


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """The simple `key: value` lines between two `---`, and the rest; keys that are not known are passed over."""
    first, _, rest = _line(text)
    if first.rstrip() != _FENCE:
        return {}, text
    header: dict[str, str] = {}
    while rest:
        line, _, rest = _line(rest)
        if line.rstrip() == _FENCE:
            return header, rest
        match = _LINE.fullmatch(line.strip())
        if match and match[1].lower() in KEYS:
            header[match[1].lower()] = (match[2] or "").strip().strip("\"'")
    return {}, text


def _line(text: str) -> tuple[str, str, str]:
    line, end, rest = text.partition("\n")
    return line.removesuffix("\r"), end, rest


def document(payload: Payload, header: dict[str, str], content: str, content_type: ContentType) -> Document:
    """The document of a file with this header; what the operator says outranks it."""
    published = parse_date(header.get("date"))
    return Document(
        content=content,
        content_type=content_type,
        id=header.get("id") or None,
        url=payload.link(header.get("url")) or payload.url,
        title=header.get("title") or None,
        authors=_authors(header.get("authors") or header.get("author") or ""),
        published=published,
        published_from=PublishedFrom.HEADER if published else None,
        updated=parse_date(header.get("updated")),
        source=payload.source or header.get("source") or payload.origin,
        language=payload.language or header.get("language") or None,
    )


def _authors(value: str) -> tuple[str, ...]:
    return tuple(name for name in re.split(r"\s*;\s*|\s+and\s+", value.strip("[] ")) if name)
