from __future__ import annotations

import datetime as dt
import itertools
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from worker.ontology import plain

ONTOLOGY = Path(__file__).parent.parent / "worker" / "ontology"

# The 193 members of the United Nations.
MEMBERS = """
AFG ALB DZA AND AGO ATG ARG ARM AUS AUT AZE BHS BHR BGD BRB BLR BEL BLZ BEN BTN BOL BIH BWA BRA BRN BGR BFA BDI CPV KHM
CMR CAN CAF TCD CHL CHN COL COM COG COD CRI CIV HRV CUB CYP CZE DNK DJI DMA DOM ECU EGY SLV GNQ ERI EST SWZ ETH FJI FIN
FRA GAB GMB GEO DEU GHA GRC GRD GTM GIN GNB GUY HTI HND HUN ISL IND IDN IRN IRQ IRL ISR ITA JAM JPN JOR KAZ KEN KIR KWT
KGZ LAO LVA LBN LSO LBR LBY LIE LTU LUX MDG MWI MYS MDV MLI MLT MHL MRT MUS MEX FSM MDA MCO MNG MNE MAR MOZ MMR NAM NRU
NPL NLD NZL NIC NER NGA PRK MKD NOR OMN PAK PLW PAN PNG PRY PER PHL POL PRT QAT KOR ROU RUS RWA KNA LCA VCT WSM SMR STP
SAU SEN SRB SYC SLE SGP SVK SVN SLB SOM ZAF SSD ESP LKA SDN SUR SWE CHE SYR TJK TZA THA TLS TGO TON TTO TUN TUR TKM TUV
UGA UKR ARE GBR USA URY UZB VUT VEN VNM YEM ZMB ZWE
""".split()
OTHERS = {"VAT", "PSE", "TWN", "KOS", "HKG"}
NON_STATE = {"IGO", "UNO", "EUR", "NGO", "ISM", "IMG", "MNC"}
SECTORS = set(
    "GOV MIL COP JUD LEG SPY PTY OPP REB UAF PRM CVL BUS JRN EDU MED REL REF LAB SOC AGR CRM NGO PRE ELI UNK IGO".split()
)
CATEGORIES = {"I", "II", "III", "IV", "V", "VI", "VII", "SA", "AMM", "AD", "OTH", "AID", "AID-MIL", "AID-FIN", "AID-HUM"}
# One holder at a time; a day's overlap is the day on which the office passes.
SINGLE = re.compile(r"(President|Prime Minister|Chancellor|King|Emir|Foreign Minister|Defence Minister|Taoiseach) of ")

Row = dict[str, Any]


def table(name: str) -> Row:
    return tomllib.loads((ONTOLOGY / f"{name}.toml").read_text(encoding="utf8"))


COUNTRIES: dict[str, Row] = table("countries")
PEOPLE: list[Row] = table("people")["person"]
ORGANISATIONS: list[Row] = table("organisations")["organisation"]
GROUPS: list[Row] = table("armed_groups")["group"]
PARTIES: list[Row] = table("parties")["party"]
REGIONS: list[Row] = table("regions")["region"]
ITEMS: list[Row] = table("materiel")["item"]
ROLES: dict[str, dict[str, list[str]]] = table("roles")
LISTS = {
    "organisations": ORGANISATIONS,
    "armed_groups": GROUPS,
    "parties": PARTIES,
    "regions": REGIONS,
    "materiel": ITEMS,
    "people": PEOPLE,
}


def codes() -> Iterator[str]:
    yield from (row["code"] for row in (*ORGANISATIONS, *GROUPS))
    yield from (span["code"] for row in GROUPS for span in row.get("spans", ()))
    yield from (office["code"] for person in PEOPLE for office in person["offices"])
    yield from (row["country"] for row in REGIONS if "country" in row)
    yield from (f"{row['country']} PTY" for row in PARTIES)


def names(row: Row) -> list[str]:
    return [row["name"], *row.get("aliases", ())]


@pytest.mark.parametrize("file", sorted(ONTOLOGY.rglob("*.toml")), ids=lambda file: file.name)
def test_every_data_file_parses(file: Path) -> None:
    assert tomllib.loads(file.read_text(encoding="utf8"))


def test_every_member_of_the_united_nations_is_there_and_nothing_unknown() -> None:
    assert len(set(MEMBERS)) == 193
    assert set(COUNTRIES) == set(MEMBERS) | OTHERS


def test_every_country_has_a_name_and_a_capital() -> None:
    assert all(row["name"] and row["capital"] for row in COUNTRIES.values())


def test_no_word_for_a_country_belongs_to_two() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for code, row in COUNTRIES.items():
        words = [row["name"], row["capital"], row.get("government_seat", row["capital"])]
        lists = ("names", "adjectives", "people", "capital_names", "metonyms", "metonyms_mil")
        for word in (*words, *itertools.chain.from_iterable(row.get(key, ()) for key in lists)):
            owners[word].add(code)
    assert {word: who for word, who in owners.items() if len(who) > 1} == {}


def test_every_code_starts_with_a_known_country_or_kind() -> None:
    heads = {code.split()[0] for code in codes()}
    assert heads - set(COUNTRIES) - NON_STATE == set()


def test_what_follows_a_country_is_a_sector() -> None:
    followers = {code.split()[1] for code in codes() if code.split()[0] in COUNTRIES and " " in code}
    assert followers - SECTORS == set()


def test_every_code_has_at_most_two_parts() -> None:
    assert [code for code in codes() if len(code.split()) > 2] == []


@pytest.mark.parametrize("kind", sorted(LISTS))
def test_no_name_stands_twice_in_a_list(kind: str) -> None:
    counted = Counter(name for row in LISTS[kind] for name in set(names(row)))
    assert [name for name, times in counted.items() if times > 1] == []


def test_no_name_stands_in_two_lists() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for kind, rows in LISTS.items():
        for row in rows:
            for name in names(row) if row.get("system", True) else ():
                owners[name].add(kind)
    for row in COUNTRIES.values():
        for name in (row["name"], row["capital"], *row["names"], *row["metonyms"], *row["metonyms_mil"]):
            owners[name].add("countries")
    assert {name: kinds for name, kinds in owners.items() if len(kinds) > 1} == {}


@pytest.mark.parametrize("kind", sorted(LISTS))
def test_no_name_is_empty_or_padded(kind: str) -> None:
    assert [name for row in LISTS[kind] for name in names(row) if not name or name != " ".join(name.split())] == []


def test_every_sector_has_roles_and_no_other_has() -> None:
    assert set(ROLES) == SECTORS
    assert all(row["nouns"] for row in ROLES.values())


@pytest.mark.parametrize("part", ["nouns", "titles", "modifiers", "names"])
def test_a_role_stands_once_and_in_lower_case(part: str) -> None:
    words = [word for row in ROLES.values() for word in row.get(part, ())]
    assert [word for word, times in Counter(words).items() if times > 1] == []
    assert [word for word in words if word != word.lower()] == []


def test_every_item_is_of_a_known_category() -> None:
    assert {row["category"] for row in ITEMS} == CATEGORIES


def test_a_named_system_has_a_maker_and_a_generic_noun_has_none() -> None:
    assert [row["name"] for row in ITEMS if row["system"] != bool(row.get("origin"))] == []
    assert {maker for row in ITEMS for maker in row.get("origin", ())} <= set(COUNTRIES)


def test_generic_nouns_are_in_lower_case() -> None:
    assert [name for row in ITEMS if not row["system"] for name in names(row) if name != name.lower()] == []


def test_every_span_begins_before_it_ends() -> None:
    spans = [span for row in (*PEOPLE, *GROUPS) for span in (*row.get("offices", ()), *row.get("spans", ()))]
    for span in spans:
        begin = dt.date.fromisoformat(span.get("from", "0001-01-01"))
        assert begin <= dt.date.fromisoformat(span.get("to", "9999-12-31")), span


def test_every_person_has_a_gender_and_an_office() -> None:
    assert [p["name"] for p in PEOPLE if p.get("gender") not in {"m", "f"} or not p["offices"]] == []


def test_the_last_name_is_a_part_of_a_name() -> None:
    assert [p["name"] for p in PEOPLE if "last" in p and not any(p["last"] in name for name in names(p))] == []


def overlap(one: Row, other: Row) -> int:
    """Days that two offices share beyond the day of passing on."""
    end = min(one.get("to", "2100-01-01"), other.get("to", "2100-01-01"))
    return (dt.date.fromisoformat(end) - dt.date.fromisoformat(max(one["from"], other["from"]))).days


def test_nobody_stands_there_twice_under_two_spellings() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for person in PEOPLE:
        for name in names(person):
            owners[re.sub(r"[^a-z]", "", plain(name).lower())].add(person["name"])
    assert [who for who in owners.values() if len(who) > 1] == []


def test_every_ambiguous_last_name_is_somebodys() -> None:
    lasts = {last for p in PEOPLE for last in (p.get("last", p["name"].split()[-1]), *p.get("other_last", ()))}
    assert {name for name in table("people")["ambiguous"] if name not in lasts | {plain(last) for last in lasts}} == set()


def test_nobody_acts_for_two_sides_at_once() -> None:
    both = [
        (person["name"], one["office"], other["office"])
        for person in PEOPLE
        for one, other in itertools.combinations(person["offices"], 2)
        if one["code"] != other["code"] and overlap(one, other) > 0
    ]
    assert both == []


def test_an_office_has_one_holder_at_a_time() -> None:
    holders: dict[str, list[tuple[str, Row]]] = defaultdict(list)
    for person in PEOPLE:
        for office in person["offices"]:
            if SINGLE.match(office["office"]):
                holders[office["office"]].append((person["name"], office))
    shared = [
        (title, one[0], other[0])
        for title, held in holders.items()
        for one, other in itertools.combinations(held, 2)
        if overlap(one[1], other[1]) > 0
    ]
    assert shared == []


def test_nearly_every_country_has_a_government_of_named_people() -> None:
    led = {office["code"].split()[0] for person in PEOPLE for office in person["offices"] if office["code"].endswith("GOV")}
    assert set(COUNTRIES) - led == set()


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("people", 2600),
        ("organisations", 530),
        ("armed_groups", 225),
        ("parties", 400),
        ("regions", 300),
        ("materiel", 690),
    ],
)
def test_the_lists_do_not_shrink(kind: str, least: int) -> None:
    assert len(LISTS[kind]) >= least


def test_there_are_over_a_thousand_role_nouns() -> None:
    assert sum(len(row["nouns"]) for row in ROLES.values()) > 1000
