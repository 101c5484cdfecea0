"""Where: the places that the text names, and the one that an event's own clause puts it in."""

from __future__ import annotations

from typing import Any

from spacy.tokens import Span, Token

from worker.extraction.actors.actors import Actors
from worker.extraction.entities import Cast, Figure
from worker.extraction.grammar import oblique, patients, surface_subject
from worker.extraction.places.toponyms import HEADLINE, OPENING, PLACES
from worker.extraction.tree import children, climb, sentence
from worker.model import EntityType, EventPlace, EventType, PlaceMention
from worker.ontology.gazetteer import Site

WHERE = ("in", "at", "near", "outside", "around", "across", "on", "off", "inside")
# Clauses that share the place of the one that they hang on.
JOINED = frozenset({"xcomp", "advcl", "acl", "relcl", "conj"})
# Events that happen where the doers or the done-to bodily are.
ON_THE_GROUND = frozenset({EventType.ASSAULT, EventType.COERCE, EventType.PROTEST, EventType.MOBILIZE, EventType.RETREAT})


def find(actors: Actors) -> tuple[PlaceMention, ...]:
    """All names of places, places inside other names, and adjectives of countries, in order, with coordinates."""
    cast = actors.cast
    text = cast.words.article
    found = {t.start: _mention(text, t.start, t.end, t.figure, t.site) for t in cast.toponyms if t.figure or t.site}
    for figure in cast.figures:
        if figure.type is EntityType.NORP and figure.site:
            for span, kind in figure.mentions:
                if kind == "name" and _is_adjective(span):
                    found[span.start_char] = _mention(text, span.start_char, span.end_char, figure, figure.site)
    return tuple(found[start] for start in sorted(found))


def _mention(text: str, start: int, end: int, figure: Figure | None, site: Site | None) -> PlaceMention:
    country = figure.country if figure else None
    return PlaceMention(
        start=start, end=end, text=text[start:end], entity=figure.id or None if figure else None, **_point(country, site)
    )


def _is_adjective(span: Span) -> bool:
    """A people is no place: "Cuban" is of Cuba, "Cubans" may be anywhere."""
    return span.root.tag_ not in {"NNPS", "NNS"}


def _point(country: str | None, site: Site | None) -> dict[str, Any]:
    if site is None:
        return {"country": country}
    return {"country": country or site.country, "lat": site.lat, "lon": site.lon, "geonameid": site.geonameid}


def of_event(kind: EventType, trigger: Token, actors: Actors) -> EventPlace | None:
    """Where an event took place: by its own clause, else by its sentence; by the dateline only where the text says "here".

    A place that another clause of the sentence names counts for events that happen on the ground, and if it is the only one.
    """
    head = trigger.head if trigger.pos_ == "NOUN" and trigger.head.pos_ == "VERB" else trigger
    beside = [*oblique(trigger, WHERE), *(oblique(head, WHERE) if head is not trigger else [])]
    found = [place for token in beside if (place := _at(token, actors.cast))]
    if kind in ON_THE_GROUND:
        found += filter(None, [_object(trigger, actors.cast)])
        found = found or list(filter(None, [_of_doers(trigger, actors.cast) or _only(trigger, actors.cast)]))
    if found:
        figure, token = min(found, key=_breadth)
        point = _point(figure.country, figure.site)
        return EventPlace(name=figure.name, **(point | {"country": point["country"] or _around(figure, token, actors)}))
    here = any(child.lower_ == "here" for verb in {trigger, head} for child in children(verb))
    return _dateline(actors.cast) if here else None


def _breadth(place: tuple[Figure, Token]) -> int:
    """A city says more than its division, that more than the state."""
    site = place[0].site
    return {"country": 2, "division": 1}.get(site.kind, 0) if site else 0


def _at(token: Token, cast: Cast, depth: int = 2) -> tuple[Figure, Token] | None:
    """The place that a phrase is, or that it lies in: "at a market in Kharkiv", "at Kabul airport"."""
    beside = [c for c in children(token) if c.dep_ in {"compound", "poss", "nmod"}]
    for one in (token, *reversed(beside)):
        figure = cast.at(one)
        if figure and figure.type in PLACES:
            return figure, one
    if depth == 0:
        return None
    return next((place for inner in oblique(token, (*WHERE, "of")) if (place := _at(inner, cast, depth - 1))), None)


def _object(trigger: Token, cast: Cast) -> tuple[Figure, Token] | None:
    """The place that is attacked, and the one that a noun begins with: "shelled Kharkiv", "the Madrid bombings"."""
    compounds = [c for c in children(trigger) if c.dep_ in {"compound", "poss"}]
    for token in [*(patients(trigger) if trigger.pos_ == "VERB" else []), *compounds]:
        found = _at(token, cast)
        if found and not _is_country(found[0]):
            return found
    return None


def _of_doers(trigger: Token, cast: Cast) -> tuple[Figure, Token] | None:
    """The place of those who did it: "police in Lagos arrested", "residents of Goma fled"."""
    for doer in surface_subject(trigger) if trigger.pos_ == "VERB" else []:
        for token in oblique(doer, (*WHERE, "of")):
            found = _at(token, cast)
            if found and not _is_country(found[0]):
                return found
    return None


def _is_country(figure: Figure) -> bool:
    return figure.site is not None and figure.site.kind == "country"


def _only(trigger: Token, cast: Cast) -> tuple[Figure, Token] | None:
    """The one place that the clauses joined to the event's own say something of: "detained after a rally in Omsk"."""
    verbs = {trigger, *(c for c in children(trigger) if c.dep_ in JOINED and not _has_subject(c))}
    if trigger.dep_ in JOINED and not _has_subject(trigger):
        verbs.add(trigger.head)
    found: dict[int, tuple[Figure, Token]] = {}
    for token in sentence(trigger):
        if (
            token.dep_ == "prep"
            and token.lower_ in WHERE
            and next((v for v in climb(token) if v.pos_ == "VERB"), None) in verbs
        ):
            for inner in children(token):
                if inner.dep_ == "pobj" and (place := _at(inner, cast)):
                    found[id(place[0])] = place
    return next(iter(found.values())) if len(found) == 1 else None


def _has_subject(verb: Token) -> bool:
    return any(child.dep_ in {"nsubj", "nsubjpass"} for child in children(verb))


def _dateline(cast: Cast) -> EventPlace | None:
    line = OPENING.search(cast.words.article[:HEADLINE])
    toponym = next((t for t in cast.toponyms if line and t.start == line.start(1)), None)
    if toponym is None or toponym.site is None:
        return None
    return EventPlace(name=toponym.name.title(), **_point(toponym.site.country, toponym.site))


def _around(figure: Figure, token: Token, actors: Actors) -> str | None:
    """The country named as apposition or inside the same phrase: "Pokrovsk, Ukraine"."""
    for child in (token.head if token.dep_ in {"compound", "nmod"} else token).subtree:
        other = actors.cast.at(child)
        if other and other is not figure and other.type is EntityType.GPE and other.country:
            return other.country
    return None
