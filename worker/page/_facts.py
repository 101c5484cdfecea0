"""Title, site, language, address, dates and reservations of a page, each from where publishers state it best."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

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
# A line with a date and a name; more is a paragraph that speaks of a date.
MAX_DATE_CHARS = 160
_NO_DATE = frozenset("script style html head body main article form input meta link".split())
_ELSEWHERE = frozenset("aside nav footer a li form figure".split())
_STATED_DATES = (
    '//*[@itemprop="datePublished"]/@datetime',
    '//*[@itemprop="datePublished"]/@content',
    "//time[@pubdate]/@datetime",
    '//abbr[contains(@class, "published")]/@title',
    '//time[contains(concat(" ", @class, " "), " published ")]/@datetime',
    '//time[contains(@class, "entry-date")]/@datetime',
    '//*[@itemprop="datePublished"]/text()',
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
    """What the site calls itself."""
    return (
        stated.meta("og:site_name", "application-name") or stated.text("publisher") or stated.meta("publisher", "dc.publisher")
    )


def titles(tree: Any, stated: Stated) -> list[str]:
    """The headline in the spellings that are for machines, best first."""
    found = (stated.text("headline"), stated.meta("og:title"), stated.meta("twitter:title"), stated.text("name"))
    return [title for title in (*found, *texts(tree, "title", 1)) if title]


def title(tree: Any, stated: Stated, url: str | None) -> str | None:
    """The headline as readers see it, without the name of the site."""
    names = {key(name) for name in (site(stated), stated.text("publisher"), *_labels(url)) if name}
    spellings = [without_site(spelling, names) for spelling in titles(tree, stated)]
    shown = texts(tree, "h1", 3)
    for headline in shown:
        near = next((spelling for spelling in spellings if _alike(headline, spelling)), None)
        if near:
            # A kicker before the headline ("Live: ...") is the page's; the headline alone is the article's.
            return near if key(near) in key(headline) and not near.endswith(("…", "...")) else headline
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
    """The host that the page names as the place of the original, if that is another site's."""
    for link in _canonical(tree, stated, url):
        if url is not None and not _same_site(link, url) and (parts := _split(link)):
            return _bare(parts)
    return None


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
        if date and (published is None or date[:10] >= published[:10]):
            return date
    return None


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
        yield from (str(value) for value in tree.xpath(path)[:3])
    heading = next(iter(tree.iter("h1")), None)
    begun = heading is None
    looked = 0
    for element in tree.iter():
        if element is heading:
            begun = True
        elif begun and looked < MAX_DATED and _may_date(element):
            looked += 1
            yield from _written(element)


def _may_date(element: Any) -> bool:
    if not isinstance(element.tag, str) or element.tag in _NO_DATE:
        return False
    named = element.tag == "time" or _DATED.search(f"{element.get('class') or ''} {element.get('id') or ''}")
    return bool(named) and not any(parent.tag in _ELSEWHERE for parent in element.iterancestors())


def _written(element: Any) -> Iterator[str]:
    text = "\n".join(part.strip() for part in element.itertext() if part.strip())
    if patterns("dates", "changed").search(text[:MAX_DATE_CHARS]):
        return
    if element.get("datetime"):
        yield element.get("datetime")
    yield from readings(text)


def readings(text: str) -> Iterator[str]:
    """What may be a date in a short text: without its label, whole and by pieces; nothing of a long one."""
    if len(text) <= MAX_DATE_CHARS:
        for piece in (text, *_PIECES.split(text)):
            yield patterns("dates", "labels").sub("", " ".join(piece.split())).strip(" ,:-–—")


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
