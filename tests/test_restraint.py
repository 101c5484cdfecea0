"""What is no event yields none, however full it is of countries, leaders and words of war."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from worker.extraction import Extractor
from worker.model import Article, Event, Polarity

SENTENCES = Path(__file__).parent / "fixtures" / "no_events.tsv"
# A reader forgives one false alarm in fifty sentences.
FORGIVEN = 0.02
# Fewer sentences than this say little about a share of a few percent.
ENOUGH = 330


def rows() -> Iterator[tuple[str, str]]:
    for line in SENTENCES.read_text(encoding="utf8").splitlines():
        if not line.startswith("#"):
            kind, _, text = line.partition("\t")
            yield text, kind


NOTHING = dict(rows())


@pytest.fixture(scope="module")
def alarms(extractor: Extractor) -> Mapping[str, list[Event]]:
    """Sentences that yield an affirmed event."""
    articles = [Article(id=str(i), text=text, published="2025-06-01") for i, text in enumerate(NOTHING)]
    read = zip(NOTHING, extractor.extract_many(articles), strict=True)
    told = {text: [e for e in found.events if e.polarity is Polarity.AFFIRMED] for text, found in read}
    return {text: events for text, events in told.items() if events}


def test_there_are_many_sentences_of_many_kinds() -> None:
    assert len(NOTHING) >= ENOUGH
    assert len(set(NOTHING.values())) >= 20


def test_where_nothing_happens_nothing_is_coded(alarms: Mapping[str, list[Event]]) -> None:
    listed = [f"{NOTHING[text]}: {text} {[f'{e.type} {e.trigger.text}' for e in found]}" for text, found in alarms.items()]
    assert len(alarms) <= FORGIVEN * len(NOTHING), "\n".join(listed)


def test_no_kind_of_sentence_is_a_blind_spot(alarms: Mapping[str, list[Event]]) -> None:
    # A third of a kind is a habit, not an accident; of ten sentences two may still be one.
    kinds, wrong = Counter(NOTHING.values()), Counter(NOTHING[text] for text in alarms)
    assert not {kind: count for kind, count in wrong.items() if count > max(2, kinds[kind] / 3)}
