"""Title, site, language, address, dates and reservations of a page, each from where publishers state it best."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from lxml.etree import XPath

from worker.model import PublishedFrom
from worker.page._structured import Stated, key
from worker.page._words import patterns, table, words
from worker.robots import directives
from worker.timestamp import parse_date

# Share of a headline's words that another spelling of it has too.
SAME_TITLE = 0.5
MAX_TITLE_CHARS = 500
MAX_ADDRESS_CHARS = 2_000
# A clock may be wrong by this much; what lies further ahead of the fetch was not published when we fetched it.
CLOCK = dt.timedelta(hours=1)
# Elements looked at for a date in the markup: it stands near the headline.
MAX_DATED = 40
MAX_LINKS = 200
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
_SEPARATOR = re.compile(r"\s+(?:[|·•»«›‹~]|::|[-–—])\s+|\s*[|]\s*")
_DATED = re.compile(
    r"(?:^|[-_\s])(?:date|dateline|published?|posted|time|timestamp|pubdate|meta|byline)(?:$|[-_\s])|[a-z](?:Date|Published|Time|Stamp)(?![a-z])"
)
_PATH_DAY = re.compile(
    r"/(?P<year>(?:19|20)\d\d)(?P<gap>[/-])(?P<month>\d\d?)(?P=gap)(?P<day>\d\d?)(?!\d)|/(?P<packed>20\d{6})(?!\d)", re.ASCII
)
_PIECES = re.compile(r"\s*[|•·\n]\s*")
_MOBILE = re.compile(r"^(?:www\d?|m|amp|mobile|touch)\.")
_LETTERS = re.compile(r"[^\W_]+")


# ---------------------------------------------------------------- title and site


def site(stated: Stated) -> str | None:
    """What the site calls itself, without its motto."""
    names = (
        stated.meta("og:site_name", "application-name"),
        stated.text("publisher"),
        stated.meta("publisher", "dc.publisher"),
    )
    name = next((name for name in names if name), "")
    return _SEPARATOR.split(name)[0].strip(" @") or None


def site_names(stated: Stated, url: str | None) -> list[str]:
    """All names by which the site may call itself, those in its address too."""
    return [name for name in (site(stated), stated.meta("og:site_name"), stated.text("publisher"), *_labels(url)) if name]


def titles(tree: Any, stated: Stated) -> list[str]:
    """The headline in the spellings that are for machines, best first."""
    found = (stated.text("headline"), stated.meta("og:title"), stated.meta("twitter:title"), stated.text("name"))
    return [title for title in (*found, *texts(tree, "title", 1)) if title]


def title(tree: Any, stated: Stated, url: str | None) -> str | None:
    """The headline as readers see it, without the name of the site."""
    names = {key(name) for name in site_names(stated, url)}
    spellings = [without_site(spelling, names) for spelling in titles(tree, stated)]
    shown = texts(tree, "h1", 3)
    for headline in shown:
        near = next((spelling for spelling in spellings if _alike(headline, spelling)), None)
        if near:
            # A kicker before the headline ("Live: ...") is the page's. What is missing at the end was cut off.
            return near if key(headline).endswith(key(near)) else headline
    return next(iter(spellings), None) or (shown[0] if len(shown) == 1 else None)


def without_site(title: str, names: set[str]) -> str:
    """The title without the site's name and what follows it, at its end or its beginning."""
    gaps = list(_SEPARATOR.finditer(title))
    ends = [*(gap.start() for gap in gaps[1:]), len(title)]
    for gap, end in zip(gaps, ends, strict=False):  # no gap: one end too many
        piece = title[gap.end() : end]
        if gap.start() and _names_site(key(piece), names):
            return title[: gap.start()]
    if gaps and key(title[: gaps[0].start()]) in names:
        return title[gaps[0].end() :]
    return title


def _names_site(piece: str, names: set[str]) -> bool:
    return any(
        piece == name or (len(name) > 2 and piece.startswith(name)) or (len(piece) > 3 and name.startswith(piece))
        for name in names
    )


def _labels(url: str | None) -> list[str]:
    parts = _split(url)
    return [label for label in (parts.hostname or "").split(".")[:-1] if len(label) > 3] if parts else []


def _alike(one: str, other: str) -> bool:
    first, second = ({word.casefold() for word in _LETTERS.findall(text)} for text in (one, other))
    if not first or not second:
        return False
    if " " not in one and " " not in other:  # scripts without spaces
        return key(one) in key(other) or key(other) in key(one)
    return len(first & second) >= SAME_TITLE * min(len(first), len(second))


def texts(tree: Any, tag: str, number: int) -> list[str]:
    """What the first elements of a tag say, each on one line."""
    found = []
    for element, _ in zip(tree.iter(tag), range(number), strict=False):
        if text := " ".join("".join(element.itertext()).split()):
            found.append(text[:MAX_TITLE_CHARS])
    return found


# ---------------------------------------------------------------- language and address


def language(tree: Any, stated: Stated) -> str | None:
    """The language that the page declares, as it writes it."""
    declared = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or tree.get("xml:lang")
    return declared or stated.text("inLanguage") or stated.meta("content-language", "og:locale", "dc.language", "language")


def address(tree: Any, stated: Stated, url: str | None) -> str | None:
    """The article's own address, if the page states one of its site that can be this article's and no other's."""
    for link in _canonical(tree, stated, url):
        if url is None or (_same_site(link, url) and _may_be(link, url)):
            return link
    return None


def other_site(tree: Any, stated: Stated, url: str | None) -> str | None:
    """The host that the page names as the place of the original, if that is another site's.

    An address that leads to another (a shortener, a feed's counter, the site of another country) makes no copy: there the
    page's links go where its original is, or both hosts have a name in common.
    """
    for link in _canonical(tree, stated, url):
        parts = _split(link)
        if url is None or parts is None or _same_site(link, url):
            return None
        return None if set(_labels(link)) & set(_labels(url)) or _leads_to(tree, link, url) else _bare(parts)
    return None


def _leads_to(tree: Any, link: str, url: str) -> bool:
    """Whether more of the page's links lead to the one site than to the other."""
    hrefs = [href for anchor, _ in zip(tree.iter("a"), range(MAX_LINKS), strict=False) if (href := anchor.get("href"))]
    return sum(_same_site(href, link) for href in hrefs) > sum(_same_site(href, url) for href in hrefs)


def _canonical(tree: Any, stated: Stated, url: str | None) -> Iterator[str]:
    links = [link.get("href") for link in tree.iter("link") if (link.get("rel") or "").lower() == "canonical"]
    for raw in (*links[:1], stated.meta("syndication-source", "original-source"), stated.meta("og:url")):
        parts = _joined(url, raw) if raw and len(raw) < MAX_ADDRESS_CHARS else None
        if parts and parts.scheme in {"http", "https"} and parts.hostname and (parts.path.strip("/") or parts.query):
            yield parts._replace(fragment="").geturl()


def _joined(url: str | None, link: str) -> SplitResult | None:
    try:
        return _split(urljoin(url or "", link.strip()))
    except ValueError:  # an unclosed bracket in the host
        return None


def _same_site(one: str, other: str) -> bool:
    first, second = _split(one), _split(other)
    if not first or not second:
        return False
    a, b = _bare(first), _bare(second)
    return a == b or a.endswith(f".{b}") or b.endswith(f".{a}")


def _bare(parts: SplitResult) -> str:
    return _MOBILE.sub("", (parts.hostname or "").lower())


def _may_be(link: str, url: str) -> bool:
    """Whether two addresses of a site can be one article's: they have words in common, or one has none to compare."""
    one, other = _slug(link), _slug(url)
    return len(one) < 3 or len(other) < 3 or bool(one & other)


def _slug(url: str) -> set[str]:
    parts = _split(url)
    last = max((parts.path if parts else "").split("/"), key=len)
    return {word.lower() for word in _LETTERS.findall(last) if len(word) > 2}


def _split(url: str | None) -> SplitResult | None:
    try:
        parts = urlsplit(url or "")
    except ValueError:  # an unclosed bracket in the host
        return None
    return parts if parts.hostname else None


# ---------------------------------------------------------------- dates


def published(
    tree: Any, stated: Stated, url: str | None, now: dt.datetime, spoken: str | None
) -> tuple[str | None, PublishedFrom | None]:
    """The date of publication and where it was found: what is for machines first, the address last."""
    sources = (
        (PublishedFrom.JSON_LD, iter([stated.text("datePublished"), stated.text("dateCreated")])),
        (PublishedFrom.META, iter(stated.meta(name) for name in _listed("dates", "published"))),
        (PublishedFrom.PAGE, _on_page(tree)),
        (PublishedFrom.URL, iter([_in_path(url)])),
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


def _in_path(url: str | None) -> str | None:
    parts = _split(url)
    match = _PATH_DAY.search(parts.path) if parts else None
    if not match:
        return None
    return match["packed"] or f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}"


# ---------------------------------------------------------------- reservations


def opt_outs(stated: Stated) -> tuple[str, ...]:
    """Reservations against text and data mining in the page's meta elements, as words such as `meta:noai`."""
    found = [
        word
        for name in words("reservations", "robots")
        for value in stated.metas.get(name, ())
        for word in directives(value, "meta")
    ]
    if (stated.meta("tdm-reservation") or "").strip() == "1":
        found.append("meta:tdm-reservation")
    if policy := stated.meta("tdm-policy"):
        found.append(f"meta:tdm-policy={policy[:MAX_TITLE_CHARS]}")
    return tuple(sorted(set(found)))
