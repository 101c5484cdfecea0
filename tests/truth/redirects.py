"""Rows 37 to 49: where an answer came from, and when the address is rewritten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from truth.bodies import page
from truth.stage import DAY, HOUR, Answers, Case, Poll, ok, redirect

from worker.schedule.fetches import PollOutcome

NEWS, SOFT, HARD = PollOutcome.NEWS, PollOutcome.SOFT, PollOutcome.HARD
STAYS = {"url": "{a}/feed", "aliases": ()}
MOVED = {"url": "{a}/new", "aliases": ("{a}/feed",), "candidate": None}
PROMISED = {**STAYS, "candidate": None}


def to(code: int, target: str = "/new") -> Mapping[str, Answers]:
    """A redirect of the feed, and the feed where it leads."""
    return {"/feed": redirect(code, target), "/new": ok(), "/newer": ok(), "b:/feed": ok()}


def chain(*codes: int) -> Mapping[str, Answers]:
    """Redirects from /feed over /new, /2, /3 ... to the feed."""
    places = ["/feed", "/new", *(f"/{number}" for number in range(2, len(codes) + 1))]
    return {place: redirect(code, target) for code, place, target in zip(codes, places, places[1:], strict=False)} | {
        places[len(codes)]: ok()
    }


def over_days(answers: Mapping[str, Answers], **then: Any) -> list[Poll]:
    """Four polls over two days, more than enough for a move; `then` holds after the last."""
    return [Poll(answers, times=3, after=12 * HOUR), Poll(answers, after=DAY, **then)]


ROWS = [
    Case(
        37,
        "a first permanent redirect is followed and remembered, not kept",
        [
            Poll(to(301), ["/feed", "/new"], NEWS, state={**STAYS, "candidate": 1}, fetch={"url": "{a}/new", "new": 2}),
            Poll(to(301), ["/feed", "/new"], state={**STAYS, "candidate": 2}),
        ],
    ),
    Case(
        38,
        "the same target three times over a day is the new address",
        [
            Poll(to(301), state=STAYS),
            Poll(to(301), after=12 * HOUR, state=STAYS),
            Poll(to(301), after=12 * HOUR, state=MOVED),
            Poll(to(301), ["/new"], state=MOVED),
        ],
    ),
    Case(38, "the same target often within a day is not enough", [Poll(to(301), times=24, state=STAYS)]),
    Case(38, "the same target twice is not enough, however late", [Poll(to(301)), Poll(to(301), after=30 * DAY, state=STAYS)]),
    Case(
        38,
        "an answer without the redirect begins the count anew",
        [
            Poll(to(301), times=2, after=DAY),
            Poll(ok(), state=PROMISED),
            Poll(to(301), after=DAY, state={**STAYS, "candidate": 1}),
        ],
    ),
    Case(
        39,
        "another target begins the count anew",
        [
            Poll(to(301), times=2, after=DAY),
            Poll(to(301, "/newer"), after=DAY, state={**STAYS, "candidate": 1}),
            Poll(to(301, "/newer"), after=DAY, state=STAYS),
            Poll(to(301, "/newer"), after=DAY, state={"url": "{a}/newer"}),
        ],
    ),
    Case(40, "308 is as 301", over_days(to(308), state=MOVED)),
    *(
        Case(
            41, f"{code} is followed and never kept", [*over_days(to(code), state=PROMISED), Poll(to(code), ["/feed", "/new"])]
        )
        for code in (302, 303, 307)
    ),
    Case(42, "of 301 and then 302 the target of the 301 is kept", over_days(chain(301, 302), state=MOVED)),
    Case(42, "of 301, 308 and then 307 the target of the 308 is kept", over_days(chain(301, 308, 307), state={"url": "{a}/2"})),
    Case(43, "of 302 and then 301 nothing is kept", over_days(chain(302, 301), state=PROMISED)),
    Case(43, "of 302, 301, 301 nothing is kept", over_days(chain(302, 301, 301), state=PROMISED)),
    Case(
        44,
        "a permanent redirect to a page is never kept",
        over_days({"/feed": redirect(301, "/login"), "/login": page()}, outcome=SOFT, state=PROMISED),
    ),
    Case(
        44,
        "a page between two good answers begins the count anew",
        [
            Poll(to(301), times=2, after=DAY),
            Poll({"/feed": redirect(301, "/new"), "/new": page()}, outcome=SOFT, state=PROMISED),
            Poll(to(301), after=DAY, state={**STAYS, "candidate": 1}),
        ],
    ),
    Case(
        44,
        "an address with a password in it is never kept",
        over_days(to(301, "http://me:secret@127.0.0.1:1/"), outcome=PollOutcome.TEMPORARY, state=STAYS),
    ),
    Case(45, "a loop is a failure", [Poll({"/feed": redirect(301, "/feed")}, outcome=SOFT, reason="redirects", state=STAYS)]),
    Case(45, "ten redirects are followed", [Poll(chain(*[302] * 10), outcome=NEWS)]),
    Case(45, "eleven are not", [Poll(chain(*[302] * 11), outcome=SOFT, reason="redirects")]),
    *(
        Case(
            46,
            f"a private address is not asked, {number}",
            [Poll({"/feed": redirect(301, place)}, ["/feed"], HARD, "private-address", state=STAYS)],
        )
        for number, place in enumerate(
            (
                "http://10.0.0.1/feed",
                "http://[::1]/feed",
                "http://169.254.169.254/latest/meta-data",
                "http://0x7f.2/feed",
                "http://127.0.0.2/",
            ),
            start=1,
        )
    ),
    *(
        Case(
            47,
            f"{place.partition(':')[0]} is not fetched",
            [Poll({"/feed": redirect(301, place)}, ["/feed"], HARD, "scheme", state=STAYS)],
        )
        for place in ("file:///etc/passwd", "ftp://127.0.0.1/feed", "data:application/rss+xml,<rss/>", "gopher://127.0.0.1/")
    ),
    Case(
        49,
        "another host may be the new address",
        over_days(to(301, "{b}/feed"), state={"url": "{b}/feed", "aliases": ("{a}/feed",)}),
    ),
]
