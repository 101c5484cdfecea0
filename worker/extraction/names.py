"""A name in the text: its tokens, what kind of thing it is, and its lexicon entry if it has one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from spacy.strings import StringStore
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


class Words:
    """An article's tokens as plain lists: spaCy's own objects are slow to ask one by one."""

    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.text = [token.text for token in doc]
        columns = doc.to_array(["POS", "SENT_START", "SPACY"]).T.tolist() if len(doc) else [[], [], []]
        self.pos: list[int] = columns[0]
        self.begins = [value == 1 for value in columns[1]]
        self.spaced = columns[2]

    def __len__(self) -> int:
        return len(self.text)

    def join(self, start: int, end: int) -> str:
        """The words with one blank where the text has any."""
        return "".join(t + " " * bool(s) for t, s in zip(self.text[start:end], self.spaced[start:end], strict=True)).strip()

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
