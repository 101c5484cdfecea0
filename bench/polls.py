"""What a poll without news costs us, server and Redis aside: `python -m bench.polls`.

Counted is all that a worker computes: state from JSON, request, judgement of the answer with the SHA-256 of its body, next
state, lower bound from headers and feed, the fetch and the schedule's step as JSON. Not counted: the exchange over the
network, and Redis, which adds the same to a poll with news. CPU seconds; the best of some rounds.
"""

from __future__ import annotations

import datetime as dt
from time import process_time

from worker.http import Response
from worker.polling import conditional
from worker.schedule import interval
from worker.schedule.fetches import Fetch, PollOutcome
from worker.schedule.freshness import Wishes, floor
from worker.schedule.interval import Limits, Pace
from worker.settings import Settings

POLLS, ROUNDS = 5_000, 3
WANTED = 5_000
URL = "https://news.example/feed"
NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
MEMORY = dt.timedelta(days=30)
MARKS = tuple(f"{number:016x}" for number in range(30))
HEADERS = {
    "etag": '"5f2-61a9c0d1e2b80"',
    "last-modified": "Tue, 24 Nov 2026 08:00:00 GMT",
    "cache-control": "public, max-age=600",
    "expires": "Tue, 24 Nov 2026 09:10:00 GMT",
    "date": "Tue, 24 Nov 2026 09:00:00 GMT",
    "age": "30",
}


def made(status: int, body: bytes = b"") -> Response:
    """What the client would give."""
    return Response(URL, status, HEADERS, body)


def main() -> None:
    """Print polls a second for an answer 304, and for bodies of usual sizes that are the same as last time."""
    print(f"{'unchanged poll':24}{'CPU us':>8}{'polls/s':>10}{'wanted':>9}")
    for name, answer in (
        ("304", made(304)),
        ("200, the same 20 kB", made(200, bytes(20_000))),
        ("200, the same 60 kB", made(200, bytes(60_000))),
        ("200, the same 250 kB", made(200, bytes(250_000))),
    ):
        seconds = min(spent(answer) for _ in range(ROUNDS)) / POLLS
        print(f"{name:24}{seconds * 1e6:8.0f}{1 / seconds:10,.0f}{WANTED:9,}")


def spent(answer: Response) -> float:
    """CPU seconds of many polls of one feed, each beginning with what the one before left in Redis."""
    fresh = conditional.load(None, URL)
    known = {"etag": HEADERS["etag"], "last_modified": HEADERS["last-modified"], "given_by": URL}
    state = fresh.model_copy(
        update={**known, "body": conditional.digest(answer.body), "wishes": Wishes(ttl=1800), "entries": MARKS}
    )
    pace = Pace(interval=1800, window=30, news=12, watched=400_000)
    left = state.model_dump_json(exclude_defaults=True), pace.model_dump_json(exclude_defaults=True)
    limits = Limits.of(Settings())
    begun = process_time()
    for _ in range(POLLS):
        left = polled(*left, answer, limits)
    return process_time() - begun


def polled(kept: str, paced: str, answer: Response, limits: Limits) -> tuple[str, str]:
    """One poll: state and pace from before, and those after."""
    state = conditional.load(kept, URL)
    request = conditional.ask(state, NOW, MEMORY)
    kind = conditional.judge(state, request, answer)
    state = conditional.unchanged(state, kind, answer, NOW)
    fetch = Fetch(
        at="2026-11-24T09:00:00Z",
        outcome=PollOutcome.UNCHANGED,
        status=answer.status,
        reason=kind.value,
        url=answer.url,
        size=len(answer.body),
        floor=floor(answer.headers, state.wishes, NOW),
    )
    step = interval.after(Pace.model_validate_json(paced), fetch, NOW.timestamp(), limits, None, 0.5)
    fetch = fetch.model_copy(update={"because": step.because})
    fetch.model_dump_json()
    return state.model_dump_json(exclude_defaults=True), step.pace.model_dump_json(exclude_defaults=True)


if __name__ == "__main__":
    main()
