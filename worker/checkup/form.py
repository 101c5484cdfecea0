"""How a feed is written."""

from __future__ import annotations

import codecs
import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from worker.catalogue import canonical
from worker.checkup.anatomy import Entry, dissect
from worker.checkup.observation import Finding, Grade, Observation, finding
from worker.model import Document
from worker.sources import address_fault
from worker.timestamp import parse_date

# Each poll that is not answered with 304 moves all of it; and most limits of readers lie above the second.
LARGE_BYTES, HUGE_BYTES = 512 << 10, 5 << 20
_CURRENT = re.compile(r"RSS 2\.0.*|Atom 1\.0|JSON Feed 1(\.1)?")
# A time of day without an offset from UTC at its end.
_ZONELESS = re.compile(r"(?<![-+\d])\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\.?)?\s*$", re.IGNORECASE)
_EXAMPLES = 3


def judge(seen: Observation) -> Iterator[Finding]:
    """The findings about the feed's text."""
    if not seen.body.strip() or not seen.is_feed:
        return
    if not seen.anatomy.version and not seen.documents:
        yield finding("feed", Grade.BAD, why=seen.anatomy.fault or "neither RSS nor Atom nor JSON Feed")
        return
    yield from _well_formed(seen)
    yield _size(seen)
    entries = seen.anatomy.entries
    if entries:
        yield _ids(seen, entries)
        yield from _dates(seen, entries)
        yield _links(entries)
        yield _titles(entries)
    if seen.documents:
        yield _text(seen.documents)
    yield from _about(seen)


def _well_formed(seen: Observation) -> Iterator[Finding]:
    fault, version = seen.anatomy.fault, seen.anatomy.version
    yield finding("well-formed", Grade.BAD, fault=fault) if fault else finding("well-formed", Grade.GOOD)
    yield finding("version", Grade.GOOD if _CURRENT.fullmatch(version) else Grade.FAIR, version=version or "unknown")
    declared = seen.anatomy.encoding or ("utf-16" if seen.body[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8")
    if not _decodes(seen.body, declared):
        yield finding("encoding", Grade.BAD, encoding=declared)
    else:
        good = declared.lower().replace("-", "") in {"utf8", "usascii", "ascii"}
        yield finding("encoding", Grade.GOOD if good else Grade.FAIR, encoding=declared)


def _decodes(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def _size(seen: Observation) -> Finding:
    size = len(seen.body)
    grade = Grade.BAD if size > HUGE_BYTES else Grade.FAIR if size > LARGE_BYTES else Grade.GOOD
    return finding("size", grade, size=f"{size:,}", entries=max(len(seen.anatomy.entries), len(seen.documents)))


def _ids(seen: Observation, entries: tuple[Entry, ...]) -> Finding:
    missing = sum(not entry.id for entry in entries)
    facts = {"number": len(entries), "missing": missing}
    if missing:
        return finding("ids", Grade.BAD, "missing", **facts)
    repeated = [name for name, count in Counter(entry.id for entry in entries).items() if count > 1]
    if repeated:
        return finding("ids", Grade.BAD, "repeated", examples=_some(repeated), **facts)
    if _changed_ids(seen, entries):
        return finding("ids", Grade.BAD, "changing", **facts)
    return finding("ids", Grade.GOOD, **facts)


def _changed_ids(seen: Observation, entries: tuple[Entry, ...]) -> bool:
    """Whether a link had another id in the second answer."""
    if seen.again is None or seen.again.status == 304:
        return False
    before = {entry.links: entry.id for entry in entries if entry.links}
    after = dissect(seen.again.body).entries
    return any(entry.links in before and before[entry.links] != entry.id for entry in after)


def _dates(seen: Observation, entries: tuple[Entry, ...]) -> Iterator[Finding]:
    missing = sum(not entry.dates for entry in entries)
    raw = [date for entry in entries for date in entry.dates]
    language = seen.feed.hints.language
    unknown = [date for date in raw if parse_date(date, None, language) is None]
    future = [date for date in raw if date not in unknown and _is_ahead(date, seen.now, language)]
    zoneless = [date for date in raw if _ZONELESS.search(date)]
    facts = {"number": len(entries), "missing": missing}
    cases: list[tuple[object, Grade, str, Iterable[str]]] = [
        (missing, Grade.BAD if missing == len(entries) else Grade.FAIR, "missing", ()),
        (unknown, Grade.BAD, "unknown", unknown),
        (future, Grade.BAD, "future", future),
        (zoneless, Grade.FAIR, "zoneless", zoneless),
    ]
    found = [finding("dates", grade, key, examples=_some(items), **facts) for is_so, grade, key, items in cases if is_so]
    yield from found or [finding("dates", Grade.GOOD, **facts)]


def _is_ahead(date: str, now: dt.datetime, language: str | None) -> bool:
    return parse_date(date, now, language) is None and parse_date(date, None, language) is not None


def _links(entries: tuple[Entry, ...]) -> Finding:
    links = [link for entry in entries for link in entry.links]
    missing = sum(not entry.links for entry in entries)
    facts = {"number": len(entries), "missing": missing}
    unfit = [link for link in links if address_fault(link)]
    relative = [link for link in unfit if not urlsplit(link).scheme] if _all_split(unfit) else []
    if missing == len(entries):
        return finding("links", Grade.BAD, "missing", **facts)
    if relative:
        return finding("links", Grade.FAIR, "relative", examples=_some(relative), **facts)
    if unfit:
        return finding("links", Grade.BAD, "unfit", examples=_some(unfit), **facts)
    return finding("links", Grade.FAIR, "some", **facts) if missing else finding("links", Grade.GOOD, **facts)


def _all_split(links: Iterable[str]) -> bool:
    try:
        return all(urlsplit(link) is not None for link in links)
    except ValueError:
        return False


def _titles(entries: tuple[Entry, ...]) -> Finding:
    missing = sum(not entry.title for entry in entries)
    return finding("titles", Grade.FAIR if missing else Grade.GOOD, number=len(entries), missing=missing)


def _text(documents: list[Document]) -> Finding:
    whole = sum(document.complete for document in documents)
    empty = sum(not document.content.strip() for document in documents)
    facts = {"number": len(documents), "whole": whole, "empty": empty}
    if empty == len(documents):
        return finding("text", Grade.BAD, **facts)
    return finding("text", Grade.GOOD if whole == len(documents) else Grade.FAIR, **facts)


def _about(seen: Observation) -> Iterator[Finding]:
    hints = seen.feed.hints
    yield _self_link(seen)
    told: list[tuple[str, object, Callable[[object], str]]] = [
        ("site", hints.site, str),
        ("declared-language", hints.language, str),
        ("hub", hints.hub, str),
    ]
    for topic, value, shown in told:
        yield finding(topic, Grade.GOOD if value else Grade.FAIR, value=shown(value))


def _self_link(seen: Observation) -> Finding:
    own = seen.anatomy.self_link
    if not own:
        return finding("self-link", Grade.FAIR)
    place = seen.answer.url if seen.answer else seen.url
    if address_fault(own) or address_fault(place) or canonical(own) == canonical(place):
        return finding("self-link", Grade.GOOD, value=own)
    return finding("self-link", Grade.FAIR, "other", value=own)


def _some(items: Iterable[str]) -> str:
    return ", ".join(repr(item[:60]) for item in list(dict.fromkeys(items))[:_EXAMPLES])
