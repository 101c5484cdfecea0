"""All the text of some markup, by its blocks: summaries of feeds, Markdown."""

from __future__ import annotations

import re
from typing import Any

import lxml.etree
import lxml.html
from markdown_it import MarkdownIt

_SKIPPED = frozenset("script style template noscript iframe svg math object form button select figcaption head title".split())
_BLOCKS = frozenset(
    "p div section article header footer aside main h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table tr td th "
    "blockquote pre figure hr address details summary".split()
)
_BREAK = "\x00"  # cannot occur in parsed HTML


def markdown_text(markdown: str) -> str:
    """The text of a Markdown document, without its markup."""
    return fragment_text(MarkdownIt("commonmark").enable("table").render(markdown))


def fragment_text(html: str) -> str:
    """All the text of some HTML: a paragraph for each block, without scripts, forms and captions."""
    try:
        tree = lxml.html.document_fromstring(f"<html><body>{html}</body></html>")
    except (lxml.etree.ParserError, ValueError):  # nothing in it
        return ""
    return tree_text(tree)


def tree_text(tree: Any) -> str:
    """All the text below an element, as `fragment_text` gives it."""
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
