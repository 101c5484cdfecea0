"""What "the alliance", "the president" and "the woman" stand for: the figure mentioned last that is called so."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from spacy.tokens import Span, Token

from worker.extraction.actors.actors import Actors
from worker.extraction.coreference import gender
from worker.extraction.entities import Figure
from worker.extraction.names.words import numbered
from worker.extraction.tree import children, phrase_start
from worker.model import EntityType
from worker.ontology import lexicon

DEFINITE = frozenset({"the", "this", "that"})
BODIES = lexicon("nouns")["bodies"]
COUNTRY = frozenset({"country", "nation"})
CITY = frozenset({"city", "town", "capital"})
# Any firm or association may be called this, whatever its name.
GENERAL = frozenset({"company", "firm", "organisation", "organization"})
OLD = numbered({"old"})
# Under this key stand all people with names.
PERSON = "person with a name"
# So many mentions are looked at, the latest first: who is meant was not named long ago.
LATEST = 8


class Callings:
    """The nouns by which an article may speak of its figures, each with the places where such a figure is mentioned."""

    def __init__(self, actors: Actors) -> None:
        self.actors = actors
        self.places: dict[str, list[tuple[int, Figure]]] = {}
        self.ages = not OLD.isdisjoint(actors.cast.words.lower)
        for figure in actors.cast.figures:
            for noun in set(_callings(figure)):
                self.places.setdefault(noun, []).extend((span.start, figure) for span, _ in figure.mentions)
        for found in self.places.values():
            found.sort(key=lambda place: place[0])

    def candidates(self, token: Token) -> list[Figure]:
        """The figures that a definite noun may stand for, the latest first; those with a name before the described."""
        noun = token.lemma_.lower()
        if (noun not in self.places and not self.ages) or not _is_bare(token):
            return []
        if self.ages and _tells_age(token):
            people = [f for f in self._latest(PERSON, token) if _same_gender(token, f)]
            # Of two people it may be either.
            return people[:1] if all(f is people[0] for f in people) else []
        found = [f for f in self._latest(noun, token) if self._fits(token, f)]
        return [f for f in found if not f.described] or found[:1]

    def _latest(self, noun: str, token: Token) -> list[Figure]:
        places = self.places.get(noun, [])
        last = bisect_left(places, token.i, key=lambda place: place[0])
        return [f for _, f in reversed(places[max(0, last - LATEST) : last])]

    def _fits(self, token: Token, figure: Figure) -> bool:
        """Whether nothing before the noun speaks against it: "the Ukrainian president", "the foreign minister"."""
        if figure is self.actors.cast.at(token):
            return False
        plural = figure.described and figure.mentions[0][0].root.tag_ == "NNS"
        if plural != (token.tag_ == "NNS"):
            return False
        told = _words(figure)
        for word in token.doc[phrase_start(token) : token.i]:
            beside = self.actors.cast.at(word)
            same = beside is not None and beside.country is not None and beside.country == figure.country
            if not same and word.lower_ not in told and not word.is_punct:
                return False
        return True


def _is_bare(token: Token) -> bool:
    """Whether it is definite and says no more: "the president of X", "the group that left" name their own."""
    definite = any(c.lower_ in DEFINITE and c.dep_ == "det" for c in children(token))
    return definite and not any(
        c.dep_ in {"poss", "relcl", "acl"} or (c.dep_ == "prep" and c.lower_ == "of") for c in children(token)
    )


def _same_gender(token: Token, figure: Figure) -> bool:
    told = gender.of_noun(token)
    return told is None or figure.gender in {None, told}


def _tells_age(token: Token) -> bool:
    """Whether it is like "the 38-year-old nurse": news tells the age of whom it has just named."""
    if token.tag_ not in {"NN", "JJ"}:
        return False
    phrase = token.doc[phrase_start(token) : token.i + 1]
    return any(t.lower_ == "old" and t.i > 1 and t.nbor(-2).lower_ == "year" for t in phrase)


def _callings(figure: Figure) -> Iterator[str]:
    if figure.described:
        yield figure.mentions[0][0].root.lemma_.lower()
    elif figure.type is EntityType.PERSON:
        yield PERSON
        yield from _titles(figure)
    elif figure.type is EntityType.GPE and figure.term is not None:
        yield from COUNTRY if figure.term.kind == "country" else CITY
    elif figure.type is EntityType.ORG:
        nominals = figure.term.nominals if figure.term is not None else GENERAL
        # "the rights group" is also "the group".
        yield from {noun.split()[-1] for noun in nominals}
        yield from BODIES.intersection(figure.name.lower().split())


def _titles(figure: Figure) -> Iterator[str]:
    """What a person is, in a word: the last of the office, of the title before the name and of the apposition behind it."""
    office = str(figure.office or "").lower().replace("-", " ").split(" of ")[0].split(" for ")[0]
    yield from office.split()[-1:]
    for span, _ in figure.mentions[:2]:
        before = span.doc[span.start - 1] if span.start else None
        if before is not None and before.dep_ in {"compound", "nmod"} and before.head.i >= span.start:
            yield before.lower_
        for child in children(span.root):
            if child.dep_ == "appos" and child.pos_ == "NOUN":
                yield child.lemma_.lower()


def _words(figure: Figure) -> set[str]:
    """Every word that describes a figure: of its name, its office, and what stands before its first mentions."""
    told = set(f"{figure.name} {figure.office or ''}".lower().replace("-", " ").split())
    told.update(*(nominal.split() for nominal in (figure.term.nominals if figure.term else ())))
    for span, _ in figure.mentions[:2]:
        told |= _before(span)
    return told


def _before(span: Span) -> set[str]:
    return {t.lower_ for t in span.doc[phrase_start(span.root) : span.start]}
