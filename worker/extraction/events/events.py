"""Who did what to whom: triggers from the lexicon, parties from the grammar, the type from the world it happens in.

A statement is no event; no trigger, no event; no party with a code, no event. An event that is promised, planned,
threatened or refused is an event of another type (AGREE, THREATEN, REJECT), as PLOVER has it; one that is asked for,
supposed, denied or doubted is none.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby

from spacy.tokens import Token

from worker.extraction.actors.actors import Actors, Party
from worker.extraction.events.factuality import Hold, World, judge
from worker.extraction.events.modes import contexts, mode
from worker.extraction.events.roles import Roles
from worker.extraction.grammar import agents, among, children, ids, kept, oblique, particle, patients, sentence
from worker.extraction.materiel.things import classes, item
from worker.model import Event, EventType, Modality, Polarity, Span, Tense
from worker.ontology.senses import Sense, load, plover

COOPERATION = frozenset({EventType.AID, EventType.COOPERATE, EventType.CONSULT, EventType.SUPPORT})
FORCE = frozenset({EventType.ASSAULT, EventType.COERCE, EventType.SANCTION, EventType.MOBILIZE, EventType.PROTEST})
GIVING_WAY = frozenset({EventType.RETREAT, EventType.CONCEDE})
# Without a named doer these are still news: a strike, an arrest, a conviction, a protest.
AGENTLESS = frozenset({EventType.ASSAULT, EventType.COERCE, EventType.SANCTION, EventType.PROTEST})
COMMITTED = frozenset({Hold.PROMISE, Hold.INTEND, Hold.AHEAD})
# "will not lift", "will not meet": a refusal.
REFUSABLE = COOPERATION | GIVING_WAY | {EventType.AGREE}
# Sectors of people who are done to; they do not wage war, trade or sanction.
VICTIMS = frozenset({"CVL", "REF", "MED"})
# As adjectives these still tell of a promise ("the promised jets"); other participles describe ("the convicted man").
PROMISED = frozenset({"promise", "pledge"})
# Only these happen to places; one does not ask or praise a power station.
TO_PLACES = FORCE | {EventType.THREATEN, EventType.AID, EventType.RETREAT, EventType.CONSULT}
# Where a verb without a fitting object may have its thing: "supplied Kyiv with shells".
OBJECT_PREPOSITIONS = ("with", "for", "of", "on", "from", "in")
# What follows from an attack is the same attack: "hit the town, killing two".
OUTCOMES = frozenset({"advcl", "relcl", "acl", "xcomp"})


MUST = ids({"must", "should"})


def code(actors: Actors) -> list[Found]:
    """All events of an article, in the order of their triggers."""
    return Coder(actors).code()


@cache
def _triggers() -> frozenset[int]:
    return ids(load())


@dataclass(frozen=True)
class Found:
    """An event before it is put into the wire format."""

    type: EventType
    sense: Sense
    trigger: Token
    actors: tuple[Party, ...]
    recipients: tuple[Party, ...]
    world: World
    mode: str | None = None
    swallowed: int | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two reports within an article the same happening."""
        sides = (frozenset(p.key for p in self.actors), frozenset(p.key for p in self.recipients))
        return (self.type, *sides, self.world.polarity, self.world.modality, self.trigger.lemma_.lower())


class Coder:
    """Codes the events of one article."""

    def __init__(self, actors: Actors) -> None:
        self.actors = actors
        self.senses = load()
        self.roles = Roles(actors, self.senses)
        # A word has several senses, and each asks what its objects are.
        self._told: dict[tuple[int, str], set[str]] = {}

    def code(self) -> list[Found]:
        """All events of the article, each happening once, in the order of the text."""
        found = [event for tokens in self._telling() for event in self._sentence(tokens)]
        kept: dict[tuple[object, ...], Found] = {}
        for event in _told_once(found):
            kept.setdefault(event.key, event)
        return list(kept.values())

    def _telling(self) -> Iterator[list[Token]]:
        """Words that may be triggers, by sentence: those of the lexicon, and what "must" or "should" be done."""
        doc = self.actors.parsed.doc
        words = {*among(doc, _triggers()), *(doc[i].head.i for i in among(doc, MUST))}
        ends = [sentence.end for sentence in self.actors.parsed.sentences]
        for _, here in groupby(sorted(words), key=lambda i: bisect_right(ends, i)):
            yield [doc[i] for i in here]

    def _sentence(self, tokens: Sequence[Token]) -> Iterator[Found]:
        found = [event for token in tokens if (event := self._token(token))]
        by_token = {(event.type, event.trigger.i): event for event in found}
        # "lodged a protest" is an accusation, "went on strike" no attack: the verb has used the noun up.
        used = {i for event in found if not event.sense.noun for i in self._used(event)}
        for event in found:
            if not self._is_echo(event, by_token) and not (event.sense.noun and event.trigger.i in used):
                yield event

    @staticmethod
    def _used(event: Found) -> list[int]:
        things = [*patients(event.trigger), *oblique(event.trigger, OBJECT_PREPOSITIONS)]
        return [t.i for t in things if t.lemma_.lower() in event.sense.object]

    @staticmethod
    def _is_echo(event: Found, others: dict[tuple[EventType, int], Found]) -> bool:
        """One happening told with two words: "Russian strikes hit a school", "shelled the town, killing two"."""
        other = others.get((event.type, event.trigger.head.i))
        if other is None or other is event:
            return False
        if event.sense.noun:
            return event.trigger.dep_ in {"nsubj", "nsubjpass", "dobj"}
        if event.trigger.dep_ == "advcl" and event.trigger.tag_ == "VBG" and event.type is EventType.ASSAULT:
            return True
        same = {a.key for a in event.actors} <= {a.key for a in other.actors}
        if event.trigger.dep_ == "conj" and event.world == replace(other.world, governor=event.world.governor):
            # "train and equip the brigades": one object, one help.
            return same and {r.key for r in event.recipients} == {r.key for r in other.recipients}
        return event.trigger.dep_ in OUTCOMES and same and event.type is EventType.ASSAULT

    def _token(self, token: Token) -> Found | None:
        if token.pos_ not in {"VERB", "NOUN", "ADJ", "PROPN"}:
            return None
        lemma = token.lemma_.lower()
        if token.dep_ == "amod" and lemma not in PROMISED:
            return None
        noun = token.pos_ in {"NOUN", "PROPN"}
        senses = () if noun and _is_modifier(token) else self.senses.get(lemma, ())
        sense = next((s for s in senses if s.noun == noun and self._means(token, s)), None)
        return (self._event(token, sense) if sense else None) or self._demand(token)

    def _demand(self, token: Token) -> Found | None:
        """Who says what another must do asks for it: "Spain said Israel must end the siege"."""
        if not any(c.dep_ == "aux" and c.lower in MUST for c in children(token)):
            return None
        world = judge(token)
        speakers = self.actors.parties([world.reporter]) if world.reporter is not None else []
        asked = self.actors.parties(agents(token))
        if not speakers or not asked or not all(p.code for p in (*speakers, *asked)) or speakers[0].key == asked[0].key:
            return None
        world = replace(world, polarity=Polarity.AFFIRMED, hold=None, governor=None)
        event = Found(EventType.REQUEST, DEMAND, token, tuple(speakers), tuple(asked), world)
        return replace(event, mode=mode(event.type, DEMAND, token, self.actors))

    # ------------------------------------------------------------ which sense

    def _means(self, token: Token, sense: Sense) -> bool:
        if sense.extra and not _has_extra(token, sense):
            return False
        if not sense.object and not sense.not_object:
            return True
        direct = self._direct_classes(token, noun=sense.noun)
        if direct & sense.not_object:
            return False
        if not sense.object or direct & sense.object:
            return True
        return not sense.object.isdisjoint(self._classes(token, "oblique", lambda: oblique(token, OBJECT_PREPOSITIONS)))

    @staticmethod
    def _direct(token: Token, *, noun: bool) -> list[Token]:
        """What the trigger is about: objects of a verb; for a noun its "of" phrase and what stands before it."""
        if not noun:
            return patients(token)
        return [*oblique(token, {"of"}), *(c for c in children(token) if c.dep_ in {"compound", "amod"})]

    def _direct_classes(self, token: Token, *, noun: bool) -> set[str]:
        return self._classes(token, "direct", lambda: self._direct(token, noun=noun))

    def _classes(self, trigger: Token, slot: str, things: Callable[[], list[Token]]) -> set[str]:
        found = self._told.get((trigger.i, slot))
        if found is None:
            found = {name for thing in things() for name in classes(thing, self.actors)}
            self._told[trigger.i, slot] = found
        return found

    # ------------------------------------------------------------ parties

    def _event(self, token: Token, sense: Sense) -> Found | None:
        world = judge(token)
        kind, modality_holds = self._type(sense, world)
        if kind is None:
            return None
        actors, recipients = self.roles.sides(token, sense)
        recipients = [r for r in recipients if all(r.key != a.key for a in actors) and self._can_receive(r, sense, kind)]
        if sense.mutual and kind in {sense.type, EventType.AGREE}:
            # The parties of a plural subject are complete: "X and Y agreed to build a bridge for Z".
            actors, recipients = (actors, []) if len(actors) > 1 else ([*actors, *recipients], [])
        swallowed = world.governor.i if modality_holds and world.governor is not None else None
        if kind is EventType.REJECT and sense.type is not kind:
            world = replace(world, polarity=Polarity.AFFIRMED, hold=None)
        elif kind is sense.type and kind in FORCE:
            world = replace(world, hold=None)
        event = Found(kind, sense, token, tuple(actors), tuple(recipients), world, swallowed=swallowed)
        event = replace(event, mode=mode(event.type, sense, token, self.actors))
        return event if self._stands(event) else None

    def _can_receive(self, party: Party, sense: Sense, kind: EventType) -> bool:
        """Places suffer and get, but are not asked or praised; what is given ("troops") is not who gets it."""
        moved = sense.type is EventType.AID and sense.recipient[:1] != ("object",)
        goods = moved and item(party.span.root, self.actors) is not None
        return not goods and (kind in TO_PLACES or not party.place)

    @staticmethod
    def _type(sense: Sense, world: World) -> tuple[EventType | None, bool]:
        """The type that the world makes of a sense, and whether the governing word has become part of the event."""
        hold = world.hold
        if hold is None:
            return sense.type, False
        if hold is Hold.AHEAD and world.polarity is Polarity.NEGATED and sense.type in REFUSABLE:
            return EventType.REJECT, False
        if sense.type in COOPERATION and hold in COMMITTED:
            return EventType.AGREE, hold is not Hold.AHEAD
        if sense.type in GIVING_WAY and hold in COMMITTED:
            return EventType.CONCEDE, hold is not Hold.AHEAD
        if sense.noun and world.governor is not None and world.governor.lemma_ == "announce" and sense.type in FORCE:
            # "announced the arrest of two spies" tells of an arrest, "announced aid" promises it.
            return sense.type, False
        if sense.type in FORCE and hold in {*COMMITTED, Hold.THREATEN}:
            return EventType.THREATEN, hold is not Hold.AHEAD
        if hold in COMMITTED and sense.type in {EventType.AGREE, EventType.THREATEN}:
            return sense.type, hold is Hold.PROMISE and not sense.noun
        return None, False

    # ------------------------------------------------------------ restraint

    def _stands(self, event: Found) -> bool:
        parties = (*event.actors, *event.recipients)
        if not any(p.code for p in parties):
            return False
        if not event.actors and (event.type not in AGENTLESS or event.world.hold is not None):
            return False
        if event.type is EventType.ASSAULT and not event.actors and not self._is_deed(event):
            return False
        if event.actors and all(_is_victim(a) for a in event.actors) and event.type in {EventType.AID, EventType.SANCTION}:
            return False
        needs = plover()[event.type].recipient
        enough = bool(event.recipients) or len(event.actors) > 1 or self._moves_goods(event)
        if event.world.polarity is Polarity.NEGATED and not (event.actors and (event.recipients or self._moves_goods(event))):
            return False
        between = event.sense.mutual and event.type in {EventType.CONSULT, EventType.COOPERATE, EventType.ASSAULT}
        if between and len(event.actors) < 2 and not self._several(event):
            return False
        return enough or not needs

    def _is_deed(self, event: Found) -> bool:
        """Whether what killed is a weapon or an attack; earthquakes and accidents assault nobody."""
        doers = agents(event.trigger) if not event.sense.noun else []
        return all(
            self.actors.party(d)
            or ((thing := item(d, self.actors)) and thing.armed)
            or any(s.type is EventType.ASSAULT for s in self.senses.get(d.lemma_.lower(), ()))
            for d in doers
        )

    @staticmethod
    def _several(event: Found) -> bool:
        """A plural noun may stand for both sides: "the delegations met"."""
        return any((a.figure is None or a.figure.described) and a.span.root.tag_ in {"NNS", "NNPS"} for a in event.actors)

    def _moves_goods(self, event: Found) -> bool:
        """Aid whose receiver goes without saying, because the goods are named."""
        return event.type is EventType.AID and "@materiel" in self._direct_classes(event.trigger, noun=event.sense.noun)


def _told_once(found: list[Found]) -> list[Found]:
    """A promise and what is promised are one event: the one of the two that names more parties, else what is promised."""
    by_trigger = {event.trigger.i: event for event in found}
    dropped = set()
    for event in found:
        governor = by_trigger.get(event.swallowed) if event.swallowed is not None else None
        if governor is not None:
            dropped.add(id(event if _parties(governor) > _parties(event) else governor))
    return [event for event in found if id(event) not in dropped]


def _parties(event: Found) -> int:
    return len(event.actors) + len(event.recipients)


# Any verb under "must", in the mouth of somebody else.
DEMAND = Sense(
    type=EventType.REQUEST,
    lemma="must",
    extra=None,
    noun=False,
    actor=(),
    recipient=(),
    mutual=False,
    mode=None,
    object=frozenset(),
    not_object=frozenset(),
    example="Spain said Israel must end the siege.",
    expect="ESP -> ISR",
)
# What may stand beside a verb as its second word: "hand over", "call for", "test-fired", "found guilty".
EXTRAS = frozenset({"prep", "dative", "agent", "prt", "advmod", "npadvmod", "oprd", "acomp"})


def _dates(preposition: Token) -> bool:
    """Whether it only tells the day: "called Kyiv on Monday" is no calling on anybody."""
    return any(c.dep_ == "pobj" and c.ent_type_ in {"DATE", "TIME"} for c in children(preposition))


def _is_victim(party: Party) -> bool:
    return party.code is not None and party.code.sector in VICTIMS


def _is_modifier(token: Token) -> bool:
    return token.dep_ in {"compound", "nmod", "amod"} and token.head.pos_ in {"NOUN", "PROPN"}


def _has_extra(token: Token, sense: Sense) -> bool:
    extra = str(sense.extra)
    if not sense.noun:
        return extra in _second_words(token)
    words = extra.split()
    before = [t.lemma_.lower() for t in token.doc[max(0, token.i - len(words)) : token.i]]
    return before == words


@kept
def _second_words(verb: Token) -> set[str | None]:
    return {particle(verb), *(c.lower_ for c in children(verb) if c.dep_ in EXTRAS and not _dates(c))}


def finish(found: list[Found], actors: Actors, article: str, coder: str) -> tuple[Event, ...]:
    """The events of the extraction object; dates, places and materiel are added by their own modules."""
    return tuple(_event(event, actors, article, coder) for event in found)


def _event(found: Found, actors: Actors, article: str, coder: str) -> Event:
    trigger = found.trigger
    rules = plover()[found.type]
    reporter = actors.party(found.world.reporter) if found.world.reporter is not None else None
    return Event(
        id=event_id(article, coder, found),
        type=found.type,
        mode=found.mode,
        quad=rules.quad,
        score=rules.score(found.mode),
        contexts=contexts(found.type, trigger, [*found.actors, *found.recipients]),
        actors=tuple(p.actor() for p in found.actors),
        recipients=tuple(p.actor() for p in found.recipients),
        trigger=Span(start=trigger.idx, end=trigger.idx + len(trigger), text=trigger.text),
        evidence=actors.parsed.words(sentence(trigger)),
        polarity=found.world.polarity,
        modality=modality(found),
        tense=Tense.FUTURE if found.world.hold is Hold.AHEAD else found.world.tense,
        reported_by=reporter.figure.id if reporter and reporter.figure else None,
        confidence=confidence(found),
    )


def modality(found: Found) -> Modality:
    """A threat is threatened, whatever verb carries it; all else is as the world has it."""
    if found.type is EventType.THREATEN and found.sense.type in FORCE:
        return Modality.THREATENED
    return found.world.modality


def confidence(found: Found) -> float:
    """A rank by judgement, not yet a measured share: less for nouns, unnamed parties, and what lies ahead or is doubted."""
    value = 0.75 if found.sense.noun else 0.85
    if not found.actors or any(a.code is None for a in found.actors):
        value -= 0.2
    if any(p.figure is None and p.code is not None for p in (*found.actors, *found.recipients)):
        value -= 0.1
    if found.world.hold is not None or found.world.doubted:
        value -= 0.1
    return round(value, 2)


def event_id(article: str, coder: str, found: Found) -> str:
    """The same for the same text through the same coder, whatever else is in the batch."""
    sides = "|".join(",".join(sorted(p.key for p in side)) for side in (found.actors, found.recipients))
    what = f"{article}|{coder}|{found.type}|{found.trigger.idx}|{sides}"
    return hashlib.sha256(what.encode()).hexdigest()[:20]
