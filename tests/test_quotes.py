"""Who said what."""

from __future__ import annotations

from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.extraction import Extractor
from worker.extraction.marks import pairs
from worker.model import Article, Quote, QuoteKind

MARKS = "“”\"«»„‟‘’'"
STATEMENTS = [
    ("Marta Oliveira said that the dam would hold.", "that the dam would hold", "Marta Oliveira", "said"),
    ("Marta Oliveira said the dam would hold.", "the dam would hold", "Marta Oliveira", "said"),
    ("The dam would hold, Marta Oliveira said.", "The dam would hold", "Marta Oliveira", "said"),
    ("The dam will hold, said Marta Oliveira.", "The dam will hold", "Marta Oliveira", "said"),
    (
        "The dam, Marta Oliveira said, will hold until spring.",
        "The dam, Marta Oliveira said, will hold until spring",
        "Marta Oliveira",
        "said",
    ),
    ("According to Marta Oliveira, the dam will hold.", "the dam will hold", "Marta Oliveira", "According"),
    (
        "The dam will hold until spring, according to the ministry.",
        "The dam will hold until spring",
        "the ministry",
        "according",
    ),
    ("As Marta Oliveira put it, the dam will hold.", "the dam will hold", "Marta Oliveira", "put"),
    ("The ministry said in a statement that the dam would hold.", "that the dam would hold", "The ministry", "said"),
    ("Reporters asked whether the bridge was safe.", "whether the bridge was safe", "Reporters", "asked"),
    ("Police believe that the driver fled.", "that the driver fled", "Police", "believe"),
    ("Tomas Berg is confident that the bridge is safe.", "that the bridge is safe", "Tomas Berg", "confident"),
    ("The ministry denied the report.", "the report", "The ministry", "denied"),
    ("Tomas Berg vowed to rebuild the bridge.", "to rebuild the bridge", "Tomas Berg", "vowed"),
    ("Tomas Berg called for an inquiry into the collapse.", "an inquiry into the collapse", "Tomas Berg", "called"),
    ("Tomas Berg accused the council of hiding the costs.", "the council of hiding the costs", "Tomas Berg", "accused"),
    ("Tomas Berg urged the council to open the bridge.", "the council to open the bridge", "Tomas Berg", "urged"),
    ("Tomas Berg, who runs the port, said that ships would wait.", "that ships would wait", "Tomas Berg", "said"),
]
QUOTATIONS = [
    ("'We leave at dawn,' Tomas Berg said.", "We leave at dawn"),
    ("‘We leave at dawn,’ Tomas Berg said.", "We leave at dawn"),
    ("„We leave at dawn“, Tomas Berg said.", "We leave at dawn"),
    ("``We leave at dawn,'' Tomas Berg said.", "We leave at dawn"),
    ("“He told me ‘never again’ and left,” Tomas Berg said.", "He told me ‘never again’ and left"),
    ("“The workers' union wants ‘more’ than that,” Tomas Berg said.", "The workers' union wants ‘more’ than that"),
    ("“First we walk.\n\n“Then we rest,” Tomas Berg said.", "First we walk.\n\n“Then we rest"),
    ("Tomas Berg: “We leave at dawn.”", "We leave at dawn."),
    ("“We leave at dawn.” — Tomas Berg", "We leave at dawn."),
    ("Tomas Berg said that “the plan is a disgrace to the whole city.”", "the plan is a disgrace to the whole city."),
    ("“Tomas Berg: We leave at dawn.”", "We leave at dawn."),
]


def quotes(extractor: Extractor, text: str) -> tuple[Quote, ...]:
    return extractor.extract(Article(id="a", text=text, published="2024-11-13")).quotes


def said(extractor: Extractor, text: str) -> list[tuple[str, str | None]]:
    """Quotes with the names of their speakers."""
    found = extractor.extract(Article(id="a", text=text, published="2024-11-13"))
    names = {e.id: e.name for e in found.entities}
    return [(q.text, names.get(q.speaker or "")) for q in found.quotes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '"We will not leave the valley," said Marta Oliveira, the mayor.',
            [("We will not leave the valley", "Marta Oliveira")],
        ),
        (
            "“The bridge is safe,” Tomas Berg told reporters in Oslo. “We tested it twice.”",
            [("The bridge is safe", "Tomas Berg"), ("We tested it twice.", "Tomas Berg")],
        ),
        (
            "“The plan,” Tomas Berg said, “is a disgrace.”",
            [("The plan", "Tomas Berg"), ("is a disgrace.", "Tomas Berg")],
        ),
        (
            "President Ana Rocha met the miners on Monday. “It was a long night,” she said.",
            [("It was a long night", "Ana Rocha")],
        ),
        (
            "Pavel Novak spoke first. He added: “Nobody has asked us.” The meeting ended at noon.",
            [("Nobody has asked us.", "Pavel Novak")],
        ),
        (
            "«The border stays open», Jean Dupont declared.",
            [("The border stays open", "Jean Dupont")],
        ),
        (
            "Ivan Horvat warned the council sharply, stating, “Every road into the city is now closed.” It has not replied.",
            [("Every road into the city is now closed.", "Ivan Horvat")],
        ),
        (
            "Pavel Novak said the mine would close. “We have no choice.”",
            [("the mine would close", "Pavel Novak"), ("We have no choice.", "Pavel Novak")],
        ),
    ],
)
def test_a_quote_has_its_words_and_its_speaker(extractor: Extractor, text: str, expected: list[tuple[str, str]]) -> None:
    assert said(extractor, text) == expected


@pytest.mark.parametrize(("text", "words"), QUOTATIONS)
def test_marks_of_every_kind_give_the_words_between_them(extractor: Extractor, text: str, words: str) -> None:
    (quote,) = quotes(extractor, text)
    assert (quote.kind, quote.text) == (QuoteKind.DIRECT, words)
    assert quote.speaker_text is not None
    assert quote.speaker_text.text == "Tomas Berg"


@pytest.mark.parametrize(("text", "content", "speaker", "cue"), STATEMENTS)
def test_reported_speech_has_its_content_speaker_and_cue(
    extractor: Extractor, text: str, content: str, speaker: str, cue: str
) -> None:
    (quote,) = quotes(extractor, text)
    assert quote.kind is QuoteKind.INDIRECT
    assert quote.speaker_text is not None
    assert quote.cue is not None
    assert (quote.text, quote.speaker_text.text, quote.cue.text) == (content, speaker, cue)


def test_a_quotation_inside_a_report_is_one_mixed_quote(extractor: Extractor) -> None:
    (quote,) = quotes(extractor, "Tomas Berg said the plan was “a disgrace to the whole city” and would fail.")
    assert quote.kind is QuoteKind.MIXED
    assert quote.text == "the plan was “a disgrace to the whole city” and would fail"


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("The ministry issued a statement saying “the dam will hold until spring.”", "The ministry"),
        ("Tomas Berg said he hoped the dam would “hold at least until spring.”", "Tomas Berg"),
        ("“The dam will not hold,” Tomas Berg barked.", "Tomas Berg"),
        ("Tomas Berg disagreed: “The dam will hold until spring.”", "Tomas Berg"),
        ("“The dam will hold,” Tomas Berg, the mayor, said on Monday.", "Tomas Berg, the mayor"),
    ],
)
def test_words_in_marks_are_those_of_who_says_them(extractor: Extractor, text: str, speaker: str) -> None:
    said_by = [q.speaker_text.text for q in quotes(extractor, text) if q.kind is not QuoteKind.INDIRECT and q.speaker_text]
    assert said_by == [speaker]


def test_what_nobody_is_named_for_has_no_speaker(extractor: Extractor) -> None:
    (quote,) = quotes(extractor, "The minister is expected to resign on Friday.")
    assert (quote.speaker, quote.speaker_text) == (None, None)


def test_each_cue_of_a_sentence_has_its_own_report(extractor: Extractor) -> None:
    found = quotes(extractor, "Officials welcomed the plan, adding that work would start in May.")
    assert [q.text for q in found] == ["the plan", "that work would start in May"]
    assert {q.speaker_text.text for q in found if q.speaker_text} == {"Officials"}


@pytest.mark.parametrize(
    "text",
    [
        'The film "The Long Way Home" opens on Friday.',
        "He called it a “success story” of the region.",
        "The so-called 'peace train' left at nine.",
        "The ministry's officials' cars were parked outside the ‘old town’.",
        "Tomas Berg said on “The Morning Hour” that the bridge was safe.",
    ],
)
def test_titles_and_scare_quotes_are_no_quotes(extractor: Extractor, text: str) -> None:
    assert [q.text for q in quotes(extractor, text) if q.kind is not QuoteKind.INDIRECT] == []


def test_the_author_is_nobodys_source(extractor: Extractor) -> None:
    assert quotes(extractor, "I think that the bridge is safe.") == ()


def test_a_mark_that_is_never_closed_ends_with_its_paragraph(extractor: Extractor) -> None:
    text = "“The road is long and we are tired, Ana Rocha said.\n\n“We walk on tomorrow,” said Ivan Horvat."
    assert said(extractor, text)[-1] == ("We walk on tomorrow", "Ivan Horvat")


def test_another_quote_in_a_later_text_of_the_article_has_another_id(extractor: Extractor) -> None:
    texts = ("“The bridge is safe,” Tomas Berg said.", "“The bridge is closed,” Tomas Berg said.")
    first, second = (extractor.extract(Article(id="a", text=t, revision=n)) for n, t in enumerate(texts, 1))
    again = extractor.extract(Article(id="a", text=texts[0], revision=1))
    assert first.quotes[0].id == again.quotes[0].id != second.quotes[0].id


WORDS = ("he ", "said", "Tomas Berg ", "that ", "the dam ", "holds", "according to ", "we", "it's ", "workers' ", "denied ")
STOPS = (" ", "\n", "\n\n", ", ", ". ", ": ", "? ", " — ", "(", ")")
PIECES = st.sampled_from([*MARKS, "``", "''", *WORDS, *STOPS])
TEXTS = st.lists(PIECES, max_size=40).map("".join)


@given(TEXTS)
@settings(max_examples=500, deadline=None)
def test_quotations_follow_each_other_and_have_words(text: str) -> None:
    found = list(pairs(text))
    assert all(0 <= q.first < q.last <= len(text) and text[q.first : q.last].strip() == text[q.first : q.last] for q in found)
    assert all(before.last <= after.first for before, after in pairwise(found))


@given(TEXTS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_marks_spans_are_exact_and_quotes_never_cross(extractor: Extractor, text: str) -> None:
    found = quotes(extractor, text)
    for quote in found:
        parts = [quote, quote.speaker_text, quote.cue]
        assert all(p is None or (p.text and text[p.start : p.end] == p.text) for p in parts)
    for one in found:
        for other in found:
            assert not one.start < other.start < one.end < other.end


def test_many_quotations_take_time_that_grows_with_the_text() -> None:
    def seconds(text: str) -> float:
        return min(_seconds(text) for _ in range(3))

    for mark in ("“a ", '"a ', "'a ", "“a ” ", "‘a “b "):
        assert seconds(mark * 20_000) < 40 * seconds(mark * 2_000) + 0.05


def _seconds(text: str) -> float:
    begun = perf_counter()
    list(pairs(text))
    return perf_counter() - begun
