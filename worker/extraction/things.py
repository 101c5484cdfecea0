"""What a noun phrase is as a thing: a weapon, goods, money, people; classes that senses ask for as "@materiel" and so on."""

from __future__ import annotations

from spacy.tokens import Token

from worker.extraction.actors import Actors
from worker.extraction.grammar import conjuncts, phrase_start
from worker.model import EntityType
from worker.ontology import Item, lexicon

MONEY = lexicon("nouns")["money"]
CURRENCY = frozenset("$€£¥")


def item(token: Token, actors: Actors) -> Item | None:
    """The lexicon's entry for a noun phrase: the longest of its words that is known, by name or by lemma."""
    start = phrase_start(token)
    for i in range(start, token.i + 1):
        words = token.doc[i : token.i + 1]
        lemmas = " ".join([*(t.lower_ for t in words[:-1]), words[-1].lemma_.lower()])
        found = actors.ontology.items.get(words.text) or actors.ontology.items.get(lemmas)
        if found:
            return found
    figure = next((f for f in actors.cast.within(start, token.i + 1) if f.type is EntityType.WEAPON), None)
    return actors.ontology.items.get(figure.name) if figure else None


def system(token: Token, actors: Actors) -> Item | None:
    """The named weapon system of a noun phrase ("Shahed drones"), which says more than its head noun."""
    figure = next((f for f in actors.cast.within(phrase_start(token), token.i + 1) if f.type is EntityType.WEAPON), None)
    return actors.ontology.items.get(figure.name) if figure else None


def classes(token: Token, actors: Actors) -> set[str]:
    """Lemma and classes of a phrase and of all that is coordinated with it."""
    found: set[str] = set()
    for one in conjuncts(token):
        found |= {one.lemma_.lower(), *(c.lemma_.lower() for c in one.children if c.dep_ == "compound")}
        found |= _class(one, actors)
    for child in token.children:
        # "packages of aid", "one of the drones", "supplies, including artillery"
        if child.dep_ == "prep" and child.lower_ in {"of", "including"}:
            for thing in child.children:
                if thing.dep_ == "pobj":
                    found |= classes(thing, actors)
    return found


def _class(token: Token, actors: Actors) -> set[str]:
    found = set()
    thing = item(token, actors)
    if thing:
        found.add("@aid" if not thing.armed else "@weapon")
        found.add("@materiel")
    if token.lemma_.lower() in MONEY or token.ent_type_ == "MONEY" or token.text in CURRENCY:
        found |= {"@money", "@materiel", "@aid"}
    party = actors.party(token)
    if party:
        found.add("@place" if party.place else "@party")
        if party.code and party.code.sector:
            found.add(f"@{party.code.sector}")
        elif sector := (actors.sector(token) if token.pos_ == "NOUN" else None):
            found.add(f"@{sector}")
        if party.figure and not party.figure.described:
            found.add(f"@{party.figure.type.lower()}")
    return found
