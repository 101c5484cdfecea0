"""Two reports are of one happening only if nothing contradicts and something particular agrees."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting import STRIKE, body, day, party

from worker.happenings import facts, lookups, same, shelves
from worker.model import Casualties, EventPlace, EventType, Materiel, Modality, Polarity, Span, Tense

OTHER = "Two port employees died when Russian drones hit silos with grain in Odesa, regional officials said."


def alike(one: dict[str, Any], two: dict[str, Any]) -> bool:
    first, second = facts(body("a", **one)), facts(body("b", **two))
    assert bool(same(first, second)) == bool(same(second, first))
    found = not set(lookups(second)).isdisjoint(shelves(first))
    return found and bool(same(first, second))


def test_another_paper_s_words_for_the_same_strike_are_the_same_strike() -> None:
    assert alike({}, {"evidence": OTHER, "trigger": "hit", "actors": (party("RUS"),)})


@pytest.mark.parametrize(
    "told",
    [
        {"date": None},  # the day on which the article appeared
        {"actors": ()},  # "two killed as drones hit silos in Odesa"
        {"mode": None},
        {"casualties": None},
        {"place": EventPlace(name="Ukraine", country="UKR")},
        {"modality": Modality.ALLEGED},
    ],
)
def test_who_tells_less_tells_of_the_same(told: dict[str, Any]) -> None:
    assert alike({}, told)


@pytest.mark.parametrize(
    "told",
    [
        {"casualties": Casualties(killed=3)},
        {"place": EventPlace(name="Kharkiv", country="UKR", geonameid=706483)},
        {"place": EventPlace(name="Kursk", country="RUS")},
        {"mode": "abduct"},
        {"date": day("2026-02-10")},
        {"date": day("2026-02-01")},
        {"actors": (party("BLR MIL"),)},
        {"actors": (party("RUS GOV"),)},
        {"recipients": (party("POL"),)},
        {"actors": (party("UKR"),), "recipients": (party("RUS MIL"),)},
        {"actors": (party("UKR"),), "recipients": ()},
        {"polarity": Polarity.NEGATED},
        {"tense": Tense.FUTURE},
        {"type": EventType.COERCE},
    ],
)
def test_what_contradicts_is_another_happening(told: dict[str, Any]) -> None:
    assert not alike({}, told)


def test_codes_and_a_day_alone_make_no_happening() -> None:
    bare = {"mode": None, "place": None, "casualties": None}
    assert not alike(
        {**bare, "evidence": "Russian forces struck Ukraine."},
        {**bare, "evidence": "Russian troops struck a depot near the front in Ukraine.", "trigger": "struck"},
    )


def test_the_one_who_is_struck_is_not_the_one_who_strikes() -> None:
    assert not alike({"actors": ()}, {"actors": (party("UKR"),), "recipients": ()})


TALKS: dict[str, Any] = {
    "type": EventType.CONSULT,
    "mode": None,
    "casualties": None,
    "place": None,
    "date": day("2026-02-09"),
    "trigger": "met",
    "recipients": (),
}


def talks(one: str, two: str) -> dict[str, Any]:
    sides = (party("USA GOV", one, "e1" if one else None), party("UKR GOV", two, "e2" if two else None))
    named = {name: who for name, who in (("e1", one), ("e2", two)) if who}
    return {**TALKS, "actors": sides, "persons": named, "evidence": "They met."}


def test_officials_of_two_states_who_are_not_named_may_meet_twice_a_day() -> None:
    assert not alike(talks("", ""), talks("", ""))


def test_two_persons_who_meet_on_a_day_meet_once() -> None:
    assert alike(talks("Anna Reed", "Petro Hai"), talks("Reed", "Petro Hai"))


def test_who_receives_is_whom_the_other_visits() -> None:
    one, two = talks("Anna Reed", "Petro Hai"), talks("Anna Reed", "Petro Hai")
    host, guest = one["actors"]
    assert alike(one | {"actors": (host,), "recipients": (guest,)}, two | {"actors": (guest,), "recipients": (host,)})


def test_other_persons_meet_elsewhere() -> None:
    assert not alike(talks("Anna Reed", "Petro Hai"), talks("Mark Dunn", "Oleh Kit"))


def generators(amount: str | None, item: str = "mobile generators") -> dict[str, Any]:
    thing = Materiel(id="m", item=item, category="energy", quantity=amount, evidence=Span(start=0, end=1, text="x"))
    return {
        "type": EventType.AID,
        "mode": None,
        "casualties": None,
        "place": None,
        "goods": (thing,),
        "trigger": "delivered",
        "actors": (party("NLD"),),
        "recipients": (party("UKR"),),
        "evidence": f"Delivered {item}.",
    }


@pytest.mark.parametrize(("amount", "expected"), [("fourteen", True), ("14", True), ("30", False), (None, True)])
def test_goods_in_another_number_are_another_delivery(amount: str | None, expected: bool) -> None:
    assert alike(generators("14"), generators(amount)) == expected


def test_without_a_date_of_its_own_a_report_may_appear_the_day_after() -> None:
    assert alike({"date": day("2026-02-08")}, {"date": None})
    assert not alike({"date": day("2026-02-06")}, {"date": None})


def test_what_nothing_dates_is_known_by_nobody() -> None:
    told = facts(body(published=None, date=None))
    assert shelves(told) == lookups(told) == ()
    assert not same(told, told)


def test_a_common_story_makes_up_for_other_words() -> None:
    one, two = (facts(body(name, place=None, casualties=None, mode=None, evidence=".", trigger=name)) for name in "ab")
    assert not same(one, two)
    assert same(one.model_copy(update={"story": "s"}), two.model_copy(update={"story": "s"})) >= 4


def test_a_country_by_whatever_name_is_told_by_the_codes() -> None:
    assert facts(body(evidence="Ukrainian and Russian drones crossed Ukraine.")).words == ("drone", "cross")


def test_numbers_are_compared_as_figures_and_days_are_none() -> None:
    assert facts(body(evidence="KYIV, Feb. 9 (Wire) - Six of 1,044 boats in 2014.")).figures == ("6", "1044")


def test_words_that_all_reports_have_are_not_compared() -> None:
    assert facts(body(evidence="Officials said on Monday that people were there.")).words == ()
    told = {"drone", "grain", "silo", "port", "overn", "killi", "dock", "worke", "2"}
    assert set(facts(body(evidence=STRIKE)).words) == told


CODES = st.sampled_from([None, "RUS", "RUS MIL", "RUS GOV", "UKR", "UKR CVL", "UKR MIL", "IGO NATO", "POL"])
SIDES = st.lists(CODES, max_size=2).map(lambda codes: tuple(party(code) for code in codes))
REPORTS = st.fixed_dictionaries(
    {
        "actors": SIDES,
        "recipients": SIDES,
        "type": st.sampled_from([EventType.ASSAULT, EventType.CONSULT]),
        "mode": st.sampled_from([None, "drone", "visit"]),
        "date": st.sampled_from(
            [None, day("2026-02-08"), day("2026-02-09"), day("2026-02-08", "2026-02-09"), day("2026-01-01", "2026-01-31")]
        ),
        "place": st.sampled_from([None, EventPlace(name="Odesa", country="UKR"), EventPlace(name="Ukraine", country="UKR")]),
        "casualties": st.sampled_from([None, Casualties(killed=2), Casualties(killed=3, injured=1), Casualties(injured=1)]),
        "evidence": st.sampled_from([STRIKE, OTHER, "They met."]),
        "trigger": st.sampled_from(["struck", "hit", "met"]),
    }
)


@given(REPORTS, REPORTS)
def test_being_the_same_goes_both_ways_and_is_found_on_a_shelf(one: dict[str, Any], two: dict[str, Any]) -> None:
    first, second = facts(body("a", **one)), facts(body("b", **two))
    assert same(first, second) == same(second, first)
    if same(first, second):
        assert not set(lookups(second)).isdisjoint(shelves(first))
        assert not set(lookups(first)).isdisjoint(shelves(second))


@given(REPORTS)
def test_the_key_of_a_report_depends_on_what_it_says_alone(told: dict[str, Any]) -> None:
    one, two = facts(body("a", **told)), facts(body("b", **told))
    assert one == two
    assert shelves(one) == shelves(two)
    assert type(one).model_validate_json(one.model_dump_json(exclude_defaults=True)) == one


@given(REPORTS, REPORTS)
def test_what_is_the_same_has_the_same_type_world_and_numbers(one: dict[str, Any], two: dict[str, Any]) -> None:
    first, second = facts(body("a", **one)), facts(body("b", **two))
    if same(first, second):
        assert (first.type, first.world) == (second.type, second.world)
        assert all(second.numbers.get(fate, number) == number for fate, number in first.numbers.items())
        assert first.town == second.town or None in {first.town, second.town}
