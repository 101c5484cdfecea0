"""What the documentation says comes out, comes out."""

from __future__ import annotations

import re
from pathlib import Path

from worker.extraction import Extractor
from worker.model import Actor, Article, EventType

DOCS = Path(__file__).parent.parent / "docs"
ROW = re.compile(r"^\| ([A-Z]+) \| (\d) \| (.+?) \| (.+?) \| (.*?) ?\|$", re.MULTILINE)


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
