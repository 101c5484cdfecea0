"""What one named party did to the other in a sentence, for users who bring their own actors."""

from __future__ import annotations

from typing import TypedDict

from spacy.tokens import Span

from worker.extraction import entities
from worker.extraction.actors import actors as acting
from worker.extraction.actors import nominals
from worker.extraction.actors.actors import Actors
from worker.extraction.coreference import coreference
from worker.extraction.entities import Cast, Figure
from worker.extraction.events import events, records
from worker.extraction.events.found import Found
from worker.extraction.names.finder import NameFinder
from worker.extraction.parse import Parsed
from worker.extraction.places import locating
from worker.extraction.quotes import quotes
from worker.model import Coder, EntityType, Event, MentionKind
from worker.ontology import Code

Place = tuple[int, int]
# Codes of the two, while the text is read: nobody else has them.
SOURCE, TARGET = Code("ZZA"), Code("ZZB")


class Pair(TypedDict):
    """A text and the places of the two parties in it, in code points; None for a party that is not named."""

    text: str
    source: Place | None
    target: Place | None


def code(parsed: Parsed, pair: Pair, names: NameFinder, coder: Coder) -> Event | None:
    """The event between the two that the text tells most surely, or None if it tells of none."""
    cast = names.find(parsed)
    locating.locate(cast, names.gazetteer)
    actors = acting.resolve(parsed, cast, names.ontology, names.gazetteer)
    for place, own in ((pair["source"], SOURCE), (pair["target"], TARGET)):
        span = parsed.doc.char_span(*place, alignment_mode="expand") if place else None
        if span:
            _name(cast, span, own)
    nominals.find(actors)
    coreference.resolve(actors, quotes.find(parsed.doc).quoted)
    found = events.code(actors).events
    chosen = max(found, key=lambda event: _rank(event, pair), default=None)
    if chosen is None or _rank(chosen, pair)[0] == 0:
        return None
    return _finished(chosen, actors, parsed, coder)


def _name(cast: Cast, span: Span, own: Code) -> None:
    """Make the words one figure, whatever they were taken for."""
    known = cast.at(span.root)
    figure = Figure(known.type if known else EntityType.ORG, span.text, code=own, gender=known.gender if known else None)
    cast.replace(figure, span, MentionKind.NAME)


def _rank(event: Found, pair: Pair) -> tuple[int, float, int]:
    """Both parties in their roles, then one of them, then both the other way round; surer ones and earlier ones first."""
    doers = {a.country for a in event.actors}
    done_to = {r.country for r in event.recipients}
    source = SOURCE.country in doers or pair["source"] is None
    target = TARGET.country in done_to or doers >= {SOURCE.country, TARGET.country} or pair["target"] is None
    weight = 2 * source + 2 * target if source or target else int(TARGET.country in doers or SOURCE.country in done_to)
    return weight, records.confidence(event), -event.trigger.i


def _finished(event: Found, actors: Actors, parsed: Parsed, coder: Coder) -> Event:
    entities.finish(actors.cast)
    return records.finish([event], actors, parsed.article.id, coder.version)[0]
