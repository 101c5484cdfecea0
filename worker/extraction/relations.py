"""Lasting ties that the text states: who holds which office, who makes which weapon."""

from __future__ import annotations

from collections.abc import Iterator

from worker.extraction.actors import Actors
from worker.extraction.entities import Figure
from worker.extraction.grammar import phrase_start
from worker.extraction.quotes import text_span
from worker.model import EntityType, MentionKind, Relation


def find(actors: Actors) -> tuple[Relation, ...]:
    """All relations, each once, in the order of the entities."""
    return tuple(
        relation for figure in actors.cast.figures for relation in (*_offices(figure, actors), *_origins(figure, actors))
    )


def _offices(figure: Figure, actors: Actors) -> Iterator[Relation]:
    if figure.type is not EntityType.PERSON or not figure.office or not figure.code:
        return
    span = next((s for s, kind in figure.mentions if kind is MentionKind.NAME), None)
    if span is not None:
        evidence = actors.parsed.doc[min(phrase_start(span.root), span.start) : span.end]
        owner = figure.code.country or figure.code.text
        yield Relation(type="office_held", subject=figure.id, object=owner, value=figure.office, evidence=text_span(evidence))


def _origins(figure: Figure, actors: Actors) -> Iterator[Relation]:
    """The owner of a named system, where the text names one, is its origin: "Iran's Shahed drones"."""
    if figure.type is not EntityType.WEAPON:
        return
    for span, _ in figure.mentions:
        head = span.root if span.root.dep_ != "compound" else span.root.head
        start = phrase_start(head)
        makers = [f for f in actors.cast.within(start, span.start) if f.country and f.type is not EntityType.PERSON]
        item = actors.ontology.items.get(figure.name)
        if makers and item and makers[0].country in item.origin:
            evidence = actors.parsed.doc[start : head.i + 1]
            yield Relation(type="origin", subject=figure.id, object=str(makers[0].country), evidence=text_span(evidence))
            return
