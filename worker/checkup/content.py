"""What is in a feed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from worker.checkup.observation import Finding, Grade, Observation, finding
from worker.model import Document
from worker.schedule.interval import span

# A news feed without news for a month looks forgotten, for half a year it is.
QUIET_DAYS, DEAD_DAYS = 30, 180
# Readers that look in once in so many hours lose what has left the feed by then.
WINDOW_HOURS, LEAST_WINDOW_HOURS = 6.0, 1.0
# Articles are longer; shorter pages are gates, galleries, or made by scripts in the browser.
ARTICLE_CHARS = 400
# The languages that an installed pipeline reads.
SERVED = frozenset({"en"})


def judge(seen: Observation) -> Iterator[Finding]:
    """The findings about the news themselves."""
    if not seen.anatomy.version and not seen.documents:
        return
    if not seen.documents:
        yield finding("entries", Grade.BAD)
        return
    yield from _rhythm(seen)
    yield _repeats(seen.documents)
    yield from _page(seen)
    yield _language(seen)


def _rhythm(seen: Observation) -> Iterator[Finding]:
    moments = sorted(moment for document in seen.documents if (moment := _moment(document)))
    if not moments:
        return
    age = seen.now - moments[-1]
    days = age.total_seconds() / 86_400
    grade = Grade.BAD if days > DEAD_DAYS else Grade.FAIR if days > QUIET_DAYS else Grade.GOOD
    yield finding("newest", grade, ago=span(max(age.total_seconds(), 0)))
    width = (moments[-1] - moments[0]).total_seconds()
    if len(moments) > 1 and width > 0:
        hours = width / 3600
        facts = {"number": len(moments), "span": span(width), "rate": f"{(len(moments) - 1) / width * 86_400:.2g}"}
        grade = Grade.BAD if hours < LEAST_WINDOW_HOURS else Grade.FAIR if hours < WINDOW_HOURS else Grade.GOOD
        yield finding("window", grade, **facts)


def _moment(document: Document) -> dt.datetime | None:
    """When it was published; None where that is not known to the hour."""
    if not document.published or "T" not in document.published:
        return None
    moment = dt.datetime.fromisoformat(document.published)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _repeats(documents: list[Document]) -> Finding:
    links = Counter(document.url for document in documents if document.url)
    texts = Counter((document.title, document.content) for document in documents)
    repeated = sum(count - 1 for count in links.values()) or sum(count - 1 for count in texts.values())
    return finding("repeats", Grade.FAIR if repeated else Grade.GOOD, number=repeated)


def _page(seen: Observation) -> Iterator[Finding]:
    page = seen.page
    if page is None:
        return
    if page.error:
        yield finding("page", Grade.BAD, url=page.url, error=page.error)
    else:
        grade = Grade.GOOD if page.chars >= ARTICLE_CHARS else Grade.FAIR
        yield finding("page", grade, url=page.url, chars=f"{page.chars:,}")


def _language(seen: Observation) -> Finding:
    declared = (seen.feed.hints.language or "").partition("-")[0].lower()
    found = seen.language or declared
    if not found:
        return finding("language", Grade.FAIR, "unknown")
    if declared and seen.language and declared != seen.language:
        return finding("language", Grade.BAD, declared=declared, found=seen.language)
    return finding("language", Grade.GOOD if found in SERVED else Grade.FAIR, found=found)
