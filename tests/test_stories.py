"""Two wordings of one report are one story; what is only built alike is two."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offering import edited, prose

from worker.dedupe.stories import BAND_BYTES, BANDS, START_BANDS, Features, bands, likeness, overlap

FIXTURES = Path(__file__).parent / "fixtures"
GROUPS = {
    group["name"]: group["texts"] for group in tomllib.loads((FIXTURES / "templates.toml").read_text(encoding="utf8"))["group"]
}
REPORT = (Path(__file__).parents[1] / "seeds" / "16-odesa-belgorod-strikes.txt").read_text(encoding="utf8").partition("\n\n")[2]


def alike(one: str, two: str) -> float:
    return likeness(Features(one), Features(two))


def found(one: str, two: str) -> bool:
    first, second = (
        {filed[n : n + BAND_BYTES] for n in range(0, len(filed), BAND_BYTES)} for filed in map(bands, map(Features, (one, two)))
    )
    return not first.isdisjoint(second)


@pytest.mark.parametrize("name", GROUPS)
def test_texts_that_are_built_alike_stay_apart(name: str) -> None:
    assert not any(alike(one, two) for one, two in itertools.permutations(GROUPS[name], 2))


def test_other_numbers_or_another_day_in_one_report_make_another() -> None:
    one = GROUPS["bulletins of a war, day by day"][0]
    assert alike(one, one.replace("Monday", "Tuesday")) == 0
    assert alike(one, one.replace("84", "91").replace("65", "70").replace("14", "12").replace("Two", "Nine")) == 0


@pytest.mark.parametrize(
    "copy",
    [
        REPORT,
        "\n\n".join(REPORT.split("\n\n")[:3]),
        "\n\n".join(REPORT.split("\n\n")[:5]) + "\n\nReporting by the staff of the Lagoon Times.",
        "Grain silos burned in Odesa after a night of Russian drones.\n\n" + "\n\n".join(REPORT.split("\n\n")[1:]),
        edited(REPORT, 0.1),
        edited(REPORT, 0.2),
        REPORT.upper(),
        REPORT.replace('"', "”").replace("'", "’"),
    ],
    ids=["all", "cut", "cut and signed", "new lead", "a tenth replaced", "a fifth replaced", "capitals", "typography"],
)
def test_what_an_editor_makes_of_a_report_is_found_and_is_the_same_story(copy: str) -> None:
    assert found(REPORT, copy)
    assert alike(REPORT, copy) or copy.isupper()


def test_another_report_of_the_same_event_is_no_copy() -> None:
    brief = (FIXTURES.parents[1] / "seeds" / "27-odesa-silos-brief.txt").read_text(encoding="utf8").partition("\n\n")[2]
    assert alike(REPORT, brief) == 0


def test_an_item_in_the_middle_of_a_digest_is_no_copy_of_it() -> None:
    digest = "\n\n".join((prose(1), prose(2, paragraphs=2), prose(3), prose(4)))
    assert alike(digest, prose(2, paragraphs=2)) == 0


def test_a_caption_is_filed_nowhere() -> None:
    assert bands(Features("Smoke over the port of Odesa on Monday.")) == b""
    assert bands(Features("")) == b""


@given(st.text(), st.text())
def test_likeness_has_no_order_and_is_a_share(one: str, two: str) -> None:
    first, second = Features(one), Features(two)
    assert 0 <= likeness(first, second) == likeness(second, first) <= overlap(first, second) <= 1


@given(st.text(min_size=30))
def test_bands_are_made_of_the_text_alone(text: str) -> None:
    filed = bands(Features(text))
    assert filed == bands(Features(text))
    assert len(filed) in {0, (BANDS + START_BANDS) * BAND_BYTES}


def test_bands_are_what_they_have_always_been() -> None:
    """Another value would lose the stories of the last days."""
    filed = bands(Features(REPORT)).hex()
    assert (filed[:20], filed[-20:]) == ("c38b739d58c35030a9ad", "aa9f6fbae5023e78bc75")
