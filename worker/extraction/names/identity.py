"""Which names of an article are one figure: "Mark Rutte" and "Rutte", "African National Congress" and "ANC"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from spacy.tokens import Span

from worker.extraction.entities import Cast, Figure
from worker.extraction.names.words import Name, Words
from worker.model import EntityType, MentionKind

PERSON = EntityType.PERSON
Key = tuple[str, str]


class Register:
    """The figures so far, under every name that may stand for them."""

    def __init__(self, short: Mapping[str, str], later: Mapping[str, str]) -> None:
        self.figures: dict[Key, Figure] = {}
        self.short = short
        self.later = later
        self.people: dict[str, str] = {}
        self.initials: dict[Key, str] = {}
        self.prominent: set[str] = set()

    def key(self, words: Words, name: Name) -> Key:
        """Under which key a name is to be found; figures of the lexicons go by their own name."""
        if name.person:
            return PERSON, name.person.name
        if name.term:
            # Ukraine and Ukrainian are two entities with one country.
            return name.type, name.term.name
        text = " ".join(words.join(name.start, name.end).split())
        if name.type is PERSON:
            return PERSON, self.people.get(text.lower()) or self.later.get(text.lower(), text)
        return name.type, self.short.get(text) or self.initials.get((name.type, text), text)

    def introduce(self, key: Key, words: Sequence[str]) -> None:
        """Remember what may stand for the name from now on.

        Who is introduced later takes a shared last name over, unless an office holder bears it: "Trump" is not Melania Trump.
        """
        kind, name = key
        if kind == PERSON and len(words) == 1:
            self.people.setdefault(name.lower(), name)
        elif kind == PERSON:
            for k in range(len(words)):
                short = " ".join(words[k:]).lower()
                if self.people.get(short) not in self.prominent or name in self.prominent:
                    self.people[short] = name
            if not words[0].isupper():
                self.people.setdefault(words[0].lower(), name)
        elif kind != PERSON and len(words) > 1:
            self.initials[kind, "".join(w[0] for w in words if w[0].isupper())] = name


def merge(words: Words, names: Sequence[Name], short: Mapping[str, str]) -> Cast:
    """The cast of an article. `short`: abbreviations that the article itself explains."""
    cast = Cast(words)
    register = Register(short, _introduced_later(words, names))
    for name in names:
        key = register.key(words, name)
        figure = register.figures.get(key)
        if figure is None:
            figure = register.figures[key] = _figure(name, key)
            cast.figures.append(figure)
            if name.person:
                register.prominent.add(key[1])
            register.introduce(key, figure.name.split())
        cast.add(figure, Span(words.doc, name.start, name.end), MentionKind.NAME)
    return cast


def _introduced_later(words: Words, names: Sequence[Name]) -> dict[str, str]:
    """Who a last name is before the full name comes, as in headlines: the bearer whom the article names most in full."""
    full: dict[str, Counter[str]] = {}
    for name in names:
        if name.type is PERSON and name.length > 1:
            whole = name.person.name if name.person else words.join(name.start, name.end)
            full.setdefault(words.text[name.end - 1].lower(), Counter())[whole] += 1
    return {last: whole.most_common(1)[0][0] for last, whole in full.items()}


def _figure(name: Name, key: Key) -> Figure:
    if name.person:
        return Figure(name.type, name.person.name, person=name.person, gender=name.person.gender)
    if name.term:
        return Figure(name.type, name.term.name, name.term)
    return Figure(name.type, key[1])
