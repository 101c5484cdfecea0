"""Events that the model tells of where the lexicon has no word for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from spacy.tokens import Span, Token

from worker.extraction.actors.actors import Actors
from worker.extraction.events import ranking
from worker.extraction.events.choosing import NOUNS, Choice
from worker.extraction.events.factuality import told
from worker.extraction.events.found import Found
from worker.extraction.events.modes import mode
from worker.extraction.events.signs import predicate, signs
from worker.model import EventType, Polarity
from worker.ontology.senses import Sense


def chances(choice: Choice, source: Span | None, target: Span | None) -> Mapping[EventType | None, float]:
    """What the model holds for how likely between two parties, None for one that is not named."""
    return ranking.load().chances(signs(choice, source, target))


def between(actors: Actors, source: Span | None, target: Span | None, kind: EventType, chance: float) -> Found:
    """The event of this type between two parties, told by the word that governs both."""
    parties = [party for party in (source, target) if party is not None]
    trigger = predicate(source, target) if parties else next(actors.parsed.doc.sents).root
    sense = sense_of(trigger, kind)
    world = told(trigger)
    if kind is EventType.REJECT:
        # The refusal itself takes place.
        world = replace(world, polarity=Polarity.AFFIRMED, hold=None)
    sides = [tuple(actors.parties([party.root])) if party is not None else () for party in (source, target)]
    found = Found(kind, sense, trigger, sides[0], sides[1], world, chance=chance)
    return replace(found, mode=mode(kind, sense, trigger, actors))


def sense_of(trigger: Token, kind: EventType) -> Sense:
    """What the lexicon would have to say of the word."""
    return Sense(
        type=kind,
        lemma=trigger.lemma_.lower(),
        extra=None,
        noun=trigger.pos_ in NOUNS,
        actor=(),
        recipient=(),
        mutual=False,
        mode=None,
        object=frozenset(),
        not_object=frozenset(),
    )
