"""What one named party did to the other in a sentence, for users who bring their own actors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import log
from typing import TypedDict

from spacy.tokens import Span

from worker.extraction import entities
from worker.extraction.actors import actors as acting
from worker.extraction.actors import nominals
from worker.extraction.actors.actors import Actors
from worker.extraction.coreference import coreference
from worker.extraction.entities import Cast, Figure
from worker.extraction.events import events, guesses, records
from worker.extraction.events.confidence import confidence
from worker.extraction.events.events import Coded
from worker.extraction.events.found import Found
from worker.extraction.events.signs import signs
from worker.extraction.names.finder import NameFinder
from worker.extraction.parse import Parsed
from worker.extraction.places import locating
from worker.extraction.quotes import quotes
from worker.model import Coder, EntityType, Event, EventType, MentionKind
from worker.ontology import Code

Place = tuple[int, int]
# What an event of the rules adds to the model's word for its type, as logarithm of a ratio, by its weight (below); and how
# sure the model must be that there is no event where the rules have none.
TRUST = {4: 1.0, 2: 0.5, 1: 0.2, 0: 0.0}
NOTHING = 0.6
# What it takes from a type, in the same measure, that others in the text are told to have done it.
OTHERS = 2.0
# So that a logarithm can be taken of every chance.
LEAST = 1e-6
# Codes of the two, while the text is read: nobody else has them.
SOURCE, TARGET = Code("ZZA"), Code("ZZB")


class Pair(TypedDict):
    """A text and the places of the two parties in it, in code points; None for a party that is not named."""

    text: str
    source: Place | None
    target: Place | None


@dataclass(frozen=True)
class Scene:
    """A text with its actors, two of whom the user has named; None for one that the text does not name."""

    actors: Actors
    source: Span | None
    target: Span | None
    coded: Coded

    def signs(self) -> list[str]:
        """What tells the model of the two."""
        return signs(self.coded.choice, self.source, self.target)

    def chances(self) -> Mapping[EventType | None, float]:
        """What the model says of the two."""
        return guesses.chances(self.coded.choice, self.source, self.target)

    def told(self) -> tuple[Found | None, int]:
        """The event that the rules tell most surely, and its weight; earlier ones first."""
        best = max(self.coded.events, key=lambda e: (self.weight(e), confidence(e), -e.trigger.i), default=None)
        return best, self.weight(best) if best is not None else 0

    def elsewhere(self, weight: int) -> set[EventType]:
        """Types of the events of which the two are less surely the parties."""
        return {e.type for e in self.coded.events if self.weight(e) < weight}

    def weight(self, event: Found) -> int:
        """Both parties in their roles, then one of them, then both the other way round."""
        doers = {a.country for a in event.actors}
        done_to = {r.country for r in event.recipients}
        source = SOURCE.country in doers or self.source is None
        target = TARGET.country in done_to or doers >= {SOURCE.country, TARGET.country} or self.target is None
        return 2 * source + 2 * target if source or target else int(TARGET.country in doers or SOURCE.country in done_to)


def code(parsed: Parsed, pair: Pair, names: NameFinder, coder: Coder) -> Event | None:
    """The event between the two that rules and model together hold for the likeliest, or None if the text tells of none."""
    seen = scene(parsed, pair, names)
    chosen = choose(seen)
    if chosen is None:
        return None
    entities.finish(seen.actors.cast)
    return records.finish([chosen], seen.actors, parsed.article.id, coder.version)[0]


def choose(seen: Scene) -> Found | None:
    """The rules' event where the model does not speak against it, else the model's own."""
    told, weight = seen.told()
    chances = seen.chances()
    kind = decide(told.type if told is not None else None, weight, chances, seen.elsewhere(weight))
    if kind is None:
        return None
    if told is not None and weight and told.type is kind:
        return told
    return guesses.between(seen.actors, seen.source, seen.target, kind, chances[kind])


def decide(
    told: EventType | None,
    weight: int,
    chances: Mapping[EventType | None, float],
    elsewhere: Collection[EventType] = (),
) -> EventType | None:
    """The type, given what the rules tell with some weight and what the model holds for how likely.

    The model goes by the words of the whole text: a type that the rules tell of others there is theirs (`elsewhere`).
    """
    if weight == 0 and chances[None] > NOTHING:
        return None
    scores = {kind: log(chance + LEAST) for kind, chance in chances.items() if kind is not None}
    for kind in elsewhere:
        scores[kind] -= OTHERS if kind is not told else 0.0
    if told is not None:
        scores[told] += TRUST[weight]
    return max(scores, key=lambda kind: scores[kind])


def scene(parsed: Parsed, pair: Pair, names: NameFinder) -> Scene:
    """Read the text, with the two parties under codes of their own."""
    cast = names.find(parsed)
    locating.locate(cast, names.gazetteer)
    actors = acting.resolve(parsed, cast, names.ontology, names.gazetteer)
    source, target = _span(parsed, pair["source"]), _span(parsed, pair["target"])
    for span, own in ((source, SOURCE), (target, TARGET)):
        if span is not None:
            _name(cast, span, own)
    nominals.find(actors)
    coreference.resolve(actors, quotes.find(parsed.doc).quoted)
    return Scene(actors, source, target, events.code(actors))


def _span(parsed: Parsed, place: Place | None) -> Span | None:
    return parsed.doc.char_span(*place, alignment_mode="expand") or None if place else None


def _name(cast: Cast, span: Span, own: Code) -> None:
    """Make the words one figure, whatever they were taken for."""
    known = cast.at(span.root)
    figure = Figure(known.type if known else EntityType.ORG, span.text, code=own, gender=known.gender if known else None)
    cast.replace(figure, span, MentionKind.NAME)
