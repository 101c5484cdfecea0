"""Which place a name stands for: of all that bear it, the one that fits the other places of the article best."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from math import log10

from spacy.tokens import Doc, Span

from worker.extraction.entities import Cast, Figure
from worker.model import EntityType
from worker.ontology import Code
from worker.ontology.gazetteer import Gazetteer, Site

PLACES = frozenset({EntityType.GPE, EntityType.LOC, EntityType.FAC})
# How well known a place of each kind is, as the decimal logarithm of the population of a city that is known as well:
# states are better known than cities of ten million, counties than towns.
FAME = {"country": 7.2, "division": 6.5, "area": 5.5, "county": 4.3}
# A capital is named more often than its size lets expect, a place by a foreign spelling less often.
CAPITAL, FOREIGN = 0.8, -0.5
# What it weighs that all other places of the article lie in the same country, or one in the same division: tenfold size.
SAME_COUNTRY, SAME_DIVISION = 1.0, 1.0
# This much fame ahead of the next, and the name needs no context to be understood.
CLEAR = 1.0
# "Paris, Texas", "Birmingham (Alabama)", "Perth in Western Australia".
AFTER = re.compile(r"\s?(?:,|\(|,? in)\s+(?:(?:north|south|east|west|central|upstate|north\w+|south\w+|eastern|western)\s+)?")
BEYOND = re.compile(r"[^\W\d_][\w.'’-]*(?: [A-Z][\w.'’-]*){0,3}")


@dataclass
class Toponym:
    """A name in the text that may be a place."""

    figure: Figure
    span: Span
    sites: tuple[Site, ...]
    within: Site | None = None  # what the text itself says that it lies in
    site: Site | None = None


@dataclass
class Surroundings:
    """Countries and divisions that the article names or certainly speaks of."""

    countries: Counter[str] = field(default_factory=Counter)
    divisions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, site: Site, name: str) -> None:
        """A place that is sure."""
        if site.country:
            self.countries[site.country] += 1
        if site.division:
            self.divisions[site.division].add(name)

    def weigh(self, site: Site, name: str) -> float:
        """How well a place fits."""
        weight = _fame(site)
        if site.country:
            weight += SAME_COUNTRY * self.countries[site.country] / (self.countries.total() + 1)
        if site.division and self.divisions.get(site.division, set()) - {name}:
            weight += SAME_DIVISION
        return weight


def locate(cast: Cast, gazetteer: Gazetteer) -> None:
    """Give every figure that is a place its site and its country; mentions that are another place get their own figure."""
    for figure in cast.figures:
        if figure.type is EntityType.NORP and figure.term and figure.term.country:
            figure.site = gazetteer.country(figure.term.country)
    toponyms = [t for figure in cast.figures if figure.type in PLACES for t in _toponyms(figure, cast.doc, gazetteer)]
    around = _surroundings(cast, toponyms)
    told: dict[str, Site] = {}
    for toponym in sorted(toponyms, key=lambda t: t.span.start):
        name = toponym.figure.name
        toponym.site = _inside(toponym) or told.get(name) or _best(toponym, around)
        if toponym.within and toponym.site:
            told[name] = toponym.site
    by_figure: dict[int, list[Toponym]] = defaultdict(list)
    for toponym in toponyms:
        by_figure[id(toponym.figure)].append(toponym)
    for same in by_figure.values():
        _settle(cast, same)


def _toponyms(figure: Figure, doc: Doc, gazetteer: Gazetteer) -> list[Toponym]:
    sites = _candidates(figure, gazetteer)
    return [Toponym(figure, span, sites, _container(span, doc, gazetteer)) for span, kind in figure.mentions if kind == "name"]


def _candidates(figure: Figure, gazetteer: Gazetteer) -> tuple[Site, ...]:
    return gazetteer.sites(figure.name) or gazetteer.sites(figure.mentions[0][0].text) if figure.mentions else ()


def _container(span: Span, doc: Doc, gazetteer: Gazetteer) -> Site | None:
    """The division or country that stands right behind a name."""
    text = doc.text[span.end_char : span.end_char + 60]
    comma = AFTER.match(text)
    words = BEYOND.match(text, comma.end()) if comma else None
    if words is None or not words[0][0].isupper():
        return None
    parts = words[0].split()
    for length in range(len(parts), 0, -1):
        name = " ".join(parts[:length])
        for surface in (name, name.rstrip(".,"), name.removesuffix("'s").removesuffix("’s")):
            found = [s for s in gazetteer.sites(surface) if s.kind in {"division", "country", "county"} and s.name != span.text]
            if found:
                return max(found, key=_fame)
    return None


def _surroundings(cast: Cast, toponyms: list[Toponym]) -> Surroundings:
    around = Surroundings()
    for figure in cast.figures:
        term = figure.term
        if figure.type is EntityType.NORP and term and term.country:
            around.countries[term.country] += len(figure.mentions)
    for toponym in toponyms:
        if toponym.within:
            around.add(toponym.within, toponym.within.name)
        elif sure := _sure(toponym.sites):
            around.add(sure, toponym.figure.name)
    return around


def _sure(sites: tuple[Site, ...]) -> Site | None:
    """The place that anybody thinks of first, where there is one."""
    ranked = sorted(sites, key=_fame, reverse=True)
    if not ranked or (
        len(ranked) > 1 and _fame(ranked[0]) - _fame(ranked[1]) < CLEAR and ranked[0].country != ranked[1].country
    ):
        return None
    return ranked[0]


def _fame(site: Site) -> float:
    if site.kind != "city":
        return FAME[site.kind]
    return log10(site.population + 1000) + (CAPITAL if site.capital else 0) + (FOREIGN if site.nickname else 0)


def _inside(toponym: Toponym) -> Site | None:
    """The place of that name inside the one that the text names after it."""
    outer = toponym.within
    if outer is None:
        return None
    inside = [s for s in toponym.sites if s.country == outer.country and s.kind not in {"country", outer.kind}]
    if outer.division:
        inside = [s for s in inside if s.division == outer.division]
    if inside:
        return max(inside, key=_fame)
    point = (outer.lat, outer.lon) if outer.kind != "country" else (None, None)
    return Site(toponym.figure.name, "area", outer.country, *point, division=outer.division)


def _best(toponym: Toponym, around: Surroundings) -> Site | None:
    name = toponym.figure.name
    return max(toponym.sites, key=lambda s: around.weigh(s, name), default=None)


def _settle(cast: Cast, toponyms: list[Toponym]) -> None:
    """One place for each figure: the most frequent one keeps it."""
    groups: dict[Site | None, list[Toponym]] = defaultdict(list)
    for toponym in toponyms:
        groups[toponym.site].append(toponym)
    ranked = sorted(groups.items(), key=lambda item: -len(item[1]))
    figure = toponyms[0].figure
    for site, others in ranked[1:]:
        _place(cast.part(figure, [t.span for t in others]), site)
    _place(figure, ranked[0][0])


def _place(figure: Figure, site: Site | None) -> None:
    figure.site = site
    if site is None or site.country is None:
        return
    if figure.term and figure.term.country != site.country and figure.term.kind in {"country", "capital"}:
        # The name of a state that means something else here: Georgia in the United States.
        figure.term = None
    if figure.term is None:
        figure.code = Code(site.country)
