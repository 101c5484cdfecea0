"""Pages that are no article: lists of articles, paywalls with a beginning only, errors served as if they were pages, walls.

Whoever refuses an article loses it, and a page let through costs a reader one look: each gate wants more than one sign, and
what a publisher states of its article (its type, date and headline) outweighs what the page looks like.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from worker.page._headline import texts
from worker.page._structured import Stated
from worker.page._words import patterns, table, words

# Words of a text that may still be a notice: the page about an error or a wall says little.
NOTICE_WORDS = 150
# Words below which the beginning of an article is no article; a brief has about as many.
STUB_WORDS = 120
# With a request to subscribe in it, a text up to here is a beginning.
BEGINNING_WORDS = 250
# Share of the number of words that the page states below which a text is a beginning.
WHOLE_SHARE = 0.5
# Linked headlines of at least four words from which a page can be a list; fewer are the box beside an article.
TEASERS = 8
TEASER_WORDS = 4
# A paragraph of an article has so many words; a teaser's text has fewer, or there is one for each headline.
PARAGRAPH_WORDS = 25
MAX_LINKS = 5_000


@dataclass(frozen=True)
class Look:
    """What the tree shows before anything is cut out of it."""

    headlines: int
    heading: str


def look(tree: Any) -> Look:
    """Count the linked headlines, and take the page's own."""
    heads = " | ".join([*texts(tree, "title", 1), *texts(tree, "h1", 2)])
    return Look(headlines=_teasers(tree), heading=heads)


def unfit(seen: Look, stated: Stated, blocks: list[str], url: str | None) -> str | None:
    """Why the page is no article: error-page, consent-page, paywall or index-page; None if it may be one."""
    count = sum(len(block.split()) for block in blocks)
    text = "\n".join(blocks)
    if count < NOTICE_WORDS and not _is_article(stated):
        if patterns("gates", "errors").search(seen.heading) or patterns("gates", "error_texts").search(text):
            return "error-page"
        if patterns("gates", "walls").search(seen.heading) or patterns("gates", "wall_texts").search(text):
            return "consent-page"
    if _is_stub(stated, text, count):
        return "paywall"
    if _is_index(seen, stated, blocks, url):
        return "index-page"
    return None


def _is_article(stated: Stated) -> bool:
    """Whether the page states that it is an article, and when it was published."""
    kind = (stated.meta("og:type") or "").lower()
    dated = stated.text("datePublished") or any(stated.meta(name) for name in table("dates")["published"][:6])
    return bool(stated.article) or (kind == "article" and bool(dated))


def _is_stub(stated: Stated, text: str, count: int) -> bool:
    total = stated.text("wordCount") or str(stated.article.get("wordCount") or "")
    if stated.is_free is False and total.isdigit() and count < WHOLE_SHARE * int(total):
        return True
    locked = stated.is_free is False or (stated.meta("article:content_tier") or "").lower() == "locked"
    asked = count < BEGINNING_WORDS and bool(patterns("gates", "paywalls").search(text))
    return (locked and count < STUB_WORDS) or (asked and count < (BEGINNING_WORDS if locked else STUB_WORDS))


def _is_index(seen: Look, stated: Stated, blocks: list[str], url: str | None) -> bool:
    long = sum(len(block.split()) >= PARAGRAPH_WORDS for block in blocks)
    if _is_front(url):
        return seen.headlines >= TEASERS // 2 and long < 2 * seen.headlines
    if _is_article(stated) or seen.headlines < TEASERS:
        return False
    listed = not words("schema", "lists").isdisjoint(stated.types)
    if _names_article(url) and not listed:
        return False
    website = (stated.meta("og:type") or "").lower() == "website"
    return long < seen.headlines if listed or website else 2 * long < seen.headlines


def _names_article(url: str | None) -> bool:
    """Whether an address has the words of a headline, or a number or date such as articles have."""
    path = urlsplit(url).path if url else ""
    return bool(_ARTICLE_PATH.search(path))


def _is_front(url: str | None) -> bool:
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return False
    return (
        bool(parts.hostname)
        and not parts.query
        and parts.path.lower() in {"", "/", "/index.html", "/index.php", "/home", "/news/", "/news"}
    )


def _teasers(tree: Any) -> int:
    """Headings and list items that are one link with the words of a headline."""
    found = set()
    for link, _ in zip(tree.iter("a"), range(MAX_LINKS), strict=False):
        if _heads(link):
            text = " ".join("".join(link.itertext()).split())
            if len(text.split()) >= TEASER_WORDS or (" " not in text and len(text) >= 4 * TEASER_WORDS):
                found.add(text)
    return len(found)


def _heads(link: Any) -> bool:
    """Whether a link is a headline: within a heading, or around one."""
    parent = link.getparent()
    for element in (parent, parent.getparent() if parent is not None else None):
        if element is not None and element.tag in _HEADINGS:
            return True
    return any(child.tag in _HEADINGS for child in link) or any(part in (link.get("class") or "").lower() for part in _TITLED)


_ARTICLE_PATH = re.compile(r"[^\W\d_]+(?:[-_][^\W_]+){3,}|\d{5,}|/\d{4}/\d\d?/")
_HEADINGS = frozenset("h2 h3 h4".split())
_TITLED = ("headline", "title", "teaser")
