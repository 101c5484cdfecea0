"""Names out of what sites write where the author should stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.page._credits import agency, is_byline, names, originator


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Mele Tonga", ["Mele Tonga"]),
        ("By Mele Tonga", ["Mele Tonga"]),
        ("by: Mele Tonga", ["Mele Tonga"]),
        ("Written by Mele Tonga and Ilse Koren", ["Mele Tonga", "Ilse Koren"]),
        ("Mele Tonga, Ilse Koren & Ravi Menon", ["Mele Tonga", "Ilse Koren", "Ravi Menon"]),
        ("Mele Tonga | Lagoon Wire", ["Mele Tonga"]),
        ("Mele Tonga, Political Editor", ["Mele Tonga"]),
        ("Mele Tonga Senior Political Correspondent", ["Mele Tonga"]),
        ("Mele Tonga in Suva", ["Mele Tonga"]),
        ("Mele Tonga and Ilse Koren in Suva, and Ravi Menon in Apia", ["Mele Tonga", "Ilse Koren", "Ravi Menon"]),
        ("Mele Tonga for the Lagoon Wire", ["Mele Tonga"]),
        ("Mele Tonga (Suva)", ["Mele Tonga"]),
        ("mele.tonga@lagoon.example (Mele Tonga)", []),
        ("Mele Tonga mele.tonga@lagoon.example", []),
        ("Tonga, Mele", ["Mele Tonga"]),
        ("Mele Tonga\nPolitical Editor\n@mele", ["Mele Tonga"]),
        ("Mele Tonga, Reuters", ["Mele Tonga", "Reuters"]),
        ("Reuters", ["Reuters"]),
        ("Reuters, AFP", ["Reuters", "AFP"]),
        ("By The Associated Press", ["The Associated Press"]),
        ("AP Political Writer", ["AP"]),
        ("Lagoon Wire", []),
        ("Lagoon Wire Staff", []),
        ("Staff Reporter", []),
        ("Web Desk", []),
        ("admin", []),
        ("Agencies", []),
        ("Von Karla Benn und Uwe Lorch", ["Karla Benn", "Uwe Lorch"]),
        ("Par Claire Aubin avec AFP", ["Claire Aubin", "AFP"]),
        ("Por Juan García Márquez y Ana Ruiz", ["Juan García Márquez", "Ana Ruiz"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("Автор: Олена Гай", ["Олена Гай"]),
        ("https://www.facebook.com/mele.tonga", []),
        ("//lagoon.example/by/mele", []),
        ("humans.txt", []),
        ("@mele", []),
        ("Dr. Mele Tonga, PhD", ["Dr. Mele Tonga"]),
        ("J.K. Moana", ["J.K. Moana"]),
        ("Anne-Marie O'Neil", ["Anne-Marie O'Neil"]),
        ("Ludwig van der Berg", ["Ludwig van der Berg"]),
        ("Mele Tonga Mele Tonga", ["Mele Tonga Mele Tonga"]),
        ("Mele Tonga; mele tonga", ["Mele Tonga"]),
        ("2026-11-12", []),
        ("", []),
        ("x" * 500, []),
        ("The minister said on Tuesday that the pact would be renewed before the end of the year", []),
    ],
)
def test_names_stand_alone(raw: str, expected: list[str]) -> None:
    assert list(names([raw], ["Lagoon Wire", "lagoon"])) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Mele Tonga", True),
        ("By Mele Tonga and Ilse Koren in Suva", True),
        ("BY MELE TONGA", True),
        ("By Reuters", True),
        ("Von Karla Benn", True),
        ("By Friday, dozens had fled", False),
        ("By Friday dozens had fled.", False),
        ("By then the bridge was closed", False),
        ("By agreement of both sides", False),
        ("By", False),
        ("Mele Tonga", False),
        ("", False),
    ],
)
def test_byline_is_names_and_no_sentence(line: str, expected: bool) -> None:
    assert is_byline(line) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("AP", "Associated Press"), ("reuters", "Reuters"), ("Agence France-Presse", "AFP"), ("ТАСС", "TASS"), ("Mele", None)],
)
def test_agency_is_known_by_all_its_names(name: str, expected: str | None) -> None:
    assert agency(name) == expected


def test_credit_outranks_dateline_and_both_the_end() -> None:
    blocks = ["SUVA (AFP) - The pact was renewed.", "© 2026 dpa"]
    assert originator(blocks, ["Mele Tonga", "By Reuters"]) == "Reuters"
    assert originator(blocks, ["Mele Tonga"]) == "AFP"
    assert originator(blocks[1:], ()) == "dpa"


@given(st.text(max_size=300))
def test_any_line_gives_names_or_none(raw: str) -> None:
    assert all(name and len(name) <= 60 for name in names([raw]))
    originator([raw], [raw])
    is_byline(raw)
