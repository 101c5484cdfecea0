"""Markup to text: the article on a web page by trafilatura, a fragment of HTML or Markdown by its blocks."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import lxml.etree
import lxml.html
import trafilatura
from markdown_it import MarkdownIt

from worker.timestamp import parse_date

# A news page has some thousand tags. Reading takes about 50 microseconds for each: this is 5 s, the most we give.
MAX_TAGS = 100_000
_WHOLE_PAGE = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
# Where publishers put the moment of publication, most telling first; trafilatura's own reading gives days only.
_PUBLISHED = (
    '//meta[@property="article:published_time"]/@content',
    '//meta[@itemprop="datePublished"]/@content',
    '//*[@itemprop="datePublished"]/@datetime',
    "//time[@pubdate]/@datetime",
)
_LD_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]+)"')
_SKIPPED = frozenset("script style template noscript iframe svg math object form button select figcaption head title".split())
_BLOCKS = frozenset(
    "p div section article header footer aside main h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table tr td th "
    "blockquote pre figure hr address details summary".split()
)
_BREAK = "\x00"  # cannot occur in parsed HTML


@dataclass(frozen=True)
class Page:
    """What a page says of its article; the text has its paragraphs separated by empty lines."""

    text: str
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    site: str | None = None
    language: str | None = None
    url: str | None = None


def read_html(html: str, url: str | None = None) -> Page | None:
    """The article on a page, or all the text of a fragment; None if there are too many tags to read it in time."""
    if html.count("<") > MAX_TAGS:
        return None
    return _article(html, url) if _WHOLE_PAGE.search(html) else Page(text=fragment_text(html))


def markdown_text(markdown: str) -> str:
    """The text of a Markdown document, without its markup."""
    return fragment_text(MarkdownIt("commonmark").enable("table").render(markdown))


def fragment_text(html: str) -> str:
    """All the text of some HTML: a paragraph for each block, without scripts, forms and captions."""
    try:
        tree = lxml.html.document_fromstring(f"<html><body>{html}</body></html>")
    except (lxml.etree.ParserError, ValueError):  # nothing in it
        return ""
    pieces: list[str] = []
    _collect(tree, pieces)
    blocks = re.split(rf"{_BREAK}|\n\s*\n", "".join(pieces))
    return "\n\n".join(text for block in blocks if (text := _squeezed(block)))


def _squeezed(block: str) -> str:
    return "\n".join(line for raw in block.split("\n") if (line := " ".join(raw.split())))


def _collect(tree: Any, pieces: list[str]) -> None:
    """Walk without recursion: markup may be nested deeper than Python's stack."""
    walk = lxml.etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        edge = _BREAK if element.tag in _BLOCKS else ""
        if event != "start":
            pieces.append(edge + _flat(element.tail))
        elif element.tag in _SKIPPED:
            walk.skip_subtree()
        else:
            pieces.append("\n" if element.tag == "br" else edge + _flat(element.text))


def _flat(text: str | None) -> str:
    """Line ends in the source mean nothing; those from `br` do."""
    return re.sub(r"\s+", " ", text or "")


# The page is read once to see whether it holds the article, and again by whoever asked.
@lru_cache(maxsize=1)
def _article(html: str, url: str | None) -> Page:
    tree = trafilatura.load_html(html)
    if tree is None:
        return Page(text="")
    published, language = _published(tree), tree.get("lang")
    found: Any = trafilatura.bare_extraction(
        tree,
        url=url,
        with_metadata=True,
        include_comments=False,
        # Its extensive search takes any date on the page, a copyright year too.
        date_extraction_params={
            "original_date": True,
            "extensive_search": False,
            "max_date": dt.datetime.now(dt.UTC).date().isoformat(),
        },
    )
    if found is None:
        return Page(text="")
    return Page(
        text=_without_title(found.text or "", found.title),
        title=found.title or None,
        authors=tuple(name.strip() for name in (found.author or "").split(";") if name.strip()),
        published=published or parse_date(found.date),
        site=found.sitename or None,
        language=language,
        url=found.url or None,
    )


def _published(tree: Any) -> str | None:
    now = dt.datetime.now(dt.UTC)
    stated = [str(value) for path in _PUBLISHED for value in tree.xpath(path)]
    for script in tree.xpath('//script[@type="application/ld+json"]/text()'):
        stated += _LD_PUBLISHED.findall(str(script))
    return next((date for raw in stated if (date := parse_date(raw, now))), None)


def _without_title(text: str, title: str | None) -> str:
    """The paragraphs without the headline, where it is repeated above them."""
    lines = [line for line in text.split("\n") if line.strip()]
    if lines and title and lines[0].strip().casefold() == title.strip().casefold():
        del lines[0]
    return "\n\n".join(lines)
