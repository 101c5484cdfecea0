"""Ties that nouns and verbs tell of: war, alliance, partnership, membership, family, leadership, joint appearances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

from spacy.tokens import Span, Token

from worker.extraction.actors.actors import Actors
from worker.extraction.entities import Figure
from worker.extraction.events.factuality import Hold, judge
from worker.extraction.events.light import light_verb
from worker.extraction.grammar import members, oblique, patients, possessors, spread, surface_subject
from worker.extraction.tree import among, children, climb, ids, phrase_start
from worker.model import EntityType, Polarity
from worker.ontology import lexicon
from worker.ontology.ties import Tie, load, words

BESIDE = frozenset({"compound", "nmod", "amod", "nummod"})
# Further back in a sentence a state is no side of what goes without one.
FAR = 60
STATES = frozenset({EntityType.GPE, EntityType.NORP, EntityType.ORG})
# "at war with", "went to war": the subject is at war; "help in the war with" is somebody else's.
OWN = frozenset({"at", "to", "into"})
# What is wanted, planned or denied ties nobody.
UNREAL = frozenset(Hold) - {Hold.ACCUSE}


@dataclass(frozen=True)
class Bond:
    """Two figures and what ties them."""

    type: str
    subject: Figure
    object: Figure
    evidence: Span
    value: str | None = None
    symmetric: bool = False


def find(actors: Actors) -> Iterator[Bond]:
    """All ties of the text in its order."""
    reader = _Reader(actors)
    ties, stages, beside = load(), words("stages"), words("prepositions")
    doc = actors.parsed.doc
    for i in among(doc, _telling()):
        token = doc[i]
        lemma = token.lemma_.lower()
        if lemma in ties:
            yield from reader.tied(token, ties[lemma])
        if token.lower_ in beside or lemma in stages or token.dep_ == "agent":
            yield from reader.appearances(token, lemma in stages)


@cache
def _telling() -> frozenset[int]:
    """Words that may tie; "by" leads to escorts."""
    return ids([*load(), *words("stages"), *words("prepositions"), "by"])


class _Reader:
    """Reads the ties of one article."""

    def __init__(self, actors: Actors) -> None:
        self.actors = actors

    def tied(self, token: Token, ties: Iterable[Tie]) -> Iterator[Bond]:
        """Ties of one word."""
        for tie in ties:
            if tie.family == "verb" and token.pos_ == "VERB" and _is_real(token):
                yield from self._verb(token, tie)
            elif tie.family == "borne" and token.pos_ in {"NOUN", "PROPN"}:
                yield from self._borne(token, tie)
            elif (
                tie.family == "between"
                and (token.pos_ in {"NOUN", "PROPN"} or token.tag_ == "VBG")
                and not _is_other(token, tie)
                and _stands(token)
            ):
                yield from self._between(token, tie)

    # ------------------------------------------------------------ X's war with Y

    def _between(self, noun: Token, tie: Tie) -> Iterator[Bond]:
        pair = self._states(oblique(noun, {"between", "among"}))
        if len(pair) > 1:
            yield from self._bonds(combinations(pair, 2), tie, self._evidence(noun))
            return
        others = self._states(oblique(noun, tie.with_) or self._loose(noun, tie))
        owners = [f for f in self._owners(noun) if all(not _same(f, o) for o in others)]
        if not others and len(owners) > 1:
            yield from self._bonds(combinations(owners, 2), tie, self._evidence(noun))
        if not others and not owners:
            yield from self._bonds(combinations(self._subjects(noun), 2), tie, self._evidence(noun))
        if others:
            owners = owners or self._subjects(noun, others) or (self._before(noun, others) if tie.implied else [])
            yield from self._bonds(product(owners, others), tie, self._evidence(noun))

    @staticmethod
    def _loose(noun: Token, tie: Tie) -> list[Token]:
        """The other side, where the parser hangs it on the verb: "went to war with X"."""
        verb = noun.head.head if noun.dep_ == "pobj" and noun.head.lower_ in OWN else noun.head
        carried = verb.pos_ == "VERB" and (noun.dep_ == "pobj" or light_verb(noun) is verb)
        return [t for t in oblique(verb, tie.with_ - {"of", "on"}) if t.i > noun.i] if carried and verb is not noun else []

    def _owners(self, noun: Token) -> list[Figure]:
        """Whose it is: by a possessive, or by names before it ("the US-Japan alliance")."""
        return self._states([*possessors(noun), *self._adjectives(noun)])

    def _adjectives(self, noun: Token) -> list[Token]:
        return [t for t in noun.doc[phrase_start(noun) : noun.i] if t.dep_ in BESIDE and self.actors.cast.at(t)]

    def _subjects(self, noun: Token, others: list[Figure] | None = None) -> list[Figure]:
        """Who has it: the subject of "waged war", "is at war", "went to war"."""
        verb = light_verb(noun)
        if verb is None and noun.dep_ == "pobj" and noun.head.lower_ in OWN and noun.head.head.pos_ in {"VERB", "AUX"}:
            verb = noun.head.head
        found = self._states(spread(surface_subject(verb))) if verb is not None else []
        return [f for f in found if all(not _same(f, o) for o in others or ())]

    def _before(self, noun: Token, others: list[Figure]) -> list[Figure]:
        """The states that were named last before in the sentence, together if they are named together."""
        for token in reversed(noun.doc[max(0, noun.i - FAR) : noun.i]):
            if token.nbor().is_sent_start:
                return []
            figure = self.actors.cast.at(token)
            if figure and figure.type is EntityType.GPE and figure.country and all(not _same(figure, o) for o in others):
                named = [token, *(t for t in climb(token) if token.dep_ == "conj" and self.actors.cast.at(t))][:2]
                return [f for f in self._states(reversed(named)) if all(not _same(f, o) for o in others)]
        return []

    # ------------------------------------------------------------ X, an ally of Y

    def _borne(self, noun: Token, tie: Tie) -> Iterator[Bond]:
        holders = self._of_kind(self._holders(noun), tie.kinds[0])
        owners = self._of_kind([*possessors(noun), *oblique(noun, {"of", "to"})], tie.kinds[1])
        owners = owners or self._of_kind(self._adjectives(noun), tie.kinds[1])[:1]
        owners = [o for o in owners if all(not _same(o, h) for h in holders)]
        holders = [h for h in holders if not _is_of_other_sex(noun, h)]
        evidence = self._evidence(noun)
        if holders and owners:
            yield from self._bonds(product(holders, owners), tie, evidence, noun.lemma_.lower())
        elif tie.symmetric and noun.tag_ in {"NNS", "NNPS"} and len(holders) > 1:
            yield from self._bonds(combinations(holders, 2), tie, evidence, noun.lemma_.lower())

    def _holders(self, noun: Token) -> list[Token]:
        """Who bears the noun: by apposition, as a predicate, or as the name behind it."""
        found = [c for c in children(noun) if c.dep_ == "appos" and c.i > noun.i]
        head = noun.head
        if noun.dep_ == "appos" or (noun.dep_ in BESIDE and head.i > noun.i):
            found.append(head)
        if noun.dep_ == "attr" and _is_real(head):
            found += surface_subject(head)
        return [*spread(found), *members(noun)]

    # ------------------------------------------------------------ X joined Y

    def _verb(self, verb: Token, tie: Tie) -> Iterator[Bond]:
        objects = self._of_kind(oblique(verb, tie.with_) if tie.with_ else patients(verb), tie.kinds[1])
        subjects = self._of_kind(spread(surface_subject(verb)), tie.kinds[0])
        joined_in = any(c.dep_ == "prep" and any(p.dep_ == "pcomp" for p in children(c)) for c in children(verb))
        if objects and subjects and not (joined_in and tie.type == "membership"):
            last = max(verb.i, *(t.i for t in patients(verb)), *(t.i for t in oblique(verb, tie.with_)), verb.i)
            evidence = verb.doc[verb.i : last + 1]
            pairs = [(s, o) for s, o in product(subjects, objects[:1]) if not _same(s, o)]
            yield from self._bonds(pairs, tie, evidence)

    # ------------------------------------------------------------ at a news conference with X

    def appearances(self, token: Token, stage: bool) -> Iterator[Bond]:
        """Who is seen with whom, at or beside the token."""
        if stage:
            others = self._people(oblique(token, {"with", "alongside", "beside"}))
            if not others and any(c.lower_ == "joint" for c in children(token)):
                yield from self._seen(combinations(self._main(token, []), 2), token)
        elif token.dep_ == "agent":
            escort = token.head.lemma_.lower() in words("escorts")
            others = self._people(c for c in children(token) if c.dep_ == "pobj") if escort else []
        else:
            others = self._people(c for c in children(token) if c.dep_ == "pobj")
            done = next((t for t in climb(token) if t.pos_ == "VERB"), token)
            others = [] if done.lemma_.lower() in words("apart") else others
        if others:
            yield from self._seen(product(self._main(token, others), others), token)

    def _main(self, token: Token, others: list[Figure]) -> list[Figure]:
        """The people who are the subject of the nearest clause above that has any."""
        for verb in climb(token):
            if verb.pos_ in {"VERB", "AUX"}:
                found = [f for f in self._people(spread(surface_subject(verb))) if f not in others]
                if found:
                    return found
        return []

    def _seen(self, pairs: Iterable[tuple[Figure, Figure]], token: Token) -> Iterator[Bond]:
        for one, other in pairs:
            evidence = token.doc[phrase_start(token) if token.pos_ == "NOUN" else token.i : _end(token)]
            yield Bond("joint_appearance", one, other, evidence, symmetric=True)

    # ------------------------------------------------------------ figures

    def _figures(self, tokens: Iterable[Token]) -> list[Figure]:
        found = [self.actors.cast.at(t) or self.actors.pronouns.get(t.i) for t in tokens]
        return [f for n, f in enumerate(found) if f is not None and f not in found[:n]]

    def _states(self, tokens: Iterable[Token]) -> list[Figure]:
        """States, blocs and armed groups; a person stands for the country."""
        found: list[Figure] = []
        for figure in self._figures(tokens):
            one = self._country(figure) if figure.type is EntityType.PERSON else figure
            if one and one.code and one.type in STATES and not one.described and all(not _same(one, f) for f in found):
                found.append(one)
        return found

    def _country(self, person: Figure) -> Figure | None:
        named = (f for f in self.actors.cast.figures if f.type is EntityType.GPE and f.country == person.country)
        return next(named, None) if person.country else None

    def _people(self, tokens: Iterable[Token]) -> list[Figure]:
        return [f for f in self._figures(spread(tokens)) if f.type is EntityType.PERSON and not f.described]

    def _of_kind(self, tokens: Iterable[Token], kind: str) -> list[Figure]:
        if kind == "state":
            return self._states(tokens)
        figures = [f for f in self._figures(tokens) if not f.described]
        if kind == "person":
            return [f for f in figures if f.type is EntityType.PERSON]
        if kind == "body":
            return [f for f in figures if f.type is EntityType.ORG and f.code and _is_body(f)]
        return [f for f in figures if f.type in STATES | {EntityType.PERSON}]

    def _bonds(
        self, pairs: Iterable[tuple[Figure, Figure]], tie: Tie, evidence: Span, value: str | None = None
    ) -> Iterator[Bond]:
        for subject, other in pairs:
            yield Bond(tie.type, subject, other, evidence, value, tie.symmetric)

    @staticmethod
    def _evidence(noun: Token) -> Span:
        end = _end(noun) if noun.dep_ not in BESIDE else noun.head.i + 1
        return noun.doc[phrase_start(noun) : max(end, noun.i + 1)]


def _end(token: Token) -> int:
    """Behind the phrase that hangs on the token's own prepositions and names."""
    last = token.i
    for child in children(token):
        if child.i > token.i and child.dep_ in {"prep", "appos", "pobj"}:
            last = max(last, child.right_edge.i)
    return last + 1


def _is_real(token: Token) -> bool:
    world = judge(token)
    return world.polarity is Polarity.AFFIRMED and world.hold not in UNREAL


def _stands(noun: Token) -> bool:
    """Whether a noun tells of what is: "amid the war" is, "the threat of war" and "called for cooperation" are not."""
    if noun.dep_ != "pobj":
        return _is_real(noun)
    head = noun.head.head
    if head.pos_ in {"VERB", "AUX"}:
        return noun.head.lower_ not in {"for", "against"} or _is_real(noun)
    return head.lemma_.lower() not in words("doubtful")


def _is_other(noun: Token, tie: Tie) -> bool:
    """Whether a word beside it makes it something else: "trade war", "war of words"."""
    near = [*children(noun), *(p for c in children(noun) if c.dep_ == "prep" for p in children(c))]
    return any(t.lower_ in tie.unless or t.lemma_.lower() in tie.unless for t in near)


def _is_of_other_sex(noun: Token, figure: Figure) -> bool:
    """Whether a word of kinship denies it: no man is a mother."""
    words_of = lexicon("genders")
    sex = next((s for s, name in (("f", "female"), ("m", "male")) if noun.lemma_.lower() in words_of[name]), None)
    return None not in {sex, figure.gender} and sex != figure.gender


def _is_body(figure: Figure) -> bool:
    """Organisations, armed groups and parties of the lexicon; ministries are offices."""
    return figure.term is not None and figure.term.kind in {"organisation", "group", "party"}


def _same(one: Figure, other: Figure) -> bool:
    if one is other or EntityType.PERSON in {one.type, other.type}:
        return one is other
    return (
        one.code is not None
        and other.code is not None
        and one.code.text.split()[0] == other.code.text.split()[0]
        and (one.country is not None or one.code.text == other.code.text)
    )
