"""What the documentation says comes out, comes out."""

from __future__ import annotations

import re
from pathlib import Path

from worker.extraction import Extractor
from worker.model import Actor, Article, EventType
from worker.ontology.senses import plover

DOCS = Path(__file__).parent.parent / "docs"
ROW = re.compile(r"^\| ([A-Z]+) \| (\d) \| (.+?) \| (.+?) \| (.*?) ?\|$", re.MULTILINE)

MODE = re.compile(r"^\| ([A-Z]+)/([a-z-]+) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def side(actors: tuple[Actor, ...]) -> str:
    return " + ".join(a.code or f"~{a.name}" for a in actors)


def test_every_example_of_a_type_is_coded_as_the_table_says(extractor: Extractor) -> None:
    rows = ROW.findall((DOCS / "events.md").read_text(encoding="utf8"))
    assert [row[0] for row in rows] == [kind.value for kind in EventType]
    for kind, quad, sentence, parties, mode in rows:
        events = extractor.extract(Article(id="a", text=sentence, published="2025-06-01")).events
        event = next((e for e in events if e.type == kind), None)
        assert event, sentence
        told = " -> ".join(filter(None, (side(event.actors), side(event.recipients))))
        assert (told, event.mode or "", event.quad) == (parties, mode, int(quad)), sentence


def test_every_example_of_a_mode_is_coded_as_the_table_says(extractor: Extractor) -> None:
    rows = MODE.findall((DOCS / "events.md").read_text(encoding="utf8"))
    wrong = []
    for kind, mode, score, sentence, parties in rows:
        events = extractor.extract(Article(id="a", text=sentence, published="2025-06-01")).events
        told = [
            (e.type, e.mode, f"{e.score:+g}", " -> ".join(filter(None, (side(e.actors), side(e.recipients))))) for e in events
        ]
        wrong += [] if (kind, mode, score, parties) in told else [f"{kind}/{mode}: {sentence}: {told}"]
    assert not wrong


def test_every_mode_has_an_example_in_the_documentation() -> None:
    rows = MODE.findall((DOCS / "events.md").read_text(encoding="utf8"))
    assert {(kind, mode) for kind, mode, *_ in rows} == {(kind, mode) for kind in EventType for mode in plover()[kind].modes}
