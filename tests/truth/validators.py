"""Rows 1 to 20: validators, bodies that did not change, and servers that lie."""

from __future__ import annotations

from truth.stage import DAY, FEED, HOUR, Case, Poll, ok, redirect, rss, status, unmodified

from worker.polling import conditional
from worker.schedule.fetches import PollOutcome

NEWS, OLD, UNCHANGED = PollOutcome.NEWS, PollOutcome.OLD, PollOutcome.UNCHANGED
SAME = conditional.digest(FEED)
OTHER, ELSEWHERE = redirect(302, "/other"), redirect(302, "{b}/feed")
STAYS = {"url": "{a}/feed", "aliases": ()}
L = "Mon, 23 Nov 2026 08:00:00 GMT"
M = "Tue, 24 Nov 2026 08:00:00 GMT"
BOTH = {"etag": '"e"', "last_modified": L, "body": SAME}
LIVELY = {**BOTH, "lively": True}
ASKED = f'/feed E="e" L={L} A-IM=feed'
MORE = rss("one", "two", "three")

ROWS = [
    Case(
        1,
        "what comes with the first answer is stored",
        [Poll(ok(ETag='"e"', Last_Modified=L), ["/feed"], NEWS, state=BOTH, fetch={"entries": 2, "new": 2, "status": 200})],
    ),
    Case(2, "both validators go back verbatim", [Poll(unmodified(), [ASKED], UNCHANGED, state=BOTH)], BOTH),
    Case(3, "an etag alone goes alone", [Poll(unmodified(), ['/feed E="e" A-IM=feed'], UNCHANGED)], {"etag": '"e"'}),
    Case(3, "a date alone goes alone", [Poll(unmodified(), [f"/feed L={L}"], UNCHANGED)], {"last_modified": L}),
    *(
        Case(
            4,
            f"an odd date goes back as it came, {number}",
            [Poll(ok(Last_Modified=odd)), Poll(unmodified(), [f"/feed L={odd}"])],
        )
        for number, odd in enumerate(
            (
                "Sunday, 06-Nov-94 08:49:37 GMT",
                "Wed, 23 Nov 2026 08:00:00 GMT",  # a Monday
                "Mon, 23 Nov 2099 08:00:00 GMT",
                "23.11.2026 08:00",
                "yesterday, more or less",
            ),
            start=1,
        )
    ),
    Case(5, "a weak etag stays weak", [Poll(ok(ETag='W/"a"')), Poll(unmodified(), ['/feed E=W/"a" A-IM=feed'])]),
    *(
        Case(
            6,
            f"nothing is stripped from an etag, {number}",
            [Poll(ok(ETag=odd)), Poll(unmodified(), [f"/feed E={odd} A-IM=feed"])],
        )
        for number, odd in enumerate(("a", '"a-gzip"', '""', '"a b"', "w/'a'", '"\xe9\xff"', '"a", "b"'), start=1)
    ),
    Case(7, "an empty validator is none", [Poll(ok(ETag="", Last_Modified="")), Poll(ok(MORE), ["/feed"])]),
    Case(
        8, "304 without validators keeps both", [Poll(unmodified(), [ASKED], UNCHANGED, state=BOTH, fetch={"entries": 0})], BOTH
    ),
    Case(
        9,
        "304 with an etag replaces that one only",
        [Poll(unmodified(ETag='"f"'), state=BOTH | {"etag": '"f"'}), Poll(unmodified(), [f'/feed E="f" L={L} A-IM=feed'])],
        BOTH,
    ),
    Case(
        10,
        "304 with a date replaces that one only",
        [
            Poll(unmodified(Last_Modified=M), state=BOTH | {"last_modified": M}),
            Poll(unmodified(), [f'/feed E="e" L={M} A-IM=feed']),
        ],
        BOTH,
    ),
    Case(
        11,
        "an answer with an etag only deletes the date",
        [
            Poll(ok(MORE, ETag='"f"'), state={"etag": '"f"', "last_modified": None}),
            Poll(unmodified(), ['/feed E="f" A-IM=feed']),
        ],
        BOTH,
    ),
    Case(
        11,
        "an answer with a date only deletes the etag",
        [Poll(ok(MORE, Last_Modified=M), state={"etag": None, "last_modified": M}), Poll(unmodified(), [f"/feed L={M}"])],
        BOTH,
    ),
    Case(
        12,
        "an answer with neither deletes both",
        [Poll(ok(MORE), [ASKED], NEWS, state={"etag": None, "last_modified": None}), Poll(ok(MORE), ["/feed"], UNCHANGED)],
        BOTH,
    ),
    Case(
        13,
        "the same bytes are not read and their validators are taken",
        [Poll(ok(ETag='"f"'), [ASKED], UNCHANGED, "same", state={"etag": '"f"', "last_modified": None, "body": SAME})],
        BOTH,
    ),
    Case(
        14,
        "another build date is no news",
        [
            Poll(ok(rss("one", "two", head="<lastBuildDate>1</lastBuildDate>")), outcome=NEWS, fetch={"new": 2}),
            Poll(ok(rss("one", "two", head="<lastBuildDate>2</lastBuildDate>")), outcome=OLD, fetch={"entries": 2, "new": 0}),
        ],
    ),
    Case(
        15,
        "another address of the operator begins anew",
        [Poll({"/other": ok()}, ["/other"], NEWS, state={"source": "{a}/other", "url": "{a}/other", "etag": None})],
        {**BOTH, "source": "{a}/feed", "url": "{a}/feed"},
        {"url": "{a}/other"},
    ),
    Case(
        15,
        "a move by 301 drops the validators of the old address",
        [
            Poll({"/feed": redirect(301, "/new"), "/new": ok()}, state={"url": "{a}/feed"}),
            Poll({"/feed": redirect(301, "/new"), "/new": ok()}, after=DAY),
            Poll({"/feed": redirect(301, "/new"), "/new": ok()}, after=DAY, state={"url": "{a}/new", "etag": None}),
            Poll({"/new": ok()}, ["/new"]),
        ],
        BOTH,
    ),
    Case(
        16,
        "another address than that of the validators is asked without them",
        [
            Poll(
                {"/feed": OTHER, "/other": ok(MORE, ETag='"o"')},
                [ASKED, "/other"],
                NEWS,
                state={"given_by": "{a}/other"},
            ),
            Poll(
                {"/feed": OTHER, "/other": unmodified()},
                ["/feed", '/other E="o" A-IM=feed'],
                UNCHANGED,
                state=STAYS,
            ),
            Poll(ok(ETag='"e"'), ["/feed"], OLD, state={"given_by": "{a}/feed"}),
        ],
        BOTH,
    ),
    Case(
        16,
        "so is one of another host, and each gets its own back",
        [
            Poll({"/feed": ELSEWHERE, "b:/feed": ok(MORE, ETag='"b"')}, [ASKED, "b:/feed"], NEWS),
            Poll(
                {"/feed": ELSEWHERE, "b:/feed": unmodified()},
                ["/feed", 'b:/feed E="b" A-IM=feed'],
                UNCHANGED,
                state=STAYS,
            ),
        ],
        BOTH,
    ),
    Case(
        16,
        "304 from an address that was asked without is a failure for now",
        [
            Poll(
                {"/feed": OTHER, "/other": unmodified()},
                [ASKED, "/other"],
                PollOutcome.TEMPORARY,
                state={"etag": None},
            ),
            Poll({"/feed": OTHER, "/other": ok(MORE)}, ["/feed", "/other"], NEWS),
        ],
        BOTH,
    ),
    Case(
        17,
        "304 to a request without conditions is a failure for now",
        [Poll(unmodified(), ["/feed"], PollOutcome.TEMPORARY, "unasked-304", fetch={"status": 304})],
    ),
    Case(
        17,
        "304 to a request without conditions drops the validators that were held back",
        [
            Poll(unmodified(), ["/feed"], PollOutcome.TEMPORARY, state={"etag": None, "last_modified": None}),
            Poll(ok(MORE), ["/feed"], NEWS),
        ],
        {**LIVELY, "unmodified": {"count": 20, "since": "2026-11-24T00:00:00Z"}},
    ),
    Case(
        18,
        "twenty times 304 on a lively feed is not believed, and news behind it convicts",
        [
            Poll(unmodified(), [ASKED], UNCHANGED, times=20),
            Poll(ok(MORE, ETag='"e"', Last_Modified=L), ["/feed"], NEWS, state={"liar": True, "etag": None}),
            Poll(ok(rss("four"), ETag='"g"'), ["/feed"], NEWS, times=1),
            Poll(ok(rss("five"), ETag='"h"'), ["/feed"], NEWS),
        ],
        LIVELY,
    ),
    Case(
        18,
        "news with other validators convicts at the second time",
        [
            Poll(unmodified(), [ASKED], times=20),
            Poll(ok(MORE, ETag='"2"'), ["/feed"], NEWS, state={"liar": False, "suspect": True}),
            Poll(unmodified(), ['/feed E="2" A-IM=feed'], times=20),
            Poll(ok(rss("four", "five"), ETag='"3"'), ["/feed"], NEWS, state={"liar": True, "etag": None}),
        ],
        LIVELY,
    ),
    Case(
        18,
        "nothing but 304 for a week is not believed of a lively feed",
        [
            Poll(unmodified(), [ASKED], after=DAY, times=7),
            Poll(unmodified(), [ASKED], after=DAY - HOUR),
            Poll(ok(), ["/feed"], UNCHANGED, after=HOUR),
        ],
        LIVELY,
    ),
    Case(
        18,
        "a server that told the truth is asked with its validators again",
        [
            Poll(unmodified(), [ASKED], times=20),
            Poll(ok(ETag='"e"', Last_Modified=L), ["/feed"], UNCHANGED, state={"liar": False, "unmodified": 0}),
            Poll(unmodified(), [ASKED], UNCHANGED),
        ],
        LIVELY,
    ),
    Case(18, "a quiet feed may say 304 for weeks", [Poll(unmodified(), [ASKED], times=50)], BOTH),
    Case(
        19,
        "Expires 0 keeps the validators and sets no bound",
        [Poll(ok(ETag='"e"', Expires="0"), fetch={"floor": 0}), Poll(unmodified(), ['/feed E="e" A-IM=feed'])],
    ),
    Case(
        19,
        "no-cache keeps the validators and sets no bound",
        [
            Poll(ok(ETag='"e"', Cache_Control="no-cache, max-age=7200"), fetch={"floor": 0}),
            Poll(unmodified(), ['/feed E="e" A-IM=feed']),
        ],
    ),
    Case(
        20,
        "no-store keeps no validators",
        [
            Poll(ok(ETag='"e"', Last_Modified=L, Cache_Control="no-store"), outcome=NEWS, state={"etag": None}),
            Poll(ok(), ["/feed"]),
        ],
    ),
    Case(20, "no-store on a 304 keeps none either", [Poll(unmodified(Cache_Control="no-store"), state={"etag": None})], BOTH),
    Case(
        20,
        "304 and then a failure keep what is known",
        [Poll(unmodified()), Poll(status(503), outcome=PollOutcome.TEMPORARY, state=BOTH), Poll(unmodified(), [ASKED])],
        BOTH,
    ),
]
