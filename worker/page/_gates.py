"""Pages that are no article: lists of articles, paywalls with a beginning only, errors served as if they were pages, walls.

Whoever refuses an article loses it, and a page let through costs a reader one look: each gate wants more than one sign, and
what a publisher states of its article (its type, date and headline) outweighs what the page looks like.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

from worker.page._address import split
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
# The same where links stand in no headings: so many in all, and so many for each paragraph.
LINKS, LINKS_A_PARAGRAPH = 15, 5
# A section is called by one to four words.
TITLE_WORDS = 5
MAX_LINKS = 5_000


@dataclass(frozen=True)
class Look:
    """What the tree shows before anything is cut out of it."""

    headlines: int  # linked, in headings or named so
    links: int  # with the words of a headline, wherever they stand
    heading: str  # title and first headings
    titled: bool  # one heading of the first rank, that leads nowhere and has the words of a headline


def look(tree: Any) -> Look:
    """Count the linked headlines, and take the page's own."""
    heads = " | ".join([*texts(tree, "title", 1), *texts(tree, "h1", 2)])
    return Look(*_teasers(tree), heading=heads, titled=_is_titled(tree))


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
    listed = not words("schema", "lists").isdisjoint(stated.types)
    if _is_article(stated) or (not listed and (_names_article(url) or seen.titled)):
        return False
    if seen.headlines < TEASERS:
        return seen.links >= LINKS and long * LINKS_A_PARAGRAPH < seen.links
    website = (stated.meta("og:type") or "").lower() == "website"
    return long < seen.headlines if listed or website else 2 * long < seen.headlines


def _names_article(url: str | None) -> bool:
    """Whether an address has the words of a headline, or a number or date such as articles have."""
    parts = split(url)
    return parts is not None and bool(_ARTICLE_PATH.search(parts.path))


def _is_front(url: str | None) -> bool:
    parts = split(url)
    return parts is not None and not parts.query and parts.path.lower() in _FRONTS


def _is_titled(tree: Any) -> bool:
    headings = list(islice(tree.iter("h1"), 2))
    if (
        len(headings) != 1
        or next(headings[0].iter("a"), None) is not None
        or next(headings[0].iterancestors("a"), None) is not None
    ):
        return False
    return _is_headline(" ".join("".join(headings[0].itertext()).split()), TITLE_WORDS)


def _teasers(tree: Any) -> tuple[int, int]:
    """How many linked headlines there are: in headings or named so, and all."""
    headed, found = set(), set()
    for link in islice(tree.iter("a"), MAX_LINKS):
        text = " ".join((link.text_content() if len(link) else link.text or "").split())
        if _is_headline(text, TEASER_WORDS):
            found.add(text)
            if _heads(link):
                headed.add(text)
    return len(headed), len(found)


def _is_headline(text: str, least: int) -> bool:
    """Whether a line has at least so many words; in scripts without spaces, four letters for each."""
    return text.count(" ") + 1 >= least or (" " not in text and len(text) >= 4 * least)


def _heads(link: Any) -> bool:
    """Whether a link is a headline: within a heading, or around one."""
    parent = link.getparent()
    for element in (parent, parent.getparent() if parent is not None else None):
        if element is not None and element.tag in _HEADINGS:
            return True
    return any(child.tag in _HEADINGS for child in link) or any(part in (link.get("class") or "").lower() for part in _TITLED)


_ARTICLE_PATH = re.compile(r"[^\W\d_]+(?:[-_][^\W_]+){3,}|\d{5,}|/\d{4}/\d\d?/")
_FRONTS = frozenset({"", "/", "/index.html", "/index.php", "/home", "/news/", "/news"})
_HEADINGS = frozenset("h2 h3 h4".split())
_TITLED = ("headline", "title", "teaser")
