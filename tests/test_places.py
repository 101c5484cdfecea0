from __future__ import annotations

import pytest

from worker.ontology import load
from worker.ontology.gazetteer import Gazetteer


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(load())


def test_every_state_has_a_point(gazetteer: Gazetteer) -> None:
    for code in load().country_names:
        site = gazetteer.country(code)
        assert site is not None, code
        assert site.lat is not None, code


def test_every_division_knows_the_cities_in_it(gazetteer: Gazetteer) -> None:
    divisions = [s for sites in gazetteer.named.values() for s in sites if s.kind == "division"]
    assert sum(s.division is not None for s in divisions) > 0.9 * len(divisions)
