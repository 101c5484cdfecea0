"""Confidence is a measured share, and goes where the traits of an event send it."""

from __future__ import annotations

import pytest

from worker.extraction import Extractor
from worker.extraction.events import confidence
from worker.model import Article


def of(extractor: Extractor, text: str) -> float:
    (event,) = extractor.extract(Article(id="1", text=text, published="2025-06-01")).events
    return event.confidence


@pytest.mark.parametrize(
    ("surer", "less_sure"),
    [
        ("Norway condemned Belarus.", "Norway condemned the decision."),
        ("Norway delivered tanks to Ukraine.", "Norway's delivery of tanks to Ukraine was welcomed."),
        ("Norway arrested two Belarusians.", "Two Belarusians were arrested."),
    ],
)
def test_named_parties_and_verbs_make_an_event_surer(extractor: Extractor, surer: str, less_sure: str) -> None:
    assert of(extractor, surer) > of(extractor, less_sure)


def test_every_weight_is_of_a_trait_that_events_have(extractor: Extractor) -> None:
    from worker.extraction.events import events  # noqa: F401  the parse below is read by it

    assert confidence.BASE in confidence.load()
    assert 0 < of(extractor, "Norway condemned Belarus.") < 1
