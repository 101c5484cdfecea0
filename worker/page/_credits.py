"""Who wrote it: names of authors without what stands around them, and the agency or site that a text comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain, islice
from typing import Any

from lxml.etree import XPath

from worker.page._structured import Stated, plain
from worker.page._words import patterns, table, words

# Longer than this a line is no name: six words are a Spanish or Portuguese one.
NAME_WORDS = 6
NAME_CHARS = 60
MAX_NAMES = 20
# A name with its role and place; what is longer is a sentence.
ROLE_WORDS = 10
# Where a dateline can stand, and where a credit: in the first and the last characters.
HEAD_CHARS = 140
TAIL_CHARS = 400
# A byline with roles and places; more is a paragraph about the author.
MAX_BYLINE = 200
MAX_MARKED = 100
MAX_BELOW = 10
_INLINE = ("p", "div", "span", "i", "em", "b", "strong", "font", "small", "address")
_OTHERS = frozenset("aside nav footer li form".split())
# One walk finds all that may be it; the names of classes then say how likely each is.
_MARKED = XPath(
    "descendant::*[@itemprop='author' or @rel='author' or contains(@class, 'uthor') or contains(@class, 'yline')"
    " or contains(@class, 'by-line')]"
)
_CLASSES = (
    re.compile(r"(?:^|\s)(?:(?:[\w-]+[-_])?authors?|[\w-]*author[-_]*name)(?:\s|$)", re.IGNORECASE),
    re.compile(r"by-?line", re.IGNORECASE),
)
_SEPARATORS = re.compile(r"\s*(?:[;|•·\n/]|\s[–—-]\s|,?\s(?:and|und|et|og|och|en|та|и|i|with|avec|con|com|mit|&)\s|&)\s*")
_OR_WITHIN = re.compile(r"\s(?:y|e|ja|oraz|ve|és|και|și)\s")
_COMMA = re.compile(r"\s*,\s*")
_PARENTHESIS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_PLACE = re.compile(r"\s+(?:in|at|for|on|from|reports?|reporting)\s.*$")
_NOT_A_NAME = re.compile(r"[@\d<>{}=_#]|\w\w\.\w\w|^\S+/")
_ADDRESS = re.compile(r"^\s*(?:https?:)?//")


def stated_names(tree: Any, stated: Stated) -> list[str]:
    """What the page states of its authors, from the first place that names any."""
    for read in (_in_author, _in_metas, lambda _: _in_markup(tree), lambda _: _below_heading(tree)):
        raws = read(stated)
        if any(names([raw]) for raw in raws):
            return raws
    return _in_data(stated, "creator")


def holders(stated: Stated) -> list[str]:
    """Who else has a part in the article by what the page states: sources, rights holders, what it is based on."""
    found = []
    for name in ("sourceOrganization", "provider", "copyrightHolder", "creditText", "isBasedOn", "author"):
        found += _in_data(stated, name)
    return [*found, *(value for name in ("source", "dc.source", "copyright", "article:source") if (value := stated.meta(name)))]


def _in_author(stated: Stated) -> list[str]:
    return _in_data(stated, "author")


def _in_data(stated: Stated, key: str) -> list[str]:
    value = stated.article.get(key)
    items = value if isinstance(value, list) else [value]
    return [name for item in items[:MAX_NAMES] for part in _named(stated, item) if (name := plain(part))]


def _named(stated: Stated, item: Any) -> list[Any]:
    """An object's name, which some write as a list of names, and others in another object."""
    if not isinstance(item, Mapping):
        return [item]
    name = item.get("name") or stated.names.get(str(item.get("@id")))
    return name if isinstance(name, list) else [name]


def _in_metas(stated: Stated) -> list[str]:
    """Every content of the first name that has a name in it; addresses of profiles are none."""
    for meta in table("credits")["metas"]:
        if (raws := list(stated.metas.get(meta, ()))) and any(names([raw]) for raw in raws):
            return raws
    return []


def _in_markup(tree: Any) -> list[str]:
    marked: Any = _MARKED(tree)
    found = [element for element in marked[:MAX_MARKED] if not any(up.tag in _OTHERS for up in element.iterancestors())]
    authors = [element for element in found if element.get("itemprop") == "author"]
    for likely in (
        [name for author in authors for name in author.iter() if name.get("itemprop") == "name"],
        authors,
        [element for element in found if element.get("rel") == "author"],
        *([element for element in found if named.search(element.get("class") or "")] for named in _CLASSES),
    ):
        raws = [text for element in likely[:MAX_NAMES] if 0 < len(text := _lines(element)) <= MAX_BYLINE]
        if any(names([raw]) for raw in raws):
            return raws
    return []


def _below_heading(tree: Any) -> list[str]:
    """A short line that begins with "By" among the first elements below the headline."""
    heading = next(iter(tree.iter("h1")), None)
    if heading is None:
        return []
    below = chain.from_iterable(element.iter(*_INLINE) for element in islice(heading.itersiblings(), MAX_BELOW))
    for part in islice(below, MAX_MARKED):
        texts = [text for raw in islice(part.itertext(), MAX_BELOW) if (text := " ".join(raw.split()))]
        line = "\n".join(texts)
        if len(line) <= MAX_BYLINE and _credits(line):
            return [line]
    return []


def is_byline(line: str) -> bool:
    """Whether a line is "By" and names, all of whose words begin with capitals; "By Friday, dozens had fled." is none."""
    return not line.endswith((".", ":", "?", "!", ",")) and _credits(line)


def _credits(line: str) -> bool:
    if len(line) > MAX_BYLINE or not patterns("credits", "by").match(line):
        return False
    found = names([line])
    return bool(found) and all(_is_full_name(name) or agency(name) for name in found)


def _is_full_name(name: str) -> bool:
    parts = [part for part in name.split() if part.casefold() not in words("credits", "particles")]
    return len(parts) > 1 and all(part[0].isupper() for part in parts)


def _lines(element: Any) -> str:
    content = element.get("content")
    return content or "\n".join(part for raw in element.itertext() if (part := " ".join(raw.split())))


def names(raws: Iterable[str], sites: Iterable[str] = ()) -> tuple[str, ...]:
    """The names in some lines of authors, each once; the names of the site, roles, addresses and desks are none."""
    found: dict[str, str] = {}
    own = {_plain(site) for site in sites}
    for raw in raws:
        for name in _split(raw):
            if len(found) < MAX_NAMES and _is_name(name, own):
                found.setdefault(name.casefold(), name)
    return tuple(found.values())


def _split(raw: str) -> list[str]:
    if _ADDRESS.match(raw):
        return []
    line = patterns("credits", "by").sub("", _PARENTHESIS.sub("", raw[:1000]).strip())
    return [name for part in _SEPARATORS.split(line) for half in _halves(part) for name in _listed(half)]


def _halves(part: str) -> list[str]:
    """Names around a word for "and" that can stand within a name too: then what follows it is one word (Ortega y Gasset)."""
    halves = _OR_WITHIN.split(part)
    return halves if len(halves) > 1 and all(" " in half.strip() for half in halves) else [part]


def _listed(part: str) -> list[str]:
    """Names between commas; "Tonga, Mele" is one in the order of a library, and a role behind a name is none."""
    pieces = [piece for raw in _COMMA.split(part) if len(raw.split()) <= ROLE_WORDS and (piece := _bare(raw))]
    if len(pieces) == 2 and all(" " not in piece and agency(piece) is None and not _is_role(piece) for piece in pieces):
        return [f"{pieces[1]} {pieces[0]}"]
    return pieces


def _bare(piece: str) -> str:
    """The piece without "by", a role behind the name, and where they report from."""
    name = patterns("credits", "by").sub("", " ".join(piece.split())).strip(" .:,-–—*\"'“”")
    if agency(name):
        return name
    first = name.partition(" ")[0]
    if agency(first) and _is_role(name):  # "AP Political Writer"
        return first
    parts = _PLACE.sub("", name).split()
    for number, part in enumerate(parts):
        if number >= 2 and part.casefold().strip(".:") in words("credits", "roles"):
            # What modifies the role goes with it: "Mele Tonga Senior Political Correspondent".
            while number > 2 and parts[number - 1].casefold() in words("credits", "modifiers"):
                number -= 1  # noqa: PLW2901  the name ends here
            return " ".join(parts[:number])
    return " ".join(parts)


def _is_role(piece: str) -> bool:
    return not words("credits", "roles").isdisjoint(piece.casefold().split())


def _is_name(name: str, sites: set[str]) -> bool:
    if not name or len(name) > NAME_CHARS or len(name.split()) > NAME_WORDS or _NOT_A_NAME.search(name):
        return False
    if agency(name):
        return True
    if any(_plain(name) in site for site in sites):
        return False
    return not (_is_role(name) or name.casefold() in table("credits")["nobody"])


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


# ---------------------------------------------------------------- agencies


def agency(name: str) -> str | None:
    """The agency of that name or abbreviation, as it calls itself."""
    return _agencies().get(_plain(name))


def originator(blocks: Sequence[str], credits_: Iterable[str]) -> str | None:
    """The agency that a text comes from, by its dateline, by the credits given, or by what its end says.

    `blocks` are the paragraphs before any is taken away; `credits_` are authors, rights holders and the like.
    """
    for credit in credits_:
        for piece in (credit, *_SEPARATORS.split(credit), *_COMMA.split(credit)):
            if found := agency(patterns("credits", "by").sub("", piece.strip())):
                return found
    for block in blocks[:3]:
        if match := _dateline().match(block[:HEAD_CHARS]):
            return agency(match["agency"] or match["alone"])
    return _at_the_end(blocks)


def _at_the_end(blocks: Sequence[str]) -> str | None:
    for block in reversed(blocks[-4:]):
        tail = block[-TAIL_CHARS:]
        if (match := _rights().search(tail) or _signed().search(tail)) and (found := agency(match["agency"])):
            return found
        # "The post ... first appeared on ...": a feed of the site itself.
        if not block.startswith("The post ") and (match := patterns("credits", "first_published").search(tail)):
            return " ".join(match["where"].split()).strip(" .,") or None
    return None


@cache
def _agencies() -> dict[str, str]:
    return {_plain(name): agency for agency, others in table("agencies").items() for name in (agency, *others)}


@cache
def _any() -> str:
    listed = {name for agency, others in table("agencies").items() for name in (agency, *others)}
    return "|".join(re.escape(name) for name in sorted(listed, key=len, reverse=True))


@cache
def _dateline() -> re.Pattern[str]:
    """SUVA, Nov 20 (Reuters) - ; Berlin (dpa) – ; NAIROBI, Kenya (AP/Lagoon Wire) — ; PARIS (AFP) without a dash."""
    by = rf"\((?P<agency>{_any()})(?:/[\w .-]{{1,40}})?\)"
    return re.compile(rf"(?:[^()]{{0,80}}{by}\s*[-–—:]|(?:[^\W\d_a-z]|[\s,.]){{2,60}}{by.replace('agency', 'alone')})")


@cache
def _rights() -> re.Pattern[str]:
    return re.compile(
        rf"(?:©|\(c\)|copyright)\s*(?:by\s+)?(?:\d{{4}}\s*)?(?:by\s+)?(?:the\s+)?(?P<agency>{_any()})\b", re.IGNORECASE
    )


@cache
def _signed() -> re.Pattern[str]:
    """An agency alone at the end, in brackets or behind a dash."""
    return re.compile(
        rf"(?:(?:^|[.!?”\"]\s*)[-–—(\[]|^(?:[Ss]ource|SOURCE|[Vv]ia|Quelle|Fuente)s?\s?:)\s*(?P<agency>{_any()})\s*[)\]]?\.?\s*$"
    )
