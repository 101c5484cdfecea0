"""JSON lines: an object a line with `id`, `text` or `html`, and what else is known of the article."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from worker.errors import Rejected
from worker.model import ContentType, Document, PublishedFrom
from worker.sources import jsonfeed, ninjs
from worker.sources._payload import Fit, Payload, clean
from worker.timestamp import ARCHIVED, parse_date

_TYPES = frozenset({"application/jsonl", "application/jsonlines", "application/x-ndjson", "application/x-jsonlines"})
# Ids become parts of Redis keys; the longest ids in use are addresses.
MAX_ID_CHARS = 1024
# A longer line is for the limited child to parse: as objects it may take thirty times its size.
_MOST_FIT_BYTES = 1 << 20


def fit(payload: Payload) -> Fit:
    """By its first line, else by type or name."""
    if Fit.CONTENT in {jsonfeed.fit(payload), ninjs.fit(payload)}:
        return Fit.NO
    first = payload.body.lstrip().partition(b"\n")[0]
    if first.startswith(b"{") and (len(first) > _MOST_FIT_BYTES or isinstance(_parsed(first), dict)):
        return Fit.CONTENT
    if payload.media_type in _TYPES:
        return Fit.TYPE
    return Fit.NAME if payload.suffix in {".jsonl", ".ndjson", ".json"} else Fit.NO


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """A document a line, in order; a line that cannot be read is a Rejected in its place."""
    whole = _parsed(payload.body) if payload.body.lstrip()[:2].strip() == b"{" else None
    if isinstance(whole, dict):  # one object, written over several lines
        yield _document(payload, 1, whole)
        return
    for number, line in enumerate(payload.body.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            yield _read_line(payload, number, line)


def _read_line(payload: Payload, number: int, line: bytes) -> Document | Rejected:
    value = _parsed(line)
    if isinstance(value, ValueError):
        return payload.reject("not-json", f"line {number}: not JSON: {value}")
    if not isinstance(value, dict):
        return payload.reject("not-an-object", f'line {number}: not an object; expected {{"id": ..., "text": ...}}')
    return _document(payload, number, value)


def _parsed(line: bytes) -> Any:
    """The value, or the ValueError that says why there is none."""
    try:
        return json.loads(line)
    except ValueError as error:
        return error
    except RecursionError:
        return ValueError("nested too deeply")


def _document(payload: Payload, number: int, item: Mapping[str, Any]) -> Document | Rejected:
    given = _string(item, "id")
    text, html = _string(item, "text"), _string(item, "html")
    if not (text or html):
        return payload.reject("no-text", f'line {number}: neither "text" nor "html" has a text', article=given)
    if given and len(given) > MAX_ID_CHARS:
        return payload.reject("id", f"line {number}: the id has more than {MAX_ID_CHARS} characters")
    published = parse_date(_string(item, "published"), earliest=ARCHIVED)
    return Document(
        content=text or html or "",
        content_type=ContentType.TEXT if text else ContentType.HTML,
        id=given,
        url=payload.link(item.get("url")),
        title=_string(item, "title"),
        authors=_authors(item.get("authors")),
        published=published,
        published_from=PublishedFrom.GIVEN if published else None,
        updated=parse_date(_string(item, "updated"), earliest=ARCHIVED),
        source=payload.source or _string(item, "source") or payload.origin,
        language=payload.language or _string(item, "language"),
    )


def _string(item: Mapping[str, Any], key: str) -> str | None:
    """A field as text: ids and dates are sometimes numbers; anything else is as if it were not there."""
    value = item.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = clean(str(value))
    return text if text.strip() else None


def _authors(value: object) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    return tuple(clean(name) for name in names if isinstance(name, str)) if isinstance(names, list) else ()
