"""How long a server and a feed ask to be left alone: Cache-Control, Expires, ttl, sy:, skipHours and skipDays."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from email.utils import parsedate_to_datetime

from pydantic import Field

from worker.model import Frozen

# A day: servers that say a year mean "for ever", and of a feed that cannot be true.
LONGEST_SECONDS = 86_400.0
# Skipped hours and days are looked through so far ahead. A feed that wants no poll in a whole week wants none at all.
_WEEK_HOURS = 7 * 24
_DIRECTIVE = re.compile(r'([\w-]+)(?:\s*=\s*("[^"]*"|[^\s,]*))?')
_HOUR = dt.timedelta(hours=1)


class Wishes(Frozen):
    """What a feed says in its own text of when to ask again; it holds for polls that bring no text, too."""

    ttl: float = Field(default=0, ge=0, description="Seconds that it may be kept.")
    period: float = Field(default=0, ge=0, description="Seconds between two updates, by the syndication module.")
    skip_hours: tuple[int, ...] = Field(default=(), description="Hours of the day, UTC, 0 to 23, without news.")
    skip_days: tuple[int, ...] = Field(default=(), description="Days of the week, Monday is 0, without news.")


def floor(headers: Mapping[str, str], wishes: Wishes, now: dt.datetime) -> float:
    """Seconds before which an answer with these headers (lower-case) should not be asked for again.

    The longest of what headers and feed say, at most a day; the hours that the feed skips are not in it.
    """
    return min(max(fresh_seconds(headers, now), wishes.ttl, wishes.period), LONGEST_SECONDS)


def fresh_seconds(headers: Mapping[str, str], now: dt.datetime) -> float:
    """Seconds for which an answer is still fresh; 0 where it says nothing, or nothing that makes sense.

    max-age outranks Expires, even if it says 0; no-cache asks for a question each time, which a poll is.
    """
    said = directives(headers)
    if "no-cache" in said or "no-store" in said:
        return 0
    lifetime = _number(said.get("max-age", ""))
    lifetime = _expires(headers, now) if lifetime is None else lifetime
    return min(max(lifetime - (_number(headers.get("age", "")) or 0), 0), LONGEST_SECONDS)


def directives(headers: Mapping[str, str]) -> dict[str, str]:
    """The directives of Cache-Control, lower-case, with their values; of two the first counts."""
    found: dict[str, str] = {}
    for name, value in _DIRECTIVE.findall(headers.get("cache-control", "")):
        found.setdefault(name.lower(), value.strip('"'))
    return found


def allowed(due: dt.datetime, skip_hours: Collection[int], skip_days: Collection[int]) -> dt.datetime:
    """The first moment from `due` on that lies in no skipped hour or day; `due` itself if all are skipped."""
    moment = due.astimezone(dt.UTC)
    for _ in range(_WEEK_HOURS):
        if moment.hour not in skip_hours and moment.weekday() not in skip_days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + _HOUR
    return due


def _expires(headers: Mapping[str, str], now: dt.datetime) -> float:
    """By the server's own clock, where it says what that shows: a clock that is wrong is wrong in both."""
    expires = _date(headers.get("expires", ""))
    return (expires - (_date(headers.get("date", "")) or now)).total_seconds() if expires else 0


def _date(value: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _number(value: str) -> float | None:
    """A count of seconds; None for what is none."""
    digits = value.strip().lstrip("0") or value.strip()[:1]
    # Ten digits are three centuries: more are not worth a larger number.
    return float(digits[:10]) if digits.isascii() and digits.isdecimal() else None
