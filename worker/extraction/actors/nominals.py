"""Described people and bodies: "a spokesman", "Ukrainian troops" and "the ministry" become figures, as names are."""

from __future__ import annotations

from functools import cache

from spacy.tokens import Span, Token

from worker.extraction.actors.actors import Actors
from worker.extraction.actors.affiliation import COUNTERPARTS
from worker.extraction.coreference import gender
from worker.extraction.entities import Figure
from worker.extraction.grammar import BE, measured, surface_subject
from worker.extraction.tree import among, children, ids, phrase_start
from worker.model import EntityType
from worker.ontology import agents, lexicon

NOUNS = frozenset({"NOUN", "PROPN", "ADJ"})
# What stands before another noun, or behind "'s", describes that one.
INSIDE = frozenset({"compound", "nmod", "amod"})
BODIES = lexicon("nouns")["bodies"]
LANDS = lexicon("nouns")["lands"]
# Subjects that stand for nobody: who it is comes behind the verb.
PRESENTING = frozenset({"it", "there", "this", "that", "these", "those", "what", "who", "which"})
# A second mention with one of these means the one before.
DEFINITE = frozenset({"the", "this", "these", "that", "those"})


def find(actors: Actors) -> None:
    """Give every agent noun that belongs to no name its figure; the same words again with "the" are the same figure."""
    known: dict[str, Figure] = {}
    doc = actors.parsed.doc
    for token in (doc[i] for i in among(doc, _agents())):
        if token.pos_ in NOUNS and token.dep_ not in INSIDE and actors.cast.at(token) is None:
            sector = actors.sector(token)
            land = token.lemma_.lower() in LANDS and sector != "PRE"
            if sector and not land and not measured(token):
                _describe(token, sector, actors, known)


@cache
def _agents() -> frozenset[int]:
    """The nouns that can head the description of an agent."""
    return ids(agents.load().heads | COUNTERPARTS)


def _describe(head: Token, sector: str, actors: Actors, known: dict[str, Figure]) -> None:
    span = head.doc[phrase_start(head) : head.i + 1]
    kind = EntityType.ORG if _is_body(head) else EntityType.PERSON
    figure = _beside(head, kind, actors)
    if figure is None and _is_predicate(head):
        return
    if figure is None:
        key = span.text.lower()
        figure = known.get(key) if _is_definite(head) else None
        figure = known[key] = figure or _figure(span, head, kind, sector, actors)
    actors.cast.describe(figure, span, head)


def _is_predicate(head: Token) -> bool:
    """Whether it says what somebody is: "he was a speaker", "served as governor", "a governor is an official who ..."."""
    verb = head.head
    if head.dep_ == "pobj":
        return verb.lower_ == "as" and verb.head.pos_ == "VERB"
    if verb.lemma_ not in BE or head.dep_ not in {"attr", "nsubj"}:
        return False
    beside = children(verb)
    if head.dep_ == "nsubj":
        generic = verb.tag_ == "VBZ" and any(c.lower_ in {"a", "an"} for c in children(head))
        return generic and any(c.dep_ == "attr" and c.pos_ == "NOUN" for c in beside)
    # "There were protesters", "it was rebels who did it" bring in somebody new.
    return any(c.dep_ == "nsubj" and c.lower_ not in PRESENTING for c in beside)


def _is_body(head: Token) -> bool:
    """Whether the noun names a body rather than people: "the army", "the coast guard", not "army officers"."""
    lemma = head.lemma_.lower()
    if lemma in BODIES:
        return True
    return head.i > 0 and f"{head.nbor(-1).lower_} {lemma}" in BODIES


def _beside(head: Token, kind: EntityType, actors: Actors) -> Figure | None:
    """The named figure that the noun describes: "X, a spokesman", "the spokesman, X", "X, who is a spokesman"."""
    if kind is EntityType.PERSON and head.tag_ == "NNS":
        return None
    around = [head.head] if head.dep_ == "appos" else [c for c in children(head) if c.dep_ == "appos"]
    copula = head.head
    if head.dep_ == "attr" and copula.lemma_ == "be" and not any(c.dep_ == "neg" for c in children(copula)):
        around = surface_subject(copula)
    found = (actors.cast.at(token) for token in around)
    return next((f for f in found if f is not None and f.type is kind and not f.described), None)


def _is_definite(head: Token) -> bool:
    return any(c.dep_ == "poss" or c.lower_ in DEFINITE for c in children(head))


def _figure(span: Span, head: Token, kind: EntityType, sector: str, actors: Actors) -> Figure:
    figure = Figure(kind, span.text, described=True, role=sector)
    figure.code = actors.nominal_code(head, sector)
    figure.gender = gender.of_noun(head)
    return figure
