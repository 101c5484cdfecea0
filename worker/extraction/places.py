"""Where: the places that the text names, and the one that an event's own clause puts it in."""

from __future__ import annotations

from spacy.tokens import Token

from worker.extraction.actors import Actors
from worker.extraction.entities import Figure
from worker.extraction.grammar import oblique
from worker.extraction.locating import PLACES
from worker.model import EntityType, EventPlace, PlaceMention

WHERE = ("in", "at", "near", "outside", "around", "across", "on", "off", "inside")


def find(actors: Actors) -> tuple[PlaceMention, ...]:
    """All names of places and adjectives of countries, in order, with the coordinates of what they name."""
    found = [
        PlaceMention(start=span.start_char, end=span.end_char, text=span.text, entity=figure.id, **_point(figure))
        for figure in actors.cast.figures
        if figure.type in PLACES or (figure.type is EntityType.NORP and figure.term and figure.country)
        for span, kind in figure.mentions
        if kind == "name"
    ]
    return tuple(sorted(found, key=lambda p: p.start))


def _point(figure: Figure) -> dict[str, object]:
    site = figure.site
    if site is None:
        return {"country": figure.country}
    return {"country": figure.country or site.country, "lat": site.lat, "lon": site.lon, "geonameid": site.geonameid}


def of_event(trigger: Token, actors: Actors) -> EventPlace | None:
    """The place of the trigger's own clause, or None: a place elsewhere in the sentence may be another event's."""
    head = trigger.head if trigger.pos_ == "NOUN" and trigger.head.pos_ == "VERB" else trigger
    for token in [*oblique(trigger, WHERE), *(oblique(head, WHERE) if head is not trigger else [])]:
        figure = actors.cast.at(token)
        if figure and figure.type in PLACES:
            point = _point(figure)
            return EventPlace(name=figure.name, **(point | {"country": point["country"] or _around(figure, token, actors)}))
    return None


def _around(figure: Figure, token: Token, actors: Actors) -> str | None:
    """The country named as apposition or inside the same phrase: "Pokrovsk, Ukraine"."""
    for child in token.subtree:
        other = actors.cast.at(child)
        if other and other is not figure and other.type is EntityType.GPE and other.country:
            return other.country
    return None
