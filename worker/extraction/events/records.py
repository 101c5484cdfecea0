"""Events in the wire format; dates, places and materiel are added by their own modules."""

from __future__ import annotations

import hashlib

from worker.extraction.actors.actors import Actors
from worker.extraction.events.confidence import confidence
from worker.extraction.events.factuality import Hold
from worker.extraction.events.found import Found
from worker.extraction.events.modes import contexts
from worker.extraction.events.types import FORCE
from worker.extraction.tree import sentence
from worker.model import Event, EventType, Modality, Span, Tense
from worker.ontology.senses import plover


def finish(found: list[Found], actors: Actors, article: str, coder: str) -> tuple[Event, ...]:
    """The events of the extraction object, in the same order."""
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


def event_id(article: str, coder: str, found: Found) -> str:
    """The same for the same text through the same coder, whatever else is in the batch."""
    sides = "|".join(",".join(sorted(p.key for p in side)) for side in (found.actors, found.recipients))
    what = f"{article}|{coder}|{found.type}|{found.trigger.idx}|{sides}"
    return hashlib.sha256(what.encode()).hexdigest()[:20]
