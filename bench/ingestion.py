"""What reading feeds costs, beside feedparser in the same run: `python -m bench.ingestion FOLDER...`, folders of real feeds.

Machines differ and are shared; only the ratios travel. Times are of CPU, but for the last row: in a child process they
are of the clock. Each row is the best of some rounds: other programs only ever make it slower.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles
from time import perf_counter, process_time

import feedparser
import feedparser.api

from worker import limited
from worker.dedupe import article_id, digest
from worker.model import Document
from worker.settings import Settings
from worker.sources import Payload
from worker.sources.feed import fit, read_feed

ROUNDS = 3
Way = Callable[[Payload], int]


def main(folders: Sequence[str]) -> None:
    """Print entries and feeds a second, median and 99th percentile of a feed, for each way of reading."""
    feeds = [payload for folder in folders for payload in load(Path(folder))]
    if not feeds:
        print("no feeds; name folders that have some", file=sys.stderr)
        sys.exit(2)
    size = sum(len(feed.body) for feed in feeds)
    print(f"{len(feeds)} feeds, {size / 1e6:.1f} MB")
    print(f"{'':34}{'entries':>8}{'entries/s':>11}{'feeds/s':>9}{'p50 ms':>8}{'p99 ms':>8}")
    ways: list[tuple[str, Way, Callable[[], float]]] = [
        ("feedparser as it comes", lambda feed: bare(feed, finish=True), process_time),
        ("feedparser, texts left as they are", lambda feed: bare(feed, finish=False), process_time),
        ("our reader", read, process_time),
        ("our reader, with identity", identify, process_time),
        ("our reader, in a limited child", apart, perf_counter),
    ]
    for name, way, clock in ways:
        row(name, way, clock, feeds)
    limited.close()


def row(name: str, way: Way, clock: Callable[[], float], feeds: Sequence[Payload]) -> None:
    """Measure and print one way of reading."""
    rounds = [[timed(way, clock, feed) for feed in feeds] for _ in range(ROUNDS)]
    entries = sum(number for number, _ in rounds[0])
    best = [min(times) for times in zip(*([seconds for _, seconds in one] for one in rounds), strict=True)]
    whole, percents = sum(best), quantiles(best, n=100)
    rates = f"{entries / whole:11.0f}{len(feeds) / whole:9.1f}"
    print(f"{name:34}{entries:8}{rates}{percents[49] * 1000:8.1f}{percents[98] * 1000:8.0f}")


def timed(way: Way, clock: Callable[[], float], feed: Payload) -> tuple[int, float]:
    """How many entries, in how many seconds."""
    begun = clock()
    number = way(feed)
    return number, clock() - begun


def bare(feed: Payload, *, finish: bool) -> int:
    """By feedparser alone: without ours about it, with or without its own cleaning of texts."""
    ours, feedparser.api.PREFERRED_XML_PARSERS = feedparser.api.PREFERRED_XML_PARSERS, []  # Python's own driver
    try:
        found = feedparser.parse(io.BytesIO(feed.body), sanitize_html=finish, resolve_relative_uris=finish)
    finally:
        feedparser.api.PREFERRED_XML_PARSERS = ours
    return len(found.entries)


def read(feed: Payload) -> int:
    """To documents."""
    return len(read_feed(feed).entries)


def identify(feed: Payload) -> int:
    """To documents with what says whether they are known: id and digest."""
    entries = read_feed(feed).entries
    for entry in entries:
        if isinstance(entry, Document):
            article_id(entry)
            digest(entry.title, entry.content)
    return len(entries)


def apart(feed: Payload) -> int:
    """To documents, in the child."""
    return len(limited.read_feed(feed, "feed", Settings()).entries)


def load(folder: Path) -> list[Payload]:
    """The feeds in a folder, without what is none."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    payloads = [Payload(path.read_bytes(), path.name, url="https://feed.example/feed") for path in files]
    return [payload for payload in payloads if fit(payload) and b"<" in payload.body[:1000]]


if __name__ == "__main__":
    main(sys.argv[1:])
