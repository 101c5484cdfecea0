"""Which weapons and what aid moved: things of the lexicon, with giver, receiver and how far the transfer has come."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from spacy.tokens import Span, Token

from worker.extraction.actors.actors import Actors, Party
from worker.extraction.events.found import Found
from worker.extraction.events.roles import Roles
from worker.extraction.grammar import conjuncts, nested, oblique, patients, possessors, surface_subject
from worker.extraction.materiel.amounts import quantity
from worker.extraction.materiel.moving import Step, below, same, steps
from worker.extraction.materiel.standing import status
from worker.extraction.materiel.things import SUM, Thing, things
from worker.extraction.quotes.quotes import text_span
from worker.extraction.tree import climb
from worker.model import EntityType, EventType, Materiel, MaterielStatus
from worker.ontology import Item, senses
from worker.ontology.moves import load, words

# Small arms are in every crime report; they are materiel if a party to an event uses them.
CRIME = "small arms"
# Who gives and gets aid: states, their branches, and bodies without a sector.
PUBLIC = frozenset({None, "GOV", "MIL", "LEG"})
WITH = frozenset({"with"})
# Moves between parties; what is asked for, forbidden or used may go without any.
GIVEN = frozenset({"transfer", "promise", "allocate", "refuse", "withhold"})
# Events whose sides are giver and receiver.
GIVING = frozenset({EventType.AID, EventType.AGREE, EventType.COOPERATE, EventType.REJECT})


@dataclass(frozen=True)
class Moved:
    """A thing, what is done with it, and the event that it belongs to."""

    span: Span
    head: Token
    start: int
    item: Item
    status: MaterielStatus
    giver: Party | None
    receiver: Party | None
    event: Found | None


def find(actors: Actors, events: Sequence[Found]) -> list[Moved]:
    """Materiel that the text says to move, to be asked for, held back or used; mere mentions are no transfer."""
    reader = _Reader(actors, events)
    found = [*(m for t in things(actors) if (m := reader.read(t))), *reader.services()]
    return sorted(found, key=lambda m: m.head.i)


class _Reader:
    """Reads the things of one article."""

    def __init__(self, actors: Actors, events: Sequence[Found]) -> None:
        self.actors = actors
        self.roles = Roles(actors, senses.load())
        self.events = {e.trigger.i: e for e in reversed(events)}

    def read(self, thing: Thing) -> Moved | None:
        """What becomes of a thing, if anything does."""
        done = [] if thing.item.name in words("never") else steps(thing)
        if done and _is_anothers(thing, self.roles, done[0]):
            done = below(thing)
        how = status(done) if done else None
        if how is None:
            return None
        if done[0].move.item == WITH and self._frame(thing, done[0])[0] is None:
            # "jets armed with bombs": nobody gives them.
            return None
        giver, receiver = self._sides(thing, done)
        found = Moved(thing.span, thing.head, thing.start, thing.item, how, giver, receiver, self._event(thing, done))
        return found if self._counts(found, done[0]) else None

    def services(self) -> Iterator[Moved]:
        """What a verb gives without naming it: training, equipment."""
        for event in self.events.values():
            verb = event.trigger
            move = next((m for m in load().get((verb.lemma_.lower(), False), ()) if m.makes), None)
            whom = patients(verb) if move and verb.pos_ == "VERB" else []
            how = status([Step(verb, move)]) if move and whom else None
            if move and how and event.actors:
                last = max(t.i for t in whom)
                item = self.actors.ontology.items[str(move.makes)]
                receiver = event.recipients[0] if event.recipients else None
                yield Moved(verb.doc[verb.i : max(last, verb.i) + 1], verb, verb.i, item, how, event.actors[0], receiver, event)

    # ------------------------------------------------------------ parties

    def _sides(self, thing: Thing, done: Sequence[Step]) -> tuple[Party | None, Party | None]:
        """Who gives and who gets, by the nearest word that says so, then by what stands beside the thing."""
        inner = done[0].move
        giver, receiver = self._frame(thing, done[0])
        for step in done[1:]:
            giver, receiver = self._widened(thing, step, inner.uses, giver, receiver)
        event = next((e for s in done if (e := self.events.get(s.token.i))), None)
        if event and event.type in GIVING and inner.kind in GIVEN:
            giver = giver or next((a for a in event.actors if not _same(a, receiver)), None)
            receiver = receiver or next((r for r in event.recipients if not _holds(r, thing)), None)
        owner = self._owner(thing)
        if owner and "dative" in inner.sense.recipient and owner.span.start == done[0].token.i + 1 and not _is_adjective(owner):
            # "offered Kyiv spare parts" may be parsed as one noun phrase.
            owner, receiver = None, receiver or owner
        if inner.uses:
            stranger = owner and owner.country not in thing.item.origin
            return None, receiver or (owner if stranger else None)
        if inner.kind in GIVEN:
            giver, receiver = self._considering(done[0], giver, receiver)
            giver = giver or self._beside(thing, {"from"}) or (None if _same(owner, receiver) else owner)
        return giver, None if _same(giver, receiver) else receiver

    def _considering(self, step: Step, giver: Party | None, receiver: Party | None) -> tuple[Party | None, Party | None]:
        """Who plans a purchase buys, who plans a delivery gives: the subject of the verb above a noun."""
        verb = step.token.head
        if not step.move.noun or step.token.dep_ != "dobj" or (giver if "owner" in step.move.sense.actor else receiver):
            return giver, receiver
        doer = _first(self.actors.parties(surface_subject(verb)), None)
        if "owner" in step.move.sense.actor:
            return (None if _same(doer, receiver) else doer), receiver
        return giver, None if _same(doer, giver) else doer

    def _widened(
        self, thing: Thing, step: Step, uses: bool, giver: Party | None, receiver: Party | None
    ) -> tuple[Party | None, Party | None]:
        """With the sides of a word above: who asks, allows or forbids."""
        above, below = self._frame(thing, step)
        if step.move.kind == "ask":
            # Who asks for himself would get; who asks for another names him.
            return giver or above, receiver or (None if _same(below, giver) else below)
        if uses:
            # "barred Ukraine from using": whom a ban or leave is given to is the user.
            return None, below or (None if _same(receiver, above) else receiver)
        return giver or above, receiver or below

    def _frame(self, thing: Thing, step: Step) -> tuple[Party | None, Party | None]:
        """Giver and receiver by the slots of one word; for a use, the user as receiver."""
        sides = self.roles.sides(step.token, step.move.sense)
        givers, receivers = sides.actors, sides.recipients
        beside = self._beside(thing, {"to", "for"})
        passive = [] if givers or step.token.pos_ != "VERB" else self.actors.parties(oblique(step.token, {"by"}))
        giver = _first([*givers, *passive], thing)
        if step.move.uses:
            return None, giver
        receiver = _first(receivers, thing)
        if step.move.noun and step.token.dep_ == "dobj" and step.token.head.lemma_ == "take":
            # "took delivery of"
            giver, receiver = receiver, giver
        if step.move.kind == "ask":
            return (None if _same(giver, beside) else giver), beside or receiver
        return giver, receiver or beside

    def _beside(self, thing: Thing, prepositions: set[str]) -> Party | None:
        """The party that the thing itself names: "aid for Kyiv", "wheat from India"."""
        listed = dict.fromkeys([*same(thing.head), *conjuncts(thing.head)])
        return _first(self.actors.parties([t for noun in listed for t in nested(noun, prepositions)]), thing)

    def _owner(self, thing: Thing) -> Party | None:
        """Whose the thing is by what stands before it: "US military aid", "North Korean shells"; not "British-made"."""
        for token in reversed(thing.span[:-1]):
            figure = self.actors.cast.at(token)
            if figure and figure.code and figure.type not in {EntityType.PERSON, EntityType.WEAPON}:
                made = token.nbor().text == "-" and token.nbor(2).lower_ in words("makers")
                return None if made else self.actors.party(token)
        return None

    def _event(self, thing: Thing, done: Sequence[Step]) -> Found | None:
        above = [*(s.token for s in done), *climb(thing.head)]
        return next((e for t in above if (e := self.events.get(t.i))), None)

    # ------------------------------------------------------------ restraint

    @staticmethod
    def _counts(found: Moved, step: Step) -> bool:
        """Whether it is told well enough: who gives or gets aid, whom soldiers are lent to."""
        kind, item = step.move.kind, found.item
        sides = [p for p in (found.giver, found.receiver) if p and p.code]
        foreign = len(sides) == 2 and sides[0].country != sides[1].country
        if step.move.foreign or item.name in words("commodities"):
            return foreign
        if item is SUM:
            # Bribes and fees are no aid.
            return foreign and all(p.code is not None and p.code.sector in PUBLIC for p in sides)
        if item.kind == CRIME and kind not in {"ask", "restrict"}:
            return foreign or (found.event is not None and bool(sides) and kind == "use")
        public = any(p.code is not None and p.code.sector in PUBLIC for p in sides)
        if not item.armed and not public:
            # Help among neighbours is no aid.
            return False
        if found.status is MaterielStatus.USED and found.receiver and _is_private(found.receiver):
            return False
        told = found.status not in {MaterielStatus.DELIVERED, MaterielStatus.DELIVERING}
        return bool(sides) or kind not in GIVEN or (item.armed and told)


def _is_anothers(thing: Thing, roles: Roles, step: Step) -> bool:
    """In "supplying troops, and Iran's drones" what is another's is not given with the rest of the list."""
    if thing.head.dep_ != "conj" or step.move.kind not in GIVEN:
        return False
    givers = [p.country for p in roles.sides(step.token, step.move.sense).actors]
    owners = [p.country for t in possessors(thing.head) if (p := roles.actors.party(t))]
    return bool(givers and owners) and owners[0] is not None and owners[0] != givers[0]


def _first(parties: Iterable[Party], thing: Thing | None) -> Party | None:
    return next((p for p in parties if thing is None or not _holds(p, thing)), None)


def _is_private(party: Party) -> bool:
    """Robbers and neighbours, whose weapons are a matter for the police."""
    return party.code is not None and party.code.sector in {"CRM", "CVL"}


def _is_adjective(party: Party) -> bool:
    return party.figure is not None and party.figure.type is EntityType.NORP


def _holds(party: Party, thing: Thing) -> bool:
    return party.span.start <= thing.head.i < party.span.end


def _same(one: Party | None, other: Party | None) -> bool:
    return (
        one is not None
        and other is not None
        and (one.key == other.key or (one.country is not None and one.country == other.country))
    )


def finish(moved: Sequence[Moved], actors: Actors, article: str, coder: str) -> tuple[Materiel, ...]:
    """The materiel of the extraction object."""
    return tuple(_materiel(one, actors, article, coder) for one in moved)


def _materiel(moved: Moved, actors: Actors, article: str, coder: str) -> Materiel:
    return Materiel(
        id=_name(moved, article, coder),
        item=moved.item.name,
        category=moved.item.category,
        quantity=quantity(moved.head, moved.start),
        giver=_named(moved.giver),
        receiver=_named(moved.receiver),
        origin=_origin(moved, actors),
        status=moved.status,
        evidence=text_span(moved.span),
    )


def _named(party: Party | None) -> str | None:
    if party is None:
        return None
    return party.code.text if party.code else party.name


def _origin(moved: Moved, actors: Actors) -> str | None:
    """The maker that the text names, else the only one that the lexicon knows."""
    owners = actors.cast.within(moved.span.start, moved.head.i)
    named = next((f.country for f in owners if f.country and f.country in moved.item.origin), None)
    return named or (moved.item.origin[0] if len(moved.item.origin) == 1 else None)


def links(moved: Sequence[Moved], article: str, coder: str) -> dict[int, tuple[str, ...]]:
    """Trigger token -> ids of the materiel that its event moves."""
    found: dict[int, tuple[str, ...]] = {}
    for one in moved:
        if one.event is not None:
            trigger = one.event.trigger.i
            found[trigger] = (*found.get(trigger, ()), _name(one, article, coder))
    return found


def _name(moved: Moved, article: str, coder: str) -> str:
    """The same for the same text through the same coder, other for another revision's article id, place or status."""
    what = f"{article}|{coder}|{moved.item.name}|{moved.head.idx}|{moved.status}"
    return hashlib.sha256(what.encode()).hexdigest()[:20]
