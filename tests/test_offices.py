"""Who acted for whom on a day: by the table, and by the way from a sentence to an entity."""

from __future__ import annotations

import datetime as dt

import pytest

from bench import own
from worker import ontology
from worker.extraction import Extractor

CASES: list[tuple[str, str, str]] = [tuple(case) for case in own.cases("offices")["cases"]]
# Of all cases. What a wrong code costs downstream is every event of that person.
LEAST = 0.995
SENTENCES = (
    "{} told reporters on Monday that the talks had failed.",
    "{} met reporters in Geneva on Monday.",
    "Officials said on Friday that {} had rejected the plan.",
)


def test_there_are_at_least_1000_cases_and_none_twice() -> None:
    assert len({(name, day) for name, day, _ in CASES}) == len(CASES) >= 1000


def test_the_table_knows_who_acts_for_whom() -> None:
    known = ontology.load()
    missed = []
    for name, day, code in CASES:
        date = dt.date.fromisoformat(day)
        person = known.who(name, date)
        office = person.at(date) if person else None
        if person is None or (office.code.text if office else "") != code:
            missed.append(f"{name} on {day}: {office.code.text if office else office} for {code}")
    assert 1 - len(missed) / len(CASES) >= LEAST, "\n".join(missed)


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.timeout(60)
def test_a_name_in_a_sentence_has_the_code_of_the_article_s_day(extractor: Extractor, sentence: str) -> None:
    score = own.offices(extractor, sentence)
    assert score.wanted == len(CASES)
    assert score.recall >= LEAST, "\n".join(score.wrong)


@pytest.mark.parametrize(
    ("name", "countries", "meant"),
    [
        ("Bush", (), "George W. Bush"),
        ("Erdogan", (), "Recep Tayyip Erdoğan"),
        ("ERDOĞAN", (), "Recep Tayyip Erdoğan"),
        ("EMMANUEL MACRON", (), "Emmanuel Macron"),
        ("Assad", (), "Bashar al-Assad"),
        ("al-Assad", (), "Bashar al-Assad"),
        ("Bashar el-Assad", (), "Bashar al-Assad"),
        ("Lagos", (), None),
        ("Nobody", (), None),
    ],
)
def test_a_last_name_is_the_one_who_leads(name: str, countries: tuple[str, ...], meant: str | None) -> None:
    found = ontology.load().who(name, dt.date(2005, 6, 1) if name in {"Bush", "Lagos"} else dt.date(2019, 6, 1), countries)
    assert (found.name if found else None) == meant


def test_of_two_in_office_it_is_the_one_whose_country_is_named() -> None:
    known, day = ontology.load(), dt.date(2024, 9, 10)
    assert known.who("Harris", day) is None
    found = [known.who("Harris", day, countries) for countries in ({"USA"}, {"IRL"}, {"USA", "IRL"})]
    assert [one and one.name for one in found] == ["Kamala Harris", "Simon Harris", None]
