"""The addresses that a page states for itself: its own, or that of the original on another site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from worker.page._structured import Stated

MAX_ADDRESS_CHARS = 2_000
# Links looked at to see which site a page belongs to.
MAX_LINKS = 200
_MOBILE = re.compile(r"^(?:www\d?|m|amp|mobile|touch)\.")
_LETTERS = re.compile(r"[^\W_]+")


def own(tree: Any, stated: Stated, url: str | None) -> str | None:
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
        parts = split(link)
        if url is None or parts is None or _same_site(link, url):
            return None
        return None if set(labels(link)) & set(labels(url)) or _leads_to(tree, link, url) else _bare(parts)
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
        return split(urljoin(url or "", link.strip()))
    except ValueError:  # an unclosed bracket in the host
        return None


def _same_site(one: str, other: str) -> bool:
    first, second = split(one), split(other)
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
    parts = split(url)
    last = max((parts.path if parts else "").split("/"), key=len)
    return {word.lower() for word in _LETTERS.findall(last) if len(word) > 2}


def split(url: str | None) -> SplitResult | None:
    """An address in its parts; None for what is none."""
    try:
        parts = urlsplit(url or "")
    except ValueError:  # an unclosed bracket in the host
        return None
    return parts if parts.hostname else None


def labels(url: str | None) -> list[str]:
    """The parts of an address's host that may name its site."""
    parts = split(url)
    return [label for label in (parts.hostname or "").split(".")[:-1] if len(label) > 3] if parts else []
