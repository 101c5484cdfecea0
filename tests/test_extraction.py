"""Laws of the whole extraction."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from worker.extraction import Extractor
from worker.model import Article, Extraction, Span

NEWS = (
    "KYIV, Nov. 13 (Test Wire) - French President Emmanuel Macron met Mark Rutte in Paris on Tuesday.\n\n"
    "“We will send ten howitzers to Ukraine,” Macron said. He thanked Sweden for its help 🇸🇪.\n\n"
    "Russian drones hit a school in Kharkiv last week, killing two teachers, the governor said."
)

ODD = ["“", "”", '"', "'", "‘", "\n\n", "\n", ", ", ". ", "—", "Macron", "Russia's", " said ", "attacked ", "not ", "to send "]
ODD += ["NATO ", "drones ", "who ", "by ", "will ", "\u200b", "\ud7ff", "é", "🇺🇦", "31 February 2024", "last "]


def spans(extraction: Extraction) -> list[Span]:
    """Everything in an extraction that has offsets and a text."""
    found: list[Span] = [m for e in extraction.entities for m in e.mentions]
    found += [*extraction.quotes, *extraction.places]
    found += [s for q in extraction.quotes for s in (q.speaker_text, q.cue) if s]
    for event in extraction.events:
        found += [*event.actors, *event.recipients, event.trigger, event.evidence]
    return [*found, *(m.evidence for m in extraction.materiel), *(r.evidence for r in extraction.relations)]


def test_every_span_is_the_slice_that_it_claims_to_be(extractor: Extractor) -> None:
    found = extractor.extract(Article(id="a", text=NEWS, published="2024-11-13"))
    assert len(spans(found)) > 30
    for span in spans(found):
        assert found.article.text[span.start : span.end] == span.text
    for date in found.dates:
        assert NEWS[date.start : date.end] == date.text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.lists(
        st.one_of(
            st.text(max_size=30),
            st.sampled_from(ODD),
        ),
        max_size=25,
    ).map("".join)
)  # fmt: skip
@example(text="")
@example(text="\n\n\n")
@example(text="“" * 50)
@example(text="a" * 5000)
@example(text="he he he he")
@example(text="KYIV - ")
def test_no_text_breaks_it_and_all_offsets_hold(extractor: Extractor, text: str) -> None:
    found = extractor.extract(Article(id="a", text=text, published="2024-02-29"))
    for span in spans(found):
        assert text[span.start : span.end] == span.text
    for sentence in found.sentences:
        assert text[sentence.start : sentence.end].strip() == text[sentence.start : sentence.end] != ""


def test_the_same_article_gives_the_same_output_in_any_batch(extractor: Extractor) -> None:
    article = Article(id="a", text=NEWS, published="2024-11-13")
    others = [Article(id=str(n), text=f"Story {n}. " + NEWS[: n * 20]) for n in range(1, 12)]
    alone = extractor.extract(article)
    together = list(extractor.extract_many([*others[:5], article, *others[5:]]))[5]
    assert alone == together


def test_an_extraction_survives_json(extractor: Extractor) -> None:
    found = extractor.extract(Article(id="a", text=NEWS, published="2024-11-13"))
    assert Extraction.model_validate_json(found.model_dump_json()) == found
    written = json.loads(found.model_dump_json())
    assert set(written["dates"][0]) == {"start", "end", "text", "from", "to", "granularity"}


def test_every_reference_leads_to_an_entity_or_materiel_of_the_article(extractor: Extractor) -> None:
    found = extractor.extract(Article(id="a", text=NEWS, published="2024-11-13"))
    entities, materiel = {e.id for e in found.entities}, {m.id for m in found.materiel}
    for event in found.events:
        assert {p.entity for p in (*event.actors, *event.recipients)} <= entities | {None}
        assert set(event.materiel) <= materiel
    assert {q.speaker for q in found.quotes} <= entities | {None}


def test_an_event_carries_its_date_place_materiel_and_mode(extractor: Extractor) -> None:
    found = extractor.extract(Article(id="a", text=NEWS, published="2024-11-13"))
    hit = next(e for e in found.events if e.type == "ASSAULT")
    assert (hit.mode, hit.quad, hit.score) == ("drone", 4, -9.5)
    assert [a.country for a in hit.actors] == ["RUS"]
    assert hit.date is not None
    assert (hit.date.from_, hit.date.to) == ("2024-11-04", "2024-11-10")
    pledge = next(e for e in found.events if e.type == "AGREE")
    assert [m.item for m in found.materiel if m.id in pledge.materiel] == ["howitzer"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A bomb in Nairobi killed fourteen people and wounded 31, police said.", (14, 31, None)),
        ("Russian drones hit the Ukrainian town of Sumy, killing two teachers and wounding 1,200 others.", (2, 1200, None)),
        ("Two soldiers were killed in an attack in Mali.", (2, None, None)),
        ("Police arrested 58 protesters in Dhaka.", (None, None, 58)),
        ("A bomber attacked a market in Nigeria, leaving at least 14 people dead and 31 injured.", (14, 31, None)),
        ("Russian missiles struck Kharkiv and left seven dead.", (7, None, None)),
        ("An Israeli strike on Gaza killed at least 22 people, including five children.", (22, None, None)),
        ("Nine people were killed in an Israeli strike on Lebanon and 3,400 were hurt.", (9, 3400, None)),
        ("Police fired on the crowd in Lagos; four demonstrators were shot dead.", (4, None, None)),
        ("A car bomb in Mogadishu killed between 10 and 12 people.", None),
        ("Rebels killed dozens of villagers in Mali.", None),
        ("Rebels killed two hundred villagers in Mali.", None),
    ],
)
def test_people_are_counted_only_where_the_text_gives_a_number(
    extractor: Extractor, text: str, expected: tuple[int | None, int | None, int | None] | None
) -> None:
    counted = [e.casualties for e in extractor.extract(Article(id="a", text=text)).events if e.casualties]
    assert {(c.killed, c.injured, c.arrested) for c in counted} == ({expected} if expected else set())
