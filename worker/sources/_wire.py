"""What the formats of news agencies have in common: status, embargo, versions, bylines."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from worker.errors import Rejected
from worker.model import Document, PublishedFrom
from worker.sources._payload import Payload, clean
from worker.timestamp import ARCHIVED, parse_date

_WITHDRAWN = frozenset({"canceled", "cancelled", "withheld"})
_BY = re.compile(r"\s*(?:by|von|par|por|door|av|di|af)[\s:]+", re.IGNORECASE)
_SEVERAL = re.compile(r"\s*(?:;|&|\band\b|\bund\b|\bet\b|\by\b)\s*")
# Dates without separators, as NITF and NewsML 1 write them: 20261123T085700+0100.
_COMPACT = re.compile(r"(\d{8})T(\d{6})(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True)
class Item:
    """A news item as its agency sent it; dates are as written, None is unknown.

    `first` and `changed`: when this item, and this version of it, came to be. `embargo`: empty for one without an end.
    """

    guid: str | None = None
    url: str | None = None
    status: str | None = None
    embargo: str | None = None
    title: str | None = None
    text: str = ""
    authors: tuple[str, ...] = ()
    language: str | None = None
    first: str | None = None
    changed: str | None = None
    source: str | None = None
    opt_outs: tuple[str, ...] = ()


def document(payload: Payload, item: Item, missing: str = "no text in it") -> Document | Rejected:
    """The item's document, or why there is none: withdrawn, embargoed, no-text (`missing` says why)."""
    refusal = _refusal(payload, item)
    if refusal:
        return refusal
    if not item.text.strip():
        return payload.reject("no-text", f"{item.guid or 'item'}: {missing}", article=item.guid)
    first, changed = date(item.first), date(item.changed)
    published = first or changed
    return Document(
        content=item.text,
        guid=item.guid,
        url=item.url,
        title=item.title,
        authors=tuple(name for name in item.authors if name != item.source),
        published=published,
        published_from=PublishedFrom.GIVEN if published else None,
        updated=changed if changed != published else None,
        source=payload.source or item.source or payload.origin,
        language=payload.language or item.language,
        opt_outs=item.opt_outs,
    )


def date(raw: str | None) -> str | None:
    """A date of an agency, whose archives reach back behind the web."""
    match = _COMPACT.fullmatch((raw or "").strip())
    return parse_date(f"{match[1]}T{match[2]}{match[3] or ''}" if match else raw, earliest=ARCHIVED)


def authors(byline: str | None) -> tuple[str, ...]:
    """The persons of a byline such as "By Ana Vela and Tom Reed, Staff Writer"; what follows a comma is no person."""
    text = _BY.sub("", clean(byline or ""), count=1) if _BY.match(byline or "") else clean(byline or "")
    names = (" ".join(part.partition(",")[0].split()) for part in _SEVERAL.split(text))
    return tuple(dict.fromkeys(name for name in names if name))


def _refusal(payload: Payload, item: Item) -> Rejected | None:
    status = (item.status or "").rpartition(":")[2].strip().lower()
    if status in _WITHDRAWN:
        message = f"{item.guid}: its agency says {status}: not to be used"
        return payload.reject("withdrawn", message, article=item.guid)
    if item.embargo is None and status != "embargoed":
        return None
    until = parse_date(item.embargo)
    if until and _moment(until) <= dt.datetime.now(dt.UTC):
        return None
    when = f"until {until or item.embargo}" if item.embargo else "until its agency says otherwise"
    return payload.reject("embargoed", f"{item.guid}: embargoed {when}; read it again then", article=item.guid)


def _moment(written: str) -> dt.datetime:
    """The moment of a date; a day without a time begins where the earth's last clock has it."""
    if len(written) > len("2026-11-23"):
        return dt.datetime.fromisoformat(written)
    return dt.datetime.fromisoformat(written + "T12:00:00+00:00")
