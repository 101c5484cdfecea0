"""Rows 50 to 54, 60, 61 and 64: answers that are none."""

from __future__ import annotations

from truth.bodies import home
from truth.stage import DAY, FEED, HOUR, PATH, Answer, Case, Poll, ok, status
from truth.validators import ASKED, BOTH
from truth.waiting import DAY_SECONDS, JITTER, USUAL, asks_for, usual

from worker.schedule.fetches import PollOutcome

NEWS, SOFT, TEMPORARY, GONE, HELD = (
    PollOutcome.NEWS,
    PollOutcome.SOFT,
    PollOutcome.TEMPORARY,
    PollOutcome.GONE,
    PollOutcome.HELD,
)
MONTH = 30 * DAY_SECONDS
SITE = {PATH: status(404), "/": home("/rss.xml"), "/rss.xml": ok()}
LOST = {PATH: status(404), "/": home("/page"), "/page": home("/page")}

ROWS = [
    *(
        Case(
            50,
            f"{code} names what was sent",
            [Poll(status(code), outcome=SOFT, reason=f"http-{code}", says="the auth of source wire")],
            source={"auth": "me:secret"},
        )
        for code in (401, 403)
    ),
    Case(
        50,
        "403 asks for a log-in where none is given",
        [Poll(status(403), outcome=SOFT, says="auth, cookies or headers of source wire", state=BOTH)],
        BOTH,
    ),
    Case(
        51,
        "403 with Retry-After is as 429",
        [Poll(status(403, Retry_After="120"), outcome=HELD, fetch={"retry_after": 120}, wait=asks_for(120))],
    ),
    Case(
        52,
        "404 once is a failure that leaves all as it is",
        [Poll(status(404), [ASKED], SOFT, "http-404", state=BOTH), Poll(ok(), [ASKED])],
        BOTH,
    ),
    Case(
        53,
        "404 three times over a day has the site searched and the feed found",
        [
            Poll(SITE, ["/feed"], SOFT, times=2),
            Poll(SITE, after=DAY, outcome=SOFT, says="from now on", state={"url": "{a}/rss.xml", "aliases": ("{a}/feed",)}),
            Poll(SITE, ["/rss.xml"], NEWS),
        ],
    ),
    Case(53, "404 often within a day does not", [Poll(SITE, ["/feed"], SOFT, times=20)]),
    Case(53, "404 twice does not, however late", [Poll(SITE, ["/feed"], SOFT, after=10 * DAY, times=2)]),
    Case(
        53,
        "a feed that is not found is polled on, slowly, and looked for once a week",
        [
            Poll(status(404), ["/feed"], SOFT, times=2),
            Poll(status(404), after=DAY, outcome=SOFT, says="names no other", state={"url": "{a}/feed"}),
            Poll(status(404), ["/feed"], SOFT, after=DAY, times=6, wait=(USUAL * 2, DAY_SECONDS * JITTER)),
            Poll(status(404), outcome=SOFT, after=DAY, says="names no other"),
        ],
    ),
    Case(
        53,
        "a feed that moved and is lost there is looked for where it was first",
        [
            Poll({"/new": status(404), "/feed": status(404)}, ["/new"], SOFT, times=2),
            Poll({"/new": status(404), "/feed": ok()}, after=DAY, outcome=SOFT, says="from now on", state={"url": "{a}/feed"}),
        ],
        {"url": "{a}/new", "aliases": ("{a}/feed",)},
    ),
    Case(
        53,
        "a page that its site names is no feed",
        [
            Poll(LOST, ["/feed"], SOFT, times=2),
            Poll(LOST, after=DAY, says="names no other", state={"url": "{a}/feed"}),
        ],
    ),
    Case(
        54,
        "410 is asked again after a day, and once a month if it holds",
        [
            Poll(status(410), outcome=GONE, reason="http-410", wait=asks_for(DAY_SECONDS)),
            Poll(status(410), outcome=GONE, after=HOUR, wait=asks_for(DAY_SECONDS)),
            Poll(status(410), outcome=GONE, after=DAY, wait=asks_for(MONTH)),
            Poll(status(410), outcome=GONE, after=30 * DAY, wait=asks_for(MONTH)),
            Poll(ok(), outcome=NEWS, after=30 * DAY, wait=usual(USUAL)),
        ],
    ),
    *(
        Case(60, f"{code} is a failure for now", [Poll(status(code), [ASKED], TEMPORARY, f"http-{code}", state=BOTH)], BOTH)
        for code in (500, 502, 503, 504)
    ),
    Case(
        60,
        "a connection that breaks is a failure for now",
        [Poll(Answer(how="reset"), outcome=TEMPORARY, reason="broken", state=BOTH)],
        BOTH,
    ),
    Case(
        60,
        "silence is a failure for now",
        [Poll(Answer(how="silent"), outcome=TEMPORARY, reason="timeout", state=BOTH)],
        BOTH,
        settings={"fetch_seconds": 0.3},
    ),
    Case(
        61,
        "a name that nobody knows is a failure for now",
        [Poll({}, [], TEMPORARY, "dns")],
        source={"url": "http://feed.invalid/feed"},
    ),
    Case(
        61,
        "a door that is shut is a failure for now",
        [Poll({}, [], TEMPORARY, "connect")],
        source={"url": "http://127.0.0.1:1/feed"},
    ),
    Case(
        64,
        "a good answer after failures is polled as before",
        [
            Poll(status(500), outcome=TEMPORARY, times=10, after=DAY),
            Poll(ok(FEED), outcome=NEWS, wait=usual(USUAL)),
            Poll(status(500), outcome=TEMPORARY, wait=(USUAL, USUAL * JITTER)),
        ],
    ),
]
