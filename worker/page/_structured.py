"""What a page says of its article for machines: JSON-LD (schema.org) and meta elements, read with tolerance and bounds."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from worker.http.robots import directives
from worker.page._words import words

# A page has one to ten blocks of JSON-LD; more is a fault or a trap.
MAX_BLOCKS = 64
# A long article twice over; what is longer is not read.
MAX_BLOCK_CHARS = 2_000_000
# Objects looked at in all blocks together.
MAX_NODES = 2_000
MAX_METAS = 500
MAX_POLICY_CHARS = 500
MAX_UPDATES = 500  # of a live blog
_OPENING = re.compile(r"(?://)?\s*(?:<!\[CDATA\[|<!--)")
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_TAG = re.compile(r"<[^<>]{0,500}>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h\d)\b[^<>]{0,100}>", re.IGNORECASE)
_SPACES = re.compile(r"[^\S\n]+")


@dataclass(frozen=True)
class Stated:
    """The meta elements, by lower-case name, and the object of JSON-LD that is the page's article, if there is one."""

    metas: Mapping[str, tuple[str, ...]]
    article: Mapping[str, Any] = field(default_factory=dict)
    types: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)  # of objects that others refer to, by their ids

    def meta(self, *names: str) -> str | None:
        """The first content of the first of these names that has one."""
        return next((values[0] for name in names if (values := self.metas.get(name))), None)

    def text(self, key: str) -> str | None:
        """A property of the article on one line; of an object its name."""
        return plain(self.article.get(key))

    @cached_property
    def body(self) -> list[str]:
        """The article's text as the page states it, by lines; of a live blog the text of its entries too."""
        parts = [self.article.get("articleBody"), *_updates(self.article.get("liveBlogUpdate"))]
        lines = "\n".join(_unmarked(part) for part in parts if isinstance(part, str)).split("\n")
        return [line for raw in lines if (line := raw.strip())]

    @property
    def is_free(self) -> bool | None:
        """Whether the page says that anybody may read all of it; None if it does not say."""
        said = [
            self.article.get("isAccessibleForFree"),
            *(part.get("isAccessibleForFree") for part in _objects(self.article.get("hasPart"))),
        ]
        told = [str(value).strip().rpartition("/")[2].casefold() for value in said if value is not None]
        if "false" in told:
            return False
        return True if "true" in told else None


def stated(tree: Any, url: str | None) -> Stated:
    """What the page of `tree` states; `url` tells its own article from others that it names."""
    metas = _metas(tree)
    nodes = list(_nodes(tree))
    types = frozenset(kind for node in nodes for kind in kinds(node))
    names = {str(node["@id"]): name for node in nodes if "@id" in node and (name := plain(node.get("name")))}
    return Stated(metas, _main(nodes, _places(tree, metas, url), _headlines(tree, metas)), types, names)


def kinds(node: Mapping[str, Any]) -> list[str]:
    """The types of an object, without their vocabulary's address."""
    found = node.get("@type")
    return [str(kind).rpartition("/")[2] for kind in (found if isinstance(found, list) else [found]) if kind]


def plain(value: Any) -> str | None:
    """A string, the first of a list, or the name of an object, on one line without markup."""
    for _ in range(4):  # a list of an object with a list of names
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, Mapping):
            value = value.get("name") or value.get("@value") or value.get("headline")
    return " ".join(_unmarked(value).split()) or None if isinstance(value, str) else None


def key(text: str | None) -> str:
    """Letters and digits only, in one case: what spellings of a title have in common."""
    return "".join(character for character in (text or "").casefold() if character.isalnum())


def language(tree: Any, stated: Stated) -> str | None:
    """The language that the page declares, as it writes it."""
    declared = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or tree.get("xml:lang")
    return declared or stated.text("inLanguage") or stated.meta("content-language", "og:locale", "dc.language", "language")


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
        found.append(f"meta:tdm-policy={policy[:MAX_POLICY_CHARS]}")
    return tuple(sorted(set(found)))


def _metas(tree: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for number, meta in enumerate(tree.iter("meta")):
        if number >= MAX_METAS:
            break
        content = " ".join((meta.get("content") or "").split())
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if content and (name := (meta.get(attribute) or "").strip().lower()):
                found[name] = (*found.get(name, ()), html.unescape(content))
    return found


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    """The objects on the blocks' upper levels, in the order of the page."""
    queue: deque[Any] = deque()
    for number, script in enumerate(tree.iter("script")):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        if len(queue) >= MAX_BLOCKS or number >= MAX_NODES:
            break
        queue.append(load(script.text or ""))
    for _ in range(MAX_NODES):
        if not queue:
            return
        item = queue.popleft()
        if isinstance(item, list):
            queue.extendleft(reversed(item[:MAX_NODES]))
        elif isinstance(item, dict):
            yield item
            queue.extendleft(part for name in ("mainEntity", "@graph") if isinstance(part := item.get(name), dict | list))


def load(text: str) -> Any:
    """JSON as pages have it: in comments, with control characters, commas too many, or something behind; else None."""
    if len(text) > MAX_BLOCK_CHARS:
        return None
    text = _unwrapped(_unwrapped(text.strip()))
    decoder = json.JSONDecoder(strict=False)
    for attempt in (text, _TRAILING_COMMA.sub("", text)):
        try:
            return decoder.raw_decode(attempt)[0]
        except (ValueError, RecursionError):
            continue
    return _broken(text)


def _unwrapped(text: str) -> str:
    """Without the ends of a comment; from each end once, for a search would begin anew at each of a million spaces."""
    opening = _OPENING.match(text)
    text = (text[opening.end() :] if opening else text).rstrip("; \t\r\n")
    inner = text.removesuffix("]]>").removesuffix("-->")
    return (inner if inner == text else inner.rstrip().removesuffix("//")).strip()


# What is most needed, from a block that is no JSON: an unescaped quotation mark somewhere, or its end is missing.
_FIELD = re.compile(r'"(@type|headline|datePublished|dateModified|isAccessibleForFree)"\s*:\s*"?((?:[^"\\\n]|\\.){1,300}+)"?')


def _broken(text: str) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for match in _FIELD.finditer(text):
        found.setdefault(match[1], match[2].strip(" ,"))
    return found or None


def _main(nodes: list[Mapping[str, Any]], places: frozenset[str], headlines: frozenset[str]) -> Mapping[str, Any]:
    """The object for the page's own article: at its address, else with its headline, else the only one.

    Where there is no article, a page or a film at the address or with the headline is read, if it says when it was published.
    """
    articles = [node for node in nodes if not words("schema", "articles").isdisjoint(kinds(node))]
    others = [node for node in nodes if node.get("datePublished") and node not in articles]
    for some in (articles, others):
        for node in some:
            if not places.isdisjoint(_addresses(node)):
                return node
        for node in some:
            headline = key(plain(node.get("headline") or node.get("name")))
            if headline and any(headline in title or title in headline for title in headlines):
                return node
        if some is articles and len(some) == 1:
            return some[0]
    return {}


def _addresses(node: Mapping[str, Any]) -> Iterator[str]:
    page = node.get("mainEntityOfPage")
    for value in (node.get("url"), node.get("@id"), page.get("@id") if isinstance(page, Mapping) else page):
        if isinstance(value, str) and (place := _place(value)):
            yield place


def _places(tree: Any, metas: Mapping[str, tuple[str, ...]], url: str | None) -> frozenset[str]:
    stated = [
        *(metas.get("og:url", ())[:1]),
        *(link.get("href") or "" for link in tree.iter("link") if link.get("rel") == "canonical"),
    ]
    return frozenset(place for value in (url or "", *stated) if (place := _place(value)))


def _place(url: str) -> str | None:
    """An address as far as it tells articles apart; a front page is none."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    path = parts.path.rstrip("/")
    return f"{(parts.hostname or '').removeprefix('www.')}{path}?{parts.query}" if path or parts.query else None


def _headlines(tree: Any, metas: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    shown = [element.text_content()[:500] for element in [*_some(tree, "h1", 3), *_some(tree, "title", 1)]]
    return frozenset(found for title in (*shown, *metas.get("og:title", ())) if (found := key(title)))


def _some(tree: Any, tag: str, number: int) -> list[Any]:
    return [element for element, _ in zip(tree.iter(tag), range(number), strict=False)]


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in (value if isinstance(value, list) else [value])[:MAX_UPDATES] if isinstance(item, Mapping)]


def _updates(value: Any) -> list[Any]:
    return [part for update in _objects(value) for part in (update.get("headline"), update.get("articleBody"))]


def _unmarked(text: str) -> str:
    """Text without tags and entities; JSON-LD is text, and yet many fill it from their markup."""
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))
    return _SPACES.sub(" ", text)
