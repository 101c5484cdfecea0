"""What a noun phrase is as a thing: a weapon, goods, money, people; classes that senses ask for as "@materiel" and so on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from spacy.tokens import Span, Token

from worker.extraction.actors.actors import Actors
from worker.extraction.grammar import conjuncts
from worker.extraction.tree import among, children, ids, kept, phrase_start
from worker.model import EntityType
from worker.ontology import Item, lexicon
from worker.ontology.moves import words

MONEY = lexicon("nouns")["money"]
CURRENCY = frozenset("$€£¥")
NOUNS = frozenset({"NOUN", "PROPN"})
COUNTED = NOUNS | {"NUM"}
# "joint direct attack munition kit" has five; hyphens are words too.
LONGEST = 7
# What stands for a sum of money that goes without the name of its purpose.
SUM = Item("funding", "money", "AID-FIN", (), system=False)


@dataclass(frozen=True)
class Thing:
    """A phrase that names a thing; `start` is the first token of its name, `head` its last."""

    start: int
    head: Token
    item: Item

    @property
    def span(self) -> Span:
        """The noun phrase from its first modifier to its head."""
        return self.head.doc[min(self.start, phrase_start(self.head)) : self.head.i + 1]


def things(actors: Actors) -> Iterator[Thing]:
    """Everything in the text that the lexicon knows, in order; "Storm Shadow cruise missiles" is one thing."""
    systems = _systems(actors)
    last: Thing | None = None
    doc = actors.parsed.doc
    for i in sorted({*systems, *among(doc, _telling(actors.ontology.item_heads))}):
        token = doc[i]
        here = systems.get(i) or _generic(token, actors)
        if here is None and last and last.head.i == token.i - 1 and _carries(last, token):
            here = Thing(last.start, token, last.item)
        if here is None:
            continue
        if last and here.start <= last.start:
            last = here
        elif last and here.start <= last.head.i + 1 and _joined(last, here):
            last = Thing(last.start, here.head, last.item if last.item.system else here.item)
        else:
            if last and _stands(last):
                yield last
            last = here
    if last and _stands(last):
        yield last


@cache
def _telling(heads: frozenset[str]) -> frozenset[int]:
    """Words that may end a thing."""
    return ids(heads | MONEY | words("carriers"))


def _systems(actors: Actors) -> dict[int, Thing]:
    """Named systems by their last token."""
    found: dict[int, Thing] = {}
    for figure in actors.cast.figures:
        known = actors.ontology.items.get(figure.name) if figure.type is EntityType.WEAPON else None
        if known is not None:
            found |= {span.end - 1: Thing(span.start, span[-1], known) for span, _ in figure.mentions}
    return found


def _generic(token: Token, actors: Actors) -> Thing | None:
    """The longest name of the list that ends at the token."""
    if token.pos_ not in COUNTED:
        return None
    lemma = token.lemma_.lower()
    heads = actors.ontology.item_heads
    if lemma not in heads and token.lower_ not in heads:
        return _sum(token, lemma, heads)
    best: Thing | None = None
    for text in dict.fromkeys((lemma, token.lower_)):
        for start, name in _endings(token, text):
            known = actors.ontology.items.get(name)
            if known and (best is None or start < best.start):
                best = Thing(start, token, known)
    return best


def _endings(token: Token, text: str) -> Iterator[tuple[int, str]]:
    """Texts that end in the token, from the shortest on, with their first token."""
    yield token.i, text
    for i in range(token.i - 1, max(-1, token.i - LONGEST), -1):
        before = token.doc[i]
        if before.is_space or (before.is_punct and before.text not in "-–"):
            return
        text = f"{before.lower_}{' ' if before.whitespace_ else ''}{text}"
        yield i, text


def _sum(token: Token, lemma: str, heads: frozenset[str]) -> Thing | None:
    """A sum of money that is no amount of something: "$50 million", but not "$50 million in aid", "a $50 million loan"."""
    if lemma not in MONEY or token.ent_type_ != "MONEY" or token.dep_ in {"compound", "nmod", "amod", "nummod", "quantmod"}:
        return None
    parts = (p for c in children(token) if c.dep_ == "prep" and c.lower_ in {"in", "of", "worth", "for"} for p in children(c))
    return None if any(p.lemma_.lower() in heads or p.lower_ in heads for p in parts) else Thing(token.i, token, SUM)


def _carries(thing: Thing, token: Token) -> bool:
    return thing.item.system and token.pos_ in NOUNS and token.lemma_.lower() in words("carriers")


def _joined(before: Thing, here: Thing) -> bool:
    """Whether two names side by side are one thing."""
    return before.head.head == here.head or before.head.dep_ in {"compound", "nmod", "amod"} or before.item.system


def _stands(thing: Thing) -> bool:
    """Whether nothing beside it makes it something else."""
    doc, after = thing.head.doc, thing.head.i + 1
    before = doc[thing.start - 1] if thing.start else None
    behind = doc[after] if after < len(doc) else None
    if before is not None and (before.lower_ in thing.item.unless or (before.text in "-–" and not before.whitespace_)):
        return False
    if behind is not None and behind.lower_ == "of" and thing.head.lemma_.lower() in words("portions"):
        return False
    return behind is None or (
        behind.lower_ not in thing.item.unless and not (behind.text == "-" and not thing.head.whitespace_)
    )


@cache
def _ends(heads: frozenset[str]) -> frozenset[str]:
    """All that the last token of a thing's name may be: "16" of "F-16"."""
    return frozenset(head[i:] for head in heads for i in range(len(head)))


@kept
def item(token: Token, actors: Actors) -> Item | None:
    """The lexicon's entry for a noun phrase: the longest of its words that is known, by name or by lemma."""
    if token.lower_ not in (ends := _ends(actors.ontology.item_heads)) and token.lemma_.lower() not in ends:
        return system(token, actors)
    for i in range(phrase_start(token), token.i + 1):
        phrase = token.doc[i : token.i + 1]
        lemmas = " ".join([*(t.lower_ for t in phrase[:-1]), phrase[-1].lemma_.lower()])
        found = actors.ontology.items.get(phrase.text) or actors.ontology.items.get(lemmas)
        if found:
            return found
    return system(token, actors)


@kept
def system(token: Token, actors: Actors) -> Item | None:
    """The named weapon system of a noun phrase ("Shahed drones"), which says more than its head noun."""
    figure = next((f for f in actors.cast.within(phrase_start(token), token.i + 1) if f.type is EntityType.WEAPON), None)
    return actors.ontology.items.get(figure.name) if figure else None


def classes(token: Token, actors: Actors) -> set[str]:
    """Lemma and classes of a phrase and of all that is coordinated with it."""
    found: set[str] = set()
    for one in conjuncts(token):
        found |= {one.lemma_.lower(), *(c.lemma_.lower() for c in children(one) if c.dep_ == "compound")}
        found |= _class(one, actors)
    for child in children(token):
        # "packages of aid", "one of the drones", "supplies, including artillery"
        if child.dep_ == "prep" and child.lower_ in {"of", "including"}:
            for thing in children(child):
                if thing.dep_ == "pobj":
                    found |= classes(thing, actors)
    return found


@kept
def _class(token: Token, actors: Actors) -> set[str]:
    found = set()
    thing = item(token, actors)
    # Who is sent is no thing that is given: senses ask for people by their words.
    if thing and thing.kind != "personnel":
        found |= {"@materiel", "@weapon" if thing.armed else "@aid"}
    if token.lemma_.lower() in MONEY or token.ent_type_ == "MONEY" or token.text in CURRENCY:
        found |= {"@money", "@materiel", "@aid"}
    party = actors.party(token)
    if party:
        found.add("@place" if party.place else "@party")
        if party.code and party.code.sector:
            found.add(f"@{party.code.sector}")
        elif sector := (actors.sector(token) if token.pos_ == "NOUN" else None):
            found.add(f"@{sector}")
        if party.figure and (not party.figure.described or party.figure.type is EntityType.PERSON):
            found.add(f"@{party.figure.type.lower()}")
    return found
