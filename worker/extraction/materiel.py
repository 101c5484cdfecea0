"""Which weapons and what aid moved: things of the lexicon, with giver, receiver and how far the transfer has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spacy.tokens import Token

from worker.extraction.actors import Actors, Party
from worker.extraction.events import Found
from worker.extraction.factuality import Hold
from worker.extraction.grammar import climb, conjuncts, phrase_start, possessors, root, sentence
from worker.extraction.quotes import text_span
from worker.extraction.things import item, system
from worker.model import EventType, Materiel, MaterielStatus, Polarity
from worker.ontology import Item

ASKED = frozenset({EventType.REQUEST})
TRANSFERS = frozenset({EventType.AID, EventType.AGREE, EventType.COOPERATE, EventType.SANCTION})
STATUS = {
    EventType.REQUEST: MaterielStatus.REQUESTED,
    EventType.REJECT: MaterielStatus.REFUSED,
    EventType.ASSAULT: MaterielStatus.USED,
    EventType.SANCTION: MaterielStatus.RESTRICTED,
}


@dataclass(frozen=True)
class Thing:
    """A phrase that names materiel, and the event that moves, asks for or uses it."""

    head: Token
    item: Item
    event: Found


def find(actors: Actors, events: Sequence[Found]) -> list[Thing]:
    """Materiel that an event of its sentence moves, asks for or uses; mere mentions are no transfer."""
    found = []
    by_sentence: dict[int, list[Found]] = {}
    for event in events:
        by_sentence.setdefault(root(event.trigger).i, []).append(event)
    for top, here in by_sentence.items():
        for token in sentence(actors.parsed.doc[top]):
            known = item(token, actors) if token.pos_ in {"NOUN", "PROPN"} and not _inside(token) else None
            mover = _mover(token, here) if known else None
            if known and mover and not _suffers(token, known, mover, actors):
                found.append(Thing(token, system(token, actors) or known, mover))
    return found


def _suffers(token: Token, known: Item, event: Found, actors: Actors) -> bool:
    """Soldiers that are shot and tanks that are hit are not used, and nobody gives what is another's."""
    owners = [actors.party(t) for t in possessors(token)]
    if event.actors and any(o and o.country and o.country != event.actors[0].country for o in owners):
        # "supplying troops, and Iran's drones": what is another's is not given by the actor.
        return True
    hurt = event.type is EventType.ASSAULT and any(token in r.span for r in event.recipients)
    return hurt or (event.type is EventType.ASSAULT and known.kind == "personnel")


def _inside(token: Token) -> bool:
    return token.dep_ in {"compound", "nmod"} and token.head.pos_ in {"NOUN", "PROPN"} and token.head.i > token.i


def _mover(token: Token, events: Sequence[Found]) -> Found | None:
    """The event whose trigger is the nearest above the thing."""
    above = [token, *climb(token)]
    by_trigger = {e.trigger.i: e for e in events if e.type in TRANSFERS or e.type in STATUS}
    return next((by_trigger[t.i] for t in above if t.i in by_trigger and t.i != token.i), None)


def finish(things: Sequence[Thing], actors: Actors, article: str) -> tuple[Materiel, ...]:
    """The materiel of the extraction object."""
    return tuple(_materiel(thing, actors, _name(article, n)) for n, thing in enumerate(things, 1))


def _materiel(thing: Thing, actors: Actors, name: str) -> Materiel:
    event = thing.event
    giver, receiver = _sides(event)
    origin = _origin(thing, actors)
    return Materiel(
        id=name,
        item=thing.item.name,
        category=thing.item.category,
        quantity=_quantity(thing.head),
        giver=_named(giver),
        receiver=_named(receiver),
        origin=origin,
        status=status(event),
        evidence=text_span(thing.head.doc[phrase_start(thing.head) : thing.head.i + 1]),
    )


def _sides(event: Found) -> tuple[Party | None, Party | None]:
    """Who gives and who gets; who asks is the one who would get, a weapon's user is its holder."""
    actor = event.actors[0] if event.actors else None
    recipient = event.recipients[0] if event.recipients else None
    if event.type in ASKED:
        return recipient, actor
    if event.type is EventType.ASSAULT:
        return None, actor
    return actor, recipient


def _named(party: Party | None) -> str | None:
    if party is None:
        return None
    return party.code.text if party.code else party.name


def _origin(thing: Thing, actors: Actors) -> str | None:
    """The maker that the text names, else the only one that the lexicon knows."""
    owners = actors.cast.within(phrase_start(thing.head), thing.head.i)
    named = next((f.country for f in owners if f.country and f.country in thing.item.origin), None)
    return named or (thing.item.origin[0] if len(thing.item.origin) == 1 else None)


def _quantity(head: Token) -> str | None:
    for one in conjuncts(head)[:1]:
        number = next((c for c in one.children if c.dep_ == "nummod"), None)
        if number is not None:
            return number.doc[number.left_edge.i : number.i + 1].text
    return None


def status(event: Found) -> MaterielStatus:
    """How far the transfer has come, by type, polarity and modality of its event."""
    if event.type in STATUS:
        return STATUS[event.type]
    if event.world.polarity is Polarity.NEGATED:
        return MaterielStatus.NOT_DELIVERED
    if event.type is EventType.AGREE:
        return MaterielStatus.INTENDED if event.world.hold is Hold.INTEND else MaterielStatus.PROMISED
    ongoing = event.trigger.tag_ in {"VBG", "VBZ", "VBP"}
    return MaterielStatus.DELIVERING if ongoing else MaterielStatus.DELIVERED


def links(things: Sequence[Thing], article: str) -> dict[int, tuple[str, ...]]:
    """Trigger token -> ids of the materiel that its event moves."""
    found: dict[int, tuple[str, ...]] = {}
    for n, thing in enumerate(things, 1):
        trigger = thing.event.trigger.i
        found[trigger] = (*found.get(trigger, ()), _name(article, n))
    return found


def _name(article: str, number: int) -> str:
    return f"{article}:m{number}"
