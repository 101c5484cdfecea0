"""How a feed is served."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

from worker.checkup.observation import Finding, Grade, Observation, finding
from worker.http import Hop, Response
from worker.schedule.freshness import fresh_seconds
from worker.schedule.interval import span

# Slower answers keep a poller's connection from other feeds; ours ends after `fetch_seconds`.
SLOW_SECONDS = 5.0
# Bodies below a network packet or two gain nothing by compression.
SMALL_BYTES = 2_048
# News are seen late by readers that keep to more than this.
LONG_FRESH_SECONDS = 6 * 3600
_PERMANENT = frozenset({301, 308})
_RIGHT_TYPES = frozenset(
    "application/rss+xml application/atom+xml application/rdf+xml application/feed+json application/json".split()
)
_VAGUE_TYPES = frozenset({"application/xml", "text/xml"})


def judge(seen: Observation) -> Iterator[Finding]:
    """The findings about HTTP."""
    if seen.answer is None:
        if seen.error:
            yield finding("answer", Grade.BAD, error=seen.error)
        return
    yield _answered(seen.answer)
    yield from _secure(seen)
    yield from _redirects(seen.answer.hops)
    yield from _compression(seen.answer)
    yield _conditional(seen.answer, seen.again)
    yield _lifetime(seen.answer, seen)
    yield _media_type(seen.answer)
    if seen.forbidden:
        yield finding("robots", Grade.FAIR)
    if seen.opt_outs:
        yield finding("opt-outs", Grade.FAIR, words=", ".join(seen.opt_outs))


def _answered(answer: Response) -> Finding:
    if not answer.complete:
        return finding("answer", Grade.BAD, "broken", status=answer.status)
    facts = {"status": answer.status, "took": f"{answer.seconds:.1f} s"}
    return finding("answer", Grade.FAIR if answer.seconds > SLOW_SECONDS else Grade.GOOD, **facts)


def _secure(seen: Observation) -> Iterator[Finding]:
    if urlsplit(seen.url).scheme == "https":
        yield finding("https", Grade.GOOD)
    elif seen.secure is not None:
        yield finding("https", Grade.FAIR if seen.secure else Grade.BAD)


def _redirects(hops: tuple[Hop, ...]) -> Iterator[Finding]:
    if not hops:
        yield finding("redirects", Grade.GOOD)
        return
    facts = {"number": len(hops), "to": hops[-1].location}
    schemes = [urlsplit(hop.url).scheme for hop in hops] + [urlsplit(hops[-1].location).scheme]
    if ("https", "http") in pairwise(schemes):
        yield finding("redirects", Grade.BAD, **facts)
    elif all(hop.status in _PERMANENT for hop in hops):
        yield finding("redirects", Grade.FAIR, "moved", **facts)
    else:
        yield finding("redirects", Grade.FAIR, **facts)


def _compression(answer: Response) -> Iterator[Finding]:
    coding, size = answer.headers.get("content-encoding", ""), len(answer.body)
    if coding and coding.lower() != "identity":
        yield finding("compression", Grade.GOOD, coding=coding)
    elif size > SMALL_BYTES:
        small = len(zlib.compress(answer.body, 6))
        yield finding("compression", Grade.FAIR, size=f"{size:,}", small=f"{small:,}")


def _conditional(answer: Response, again: Response | None) -> Finding:
    sent = [name for name in ("ETag", "Last-Modified") if answer.headers.get(name.lower())]
    facts = {"validators": " and ".join(sent), "size": f"{len(answer.body):,}"}
    if not sent:
        return finding("conditional", Grade.FAIR, "none", **facts)
    if again is None:
        return finding("conditional", Grade.FAIR, "unanswered", **facts)
    if again.status == 304:
        return finding("conditional", Grade.GOOD, **facts)
    same = again.body == answer.body
    return finding("conditional", Grade.BAD, **facts) if same else finding("conditional", Grade.FAIR, "changing", **facts)


def _lifetime(answer: Response, seen: Observation) -> Finding:
    hints = seen.feed.hints
    server = fresh_seconds(answer.headers, seen.now)
    said = {"Cache-Control": server, "ttl": hints.ttl_seconds or 0, "sy:updatePeriod": hints.sy_seconds or 0}
    name, longest = max(said.items(), key=lambda item: item[1])
    if longest > LONG_FRESH_SECONDS:
        return finding("lifetime", Grade.FAIR, "long", span=span(longest), by=name)
    if longest or hints.skip_hours or hints.skip_days:
        return finding("lifetime", Grade.GOOD, span=span(longest), by=name if longest else "skipHours, skipDays")
    return finding("lifetime", Grade.FAIR)


def _media_type(answer: Response) -> Finding:
    raw = answer.headers.get("content-type", "")
    media_type = raw.partition(";")[0].strip().lower()
    if media_type in _RIGHT_TYPES:
        return finding("media-type", Grade.GOOD, type=media_type)
    if media_type in _VAGUE_TYPES:
        return finding("media-type", Grade.FAIR, type=media_type)
    return finding("media-type", Grade.BAD, type=media_type or "none")
