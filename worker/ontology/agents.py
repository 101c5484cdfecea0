"""Which sector the words for people and bodies tell: "protesters", "rebel leader", "appeals court judge".

Three things tell it: a phrase that the lexicon knows, the longest one first; a word before a noun that takes its sector from
there ("rebel leader", "hospital staff"); the noun alone. Who was in office once is of the elite (ELI).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from worker.ontology import data, lexicon

# Marks that stand between the words of a compound: "anti-government", "farmers' union".
MARKS = frozenset({"-", "–", "'", "’", "'s", "’s", '"', "“", "”"})
GLUE = re.compile(r"['’]s?(?= |$)|[-–]")
# Longer compounds than this are not in the lexicon.
LONGEST = 5
# Sectors whose former holders are the elite; of soldiers and police only those of rank.
OFFICES = frozenset({"GOV", "LEG", "JUD", "SPY"})
RANKED = frozenset({"MIL", "COP"})


def normal(phrase: str) -> str:
    """A phrase of the lexicon as its words come from a text: without hyphens and possessive marks."""
    return " ".join(GLUE.sub(" ", phrase.lower()).split())


@dataclass(frozen=True)
class Agents:
    """The lexicon of agents. Keys are normal phrases in lower case, the last word as a lemma; values are sectors."""

    nouns: Mapping[str, str]
    titles: Mapping[str, str]
    modifiers: Mapping[str, str]
    heads: frozenset[str]
    takers: Mapping[str, frozenset[str] | None]
    former: frozenset[str]
    ranks: frozenset[str]

    def takes(self, head: str, sector: str | None) -> bool:
        """Whether the noun may take this sector from its company: "rebel soldiers" are REB, "company soldiers" not BUS."""
        allowed = self.takers.get(head, frozenset())
        return sector is not None and (allowed is None or sector in allowed)

    def sector(self, words: Sequence[str], *, title: bool = False) -> str | None:
        """Sector of a noun phrase, given as lower-case words with the lemma of its head last; None for no agent.

        `title` if the phrase stands beside a name: then "Father" is a priest and "Private" a soldier.
        """
        plain = [w for w in words if w not in MARKS]
        if not plain or plain[-1] not in self.heads:
            return None
        found = self.compound(plain, title=title) or self._known(plain[-1], title=title)
        return "ELI" if found and self.is_past(plain, found) else found

    def title(self, words: Sequence[str]) -> str | None:
        """Sector of the office that a title names: "Foreign Minister" is GOV."""
        return self.sector(normal(" ".join(words)).split(), title=True)

    def compound(self, plain: Sequence[str], *, title: bool = False) -> str | None:
        """Sector that the head tells together with the words before it; None if only the head itself could tell."""
        faith = self._takes_faith(plain)
        if faith:
            return faith
        for i in range(max(0, len(plain) - LONGEST), len(plain) - 1):
            if found := self._known(" ".join(plain[i:]), title=title):
                return found
        return self._lent(plain)

    def _known(self, phrase: str, *, title: bool) -> str | None:
        first, second = (self.titles, self.nouns) if title else (self.nouns, self.titles)
        return first.get(phrase) or second.get(phrase)

    def _takes_faith(self, plain: Sequence[str]) -> str | None:
        """Leaders and groups of a faith are REL, whatever else they are: "Muslim community leaders"."""
        faithful = self.takes(plain[-1], "REL") and any(self.modifiers.get(w) == "REL" for w in plain[:-1])
        return "REL" if faithful else None

    def _lent(self, plain: Sequence[str]) -> str | None:
        if plain[-1] not in self.takers:
            return None
        for i in range(len(plain) - 2, -1, -1):
            pair = self._lends(f"{plain[i - 1]} {plain[i]}") if i else None
            found = pair or self._lends(plain[i])
            if self.takes(plain[-1], found):
                return found
        return None

    def _lends(self, word: str) -> str | None:
        singular = word.removesuffix("s")
        found = self.modifiers.get(word) or self.nouns.get(word) or self.nouns.get(singular)
        return None if found == "UNK" else found

    def is_past(self, plain: Sequence[str], sector: str | None) -> bool:
        """Whether a former office is spoken of; `sector` is the compound's, without one the head itself tells."""
        if self.former.isdisjoint(plain[:-1]):
            return False
        known = sector or self._known(plain[-1], title=False)
        return known in OFFICES or (known in RANKED and plain[-1] in self.ranks)


@cache
def load() -> Agents:
    """The lexicon that ships with the package."""
    nouns, titles, modifiers = (_by_sector(part) for part in ("nouns", "titles", "modifiers"))
    lists = lexicon("nouns")
    takers: dict[str, frozenset[str] | None] = dict.fromkeys(lists["takers"])
    takers |= dict.fromkeys(lists["armed"], frozenset({"REB", "PRM", "UAF", "CRM", "PRE"}))
    takers |= dict.fromkeys(lists["employed"], frozenset({"MIL", "COP", "SPY"}))
    heads = frozenset(key.split()[-1] for key in (*nouns, *titles)) | frozenset(takers)
    return Agents(nouns, titles, modifiers, heads, takers, lists["former"], lists["ranks"])


def _by_sector(part: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for sector, row in data("roles").items():
        for phrase in row.get(part, ()):
            found.setdefault(normal(phrase), sector)
    return found
