"""What a feed says of itself beside its entries: when to ask again, whose it is, where it announces news."""

from __future__ import annotations

import re

from worker.model import Frozen
from worker.sources._entry import Entry, text, title
from worker.sources._payload import Payload

_MINUTE = 60
# A feed that means "never" is looked at once a month all the same.
_LONGEST = 30 * 86_400
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 7 * 86_400, "monthly": 30 * 86_400, "yearly": 365 * 86_400}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# feedparser keeps the last of several hours or days only, so they are looked for in the bytes. The list is short.
_SKIPPED_BYTES = 2000
_SKIPPED_ITEM = re.compile(rb"<(?:hour|day)\b[^>]{0,100}>\s{0,20}(\w{1,9})\s{0,20}<", re.IGNORECASE)


class Hints(Frozen):
    """A feed's own words about itself. None and () where it says nothing, or nothing that makes sense."""

    ttl_seconds: float | None = None
    """RSS ttl: how long the feed may be kept before it is asked for again."""
    skip_hours: tuple[int, ...] = ()
    """Hours of the day, UTC, 0 to 23, in which nothing new comes."""
    skip_days: tuple[int, ...] = ()
    """Days of the week, Monday is 0, on which nothing new comes."""
    sy_seconds: float | None = None
    """Syndication module: the time between two updates."""
    site: str | None = None
    """Address of the site, not of the feed."""
    title: str | None = None
    language: str | None = None
    hub: str | None = None
    """WebSub hub that announces news."""
    archive: str | None = None
    """RFC 5005: the feed with the entries before these."""
    expired: bool = False
    """The feed says itself that nothing will come any more."""
    parser: str = "feedparser"
    """`fallback`, where the usual parser found no entry and another one did."""


def of_feed(payload: Payload, feed: Entry) -> Hints:
    """The hints in what feedparser made of a feed's head."""
    return Hints(
        ttl_seconds=_span(feed.get("ttl"), _MINUTE),
        skip_hours=_skip_hours(payload.body),
        skip_days=_skip_days(payload.body),
        sy_seconds=_update_span(feed),
        site=payload.link(feed.get("link")),
        title=title(feed),
        language=text(feed, "language"),
        hub=_related(payload, feed, "hub"),
        archive=_related(payload, feed, "prev-archive"),
    )


def _span(value: object, unit: float) -> float | None:
    """Seconds, from a number of units written as text; None for what is no positive number."""
    try:
        seconds = float(str(value)) * unit
    except ValueError:
        return None
    return min(seconds, _LONGEST) if seconds > 0 else None


def _update_span(feed: Entry) -> float | None:
    """The period divided by how often in it; each has a default if the other is there."""
    period, frequency = feed.get("sy_updateperiod"), feed.get("sy_updatefrequency")
    if not (period or frequency):
        return None
    seconds = _PERIODS.get(str(period or "daily").strip().lower())
    times = _span(frequency or "1", 1)
    return seconds / times if seconds and times else None


def _skip_hours(body: bytes) -> tuple[int, ...]:
    """RSS 0.91 counts hours from 1 to 24, RSS 2.0 from 0 to 23."""
    found = {int(word) % 24 for word in _skipped(body, b"skipHours") if word.isdecimal() and int(word) <= 24}
    return tuple(sorted(found)) if len(found) < 24 else ()


def _skip_days(body: bytes) -> tuple[int, ...]:
    found = {_DAYS.index(word) for word in _skipped(body, b"skipDays") if word in _DAYS}
    return tuple(sorted(found)) if len(found) < len(_DAYS) else ()


def _skipped(body: bytes, tag: bytes) -> list[str]:
    start = body.find(b"<" + tag)
    if start < 0:
        return []
    block = body[start : start + _SKIPPED_BYTES].partition(b"</" + tag)[0]
    return [word.decode("ascii", "replace").lower() for word in _SKIPPED_ITEM.findall(block)]


def _related(payload: Payload, feed: Entry, relation: str) -> str | None:
    for link in feed.get("links") or ():
        if link.get("rel") == relation:
            return payload.link(link.get("href"))
    return None
