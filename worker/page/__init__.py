"""Web pages to articles: the text, what the page says of it, and whether it is an article at all.

JSON-LD and meta elements first (`_structured`, `_facts`), then the markup by trafilatura (`_body`). The tree is parsed once.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import trafilatura

from worker.model import PublishedFrom
from worker.page import _address, _body, _credits, _dates, _gates, _headline, _structured
from worker.page._credits import originator
from worker.page._fragment import fragment_text, markdown_text
from worker.sources._markup import is_overloaded
from worker.timestamp import parse_date

__all__ = ["MAX_TAGS", "Page", "day_in", "fragment_text", "markdown_text", "originator", "read_html"]

# A news page has some thousand tags. Reading takes about 50 microseconds for each: this is 5 s, the most we give.
MAX_TAGS = 100_000
# Among so many first paragraphs stand the byline and the date.
HEAD = 4
_WHOLE_PAGE = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """What a page says of its article; the text has its paragraphs separated by empty lines.

    `unfit` is a word for why the page is no article (index-page, paywall, error-page, consent-page), or None; the text is what
    was found all the same.
    """

    text: str
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    published_from: PublishedFrom | None = None
    updated: str | None = None
    site: str | None = None
    language: str | None = None
    url: str | None = None
    originator: str | None = None
    opt_outs: tuple[str, ...] = field(default=())
    unfit: str | None = None


def read_html(html: str, url: str | None = None) -> Page | None:
    """The article on a page, or all the text of a fragment; None if there are too many tags to read it in time."""
    if html.count("<") > MAX_TAGS or is_overloaded(html):
        return None
    return _article(html, url) if _WHOLE_PAGE.search(html) else _fragment(html)


def day_in(url: str | None) -> str | None:
    """The day that an address names, such as /2026/11/23/, if it can be that of a publication."""
    return _dates.known(_dates.in_path(url), dt.datetime.now(dt.UTC))


def _fragment(html: str) -> Page:
    """All the text of a piece of HTML, save what feeds add to their entries; if there is nothing else, that."""
    blocks = fragment_text(html).split("\n\n")
    kept = _body.own(blocks, ())
    return Page(text="\n\n".join(kept or blocks), originator=originator(blocks, ()))


# The page is read once to see whether it holds the article, and again by whoever asked.
@lru_cache(maxsize=1)
def _article(html: str, url: str | None) -> Page:
    tree: Any = trafilatura.load_html(html)
    if tree is None:
        return Page(text="")
    stated = _structured.stated(tree, url)
    page, titles, seen = _said(tree, stated, url), _headline.titles(tree, stated), _gates.look(tree)
    found = _body.chosen(_body.extracted(tree), stated.body)
    kept = _body.own(found, [*titles, page.title or ""])
    kept = [block for number, block in enumerate(kept) if number >= HEAD or not _is_head_matter(block, page.language)]
    return replace(
        page,
        text="\n\n".join(kept),
        originator=page.originator or _elsewhere(originator(found, ()), _headline.site_names(stated, url)),
        unfit=_gates.unfit(seen, stated, found, url),
    )


def _elsewhere(name: str | None, sites: list[str]) -> str | None:
    """The name unless it is the site's own: "first published on this site" says nothing."""
    own = {_structured.key(site) for site in sites}
    return None if _structured.key(name).removeprefix("the") in own | {site.removeprefix("the") for site in own} else name


def _is_head_matter(block: str, language: str | None) -> bool:
    """Whether a paragraph names the authors or the day, and no more."""
    return _credits.is_byline(block) or any(parse_date(raw, language=language) for raw in _dates.readings(block))


def _said(tree: Any, stated: _structured.Stated, url: str | None) -> Page:
    """The page without its text."""
    now = dt.datetime.now(dt.UTC)
    site, language = _headline.site(stated), _structured.language(tree, stated)
    published, place = _dates.published(tree, stated, url, now, language)
    credits_ = _credits.stated_names(tree, stated)
    authors = _credits.names(credits_, _headline.site_names(stated, url))
    return Page(
        text="",
        title=_headline.title(tree, stated, url),
        authors=authors,
        published=published,
        published_from=place,
        updated=_dates.updated(stated, now, published),
        site=site,
        language=language,
        url=_address.own(tree, stated, url),
        originator=originator((), [*authors, *credits_, *_credits.holders(stated)]) or _address.other_site(tree, stated, url),
        opt_outs=_structured.opt_outs(stated),
    )
