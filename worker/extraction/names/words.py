"""A name in the text: its tokens, what kind of thing it is, and its lexicon entry if it has one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from spacy import attrs
from spacy.strings import StringStore, get_string_id
from spacy.tokens import Doc

from worker.model import EntityType
from worker.ontology import Person, Term, lexicon

LISTS = lexicon("names")
TITLES = LISTS["titles"]
PARTICLES = LISTS["particles"]
NEVER = LISTS["never"]
# spaCy's numbers of the parts of speech, as its columns of attributes hold them.
ADJ, NOUN, PROPN = (int(StringStore()[name]) for name in ("ADJ", "NOUN", "PROPN"))
NOMINAL = frozenset({PROPN, ADJ, NOUN})
# What is asked of every token: spaCy gives a column for all at once.
COLUMNS = [attrs.POS, attrs.SENT_START, attrs.SPACY, attrs.IDX, attrs.LENGTH, attrs.LOWER]
# Nothing that has a name of its own is written with more words than this.
LONGEST = 12


@dataclass(frozen=True, slots=True)
class Name:
    """Tokens from start to before end. `sure` if a rule or lexicon says so, not the language model alone."""

    start: int
    end: int
    type: EntityType
    term: Term | None = None
    person: Person | None = None
    sure: bool = False

    @property
    def length(self) -> int:
        """Number of tokens."""
        return self.end - self.start

    def cut(self, start: int, end: int, kind: EntityType | None = None) -> Name:
        """The same over other tokens, or of another kind; itself if nothing changes, as is mostly so."""
        kind = kind or self.type
        if start == self.start and end == self.end and kind is self.type:
            return self
        return Name(start, end, kind, self.term, self.person, self.sure)


def numbered(words: Iterable[str]) -> frozenset[int]:
    """Words as spaCy's numbers, as its columns of attributes hold them."""
    return frozenset(get_string_id(word) for word in words)


class Words:
    """An article's tokens as plain lists: spaCy's own objects are slow to ask one by one."""

    def __init__(self, doc: Doc, article: str) -> None:
        self.doc, self.article = doc, article
        columns = doc.to_array(COLUMNS).T.tolist() if len(doc) else [[] for _ in COLUMNS]
        self.pos: list[int] = columns[0]
        self.begins = [value == 1 for value in columns[1]]
        self.spaced = columns[2]
        self.at: list[int] = columns[3]
        self.ends = [start + length for start, length in zip(self.at, columns[4], strict=True)]
        self.lower: list[int] = columns[5]
        self.text = [article[start:end] for start, end in zip(self.at, self.ends, strict=True)]

    def __len__(self) -> int:
        return len(self.text)

    def join(self, start: int, end: int) -> str:
        """The words with one blank where the text has any."""
        return self.article[self.at[start] : self.ends[end - 1]].strip()

    def capital(self, i: int) -> bool:
        """Whether the token may be part of a name by its looks: a capital, and no word that only begins a sentence."""
        word = self.text[i]
        return word[0].isupper() and word not in NEVER

    def proper(self, i: int) -> bool:
        """Whether the token may be part of a name: by its looks and, where a sentence begins, by its part of speech."""
        if not self.capital(i):
            return False
        return self.pos[i] == PROPN if self.begins[i] else self.pos[i] in NOMINAL

    def hyphen(self, i: int) -> bool:
        """Whether the token ties its neighbours into one word: "Rhineland-Palatinate"."""
        return self.text[i] in {"-", "–"} and 0 < i < len(self.text) - 1 and not self.spaced[i] and not self.spaced[i - 1]


def covered(names: Iterable[Name]) -> dict[int, Name]:
    """By token, the name that covers it."""
    return {i: name for name in names for i in range(name.start, name.end)}
