"""What kind of thing a name is: by its own words, by the words beside it, and by what the same name is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from worker.extraction.names.boundaries import FIRST, HEADS, PORTFOLIOS
from worker.extraction.names.words import ADJ, LISTS, NOUN, PARTICLES, PROPN, TITLES, Name, Words
from worker.model import EntityType

PERSON, ORG, GPE, LOC = EntityType.PERSON, EntityType.ORG, EntityType.GPE, EntityType.LOC
FAC, EVENT, NORP = EntityType.FAC, EntityType.EVENT, EntityType.NORP
PLACES = frozenset({GPE, LOC, FAC})
PARTICIPLES = LISTS["participles"]
MEETINGS = LISTS["meetings"]
NOTHING = LISTS["nothing"]
OFFICIAL = TITLES | PORTFOLIOS | {"of", "the", "and"}
BY_HEAD: dict[str, EntityType] = (
    dict.fromkeys(LISTS["buildings"], FAC)
    | dict.fromkeys(LISTS["places"], LOC)
    | dict.fromkeys(LISTS["happenings"], EVENT)
    | dict.fromkeys(HEADS, ORG)
)
# Heads that are last names too: they say nothing behind a first name.
SURNAMES = LISTS["surnames"]


def by_own_words(words: Words, name: Name) -> Name | None:
    """The name with the kind that its head tells; None for texts, prizes and offices, which are none of our kinds."""
    if name.sure or name.type is EntityType.WEAPON:
        return name
    first, last = words.text[name.start], words.text[name.end - 1]
    if _is_office(words, name) or last in NOTHING or (name.length > 2 and first in {"Treaty", "Order"}):
        return None
    if name.length == 1:
        return _single(words, name)
    given = first in FIRST or _has_initial(words, name)
    if given and (last not in BY_HEAD or last in SURNAMES):
        return replace(name, type=PERSON) if name.type is not EVENT and _all_names(words, name) else name
    if first in FIRST and name.length == 2 and name.type is PERSON and BY_HEAD.get(last) in PLACES:
        return name  # "Amy Bridge"
    return _by_head(words, name)


def _has_initial(words: Words, name: Name) -> bool:
    """Whether it is put together as only people's names are: "Martha D. Quill"."""
    inner = words.text[name.start + 1 : name.end - 1]
    return len(inner) == 1 and len(inner[0]) == 2 and inner[0][0].isupper() and inner[0][1] == "."


def _by_head(words: Words, name: Name) -> Name:
    first, last = words.text[name.start], words.text[name.end - 1]
    if first in LISTS["opening_happenings"] and words.text[name.start + 1] == "of":
        return replace(name, type=EVENT)
    if first in LISTS["openers"] and words.text[name.start + 1] in {"of", "for", "on"}:
        return replace(name, type=ORG, sure=True)
    if last in MEETINGS:
        return replace(name, type=EVENT if name.type in PLACES | {EVENT} else ORG)
    kind = BY_HEAD.get(last)
    if kind is LOC and any(word in HEADS for word in words.text[name.start + 1 : name.end - 2]):
        # "Police Federation Northern Ireland", "Farmers Union Western Province": the place comes behind the body.
        kind = ORG
    if kind is None or (kind is LOC and name.type is GPE):
        return name
    return replace(name, type=kind, sure=True)


def _single(words: Words, name: Name) -> Name | None:
    """A single word: no name if it is an adjective or belongs to an office, a person if it is a first name."""
    word = words.text[name.start]
    if name.type in {ORG, GPE, LOC} and (words.pos[name.start] in {ADJ, NOUN} or word in PORTFOLIOS):
        return None
    if word.rpartition("-")[2] in PARTICIPLES:
        return None
    return replace(name, type=PERSON) if name.type is ORG and word in FIRST else name


def _all_names(words: Words, name: Name) -> bool:
    return name.length <= 5 and all(w[0].isupper() or w in PARTICLES or w in "-–'’" for w in words.text[name.start : name.end])


def _is_office(words: Words, name: Name) -> bool:
    """Whether it is only an office ("Postmaster General") or what an office is for ("Secretary of State")."""
    text = words.text
    inside = text[name.start : name.end]
    if inside[-1] in TITLES and name.type is not PERSON and all(w in OFFICIAL for w in inside):
        return True
    if inside[0] in TITLES and len(inside) > 1 and inside[1] in {"of", "for"}:
        return True
    if name.start > 1 and text[name.start - 1] in {"of", "for"} and text[name.start - 2] in TITLES and inside[0] in PORTFOLIOS:
        return True
    return name.end < len(text) and text[name.end] in TITLES and all(w in PORTFOLIOS or w in {"and", "&"} for w in inside)


def people(words: Words, taken: dict[int, Name]) -> Iterator[Name]:
    """People whom the language model did not see, or took for places and firms: a first name and what follows it."""
    after = 0
    for i in [i for i, word in enumerate(words.text[:-1]) if word in FIRST and words.pos[i] == PROPN]:
        if i >= after and (i not in taken or taken[i].start == i):
            end = _run(words, i)
            if end > i + 1 and _unnamed(words, i, end, taken):
                yield Name(i, end, PERSON)
                after = end + 1


def _run(words: Words, start: int) -> int:
    end = start + 1
    while end < len(words) and end - start < 5 and not words.begins[end]:
        word = words.text[end]
        particle = word in PARTICLES and end + 1 < len(words) and words.capital(end + 1)
        if not particle and not (words.capital(end) and words.pos[end] == PROPN and word not in TITLES):
            break
        end += 1
    return end


def _unnamed(words: Words, start: int, end: int, taken: dict[int, Name]) -> bool:
    """Whether nobody else has the words, nor the next one ("Anna Weiss Street")."""
    others = [taken[i] for i in range(start, end) if i in taken]
    beside = words.text[end - 1] in BY_HEAD and words.text[end - 1] not in SURNAMES
    return not beside and all(not o.sure and o.type is not PERSON and o.start >= start and o.end <= end for o in others)


def by_majority(words: Words, names: list[Name]) -> list[Name]:
    """A name that is several kinds in one article is the one that it is most often; a sure one counts as ten."""
    counts: dict[str, dict[EntityType, int]] = {}
    texts = [words.join(name.start, name.end) for name in names]
    for name, text in zip(names, texts, strict=True):
        kinds = counts.setdefault(text, {})
        kinds[name.type] = kinds.get(name.type, 0) + (10 if name.sure else 1)
    return [_as_most(name, counts[text]) for name, text in zip(names, texts, strict=True)]


def _as_most(name: Name, kinds: dict[EntityType, int]) -> Name:
    if name.sure or len(kinds) == 1:
        return name
    return replace(name, type=max(kinds, key=lambda kind: kinds[kind]))
