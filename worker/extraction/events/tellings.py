"""One happening that an article tells several times is one event, with each place that tells of it.

Two tellings are one happening if nothing in them contradicts (parties, day, place, numbers, world) and the second takes
the first up: by the same or a related trigger between the same parties, or by a definite noun ("the attack killed three").
Two strikes on one day are two events: what is told as one more ("another", "again"), and what is told as new ("a strike"),
is never taken for the one before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from spacy.tokens import Token

from worker.extraction.actors.actors import Party
from worker.extraction.events.found import Found
from worker.extraction.events.types import FORCE
from worker.extraction.grammar import agents, oblique
from worker.extraction.tree import children, climb, sentence
from worker.model import (
    Actor,
    Casualties,
    EntityType,
    Event,
    EventDate,
    EventPlace,
    EventType,
    Granularity,
    Modality,
    Telling,
    Tense,
)
from worker.ontology import lexicon

ECHOES = lexicon("echoes")
STATED = frozenset({Modality.ACTUAL, Modality.ALLEGED})
# "Received" by one is "visited" by the other.
TOGETHER = frozenset({EventType.CONSULT, EventType.COOPERATE})
# Where a clause names the happening that it tells the outcome of: "killed in the attack".
WITHIN = ("in", "by", "during")
# What tells two happenings of one kind apart, before the noun and behind it.
DESCRIBING = frozenset({"compound", "amod", "nmod"})
PLACED = ("of", "in", "on", "at", "against", "near")
# Words after which "the attack" need not be the last one told: three sentences.
NEAR = 75
# An undated event of the news is of these days before the article; what is dated further back is its background.
FRESH = dt.timedelta(days=7)
# "every night", "this year": what is told of such a time sums up several happenings, or none of a known day.
LOOSE = frozenset({Granularity.VAGUE, Granularity.QUARTER, Granularity.SEASON, Granularity.YEAR})
# Of the shorter of two words, all letters but so many are the same: "accuse" and "accusation".
ENDING = 1
STEM = 4


@dataclass(frozen=True)
class Told:
    """An event as one place of the article tells it; a `bare` one can only be part of another's telling."""

    event: Event
    found: Found
    bare: bool = False

    @property
    def sides(self) -> tuple[tuple[Party, ...], tuple[Party, ...]]:
        """Who does and to whom; of those who do something together no side is told."""
        return self.found.actors, self.found.recipients

    @property
    def everybody(self) -> tuple[Party, ...]:
        """Both sides."""
        return (*self.found.actors, *self.found.recipients)

    @property
    def is_named(self) -> bool:
        """Whether a noun names it in passing."""
        return self.bare and self.found.sense.noun

    @property
    def weight(self) -> tuple[int, int, bool]:
        """How much it tells: parties with a code above all, then time, place and numbers, then a verb before a noun."""
        event = self.event
        coded = {party.code.text for party in self.everybody if party.code}
        named = sum(bool(side) for side in self.sides)
        told = sum(fact is not None for fact in (event.date, event.place, event.casualties, event.mode))
        return len(coded) + named, told + len(event.materiel), not self.found.sense.noun


def once(told: Sequence[Told], day: dt.date | None) -> tuple[Event, ...]:
    """Each happening once, in the order of the text; `day` is the article's."""
    happenings: list[list[Told]] = []
    for telling in told:
        known = _known(telling, happenings, day)
        if known is not None:
            known.append(telling)
        elif not telling.bare:
            happenings.append([telling])
    events = [_merged(tellings) for tellings in happenings]
    return tuple(sorted(events, key=lambda event: event.trigger.start))


def _known(telling: Told, happenings: list[list[Told]], day: dt.date | None) -> list[Told] | None:
    """The happening, told before, that this tells of again: the nearest one."""
    found, trigger = telling.found, telling.found.trigger
    anaphor = _anaphor(found, bare=telling.bare)
    # "The raid also destroyed a clinic" is one raid, "police also arrested a driver" is one more arrest.
    if _is_another(trigger if anaphor is None else anaphor):
        return None
    loosely = anaphor not in {None, trigger} or _is_outcome(trigger)
    known = [
        tellings
        for tellings in reversed(happenings)
        if not any(_contradict(other, telling, day, loosely=loosely) for other in tellings)
        and any(_takes_up(telling, other, anaphor) for other in tellings)
    ]
    return None if anaphor is not None and _is_open(anaphor, known) else next(iter(known), None)


def _is_open(anaphor: Token, known: Sequence[list[Told]]) -> bool:
    """Whether a general word may mean either of two happenings told in one sentence."""
    nearest = [tellings[-1] for tellings in known[:2]]
    return (
        len(nearest) == 2
        and nearest[0].event.evidence == nearest[1].event.evidence
        and not any(_related(anaphor, one.found.trigger) for one in nearest)
    )


# ---------------------------------------------------------------- what takes up what


def _takes_up(telling: Told, other: Told, anaphor: Token | None) -> bool:
    if anaphor is not None:
        return _means(anaphor, telling, other)
    if _is_outcome(telling.found.trigger):
        return other.found.trigger in _above(telling.found.trigger)
    if telling.bare or not _related(telling.found.trigger, other.found.trigger):
        return False
    shared = [_share(one, two) for one, two in _sides(telling, other)]
    if telling.found.sense.noun:
        # "after a meeting with Mr Ek" is the meeting told of; "a strike" is a new one.
        return telling.event.type not in FORCE and len(telling.everybody) > 1 and all(shared)
    return any(shared)


def _is_outcome(trigger: Token) -> bool:
    """Whether it tells what the verb before it led to: "hit silos and killed two", "blew himself up, wounding 31"."""
    told = _word(trigger) in lexicon("casualties")["killed"] | lexicon("casualties")["injured"]
    own = any(c.dep_ in {"nsubj", "nsubjpass"} for c in children(trigger))
    return told and trigger.dep_ in {"conj", "advcl"} and not own


def _above(trigger: Token) -> Iterator[Token]:
    """The verbs that it is joined to."""
    for token in climb(trigger):
        yield token
        if token.dep_ not in {"conj", "advcl"}:
            return


def _means(anaphor: Token, telling: Told, other: Told) -> bool:
    """Whether a definite noun can mean what was told: a related word anywhere before, a general one right before."""
    trigger = other.found.trigger
    distance = anaphor.i - trigger.i
    if distance <= 0 or not _is_described(anaphor, telling, other):
        return False
    return _related(anaphor, trigger) or (distance < NEAR and _word(anaphor) in ECHOES[telling.event.type])


def _is_described(anaphor: Token, telling: Told, other: Told) -> bool:
    """Whether what stands with the noun was told too: "the park bombing" is none that was said to be of a clinic."""
    words = [c for c in children(anaphor) if c.dep_ in DESCRIBING]
    words += [thing for thing in oblique(anaphor, PLACED) if thing.ent_type_ not in {"DATE", "TIME"}]
    # Parties are compared as such.
    known = [party.span for party in telling.everybody if party.code and not party.place]
    inside = {i for span in known for i in range(span.start, span.end)}
    told = {token.lemma for token in sentence(other.found.trigger)}
    return all(w.i in inside or w.lemma in told or w.lower_ in ECHOES["plain"] for w in words)


def _anaphor(found: Found, *, bare: bool) -> Token | None:
    """The definite noun that names a happening told before: the trigger, or what did it, or what it was part of."""
    if found.sense.noun:
        return found.trigger if _is_definite(found.trigger, owned=not bare) else None
    names = ECHOES[found.type]
    # "The attack left three people wounded."
    verbs = [found.trigger, *([found.trigger.head] if found.trigger.head.lemma_ == "leave" else [])]
    nearby = [noun for verb in verbs for noun in (*agents(verb), *oblique(verb, WITHIN))]
    return next((noun for noun in nearby if _word(noun) in names and _is_definite(noun)), None)


def _is_definite(noun: Token, *, owned: bool = True) -> bool:
    """Whether the reader knows it already; `owned`: also where it is somebody's."""
    return any(c.lower_ in ECHOES["definite"] or (owned and c.dep_ == "poss") for c in children(noun))


def _is_another(token: Token) -> bool:
    return any(c.lower_ in ECHOES["another"] for c in children(token))


def _related(one: Token, other: Token) -> bool:
    """The same word, or one built from it: "deliver" and "delivery"."""
    first, second = sorted((_word(one), _word(other)), key=len)
    return first == second or (len(first) > STEM and second.startswith(first[: len(first) - ENDING])) or _ing(first, second)


def _ing(short: str, long: str) -> bool:
    return long == f"{short}ing"


def _word(token: Token) -> str:
    return token.lemma_.lower()


# ---------------------------------------------------------------- what cannot be one happening


def _contradict(one: Told, two: Told, day: dt.date | None, *, loosely: bool) -> bool:
    """`loosely`: a noun ties them, so that those to whom it happened may be told part by part."""
    first, second = one.event, two.event
    return (
        first.type is not second.type
        or first.polarity is not second.polarity
        or (first.modality is not second.modality and not {first.modality, second.modality} <= STATED)
        or (first.tense is Tense.FUTURE) != (second.tense is Tense.FUTURE)
        or (first.mode is not None and second.mode is not None and first.mode != second.mode and not loosely)
        or _days_differ(first.date, second.date, day)
        or _places_differ(first.place, second.place)
        or _numbers_differ(first.casualties, second.casualties)
        or _parties_differ(one, two, loosely=loosely)
    )


def _days_differ(one: EventDate | None, two: EventDate | None, day: dt.date | None) -> bool:
    known = [_days(date) for date in (one, two) if date is not None]
    if any(date.granularity in LOOSE for date in (one, two) if date is not None):
        return one is None or two is None or one.text != two.text
    if len(known) == 2 and known[0] and known[1]:
        return known[0][1] < known[1][0] or known[1][1] < known[0][0]
    # One of them is dated, the other is of the article's own days.
    return any(days[1] < day - FRESH for days in known if days and day is not None)


def _days(date: EventDate) -> tuple[dt.date, dt.date] | None:
    ends = (date.from_ or date.to, date.to or date.from_)
    return (dt.date.fromisoformat(ends[0][:10]), dt.date.fromisoformat(ends[1][:10])) if ends[0] and ends[1] else None


def _places_differ(one: EventPlace | None, two: EventPlace | None) -> bool:
    if one is None or two is None or one.name == two.name:
        return False
    if one.country != two.country:
        return one.country is not None and two.country is not None
    return True


def _numbers_differ(one: Casualties | None, two: Casualties | None) -> bool:
    if one is None or two is None:
        return False
    pairs = ((one.killed, two.killed), (one.injured, two.injured), (one.arrested, two.arrested))
    return any(a is not None and b is not None and a != b for a, b in pairs)


def _sides(one: Told, two: Told) -> list[tuple[tuple[Party, ...], tuple[Party, ...]]]:
    """Sides to compare; those who do something together are one side, however it is told."""
    if one.event.type in TOGETHER or one.found.sense.mutual or two.found.sense.mutual:
        return [(one.everybody, two.everybody)]
    return [(one.found.actors, two.found.actors), (one.found.recipients, two.found.recipients)]


def _parties_differ(one: Told, two: Told, *, loosely: bool) -> bool:
    sides = _sides(one, two)
    if loosely and len(sides) == 2:
        lands = [{party.country for party in side if party.code} for side in sides[1]]
        if lands[0] and lands[1] and lands[0].isdisjoint(lands[1]):
            return True
        sides = sides[:1]
    return any(first and second and not _share(first, second) for first, second in sides)


def _share(one: Sequence[Party], two: Sequence[Party]) -> bool:
    """Whether all parties of the side that names fewer stand on the other one too."""
    few, many = sorted((one, two), key=len)
    return bool(few) and all(any(_same(party, other) for other in many) for party in few)


def _same(one: Party, two: Party) -> bool:
    if one.figure is not None and one.figure is two.figure:
        return True
    if one.code is None or two.code is None:
        return one.code is two.code and one.span.root.lemma_.lower() == two.span.root.lemma_.lower()
    if one.country != two.country or (one.country is None and one.code != two.code):
        return False
    if one.code.sector and two.code.sector and one.code.sector != two.code.sector:
        return False
    return _same_kind(one, two)


def _same_kind(one: Party, two: Party) -> bool:
    """Two of one country: two persons or towns with names of their own are two; a person may stand for a body or a state."""
    named = [party for party in (one, two) if party.figure is not None and not party.figure.described]
    if not named:
        return one.span.root.lemma_.lower() == two.span.root.lemma_.lower()
    if len(named) == 2 and one.figure and two.figure and one.figure.type is two.figure.type:
        return one.figure.type is EntityType.GPE and any(_is_state(party) for party in named)
    return True


def _is_state(party: Party) -> bool:
    """A country, or the capital that stands for its government."""
    site = party.figure.site if party.figure else None
    return site is None or site.kind == "country" or party.sector == "GOV"


# ---------------------------------------------------------------- the event that they are


def _merged(tellings: Sequence[Told]) -> Event:
    """The telling that tells most, with what only others tell."""
    if len(tellings) == 1:
        return tellings[0].event
    main = max(tellings, key=lambda told: told.weight)
    # "The raid came after nine soldiers had died": what stands around a noun without parties may be of something else.
    others = [told.event for told in tellings if told is not main and not told.is_named]
    event = main.event
    mode = next((other for other in others if other.mode), None) if event.mode is None else None
    return event.model_copy(
        update={
            "mode": mode.mode if mode else event.mode,
            "score": mode.score if mode else event.score,
            "actors": event.actors or next((o.actors for o in others if o.actors), ()),
            "recipients": _recipients(main, tellings),
            "date": event.date or next((o.date for o in others if o.date), None),
            "place": event.place or next((o.place for o in others if o.place), None),
            "casualties": _casualties([event, *others]),
            "materiel": _each_once(name for e in (event, *others) for name in e.materiel),
            "contexts": _each_once(name for e in (event, *others) for name in e.contexts),
            "confidence": max(e.confidence for e in (event, *others)),
            "tellings": _elsewhere(event, [told.event for told in tellings]),
        }
    )


def _elsewhere(event: Event, told: Sequence[Event]) -> tuple[Telling, ...]:
    """The other sentences that tell of it."""
    found = {other.evidence: other.trigger for other in told if other.evidence != event.evidence}
    return tuple(Telling(trigger=trigger, evidence=evidence) for evidence, trigger in found.items())


def _recipients(main: Told, tellings: Sequence[Told]) -> tuple[Actor, ...]:
    """Its own with those who suffered the outcome, else those of another telling; parties that act together have none."""
    if main.found.sense.mutual:
        return ()
    if not main.event.recipients:
        return next((told.event.recipients for told in tellings if told.event.recipients), ())
    suffered = [party for told in tellings if _is_outcome(told.found.trigger) for party in told.event.recipients]
    return tuple({party.code or party.name: party for party in (*suffered, *main.event.recipients)}.values())


def _casualties(events: Sequence[Event]) -> Casualties | None:
    """All numbers that are told; none of them contradict."""
    found = {
        fate: number
        for event in reversed(events)
        if event.casualties
        for fate, number in event.casualties.model_dump(exclude_none=True).items()
    }
    return Casualties(**found) if found else None


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
