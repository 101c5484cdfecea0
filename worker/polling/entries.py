"""What the text of a poll's answer brings: its entries, a date for those that have none, and whether all of it came."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from worker.dedupe import article_id
from worker.errors import Rejected
from worker.http import Response
from worker.model import Document, PublishedFrom
from worker.polling import conditional
from worker.polling.conditional import FeedState, Reading, Request
from worker.schedule.freshness import Wishes
from worker.sources import Payload, SourceConfig
from worker.sources._markup import root
from worker.sources.feed import Hints

# The closing tag stands at the end, before what some servers add in comments.
_TAIL_BYTES = 4096
# 40 bits tell the entries of one feed apart; 24 more, what an entry says from what it said.
_NAME_CHARS, _CONTENT_CHARS = 10, 6

_BEGUN = re.compile(rb"<(?:\w+:)?(?:item|entry)(?:\s[^<>]*)?(?<!/)>")
_ENDED = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>")

Entry = Document | Rejected


def payload(source: SourceConfig, answer: Response) -> Payload:
    """An answer as its reader takes it, with what the operator says of the source."""
    return Payload(
        body=answer.body,
        name=source.url,
        content_type=answer.headers.get("content-type"),
        url=answer.url,
        source=source.name,
        language=source.language,
    )


def is_cut(body: bytes) -> bool:
    """Whether a document in XML lacks its end; False for what is no XML, and for UTF-16."""
    name = root(body)
    if name in {None, "html"} or b"\0" in body[:100]:
        return False
    tag = rb"(?:[\w.-]+:)?" + re.escape(str(name).encode())
    end = re.compile(rb"<(?:/" + tag + rb"\s*|" + tag + rb"\b[^<>]*/)>", re.IGNORECASE)
    return not (end.search(body[-_TAIL_BYTES:]) or end.search(body))


def is_entry_cut(body: bytes) -> bool:
    """Whether a document in XML ends within an entry: the last one that a reader finds in it is a part of one."""
    begun, ended = (max((found.end() for found in tag.finditer(body)), default=0) for tag in (_BEGUN, _ENDED))
    return root(body) not in {None, "html"} and begun > ended


def marks(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Short names of the documents with their content, to know them by at the next poll; at most one more than are kept."""
    documents = (entry for entry in entries if isinstance(entry, Document))
    return tuple(mark(entry) for entry in islice(documents, conditional.MOST_ENTRIES + 1))


def mark(entry: Document) -> str:
    """Which entry it is, and with what content, in 16 characters."""
    content = hashlib.sha256(entry.model_dump_json().encode()).hexdigest()
    return _sha(article_id(entry))[:_NAME_CHARS] + content[:_CONTENT_CHARS]


def unknown(entries: Sequence[Entry], state: FeedState) -> list[Entry]:
    """The entries that were not there with this content at the last reading."""
    known = frozenset(state.entries)
    return [entry for entry in entries if not isinstance(entry, Document) or mark(entry) not in known]


def without(entries: Sequence[Entry], late: Sequence[Entry]) -> list[Entry]:
    """The entries but for those that were not taken in."""
    left_out = set(map(id, late))
    return [entry for entry in entries if id(entry) not in left_out]


def dated(entries: Sequence[Entry], state: FeedState, request: Request, now: dt.datetime) -> list[Entry]:
    """The entries, with the day of the fetch for those without a date that were not there a day ago.

    Only a feed that was read within the last 24 hours tells that they were not; in all other cases they stay without.
    """
    if not conditional.is_recent(state, request, now):
        return list(entries)
    known = frozenset(name[:_NAME_CHARS] for name in state.entries)
    day = {"published": now.date().isoformat(), "published_from": PublishedFrom.FETCH}
    return [
        entry.model_copy(update=day)
        if isinstance(entry, Document) and not entry.published and mark(entry)[:_NAME_CHARS] not in known
        else entry
        for entry in entries
    ]


def reading(
    entries: Sequence[Entry], counts: Counter[str], hints: Hints, now: dt.datetime, *, whole: bool, offered: bool
) -> Reading:
    """What is to be remembered of entries that were taken in, as they came; `offered`: all of them were."""
    new = counts["new"]
    return Reading(
        new=new,
        whole=whole,
        lively=_is_lively(entries, new, now),
        wishes=Wishes(
            ttl=hints.ttl_seconds or 0,
            period=hints.sy_seconds or 0,
            skip_hours=hints.skip_hours,
            skip_days=hints.skip_days,
        ),
        site=hints.site,
        title=hints.title,
        entries=marks(entries),
        offered=offered,
    )


def summary(counts: Counter[str]) -> str:
    """The counts of the intake in a line."""
    parts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items()))
    number = counts.total()
    return f"{number} {'entry' if number == 1 else 'entries'}" + (f": {parts}" if parts else "")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf8", "surrogatepass")).hexdigest()


def _is_lively(entries: Sequence[Entry], new: int, now: dt.datetime) -> bool:
    """By the dates of the entries; by what is new, where they have none."""
    days = [entry.published[:10] for entry in entries if isinstance(entry, Document) and entry.published]
    if not days:
        return new > 0
    since, until = ((now + span).date().isoformat() for span in (-conditional.LIVELY_AGE, dt.timedelta(days=1)))
    return sum(since <= day <= until for day in days) >= conditional.LIVELY_ENTRIES
