"""Rows 29 to 36: what a text is, whatever the headers call it."""

from __future__ import annotations

import gzip

from truth.stage import DAY, FEED, HOUR, PAGE, Answer, Case, Poll, ok, rss, status, unmodified
from truth.validators import ASKED, BOTH, MORE, SAME

from worker.schedule.fetches import PollOutcome

NEWS, OLD, UNCHANGED, SOFT, HARD = PollOutcome.NEWS, PollOutcome.OLD, PollOutcome.UNCHANGED, PollOutcome.SOFT, PollOutcome.HARD
CUT = rss("one", "two", "three", end="<item><title>Minister fo")
DELTA = rss("three")


def page(**headers: str) -> Answer:
    """A page with a log-in, where the feed was."""
    return Answer(200, {"Content-Type": "text/html", **headers}, PAGE)


def home(href: str) -> Answer:
    """A front page that names a feed."""
    link = f'<link rel="alternate" type="application/rss+xml" title="Wire" href="{href}">'
    return Answer(
        200, {"Content-Type": "text/html"}, f"<!DOCTYPE html><html><head>{link}</head><body><p>News.</p></body></html>".encode()
    )


ROWS = [
    Case(
        29,
        "an empty answer is a failure and leaves all as it is",
        [Poll(ok(b"", ETag='"f"'), [ASKED], SOFT, "empty", state=BOTH)],
        BOTH,
    ),
    Case(29, "so is one of spaces", [Poll(ok(b" \r\n ", ETag='"f"'), outcome=SOFT, reason="empty", state=BOTH)], BOTH),
    Case(
        30,
        "a page where a feed was is no feed and leaves all as it is",
        [Poll(page(ETag='"f"'), [ASKED], SOFT, "not-a-feed", state=BOTH), Poll(unmodified(), [ASKED], UNCHANGED)],
        BOTH,
    ),
    Case(
        30,
        "a page where a feed was, again and again, has the site searched",
        [
            Poll({"/feed": page(), "/": home("/rss.xml"), "/rss.xml": ok()}, ["/feed"], SOFT, times=2),
            Poll(
                {"/feed": page(), "/": home("/rss.xml"), "/rss.xml": ok()},
                outcome=SOFT,
                after=DAY,
                state={"url": "{a}/rss.xml"},
                says="/rss.xml from now on",
            ),
            Poll({"/rss.xml": ok()}, ["/rss.xml"], NEWS, state={"aliases": ("{a}/feed",), "missing": 0}),
        ],
    ),
    Case(
        31,
        "of XML that was cut off the entries are taken and the validators not",
        [
            Poll(ok(CUT, ETag='"f"', Last_Modified="f"), [ASKED], NEWS, "truncated", state=BOTH),
            Poll(ok(MORE, ETag='"g"'), [ASKED], OLD, "", fetch={"new": 0}, state={"etag": '"g"'}),
        ],
        BOTH,
    ),
    Case(
        31,
        "of an answer shorter than it says the entries are taken and the validators not",
        [
            Poll(
                Answer(200, {"ETag": '"f"'}, MORE, how="short"),
                ["/feed"],
                NEWS,
                "truncated",
                fetch={"new": 3},
                state={"etag": None, "body": None},
            ),
            Poll(ok(MORE, ETag='"g"'), ["/feed"], OLD, state={"etag": '"g"'}),
        ],
    ),
    Case(
        31,
        "an answer that broke off before its first entry may come later",
        [Poll(Answer(200, {}, b"<?xml", how="short"), outcome=PollOutcome.TEMPORARY, reason="broken", state=BOTH)],
        BOTH,
    ),
    Case(
        32,
        "a body over the limit is not read to its end",
        [Poll(ok(rss("one", head=f"<!--{'x' * 60_000}-->"), ETag='"f"'), outcome=HARD, reason="too-large", state=BOTH)],
        BOTH,
        settings={"max_body_bytes": 50_000},
    ),
    Case(
        32,
        "a body that grows too much is a bomb",
        [
            Poll(
                Answer(200, {"Content-Encoding": "gzip", "ETag": '"f"'}, gzip.compress(bytes(3 << 20))),
                outcome=HARD,
                reason="bomb",
                state=BOTH,
            )
        ],
        BOTH,
    ),
    Case(
        33,
        "a part that nobody asked for is a failure",
        [Poll(Answer(206, {"ETag": '"f"'}, FEED), outcome=SOFT, reason="http-206", state=BOTH)],
        BOTH,
    ),
    Case(
        34,
        "no content is no news twice, and a failure at the third time",
        [
            Poll(status(204), [ASKED], UNCHANGED, "blank", times=2, state=BOTH),
            Poll(status(204), [ASKED], SOFT, "http-204", times=3, state=BOTH),
            Poll(unmodified(), [ASKED], UNCHANGED, state={"blank": 0}),
        ],
        BOTH,
    ),
    Case(
        35,
        "a delta is added to what is known",
        [
            Poll(
                Answer(226, {"IM": "feed", "ETag": '"f"'}, DELTA),
                [ASKED],
                NEWS,
                fetch={"entries": 1, "new": 1},
                state={"etag": '"f"', "body": SAME},
            ),
            Poll(ok(MORE, ETag='"g"'), ['/feed E="f" A-IM=feed'], NEWS, fetch={"entries": 3, "new": 2}),
        ],
        BOTH,
    ),
    Case(
        35,
        "what a delta leaves out is not new when it comes again",
        [
            Poll(ok(rss("one", "two", dated=False), ETag='"f"')),
            Poll(Answer(226, {"ETag": '"g"'}, rss("three", dated=False)), outcome=NEWS),
            Poll(ok(rss("one", "two", "three", dated=False), ETag='"h"'), outcome=OLD),
        ],
    ),
    Case(35, "a delta that nobody asked for is a failure", [Poll(Answer(226, {}, DELTA), ["/feed"], SOFT, "http-226")]),
    *(
        Case(
            36,
            f"a feed is a feed as {kind or 'nothing'} too",
            [Poll(Answer(200, {"Content-Type": kind}, FEED), outcome=NEWS, fetch={"new": 2})],
        )
        for kind in ("text/html", "text/plain", "application/octet-stream", "image/png", "application/json", ";;", "")
    ),
    Case(36, "a good answer clears what is missing", [Poll(page(), after=HOUR), Poll(ok(), state={"missing": 0})]),
]
