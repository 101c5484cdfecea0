"""When an article was published and changed, and which place on the page says so; a date is never made up."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from lxml.etree import XPath

from worker.model import PublishedFrom
from worker.page._address import split
from worker.page._structured import Stated
from worker.page._words import patterns, table
from worker.timestamp import parse_date

# A clock may be wrong by this much; what lies further ahead of the fetch was not published when we fetched it.
CLOCK = dt.timedelta(hours=1)
# Elements looked at for a date in the markup: it stands near the headline.
MAX_DATED = 40
# A line with a date and a name; more is a paragraph that speaks of a date.
MAX_DATE_CHARS = 160
_NO_DATE = frozenset("script style html head body main article form input meta link".split())
_ELSEWHERE = frozenset("aside nav footer a li form figure".split())
_STATED_DATES = tuple(
    XPath(path)
    for path in (
        '//*[@itemprop="datePublished"]/@datetime',
        '//*[@itemprop="datePublished"]/@content',
        "//time[@pubdate]/@datetime",
        '//abbr[contains(@class, "published")]/@title',
        '//time[contains(concat(" ", @class, " "), " published ")]/@datetime',
        '//time[contains(@class, "entry-date")]/@datetime',
        '//*[@itemprop="datePublished"]/text()',
    )
)
_DATED = re.compile(
    r"(?:^|[-_\s])(?:date|dateline|published?|posted|time|timestamp|pubdate|meta|byline)(?:$|[-_\s])|[a-z](?:Date|Published|Time|Stamp)(?![a-z])"
)
_PATH_DAY = re.compile(
    r"/(?P<year>(?:19|20)\d\d)(?P<gap>[/-])(?P<month>\d\d?)(?P=gap)(?P<day>\d\d?)(?!\d)|/(?P<packed>20\d{6})(?!\d)", re.ASCII
)
_PIECES = re.compile(r"\s*[|•·\n]\s*")


def published(
    tree: Any, stated: Stated, url: str | None, now: dt.datetime, spoken: str | None
) -> tuple[str | None, PublishedFrom | None]:
    """The date of publication and where it was found: what is for machines first, the address last."""
    sources = (
        (PublishedFrom.JSON_LD, iter([stated.text("datePublished"), stated.text("dateCreated")])),
        (PublishedFrom.META, iter(stated.meta(name) for name in _listed("dates", "published"))),
        (PublishedFrom.PAGE, _on_page(tree)),
        (PublishedFrom.URL, iter([in_path(url)])),
    )
    for place, raws in sources:
        for raw in raws:
            if raw and (date := known(raw, now, spoken)):
                return date, place
    return None, None


def updated(stated: Stated, now: dt.datetime, published: str | None) -> str | None:
    """The date of the last change, if the page states one that is not before its publication."""
    for raw in (stated.text("dateModified"), *(stated.meta(name) for name in _listed("dates", "updated"))):
        date = known(raw, now)
        if date and (published is None or not _before(date, published)):
            return date
    return None


def _before(one: str, other: str) -> bool:
    """Whether a date lies before another, as far as both are precise."""
    if len(one) > 10 and len(other) > 10:
        return dt.datetime.fromisoformat(one) < dt.datetime.fromisoformat(other)
    return one[:10] < other[:10]


def known(raw: str | None, now: dt.datetime, spoken: str | None = None) -> str | None:
    """The date in a text, unless it lies ahead of the fetch: nobody can have read it then."""
    date = parse_date(raw, now, spoken)
    if date is None:
        return None
    if len(date) == 10:  # the day may have begun further east
        return date if date <= (now + dt.timedelta(hours=14)).date().isoformat() else None
    return date if dt.datetime.fromisoformat(date) <= now + CLOCK else None


def _listed(name: str, key: str) -> list[str]:
    """The names of a list in their order."""
    return list(table(name)[key])


def _on_page(tree: Any) -> Iterator[str]:
    """Dates in the markup: stated as such, then those that stand behind the headline, outside of links and lists of others."""
    for path in _STATED_DATES:
        found: Any = path(tree)
        yield from (str(value) for value in found[:3])
    heading = next(iter(tree.iter("h1")), None)
    begun = heading is None
    named = near = 0
    for element in tree.iter("*"):
        if element is heading:
            begun = True
        elif begun and element.tag not in _NO_DATE:
            is_named = element.tag == "time" or bool(_DATED.search(f"{element.get('class') or ''} {element.get('id') or ''}"))
            named, near = named + is_named, near + 1
            if max(named, 0 if is_named else near) > MAX_DATED:
                continue
            if not any(parent.tag in _ELSEWHERE for parent in element.iterancestors()):
                yield from _written(element, is_named=is_named)


def _written(element: Any, *, is_named: bool) -> Iterator[str]:
    """What may be a date in an element that is named so; in others only of a line that is a byline, or has a date's label."""
    text = "\n".join(part.strip() for part in element.itertext() if part.strip())[: MAX_DATE_CHARS + 1]
    if patterns("dates", "changed").search(text):
        return
    if element.get("datetime"):
        yield element.get("datetime")
    if is_named or patterns("dates", "labels").match(text) or patterns("credits", "by").match(text):
        yield from readings(text)


def readings(text: str) -> Iterator[str]:
    """What may be a date in a short text: without its label, whole, by pieces, and behind "on"; nothing of a long one."""
    if len(text) > MAX_DATE_CHARS:
        return
    line = " ".join(text.split())
    for piece in (line, *_PIECES.split(text)):
        yield patterns("dates", "labels").sub("", " ".join(piece.split())).strip(" ,:-–—")
    if patterns("dates", "labels").match(line) or patterns("credits", "by").match(line):
        yield from (piece.strip(" ,") for piece in patterns("dates", "on").split(line)[1:])


def in_path(url: str | None) -> str | None:
    """The day in an address, as a date is written."""
    parts = split(url)
    match = _PATH_DAY.search(parts.path) if parts else None
    if not match:
        return None
    return match["packed"] or f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}"
