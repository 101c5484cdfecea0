"""Who did what to whom: triggers from the lexicon, parties from the grammar, the type from the world it happens in.

A statement is no event; no trigger, no event; no party with a code, no event. An event that is promised, planned,
threatened or refused is an event of another type (AGREE, THREATEN, REJECT), as PLOVER has it; one that is asked for,
supposed, denied or doubted is none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby

from spacy.tokens import Token

from worker.extraction.actors.actors import Actors, Party
from worker.extraction.events import antecedents, news
from worker.extraction.events.choosing import OBJECT_PREPOSITIONS, Choice
from worker.extraction.events.factuality import Hold, World, told
from worker.extraction.events.found import Found, Refused
from worker.extraction.events.light import light_verb
from worker.extraction.events.modes import mode
from worker.extraction.events.restraint import Restraint
from worker.extraction.events.roles import Roles
from worker.extraction.events.types import FORCE, turned
from worker.extraction.grammar import agents, oblique, patients
from worker.extraction.tree import among, children, ids
from worker.model import EventType, Polarity
from worker.ontology.senses import Sense, load

# What follows from an attack is the same attack: "hit the town, killing two".
OUTCOMES = frozenset({"advcl", "relcl", "acl", "xcomp"})
MUST = ids({"must", "should"})
NOTHING: frozenset[str] = frozenset()
# Any verb under "must", in the mouth of somebody else.
DEMAND = Sense(EventType.REQUEST, "must", None, False, (), (), False, None, NOTHING, NOTHING)
# Any hostile deed that somebody else claims.
CLAIM = Sense(EventType.ACCUSE, "claim", None, False, (), (), False, "allege", NOTHING, NOTHING)


@dataclass(frozen=True)
class Coded:
    """The events of an article in the order of the text, and the triggers that gave none.

    `bare` events lack a party: alone they are none, but they may tell more of one ("the attack killed three").
    """

    events: list[Found]
    bare: list[Found]
    refused: list[Refused]
    choice: Choice


def code(actors: Actors) -> Coded:
    """All events of an article."""
    return Coder(actors).code()


@cache
def _triggers() -> frozenset[int]:
    return ids(load())


class Coder:
    """Codes the events of one article."""

    def __init__(self, actors: Actors) -> None:
        self.actors = actors
        actors.settle()
        self.choice = Choice(actors, load())
        self.roles = Roles(actors, load())
        self.restraint = Restraint(actors, self.choice)
        self.refused: list[Refused] = []
        self.bare: list[Found] = []

    def code(self) -> Coded:
        """All events of the article."""
        found = [event for tokens in self._telling() for event in self._sentence(tokens)]
        told = antecedents.fill(self._told_once(found), self.choice)
        return Coded(list(told), self.bare, self.refused, self.choice)

    def _refuse(self, event: Found, reason: str) -> None:
        self.refused.append(Refused(event.trigger, reason, event.sense))

    def _telling(self) -> Iterator[list[Token]]:
        """Words that may be triggers, by sentence: those of the lexicon, and what "must" or "should" be done."""
        doc = self.actors.parsed.doc
        words = {*among(doc, _triggers()), *(doc[i].head.i for i in among(doc, MUST))}
        ends = [sentence.end for sentence in self.actors.parsed.sentences]
        for _, here in groupby(sorted(words), key=lambda i: bisect_right(ends, i)):
            yield [doc[i] for i in here]

    def _sentence(self, tokens: Sequence[Token]) -> Iterator[Found]:
        found = [event for token in tokens if (event := self._token(token))]
        places = {(event.type, i): n for n, event in enumerate(found) for i in _words_of(event)}
        # "lodged a protest" is an accusation, "went on strike" no attack: the verb has used the noun up.
        used = {i for event in found if not event.sense.noun for i in _used(event)}
        told: dict[int, Found] = {}
        for n, event in enumerate(found):
            whole = places.get((event.type, _above(event).i))
            if event.sense.noun and event.trigger.i in used:
                self._refuse(event, "part of another trigger")
            elif whole is not None and whole != n and _is_echo(event, found[whole]):
                self._refuse(event, f"the same happening as {event.trigger.head.text!r}")
                told[whole] = _joined(told.get(whole, found[whole]), event)
            else:
                told.setdefault(n, event)
        yield from (told[n] for n in sorted(told))

    def _token(self, token: Token) -> Found | None:
        meant = (s for s in self.choice.meant(token) if not s.partner or self.roles.sides(token, s).recipients)
        sense = next(meant, None)
        event = (self._event(token, sense) if sense else None) or self._demand(token)
        if sense is None and event is None:
            self.refused.append(Refused(token, None))
        return event

    def _demand(self, token: Token) -> Found | None:
        """Who says what another must do asks for it: "Spain said Israel must end the siege"."""
        if not any(c.dep_ == "aux" and c.lower in MUST for c in children(token)):
            return None
        return self._spoken(DEMAND, token, told(token), self.actors.parties(agents(token)))

    def _claim(self, token: Token, sense: Sense, world: World) -> Found | None:
        """Who claims or alleges that another did harm accuses: "Chad claimed that Libya had attacked it"."""
        if not world.doubted or sense.type not in FORCE or world.hold not in {None, Hold.ACCUSE}:
            return None
        return self._spoken(CLAIM, token, world, self.roles.sides(token, sense).actors)

    def _spoken(self, sense: Sense, token: Token, world: World, others: Sequence[Party]) -> Found | None:
        """What a speaker with a code says of others with a code."""
        speakers = self.actors.parties([world.reporter]) if world.reporter is not None else []
        if not speakers or not others or not all(p.code for p in (*speakers, *others)) or speakers[0].is_one_with(others[0]):
            return None
        world = replace(world, polarity=Polarity.AFFIRMED, hold=None, governor=None, doubted=False)
        event = Found(sense.type, sense, token, tuple(speakers), tuple(others), world)
        return replace(event, mode=mode(event.type, sense, token, self.actors))

    def _event(self, token: Token, sense: Sense) -> Found | None:
        world = told(token)
        if claim := self._claim(token, sense, world):
            return claim
        kind, modality_holds = turned(sense, world)
        if kind is None:
            self.refused.append(Refused(token, world.told, sense))
            return None
        if passing := news.objection(token, sense, world):
            self.refused.append(Refused(token, passing, sense))
            if passing != news.KNOWN or not sense.noun:
                return None
        actors, recipients = self._sides(token, sense, kind)
        swallowed = world.governor.i if modality_holds and world.governor is not None else None
        if kind is EventType.REJECT and sense.type is not kind:
            world = replace(world, polarity=Polarity.AFFIRMED, hold=None)
        elif kind is sense.type and kind in FORCE:
            world = replace(world, hold=None)
        event = Found(kind, sense, token, tuple(actors), tuple(recipients), world, swallowed=swallowed)
        objection = passing or self.restraint.objection(event)
        if not objection:
            return replace(event, mode=mode(event.type, sense, token, self.actors))
        if not passing:
            self._refuse(event, objection)
        if world.hold is None and world.polarity is Polarity.AFFIRMED:
            self.bare.append(event)
        return None

    def _sides(self, token: Token, sense: Sense, kind: EventType) -> tuple[list[Party], list[Party]]:
        sides = self.roles.sides(token, sense)
        actors = sides.actors
        recipients = [
            r
            for r in sides.recipients
            if not any(r.is_one_with(a) or (kind is EventType.MOBILIZE and _is_at_home(r, a)) for a in actors)
            and self.restraint.can_receive(r, sense, kind)
        ]
        if sense.mutual and kind in {sense.type, EventType.AGREE}:
            # The parties of a plural subject are complete: "X and Y agreed to build a bridge for Z".
            if sides.together:
                return [*actors, *recipients], []
            if len(actors) > 1:
                return actors, []
        if kind is EventType.COOPERATE and not recipients:
            # Partners are equals, yet the type wants a recipient: whoever is named first is the actor.
            return actors[:1], actors[1:]
        return actors, recipients

    def _told_once(self, found: list[Found]) -> list[Found]:
        """A promise and what is promised are one event: the one of the two that names more parties, else what is promised."""
        by_trigger = {event.trigger.i: event for event in found}
        dropped: set[int] = set()
        for event in found:
            governor = by_trigger.get(event.swallowed) if event.swallowed is not None else None
            if governor is not None:
                lesser = event if _parties(governor) > _parties(event) else governor
                dropped.add(id(lesser))
                self._refuse(lesser, "told together with what it promises or is promised by")
            alleging = by_trigger.get(event.trigger.head.i) if event.sense is CLAIM else None
            if alleging is not None and alleging.type is CLAIM.type and alleging is not event:
                # "alleged that Chad attacked": the verb has told of the accusation.
                dropped.add(id(event))
                self._refuse(event, f"the same happening as {event.trigger.head.text!r}")
        return [event for event in found if id(event) not in dropped]


def _used(event: Found) -> list[int]:
    things = [*patients(event.trigger), *oblique(event.trigger, {*OBJECT_PREPOSITIONS, event.sense.extra or ""})]
    return [t.i for t in things if t.lemma_.lower() in event.sense.object]


def _words_of(event: Found) -> list[int]:
    """The trigger, and the verb that only carries it."""
    carrier = light_verb(event.trigger) if event.sense.noun else None
    return [event.trigger.i] if carrier is None else [event.trigger.i, carrier.i]


def _joined(whole: Found, echo: Found) -> Found:
    """What the second word says more: "the attack on Kharkiv killed four people" tells where in the noun's phrase."""
    if any(r.code for r in whole.recipients):
        return whole
    more = [r for r in echo.recipients if not any(r.is_one_with(p) for p in (*whole.recipients, *whole.actors))]
    return replace(whole, actors=whole.actors or echo.actors, recipients=(*whole.recipients, *more))


def _above(event: Found) -> Token:
    """What a trigger hangs on; "killed in an Israeli strike" by its preposition."""
    trigger = event.trigger
    return trigger.head.head if trigger.dep_ == "pobj" and event.type is EventType.ASSAULT else trigger.head


def _is_echo(event: Found, other: Found) -> bool:
    """One happening told with two words: "Russian strikes hit a school", "shelled the town, killing two"."""
    same = {a.key for a in event.actors} <= {a.key for a in other.actors}
    if event.sense.noun:
        return event.trigger.dep_ in {"nsubj", "nsubjpass", "dobj"} or (
            event.trigger.dep_ == "pobj" and same and not event.recipients
        )
    if event.trigger.dep_ == "advcl" and event.trigger.tag_ == "VBG" and event.type is EventType.ASSAULT:
        return True
    if event.trigger.dep_ == "conj" and event.world == replace(other.world, governor=event.world.governor):
        # "train and equip the brigades": one object, one help.
        return same and {r.key for r in event.recipients} == {r.key for r in other.recipients}
    return event.trigger.dep_ in OUTCOMES and same and event.type is EventType.ASSAULT


def _is_at_home(party: Party, actor: Party) -> bool:
    """Who moves forces at home moves them against nobody: "Serbia put its army on alert", "a drill off Bandar Abbas"."""
    sector = party.code.sector if party.code else None
    return party.country is not None and party.country == actor.country and sector in {None, "MIL"}


def _parties(event: Found) -> int:
    return len(event.actors) + len(event.recipients)
