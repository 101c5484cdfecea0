"""Names in lines that are written in capitals throughout, or without any: there the language model is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from spacy.matcher import PhraseMatcher

from worker.extraction.names.words import LISTS, Name, Words
from worker.model import EntityType
from worker.ontology import Person, Term

PERSON = EntityType.PERSON
# Fewer words in capitals are an abbreviation or a shout.
SHORTEST = 4
# In capitals or small letters these lexicon names are common words.
WORDS = LISTS["words"]


class Line:
    """Tokens of a sentence that is all capitals or all small."""

    def __init__(self, start: int, end: int, *, capitals: bool) -> None:
        self.start, self.end, self.capitals = start, end, capitals


def lines(words: Words) -> list[Line]:
    """The sentences in which capitals say nothing."""
    starts = [i for i, begins in enumerate(words.begins) if begins]
    found = []
    for start, end in pairwise([*starts, len(words)]):
        if end - start >= SHORTEST and (line := _line(words, start, end)):
            found.append(line)
    return found


def _line(words: Words, start: int, end: int) -> Line | None:
    first = words.text[start]
    if first[:1].isupper() and not first.isupper():
        return None
    letters = [w for w in words.text[start:end] if w.isalpha()]
    if len(letters) < SHORTEST:
        return None
    if all(w.isupper() for w in letters):
        return Line(start, end, capitals=True)
    return Line(start, end, capitals=False) if all(w.islower() for w in letters) else None


def reread(
    words: Words, names: Sequence[Name], found: Sequence[Line], matcher: PhraseMatcher, entries: Mapping[int, object]
) -> list[Name]:
    """The names with those of such lines read anew: by the lexicons, and by what the rest of the article names."""
    if not found:
        return list(names)
    inside = {i for line in found for i in range(line.start, line.end)}
    kept = [n for n in names if n.start not in inside]
    known = _by_small_words(words, kept)
    return kept + [
        n for line in found for n in [*_from_lexicon(words, line, matcher, entries, known), *_from_article(words, line, known)]
    ]


def _from_lexicon(
    words: Words, line: Line, matcher: PhraseMatcher, entries: Mapping[int, object], known: Mapping[tuple[str, ...], Name]
) -> Iterator[Name]:
    # Of a span the matcher gives places in the whole text.
    for key, start, end in matcher(words.doc[line.start : line.end]):
        entry, first = entries[key], words.text[start]
        if end - start == 1 and (first.lower() in WORDS or (len(first) < SHORTEST and not line.capitals)):
            continue
        if isinstance(entry, Person) and end - start == 1 and (first.lower(),) in known:
            continue  # whom the article names bears the name
        if isinstance(entry, Person):
            yield Name(start, end, PERSON, person=entry, sure=True)
        elif isinstance(entry, Term) and (end - start > 1 or entry.kind not in {"weapon", "party"}):
            yield Name(start, end, entry.type, entry, sure=True)


def _by_small_words(words: Words, names: Sequence[Name]) -> dict[tuple[str, ...], Name]:
    """Names of the article's other lines by their words in small letters, people also by last name."""
    found = {tuple(w.lower() for w in words.text[n.start : n.end]): n for n in names}
    people = [n for n in names if n.type is PERSON and n.length > 1]
    return {(words.text[n.end - 1].lower(),): n for n in people if words.text[n.end - 1].lower() not in WORDS} | found


def _from_article(words: Words, line: Line, known: Mapping[tuple[str, ...], Name]) -> Iterator[Name]:
    longest = max((len(key) for key in known), default=0)
    small = [w.lower() for w in words.text[line.start : line.end]]
    for i in range(len(small)):
        for length in range(min(longest, len(small) - i), 0, -1):
            name = known.get(tuple(small[i : i + length]))
            if name is not None and (length > 1 or small[i] not in WORDS):
                start = line.start + i
                yield Name(start, start + length, name.type, name.term, name.person, sure=True)
                break
