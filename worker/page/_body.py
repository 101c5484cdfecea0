"""The article's paragraphs.

What cannot be part of it is cut out of the tree and trafilatura finds the rest; then cues, the title and the publisher's
own copy of the text in JSON-LD decide on paragraphs.
"""

from __future__ import annotations

import itertools
import logging
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import lxml.etree
import trafilatura

from worker.page._structured import key
from worker.page._words import patterns, words

# It warns of each page without an article; we say so ourselves, with the page's address.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
# Of a list that points elsewhere at least this share of the letters is linked; others have a name linked here and there.
LINKED_LIST = 0.8
# What is called a box, or hidden, is kept if it has more of the page's prose than this: then the name misleads.
BOX_SHARE = 0.25
# What stands around a quoted post: the post itself and its script.
FRAME = 3
# A paragraph longer than this many characters is not judged by its first words.
CUE_CHARS = 300
# A stated text with fewer words in a row than this is a summary.
WHOLE_WORDS = 60
# Shares of words in a row that two texts have in common: of one article; of one of which a part was lost; of two articles.
AGREE, LOST, DISAGREE = 0.9, 0.85, 0.1
_WORD = re.compile(r"\w+")
_PLAIN = frozenset("p h2 h3 h4 h5 h6".split())
_GROUPS = frozenset("div td section span".split())
_LISTS = frozenset("ul ol dl".split())
_SILENT = frozenset("script style noscript template head title svg iframe select textarea button".split())
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_POST = re.compile(r"twitter|tweet|instagram|bluesky|mastodon|telegram|facebook|threads", re.IGNORECASE)
_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_WHOLE = frozenset("html body article main".split())
_TEXTS = frozenset("p quote item cell".split())
_BLOCKS = frozenset("p head quote list item table row div body code".split())


def extracted(tree: Any) -> list[str]:
    """The paragraphs that the markup has for its article, with some that are none. Changes the tree."""
    prune(tree)
    keep_posts(tree)
    found: Any = trafilatura.bare_extraction(tree, include_comments=False)
    return paragraphs(found.body) if found is not None else []


def own(blocks: Iterable[str], titles: Iterable[str]) -> list[str]:
    """The paragraphs without the title where it is repeated, and without those that are no part of the article."""
    known = {key(title) for title in titles}
    most = 2 * max(map(len, known), default=0)  # a title with its marks and spaces
    return [block for block in blocks if not boilerplate(block) and (len(block) > most or key(block) not in known)]


def chosen(found: list[str], stated: list[str]) -> list[str]:
    """The paragraphs of the markup, or those that the page states for machines, where these are more or others.

    What is stated may be the whole text, its beginning, or a summary. It is believed to be whole where it has what was
    found and more, or where nothing that was found is in it although it is longer.
    """
    theirs, ours = _shingles(stated), _shingles(found)
    if theirs.total() < WHOLE_WORDS:
        return found if ours.total() else stated
    shared = (theirs & ours).total()
    if shared < DISAGREE * ours.total() or (shared >= AGREE * ours.total() and ours.total() < LOST * theirs.total()):
        return stated if theirs.total() >= ours.total() else found
    if shared >= AGREE * theirs.total() and shared >= LOST * ours.total():
        return _within(found, theirs)
    return found


def _within(found: list[str], theirs: Counter[tuple[str, ...]]) -> list[str]:
    """The paragraphs from the first to the last that the whole text has too: what is before and behind is none of it."""
    inside = [bool(_shingles([block]) & theirs) for block in found]
    if True not in inside:
        return found
    return found[inside.index(True) : len(inside) - inside[::-1].index(True)]


def _shingles(blocks: Iterable[str]) -> Counter[tuple[str, ...]]:
    tokens = [word for block in blocks for word in _WORD.findall(block)]
    return Counter(zip(*(tokens[start:] for start in range(4)), strict=False))


def keep_posts(tree: Any) -> None:
    """Take the names from what wraps a quoted post: trafilatura would drop the quotation with the frame around it."""
    for quote in tree.iter("blockquote"):
        if _POST.search(quote.get("class") or ""):
            quote.attrib.clear()
            wrapper = quote.getparent()
            if wrapper is not None and len(wrapper) <= FRAME:
                wrapper.attrib.clear()


def prune(tree: Any) -> None:
    """Cut out what is hidden, lists and lines of links, and boxes that say by their names that they are no article."""
    elements, full, linked, prose = measure(tree)
    most = BOX_SHARE * prose[0]
    doomed = [
        element
        for element, all_, links, paragraphs_ in zip(elements, full, linked, prose, strict=True)
        if paragraphs_ <= most and (_only_links(element, all_, links) or _boxed(element))
    ]
    for element in doomed:
        if element.getparent() is not None:
            element.drop_tree()


def _only_links(element: Any, full: int, linked: int) -> bool:
    tag = element.tag
    if tag in _LISTS:
        return linked > 0 and linked >= LINKED_LIST * full
    return 0 < full == linked and (tag in _PLAIN or (tag in _GROUPS and sum(child.tag == "a" for child in element) > 2))


def _boxed(element: Any) -> bool:
    get = element.get
    style, name, other = get("style"), get("class"), get("id")
    if (style and _HIDDEN.search(style)) or get("hidden") is not None:
        return True
    return bool((name and _names_box(name)) or (other and _names_box(other))) and element.tag not in _WHOLE


@lru_cache(maxsize=16_384)  # some hundred pages' names; those of a site come again
def _names_box(named: str) -> bool:
    boxes = words("elements", "boxes")
    for name in named.split():
        parts = [part.lower() for part in _NAME.findall(name)]
        if not boxes.isdisjoint(parts) or not boxes.isdisjoint(map("".join, itertools.pairwise(parts))):
            return True
    return False


def measure(tree: Any) -> tuple[list[Any], list[int], list[int], list[int]]:
    """The elements in their order, and the characters below each: all, those in links, those in paragraphs and no link.

    Lists of numbers: of a hundred thousand small objects the collector would take more time than the counting.
    """
    elements = list(tree.iter("*"))
    place = {element: number for number, element in enumerate(elements)}
    full, linked, prose = ([0] * len(elements) for _ in range(3))
    for number in range(len(elements) - 1, -1, -1):  # children before their parents
        element = elements[number]
        tag = element.tag
        if tag in _SILENT:
            full[number] = linked[number] = prose[number] = 0
        else:
            if element.text:
                full[number] += len(element.text.strip())
            if tag == "a":
                linked[number], prose[number] = full[number], 0
            elif tag == "p":
                prose[number] = full[number] - linked[number]
        if number:
            above = place[element.getparent()]
            full[above] += full[number] + (len(element.tail.strip()) if element.tail else 0)
            linked[above] += linked[number]
            prose[above] += prose[number]
    return elements, full, linked, prose


def paragraphs(body: Any) -> list[str]:
    """The blocks of trafilatura's body: a list item and a table row are paragraphs of their own.

    Headings above the first paragraph head nothing: they repeat the title or sum the article up.
    """
    pieces: list[str] = []
    walk = lxml.etree.iterwalk(body, events=("start", "end"))
    begun = False
    for event, element in walk:
        if element.tag == "head" and not begun and event == "start":
            walk.skip_subtree()
            pieces.append("\n")
            continue
        begun = begun or (element.tag in _TEXTS and bool((element.text or "").strip()))
        edge = "\n" if element.tag in _BLOCKS or element.tag == "lb" else ""
        if event == "start":
            pieces += [edge, _flat(element.text)]
        else:
            pieces += [", " if element.tag == "cell" and element.getnext() is not None else edge, _flat(element.tail)]
    return [line for raw in "".join(pieces).split("\n") if (line := " ".join(raw.split()))]


def _flat(text: str | None) -> str:
    return (text or "").replace("\n", " ")


def boilerplate(block: str) -> bool:
    """Whether a paragraph points elsewhere, asks for something, or says who owns what."""
    if len(block) > CUE_CHARS:
        return False
    return bool(patterns("paragraphs", "whole").fullmatch(block) or patterns("paragraphs", "begins").match(block))
