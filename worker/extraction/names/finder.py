"""Names: what the language model finds, corrected and widened by rules and lexicons, merged over the article."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Iterator
from itertools import pairwise
from operator import attrgetter

from spacy.language import Language
from spacy.matcher import PhraseMatcher

from worker.extraction.entities import Cast
from worker.extraction.names import boundaries, kinds
from worker.extraction.names.bodies import BodyFinder
from worker.extraction.names.headlines import lines, reread
from worker.extraction.names.identity import merge
from worker.extraction.names.neighbours import Neighbours
from worker.extraction.names.repeats import abbreviations, again, unglued
from worker.extraction.names.words import LISTS, NOUN, PROPN, TITLES, Name, Words, covered
from worker.extraction.parse import Parsed
from worker.model import EntityType
from worker.ontology import Ontology, Person, Term, moves
from worker.ontology.gazetteer import Gazetteer

KEPT = {t.value: t for t in EntityType if t is not EntityType.WEAPON}
PERSON = EntityType.PERSON
BY_START = attrgetter("start")
LANDS = {"division": EntityType.GPE, "area": EntityType.LOC}
# Shorter names of lands are words and last names as well.
SHORTEST = 5
# Entries that stand beside one another without being one name.
TILES = frozenset({"country", "adjective", "capital", "weapon"})


class NameFinder:
    """Finds names; built once for a pipeline, because the lexicons have to be tokenised."""

    def __init__(self, nlp: Language, ontology: Ontology) -> None:
        self.ontology = ontology
        self.gazetteer = Gazetteer(ontology)
        self.bodies = BodyFinder(ontology)
        self.neighbours = Neighbours(self.gazetteer, ontology.last_names)
        self.matcher = PhraseMatcher(nlp.vocab, attr="ORTH")
        self.small = PhraseMatcher(nlp.vocab, attr="LOWER")
        self.entries: dict[int, Term | Person | EntityType] = {}
        # Who is in the table of people is a person, whatever else bears the name; a land is what its own entry says.
        entries: dict[str, Term | Person | EntityType] = {**_plain(self.gazetteer), **ontology.terms, **ontology.people}
        for surface, entry in entries.items():
            doc = nlp.make_doc(surface)
            self.matcher.add(surface, [doc])
            self.small.add(surface, [doc])
            self.entries[nlp.vocab.strings[surface]] = entry
        for last, people in ontology.last_names.items():
            if len(people) == 1 and last not in entries:
                doc = nlp.make_doc(last)
                self.small.add(last, [doc])
                if len(doc) > 1:
                    # "von der Leyen" is nobody else; of one word there may be many.
                    self.matcher.add(last, [doc])
                self.entries[nlp.vocab.strings[last]] = people[0]

    def find(self, parsed: Parsed) -> Cast:
        """All names of an article, merged into figures."""
        words = Words(parsed.doc, parsed.article.text)
        known = _plausible(words, list(self._known(words)))
        names = settle([*known, *_unpacked(self._recognised(words), known)])
        names = self._widened(words, names)
        names = settle(reread(words, names, lines(words), self.small, self.entries))
        names = settle(self.neighbours.judge(words, unglued(words, names)))
        short = abbreviations(words, names)
        names = settle([*names, *short.values(), *again(words, names, short)])
        names = settle([*names, *self._in_office(words, covered(names), parsed.article.day)])
        spelt = {words.text[i]: words.join(name.start, name.end) for i, name in short.items()}
        return merge(words, kinds.by_majority(words, names), spelt)

    def _known(self, words: Words) -> Iterator[Name]:
        for key, begin, end in self.matcher(words.doc):
            entry = self.entries[key]
            # "The New York Times" is named without its article, The Hague with it.
            article = words.text[begin] in {"The", "the"} and not (isinstance(entry, Term) and entry.type is EntityType.GPE)
            start = begin + 1 if article and end - begin > 1 else begin
            if isinstance(entry, Person):
                yield Name(start, end, PERSON, person=entry, sure=True)
            elif isinstance(entry, EntityType):
                # A land of one word may be somebody's last name.
                yield Name(start, end, entry, sure=end - start > 1 or entry is EntityType.ORG)
            elif end - start > 1 or _is_name(words, start, entry):
                member = entry.kind == "party" and words.text[start] in LISTS["members"] and end - start == 1
                yield Name(start, end, EntityType.NORP if member else entry.type, entry, sure=True)

    def _recognised(self, words: Words) -> Iterator[Name]:
        """Names by the model; a single word that is an office holder's last name is that person, not a place or firm."""
        for span in words.doc.ents:
            kind = KEPT.get(span.label_)
            if kind is not None:
                for name in boundaries.mend(words, Name(span.start, span.end, kind)):
                    if name.length == 1 and words.text[name.start] in self.ontology.last_names:
                        yield name.cut(name.start, name.end, PERSON)
                    elif (typed := kinds.by_own_words(words, name)) is not None:
                        yield typed

    def _in_office(self, words: Words, taken: Container[int], day: dt.date | None) -> Iterator[Name]:
        """Last names that the model overlooks, where nothing else belongs to the name: "Trump met reporters"."""
        for i, word in enumerate(words.text):
            if word not in self.ontology.last_names or i in taken or words.doc[i].ent_type or not _stands_alone(words, i):
                continue
            person = self.ontology.who(word, day)
            office = person.at(day) if person else None
            # Where a sentence begins, the tagger takes a name for a noun.
            if office and (words.pos[i] == PROPN or (office.leads and words.pos[i] == NOUN and words.begins[i])):
                yield Name(i, i + 1, PERSON, person=person)

    def _widened(self, words: Words, names: list[Name]) -> list[Name]:
        """With the names that rules build from the words themselves."""
        taken = covered(names)
        joined = [boundaries.join(words, n, taken) if n.type is PERSON and not n.person else n for n in names]
        names = settle([*joined, *self.bodies.find(words, taken)])
        return settle([*names, *kinds.people(words, covered(names))])


def _stands_alone(words: Words, i: int) -> bool:
    """Whether no other name touches the token, but for a title before it."""
    if i + 1 < len(words) and (words.capital(i + 1) or words.hyphen(i + 1)):
        return False
    if words.begins[i] or i == 0:
        return True
    return not (words.capital(i - 1) or words.hyphen(i - 1)) or words.text[i - 1] in TITLES


def _plain(gazetteer: Gazetteer) -> dict[str, EntityType]:
    """Names of which only the kind is known: lands of the gazetteer, firms of many countries."""
    return {**_lands(gazetteer), **dict.fromkeys(LISTS["firms"], EntityType.ORG)}


def _lands(gazetteer: Gazetteer) -> dict[str, EntityType]:
    """Divisions of states and areas of the gazetteer by name, abbreviations left out: "Queensland", "Hindu Kush"."""
    kinds_of = {name: {site.kind for site in sites} for name, sites in gazetteer.named.items()}
    lands = {
        name: found for name, found in kinds_of.items() if found & set(LANDS) and name[0].isupper() and len(name) >= SHORTEST
    }
    return {name: LANDS["division" if "division" in found else "area"] for name, found in lands.items() if "." not in name}


def _is_name(words: Words, i: int, term: Term) -> bool:
    """Short names of weapons and parties are also words: "Patriot" begins a sentence, "Labour Minister" is an office."""
    if term.kind == "party":
        after = words.text[i + 1] if i + 1 < len(words) else ""
        return (
            words.text[i].isupper()
            or after.lower() in LISTS["partisans"]
            or words.doc[i].dep_ != "compound"
            or words.doc[i].head.i < i
        )
    return term.kind != "weapon" or _is_weapon(words, i)


def _is_weapon(words: Words, i: int) -> bool:
    """By its looks or by what follows: "F-16s" and "HIMARS" are no words, "Stinger" before "missiles" is no person."""
    if not words.text[i].isalpha() or not words.text[i].istitle():
        return True
    if i + 1 < len(words) and words.doc[i + 1].lemma_.lower() in moves.words("carriers"):
        return True
    return not (words.begins[i] or words.doc[i].ent_type_ in {"PERSON", "GPE", "LAW"})


def _plausible(words: Words, names: list[Name]) -> list[Name]:
    """Without the party of one country where the article speaks of others only: "conservatives" are many."""
    states = {n.term.country for n in names if n.term and n.term.kind in {"country", "capital", "adjective", "people"}}
    return [
        n
        for n in names
        if not (n.term and n.term.kind == "party" and _vague(words, n)) or not states or n.term.country in states
    ]


def _vague(words: Words, name: Name) -> bool:
    return name.length == 1 and words.text[name.start] in LISTS["vague"]


def _unpacked(names: Iterable[Name], known: list[Name]) -> Iterator[Name]:
    """Without what the model takes for one name and the lexicon for several ("Iranian Shahed"), or for a person and more."""
    ends = {n.start: n.end for n in known if n.term is not None and n.term.kind in TILES}
    people = {i: n for n in known if n.person for i in range(n.start, n.end)}
    for name in names:
        at, tiles = name.start, 0
        while at in ends and at < name.end:
            at, tiles = ends[at], tiles + 1
        inside = people.get(name.start) or people.get(name.end - 1) or people.get(name.start + 1)
        more = inside is not None and not name.sure and inside.length > 1 and inside.length < name.length
        if (tiles < 2 or at != name.end) and not more:
            yield name


def settle(names: Iterable[Name]) -> list[Name]:
    """No overlaps: people of the table first, then the longer name, then the lexicon over the model."""
    ordered = sorted(names, key=BY_START)
    if all(left.end <= right.start for left, right in pairwise(ordered)):
        return ordered
    taken: set[int] = set()
    kept = []
    for name in sorted(ordered, key=lambda n: (-n.length, n.person is None, n.term is None, not n.sure, n.start)):
        tokens = range(name.start, name.end)
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            kept.append(name)
    return sorted(kept, key=BY_START)
