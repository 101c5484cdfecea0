"""Which place a name stands for: of all that bear it, the one that fits the other places of the article best."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from math import cos, hypot, log10, radians

from worker.extraction.entities import Cast, Figure, Toponym
from worker.extraction.places.toponyms import WORDS, Finder
from worker.model import EntityType
from worker.ontology import Code
from worker.ontology.gazetteer import Gazetteer, Site

# How well known a place of each kind is, as the decimal logarithm of the population of a city that is known as well:
# states are better known than cities of ten million, counties than towns.
FAME = {"country": 7.2, "division": 6.5, "area": 5.5, "county": 4.3}
# A capital is named more often than its size lets expect, a place by a foreign spelling less often.
CAPITAL, FOREIGN = 0.8, -0.5
# What it weighs that all other places of the article lie in the same country, or one in the same division: tenfold size.
SAME_COUNTRY, SAME_DIVISION = 1.0, 1.0
# This much fame ahead of the next, and the name needs no context to be understood.
CLEAR = 1.0
# A town that the gazetteer lacks is in the country of the others if at least so many of them agree.
AGREED, ENOUGH = 0.8, 3
# Degrees: neighbours are within half a degree or so (55 km), and "near" means less than 150 km.
CELL, BESIDE = 0.5, 1.4


@dataclass
class Surroundings:
    """Countries and divisions that the article names or speaks of, and under which names."""

    countries: Counter[str] = field(default_factory=Counter)
    by_name: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    divisions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    cells: dict[tuple[int, int], set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, site: Site, name: str) -> None:
        """One more mention of a place."""
        if site.country:
            self.countries[site.country] += 1
            self.by_name[name][site.country] += 1
        if site.division:
            self.divisions[site.division].add(name)
        if site.kind == "city":
            self.cells[_cell(site)].add(name)

    def weigh(self, site: Site, name: str) -> float:
        """How well a place fits, by what the other names say."""
        weight = _fame(site)
        own = self.by_name.get(name, Counter())
        if site.country:
            others = self.countries.total() - own.total()
            weight += SAME_COUNTRY * (self.countries[site.country] - own[site.country]) / (others + 1)
        same = site.division is not None and bool(self.divisions.get(site.division, set()) - {name})
        return weight + SAME_DIVISION * (same or self._has_neighbour(site, name))

    def _has_neighbour(self, site: Site, name: str) -> bool:
        if site.kind != "city":
            return False
        row, column = _cell(site)
        around = [(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        return any(self.cells[cell] - {name} for cell in around if cell in self.cells)

    def home(self) -> str | None:
        """The one country that the article speaks of."""
        if self.countries.total() < ENOUGH:
            return None
        country, most = self.countries.most_common(1)[0]
        return country if most >= AGREED * self.countries.total() else None


def _cell(site: Site) -> tuple[int, int]:
    return round((site.lat or 0) / CELL), round((site.lon or 0) / CELL)


def locate(cast: Cast, gazetteer: Gazetteer, url: str | None = None) -> None:
    """Give every figure that is a place its site and its country; mentions that are another place get their own figure.

    The address of the article counts for the state whose domain it is in.
    """
    publisher = gazetteer.publisher(url)
    for figure in cast.figures:
        if figure.type is EntityType.NORP and figure.term:
            figure.site = _homeland(figure, gazetteer)
    toponyms = cast.toponyms = Finder(cast, gazetteer).find()
    text = cast.words.article
    around = _certain(cast, toponyms, publisher)
    told = _told(toponyms, around)
    open_ = [t for t in toponyms if t.start not in told]
    sites: list[Site | None] = []
    for _ in range(2):
        # The second time with all places that the first time found.
        before, sites = sites, [_best(toponym, around, text) for toponym in open_]
        if sites != before or not sites:
            for toponym, site in zip(open_, sites, strict=True):
                toponym.site = site
            around = _all(cast, toponyms, publisher)
    home = around.home()
    for toponym in toponyms:
        # What is unknown itself, such as a street, says nothing of where the city is that it lies in.
        toponym.site = toponym.site or _beside(toponym, around)
    by_figure: dict[int, list[Toponym]] = defaultdict(list)
    for toponym in toponyms:
        if toponym.figure:
            by_figure[id(toponym.figure)].append(toponym)
    for same in by_figure.values():
        _settle(cast, same, home)


def _homeland(figure: Figure, gazetteer: Gazetteer) -> Site | None:
    term = figure.term
    if term and term.country:
        return gazetteer.country(term.country)
    return next((s for s in gazetteer.sites(figure.name) if s.kind == "area"), None)


def _certain(cast: Cast, toponyms: list[Toponym], publisher: str | None) -> Surroundings:
    around = _background(cast, publisher)
    for toponym in toponyms:
        if (sure := _inside(toponym) or _sure(toponym.sites)) is not None:
            around.add(sure, toponym.name)
    return around


def _all(cast: Cast, toponyms: list[Toponym], publisher: str | None) -> Surroundings:
    around = _background(cast, publisher)
    for toponym in toponyms:
        if toponym.site:
            around.add(toponym.site, toponym.name)
    return around


def _background(cast: Cast, publisher: str | None) -> Surroundings:
    """What is known before any place is: nationalities, and where the article was published."""
    around = Surroundings()
    if publisher:
        around.countries[publisher] += 1
    for figure in cast.figures:
        term = figure.term
        if figure.type is EntityType.NORP and term and term.country:
            around.countries[term.country] += len(figure.mentions)
    return around


def _told(toponyms: list[Toponym], around: Surroundings) -> set[int]:
    """Settle what the text itself says, once for all mentions of the name: those after it, and before the first one too."""
    told: dict[str, Site] = {}
    outer: dict[int, Site] = {}
    for toponym in toponyms:
        name = toponym.name.casefold()
        toponym.site = _inside(toponym) or (_beside(toponym, around) if toponym.sites else None)
        if toponym.site:
            told.setdefault(name, toponym.site)
            outer.update((toponym.outer, o) for o in toponym.within if o.division and o.division == toponym.site.division)
    for toponym in toponyms:
        name = toponym.name.casefold()
        if toponym.site and toponym.start not in outer:
            told[name] = toponym.site
        toponym.site = outer.get(toponym.start) or toponym.site or told.get(name)
    return {t.start for t in toponyms if t.site}


def _beside(toponym: Toponym, around: Surroundings) -> Site | None:
    """The place of that name beside the one that the text names; that one's surroundings where the gazetteer knows none."""
    if not toponym.near or any(s.kind in {"country", "division"} for s in toponym.sites):
        return None
    anchor = max(toponym.near, key=lambda s: around.weigh(s, toponym.name))
    close = [s for s in toponym.sites if _distance(s, anchor) < BESIDE]
    if close:
        return max(close, key=_fame)
    return Site(toponym.name, "area", anchor.country, anchor.lat, anchor.lon, anchor.division)


def _distance(one: Site, other: Site) -> float:
    """In degrees, near enough for neighbours."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return 360
    return hypot(one.lat - other.lat, (one.lon - other.lon) * cos(radians(one.lat)))


def _sure(sites: tuple[Site, ...]) -> Site | None:
    """The place that anybody thinks of first, where there is one."""
    if len(sites) < 2:
        return sites[0] if sites else None
    ranked = sorted(sites, key=_fame, reverse=True)
    rivals = [s for s in ranked if s.division != ranked[0].division or s.country != ranked[0].country]
    return None if rivals and _fame(ranked[0]) - _fame(rivals[0]) < CLEAR else ranked[0]


def _fame(site: Site) -> float:
    if site.kind != "city":
        return FAME[site.kind]
    fame = log10(site.population + 1000) + (CAPITAL if site.capital else 0) + (FOREIGN if site.nickname else 0)
    return min(fame, FAME["country"])


def _inside(toponym: Toponym) -> Site | None:
    """The place of that name inside the one that the text names after it; None where they are but two in a list."""
    for outer in sorted(toponym.within, key=_fame, reverse=True):
        inside = [s for s in toponym.sites if s.country == outer.country and s.kind not in {"country", outer.kind}]
        if outer.division:
            inside = [s for s in inside if s.division == outer.division]
        if inside:
            return max(inside, key=_fame)
    unknown = [o for o in toponym.within if o.kind == "division" or not toponym.sites]
    if not unknown or any(s.kind not in {"city", "county"} for s in toponym.sites):
        return None
    outer = unknown[0]
    point = (outer.lat, outer.lon) if outer.kind == "division" else (None, None)
    return Site(toponym.name, "area", outer.country, *point, division=outer.division)


def _best(toponym: Toponym, around: Surroundings, text: str) -> Site | None:
    sites = toponym.sites
    if any(s.kind == "division" for s in sites):
        follower = text[toponym.end : toponym.end + 20].split()[:1]
        if follower and follower[0].lower() in WORDS["of_the_land"]:
            sites = tuple(s for s in sites if s.kind == "division")
    if len(sites) < 2:
        return sites[0] if sites else None
    return max(sites, key=lambda s: around.weigh(s, toponym.name))


def _settle(cast: Cast, toponyms: list[Toponym], home: str | None) -> None:
    """One place for each figure: the most frequent one keeps it."""
    groups: dict[Site | None, list[Toponym]] = defaultdict(list)
    for toponym in toponyms:
        groups[toponym.site].append(toponym)
    ranked = sorted(groups.items(), key=lambda item: -len(item[1]))
    figure = toponyms[0].figure
    if figure is None:
        return
    for site, others in ranked[1:]:
        part = cast.part(figure, [t.span for t in others if t.span is not None])
        for toponym in others:
            toponym.figure = part
        _place(part, site)
    _place(figure, ranked[0][0])
    if figure.site is None and figure.term is None and figure.code is None and home and _is_town(figure):
        figure.code = Code(home)


def _is_town(figure: Figure) -> bool:
    """A place by the model and by the word before it."""
    if figure.type is not EntityType.GPE or not figure.name[:1].isupper():
        return False
    starts = [span.start for span, _ in figure.mentions]
    doc = figure.mentions[0][0].doc
    told = WORDS["before"]
    return any(
        i and (doc[i - 1].lower_ in told or (doc[i - 1].lower_ == "of" and doc[i - 2].lower_ in WORDS["kinds"])) for i in starts
    )


def _place(figure: Figure, site: Site | None) -> None:
    figure.site = site
    if site is None or site.country is None:
        return
    if figure.term and figure.term.country != site.country and figure.term.kind in {"country", "capital"}:
        # The name of a state that means something else here: Georgia in the United States.
        figure.term = None
    if figure.term is None:
        figure.code = Code(site.country)
