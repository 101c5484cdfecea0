"""Rows 21 to 28 and 55 to 58: how long servers and feeds ask to be left alone."""

from __future__ import annotations

import datetime as dt

from truth.stage import FEED, HOUR, START, Case, Poll, ok, rss, status, unmodified

from worker.schedule.fetches import PollOutcome

HELD = PollOutcome.HELD
DAY_SECONDS = 86_400
USUAL = 900  # poll_seconds: what a new source waits if nobody asks for anything else
JITTER = 1.1


def later(**span: float) -> str:
    """A moment as headers have it, by the clock of the stage."""
    return f"{START + dt.timedelta(**span):%a, %d %b %Y %H:%M:%S} GMT"


def from_now(**span: float) -> str:
    """The same by the clock on the wall, by which Retry-After is read."""
    return f"{dt.datetime.now(dt.UTC) + dt.timedelta(**span):%a, %d %b %Y %H:%M:%S} GMT"


def asks_for(seconds: float) -> tuple[float, float]:
    """Bounds of the wait when somebody asked for so many seconds."""
    return seconds, seconds * JITTER


def usual(seconds: float) -> tuple[float, float]:
    """Bounds of a wait that nobody asked for."""
    return seconds * 0.9, seconds * JITTER


def tagged(tag: str, *words: object) -> str:
    """`<tag>word</tag>` for each word."""
    return "".join(f"<{tag}>{word}</{tag}>" for word in words)


def skipping(hours: int) -> str:
    """Skip the hour of the first poll, which is an hour after the start, and those after it."""
    first = (START + HOUR).hour
    return f"<skipHours>{tagged('hour', *((first + n) % 24 for n in range(hours)))}</skipHours>"


def until(hours: int) -> float:
    """Seconds from the first poll to the hour that is so many hours after its own."""
    at = START + HOUR
    return ((at + hours * HOUR).replace(minute=0, second=0) - at).total_seconds()


def until_midnight() -> float:
    """Seconds from the first poll to the end of its day."""
    at = START + HOUR
    return ((at + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0) - at).total_seconds()


TODAY = f"<skipDays><day>{START + HOUR:%A}</day></skipDays>"
TTL = tagged("ttl", 60)
TWICE_AN_HOUR = "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"

ROWS = [
    Case(21, "max-age is waited for", [Poll(ok(Cache_Control="max-age=3600"), fetch={"floor": 3600}, wait=asks_for(3600))]),
    Case(
        21,
        "max-age of a 304 is waited for too",
        [Poll(unmodified(Cache_Control="max-age=3600"), wait=asks_for(3600))],
        {"etag": "e"},
    ),
    Case(
        22,
        "what a cache spent of it is taken off",
        [Poll(ok(Cache_Control="max-age=3600", Age="600"), fetch={"floor": 3000}, wait=asks_for(3000))],
    ),
    Case(23, "nobody can ask for more than a day", [Poll(ok(Cache_Control="max-age=999999999"), fetch={"floor": DAY_SECONDS})]),
    *(
        Case(24, f"nothing is asked for by {value}", [Poll(ok(Cache_Control=value), fetch={"floor": 0}, wait=usual(USUAL))])
        for value in ("max-age=0", "max-age=soon", "max-age=-3600", "max-age", "s-maxage=3600", ",;=")
    ),
    Case(24, "nothing is asked for by the past", [Poll(ok(Expires=later(days=-1)), fetch={"floor": 0}, wait=usual(USUAL))]),
    Case(24, "nothing is asked for by no date", [Poll(ok(Expires="soon"), fetch={"floor": 0}, wait=usual(USUAL))]),
    Case(25, "Expires is waited for", [Poll(ok(Expires=later(hours=5), Date=later(hours=3)), fetch={"floor": 7200})]),
    Case(
        25, "max-age outranks Expires", [Poll(ok(Expires=later(days=1), Cache_Control="max-age=1200"), fetch={"floor": 1200})]
    ),
    Case(
        26,
        "of ttl and max-age the longer counts",
        [Poll(ok(rss("one", head=TTL), Cache_Control="max-age=300"), wait=asks_for(3600))],
    ),
    Case(
        26,
        "a ttl holds for polls that bring no text",
        [Poll(ok(rss("one", head=TTL), ETag="e")), Poll(unmodified(), fetch={"floor": 3600})],
    ),
    Case(
        27,
        "hours that the feed skips are not polled in",
        [Poll(ok(rss("one", head=skipping(3))), fetch={"floor": 0}, wait=(until(3), until(3) + 360))],
    ),
    Case(
        27,
        "an hour that it skips is not polled in if only max-age leads there",
        [Poll(ok(rss("one", head=skipping(5)), Cache_Control="max-age=7200"), wait=(until(5), until(5) + 360))],
    ),
    Case(
        27,
        "days that the feed skips are not polled on",
        [Poll(ok(rss("one", head=TODAY)), wait=(until_midnight(), until_midnight() + 360))],
    ),
    Case(
        27,
        "what it skips holds for polls that bring no text",
        [
            Poll(ok(rss("one", head=skipping(6)), ETag="e"), after=HOUR),
            Poll(unmodified(), wait=(until(6) - 3600, until(6) - 3600 + 360)),
        ],
    ),
    Case(27, "a feed that skips all hours skips none", [Poll(ok(rss("one", head=skipping(24))), wait=usual(USUAL))]),
    Case(
        28,
        "twice an hour is half an hour",
        [Poll(ok(rss("one", head=TWICE_AN_HOUR)), fetch={"floor": 1800}, wait=asks_for(1800))],
    ),
    *(
        Case(
            55,
            f"{code} with Retry-After is waited for",
            [
                Poll(
                    status(code, Retry_After="120"),
                    outcome=HELD,
                    fetch={"retry_after": 120, "status": code},
                    wait=asks_for(120),
                )
            ],
        )
        for code in (429, 503)
    ),
    Case(
        56,
        "Retry-After may be a date",
        [Poll(status(429, Retry_After=from_now(hours=10)), outcome=HELD, wait=(9 * 3600, 10 * 3600 * JITTER))],
    ),
    Case(
        56,
        "a date in the past is none",
        [
            Poll(
                status(429, Retry_After=from_now(hours=-10)),
                outcome=HELD,
                fetch={"retry_after": None},
                wait=asks_for(2 * USUAL),
            )
        ],
    ),
    Case(57, "a year means a day", [Poll(status(429, Retry_After="31536000"), outcome=HELD, wait=asks_for(DAY_SECONDS))]),
    *(
        Case(57, f"{value} means nothing", [Poll(status(429, Retry_After=value), outcome=HELD, fetch={"retry_after": None})])
        for value in ("-120", "soon", "1.5e9", "0")
    ),
    Case(
        58,
        "429 without a word doubles the interval each time",
        [Poll(status(429), outcome=HELD, wait=asks_for(2 * USUAL)), Poll(status(429), outcome=HELD, wait=asks_for(4 * USUAL))],
    ),
    Case(58, "and an answer takes that back", [Poll(status(429), outcome=HELD, times=3), Poll(ok(FEED), wait=usual(USUAL))]),
]
