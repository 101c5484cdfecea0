"""From text to stream: what two papers tell of one happening is one event, and what only looks alike is two."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from worker.extraction import Extractor
from worker.model import Article, EventType
from worker.pipeline import records
from worker.sinks.jsonl import JsonLines

SAME: dict[str, tuple[EventType, str, str]] = {
    "an expulsion": (
        EventType.SANCTION,
        "Norway expelled three Russian diplomats on Tuesday over the hacking of a hospital network.",
        "OSLO - Three Russian diplomats were expelled by Norway on Tuesday after hackers broke into a hospital network.",
    ),
    "a delivery with its number": (
        EventType.AID,
        "Denmark delivered 19 howitzers to Ukraine on Monday.",
        "Ukraine received nothing else, but Denmark delivered nineteen howitzers to Ukraine on Monday, a spokesman said.",
    ),
    "a meeting of two named persons": (
        EventType.CONSULT,
        "Finnish President Alexander Stubb met Estonian Prime Minister Kristen Michal in Tallinn on Tuesday.",
        "Kristen Michal, the Estonian prime minister, met President Alexander Stubb of Finland in Tallinn on Tuesday.",
    ),
    "a strike with its dead": (
        EventType.ASSAULT,
        "Russian missiles struck a bus depot in Kharkiv on Monday, killing four people.",
        "Four people died when Russian missiles struck a depot for buses in Kharkiv on Monday.",
    ),
    "arrests": (
        EventType.COERCE,
        "Police in Nairobi arrested 27 protesters on Tuesday during a march against fuel prices.",
        "Kenyan police arrested 27 people in Nairobi on Tuesday as they marched against the price of fuel.",
    ),
    "a reproach with its matter": (
        EventType.ACCUSE,
        "Lithuania condemned Belarus on Tuesday over smuggling balloons that closed Vilnius airport.",
        "Lithuania on Tuesday condemned Belarus for letting smuggling balloons drift towards Vilnius airport.",
    ),
    "arrests under other names": (
        EventType.COERCE,
        "Police in Tunis detained twelve journalists near the parliament on Tuesday.",
        "Tunisian police arrested twelve reporters outside parliament in Tunis on Tuesday, their union said.",
    ),
    "told the day after": (
        EventType.ASSAULT,
        "Russian missiles struck a bus depot in Kharkiv on Tuesday, killing four people.",
        "Russian missiles struck a bus depot in Kharkiv, killing four people, the mayor said.",
    ),
}


DIFFERENT: dict[str, tuple[EventType, str, str]] = {
    "another town": (
        EventType.ASSAULT,
        "Russian missiles struck a bus depot in Kharkiv on Monday, killing four people.",
        "Russian missiles struck a bus depot in Poltava on Monday, killing four people.",
    ),
    "another number of dead": (
        EventType.ASSAULT,
        "Russian missiles struck a bus depot in Kharkiv on Monday, killing four people.",
        "Russian missiles struck a school in Kharkiv on Monday, killing eleven people.",
    ),
    "another day": (
        EventType.ASSAULT,
        "Russian missiles struck a bus depot in Kharkiv on Monday, killing four people.",
        "Russian missiles struck a bus depot in Kharkiv on Tuesday, killing four people.",
    ),
    "another delivery": (
        EventType.AID,
        "Denmark delivered 19 howitzers to Ukraine on Monday.",
        "Denmark delivered 40 generators to Ukraine on Monday.",
    ),
    "the other way round": (
        EventType.ACCUSE,
        "Lithuania condemned Belarus on Tuesday over the balloons at Vilnius airport.",
        "Belarus condemned Lithuania on Tuesday over the balloons at Vilnius airport.",
    ),
    "another matter": (
        EventType.ACCUSE,
        "Lithuania condemned Belarus on Tuesday over smuggling balloons that closed Vilnius airport.",
        "Lithuania condemned Belarus on Tuesday after a court in Minsk jailed a teacher.",
    ),
    "other ministers": (
        EventType.CONSULT,
        "Finnish President Alexander Stubb met Estonian Prime Minister Kristen Michal on Tuesday.",
        "Finnish Prime Minister Petteri Orpo met Estonian President Alar Karis on Tuesday.",
    ),
    "another number of arrests": (
        EventType.COERCE,
        "Police in Nairobi arrested 27 protesters on Tuesday during a march against fuel prices.",
        "Police in Nairobi arrested 3 students on Tuesday during a march against fuel prices.",
    ),
    "done and not done": (
        EventType.AID,
        "Denmark delivered 19 howitzers to Ukraine on Monday.",
        "Denmark has not delivered 19 howitzers to Ukraine.",
    ),
    "the same deed with other things": (
        EventType.RETREAT,
        "Belgium gave back six Cambodian statues to the government of Cambodia after a trial.",
        "Belgium gave back 1,044 coins to the government of Cambodia after four trials.",
    ),
    "codes and a day alone": (
        EventType.SUPPORT,
        "Norway praised Ghana on Tuesday for its courts.",
        "Norway praised Ghana on Tuesday for a bridge of timber.",
    ),
}


def told(extractor: Extractor, folder: Path, kind: EventType, *texts: str) -> list[str]:
    """What the events of a type in some articles, of one Wednesday and its morrow, are published as."""
    sink = JsonLines(folder / "records.jsonl")
    for number, text in enumerate(texts):
        article = Article(id=f"a{number}", text=text, published="2025-03-12", source=f"wire {number}", language="en")
        sink.publish(article, records(extractor.extract(article), "2025-03-12T12:00:00Z"))
    lines = [json.loads(line) for line in sink.path.read_text().splitlines()]
    return [line["type"].rpartition(".")[2] for line in lines if line["data"].get("event", {}).get("type") == kind]


@pytest.mark.parametrize("name", SAME)
def test_one_happening_in_two_papers_is_one_event(extractor: Extractor, tmp_path: Path, name: str) -> None:
    assert told(extractor, tmp_path, *SAME[name]) == ["coded", "mentioned"]


@pytest.mark.parametrize("name", DIFFERENT)
def test_two_happenings_in_two_papers_are_two_events(extractor: Extractor, tmp_path: Path, name: str) -> None:
    assert told(extractor, tmp_path, *DIFFERENT[name]) == ["coded", "coded"]
