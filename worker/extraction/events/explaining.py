"""Why each trigger of an article gave its event, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spacy.tokens import Token

from worker.extraction.events.events import Coded
from worker.extraction.events.found import Refused
from worker.extraction.parse import Parsed
from worker.extraction.tree import sentence
from worker.model import Decision, Event, Span


def decisions(coded: Coded, events: Sequence[Event], parsed: Parsed) -> tuple[Decision, ...]:
    """One for each trigger, in the order of the text; `events` are those of the article, each happening once."""
    return tuple(sorted(_decisions(coded, events, parsed), key=lambda d: (d.trigger.start, d.event is None)))


def _decisions(coded: Coded, events: Sequence[Event], parsed: Parsed) -> Iterator[Decision]:
    kept = {(event.type, event.trigger.start): event for event in events}
    for found in coded.events:
        event = kept.get((found.type, found.trigger.idx))
        yield _decision(found.trigger, event, found.decided if event else "tells again of an event of this article", parsed)
    for refused in coded.refused:
        reason = _reason(refused, coded)
        if reason:
            yield _decision(refused.trigger, None, reason, parsed)


def _reason(refused: Refused, coded: Coded) -> str | None:
    if refused.reason is None:
        return coded.choice.why_none(refused.trigger)
    return f"{refused.reason} (lexicon: {refused.sense})"


def _decision(trigger: Token, event: Event | None, decided: str, parsed: Parsed) -> Decision:
    here = Span(start=trigger.idx, end=trigger.idx + len(trigger), text=trigger.text)
    return Decision(sentence=parsed.words(sentence(trigger)), trigger=here, event=event, decided=decided)
