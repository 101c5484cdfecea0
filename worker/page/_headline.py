"""The headline of a page, and what its site calls itself."""

from __future__ import annotations

import re
from typing import Any

from worker.page._address import labels
from worker.page._structured import Stated, key

# Share of a headline's words that another spelling of it has too.
SAME_TITLE = 0.5
MAX_TITLE_CHARS = 500
_SEPARATOR = re.compile(r"\s+(?:[|·•»«›‹~]|::|[-–—])\s+|\s*[|]\s*")
_LETTERS = re.compile(r"[^\W_]+")


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
    return [name for name in (site(stated), stated.meta("og:site_name"), stated.text("publisher"), *labels(url)) if name]


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
