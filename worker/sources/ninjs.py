"""ninjs, the IPTC's news in JSON, versions 1 to 3: an item, a list of items, or an item a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from worker.errors import Rejected
from worker.model import Document
from worker.sources import _wire, nitf
from worker.sources._payload import Fit, Payload, clean
from worker.sources._xml import fragment

# Version 3 writes its names in camel case, the others in lower case; both are looked up in lower case.
_OWN = frozenset(
    """
    $standard standard versioncreated pubstatus headline headlines bodies body_text body_xhtml body_html descriptions
    description_text usageterms copyrightholder copyrightnotice infosources representationtype altids ednote rightsinfo
    eventdetails plannedcoverage associations renditions
    """.split()
)
_HEAD_BYTES = 1 << 16
_URI = re.compile(rb'"uri"\s*:')
_NO_TEXTS = frozenset({"audio", "video", "picture", "graphic", "animation", "planning", "event", "component"})
_MARKUP = re.compile(r"</?[a-z][^<>]*>|&(?:#\d+|\w+);", re.IGNORECASE)


def fit(payload: Payload) -> Fit:
    """By its properties: a `uri` and another that only ninjs has."""
    head = payload.body[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head.startswith((b"{", b"[")) or not _URI.search(head):
        return Fit.NO
    first = next(_values(payload), None)
    first = first[0] if isinstance(first, list) and first else first
    return Fit.CONTENT if isinstance(first, dict) and _is_item(first) else Fit.NO


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """The items in their order; of a composite without a text of its own, those that it is made of."""
    for value in _values(payload):
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ValueError):
                yield payload.reject("not-json", f"not JSON: {item}")
            elif isinstance(item, dict):
                yield from _documents(payload, _lower(item))
            else:
                yield payload.reject("not-an-object", "not an object with a uri: no ninjs item")


def _values(payload: Payload) -> Iterator[Any]:
    """The whole as one value, else its lines; an error stands in the place of a value."""
    whole = _parsed(payload.body)
    if not isinstance(whole, ValueError):
        yield whole
        return
    lines = [line for line in payload.body.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    if len(lines) < 2 or isinstance(_parsed(lines[0]), ValueError):
        yield whole
        return
    yield from map(_parsed, lines)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        return error
    except RecursionError:
        return ValueError("nested too deeply")


def _is_item(item: Mapping[str, Any]) -> bool:
    names = {name.lower() for name in item}
    return isinstance(item.get("uri"), str) and not names & {"text", "html"} and bool(names & _OWN)


def _lower(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in item.items()}


def _documents(payload: Payload, item: Mapping[str, Any]) -> Iterator[Document | Rejected]:
    own = _document(payload, item)
    parts = item.get("associations") if isinstance(own, Rejected) and own.reason == "no-text" else None
    inner = parts.values() if isinstance(parts, dict) else parts if isinstance(parts, list) else []
    texts = [_lower(part) for part in inner if isinstance(part, dict)]
    found = [_document(payload, part) for part in texts if _string(part, "type") in {None, "text"} and _body(payload, part)]
    yield from found or [own]


def _document(payload: Payload, item: Mapping[str, Any]) -> Document | Rejected:
    kind = (_string(item, "type") or "text").lower()
    text = "" if kind in _NO_TEXTS else _body(payload, item) or _named(item, "description") or ""
    guid = _string(item, "uri")
    return _wire.document(
        payload,
        _wire.Item(
            guid=guid,
            url=payload.link(guid) if guid and "://" in guid else None,
            status=_string(item, "pubstatus"),
            embargo=_string(item, "embargoed"),
            title=_named(item, "headline") or _string(item, "title"),
            text=text,
            authors=_wire.authors(_string(item, "byline") or _string(item, "by")),
            language=_string(item, "language"),
            first=_string(item, "firstcreated") or _string(item, "contentcreated"),
            changed=_string(item, "versioncreated"),
            source=_string(item, "copyrightholder") or _origin(item),
        ),
        missing=f"an item of type {kind!r} without a text",
    )


def _body(payload: Payload, item: Mapping[str, Any]) -> str:
    """The longest of the bodies; with paragraphs, where one has them."""
    texts = [_plain(payload, kind, value) for kind, value in _bodies(item)]
    return max(texts, key=lambda text: ("\n\n" in text, len(text)), default="")


def _bodies(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(type or role, value): in version 1 a property each, later a list of objects."""
    for name, value in item.items():
        if name.startswith("body_") and isinstance(value, str):
            yield name.removeprefix("body_"), value
    listed = item.get("bodies")
    for body in listed if isinstance(listed, list) else []:
        if isinstance(body, dict):
            fields = _lower(body)
            yield _string(fields, "contenttype") or _string(fields, "role") or "", _string(fields, "value") or ""


def _plain(payload: Payload, kind: str, value: str) -> str:
    """As text; of XML, NITF only: what an agency's own is made of, nobody else knows."""
    if "xml" in kind.lower() and "html" not in kind.lower():
        return nitf.text(payload, value) if "nitf" in kind.lower() else ""
    return fragment(value) if _MARKUP.search(value) else clean(value).strip()


def _named(item: Mapping[str, Any], name: str) -> str | None:
    """A headline or description: of version 1, else the main one, else the first of the list."""
    plain = _string(item, name) or _string(item, f"{name}_text")
    listed = item.get(f"{name}s")
    if plain or not isinstance(listed, list):
        return plain
    entries = [_lower(entry) for entry in listed if isinstance(entry, dict)]
    entries.sort(key=lambda entry: _string(entry, "role") not in {"main", "text"})
    return next((value for entry in entries if (value := _string(entry, "value"))), None)


def _origin(item: Mapping[str, Any]) -> str | None:
    """The first source of the information that is no person who was asked."""
    listed = item.get("infosources") or item.get("infosource")
    first = listed[0] if isinstance(listed, list) and listed else None
    return _string(first, "name") if isinstance(first, dict) and not first.get("rel") else None


def _string(item: Mapping[str, Any], name: str) -> str | None:
    value = item.get(name)
    return clean(value).strip() or None if isinstance(value, str) else None
