"""Time expressions become intervals, and nothing is invented."""

from __future__ import annotations

import datetime as dt
import re
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench import own
from worker.extraction import Extractor
from worker.extraction.dates import timex
from worker.extraction.dates.leaning import Lean
from worker.extraction.dates.reckoning import Reckoner
from worker.model import Article, DateMention, Granularity

DAY = "2024-11-13"  # a Wednesday
CASES: list[list[str]] = own.cases("dates")["cases"]
# Words that time expressions are made of, so that random texts are full of them.
WORDS = sorted(
    {*timex.DICTIONARY, "May", "Nov.", "Friday", "Fri.", "2024", "31", "5th", "Q3", "1990s", "’80s", "-", "/", ",", "06/05/24"}
)
TEXTS = st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from(["\n\n", ".", "the town", "İ"])), max_size=25).map(" ".join)
DAYS = st.none() | st.dates()


def dates(extractor: Extractor, text: str, day: str | None = DAY) -> list[DateMention]:
    return list(extractor.extract(Article(id="a", text=text, published=day)).dates)


@pytest.mark.parametrize(("text", "day", "words", "expected"), CASES)
def test_an_expression_is_the_interval_that_a_reader_understands(
    extractor: Extractor, text: str, day: str, words: str, expected: str
) -> None:
    right, found = own.understood(extractor, (text, day, words, expected))
    assert right, found


def test_without_a_publication_date_nothing_relative_is_resolved(extractor: Extractor) -> None:
    found = dates(extractor, "On Thursday, last month and early next year, and on 5 May 2021.", day=None)
    assert [d.from_ for d in found] == [None, None, None, "2021-05-05"]


@given(text=TEXTS)
def test_without_a_date_only_what_names_its_year_or_follows_it_is_resolved(text: str) -> None:
    reckoner = Reckoner(None)
    for phrase in timex.find(text):
        found = reckoner.resolve(phrase, lambda: Lean.OPEN)
        named = re.search(r"\d{2}", text) or phrase.all("number_word", "ordinal")
        assert found is None or found.first is None or named


@given(text=TEXTS, day=DAYS, lean=st.sampled_from(Lean))
def test_an_interval_never_ends_before_it_begins_and_says_its_granularity(text: str, day: dt.date | None, lean: Lean) -> None:
    reckoner = Reckoner(day)
    for phrase in timex.find(text):
        found = reckoner.resolve(phrase, lambda: lean)
        if found is None:
            continue
        assert (found.first is None) == (found.last is None)
        if found.first is not None and found.last is not None:
            assert found.first <= found.last
            assert (found.granularity is not Granularity.DAY) or found.first == found.last


@given(text=st.one_of(TEXTS, st.text()))
def test_phrases_are_slices_of_the_text_in_order_and_apart(text: str) -> None:
    end = 0
    for phrase in timex.find(text):
        assert end <= phrase.start < phrase.end <= len(text)
        assert text[phrase.start : phrase.end] == text[phrase.start : phrase.end].strip()
        end = phrase.end


@pytest.mark.parametrize(
    "flood",
    [
        "1 ",
        "2024-",
        "Friday ",
        "May 5 ",
        "three days ",
        "the end of ",
        "nineteen ninety ",
        "-",
        "a ",
        "early late ",
        "5/5/",
        "\n \n",
        "9",
    ],
)
def test_a_flood_of_words_of_time_takes_time_that_grows_with_its_length(flood: str) -> None:
    def seconds(chars: int) -> float:
        text = (flood * chars)[:chars]
        begun = time.perf_counter()
        reckoner = Reckoner(dt.date(2024, 11, 13))
        for phrase in timex.find(text):
            reckoner.resolve(phrase, lambda: Lean.OPEN)
        return time.perf_counter() - begun

    small = min(seconds(20_000) for _ in range(3))
    # Ten times the length; quadratic growth would be a factor of a hundred.
    assert seconds(200_000) < 40 * small + 0.2


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("Norway shelled Peru on Monday and bombed Chile.", {"shelled": "Monday", "bombed": "Monday"}),
        ("Norway arrested Banda on Monday; Peru has condemned his detention.", {"arrested": "Monday", "condemned": None}),
        ("Norway condemned the raid on Friday, accusing Peru of murder.", {"condemned": "Friday", "accusing": "Friday"}),
        ("Norway has bombed Peru since 2014.", {"bombed": None}),
        ("Norway condemned Peru after Tuesday's vote.", {"condemned": None}),
        ("Norway bombed the port of Peru, officials said on Wednesday.", {"bombed": None}),
        ("Norway, which bombed Peru in 2019, condemned Chile.", {"bombed": "2019", "condemned": None}),
        ("Norway promised an answer to Peru by Friday.", {"promised": None}),
        ("On Friday, Norway bombed Peru.", {"bombed": "Friday"}),
    ],
)
def test_an_event_has_the_time_of_its_own_clause_or_none(
    extractor: Extractor, text: str, events: dict[str, str | None]
) -> None:
    found = extractor.extract(Article(id="a", text=text, published=DAY)).events
    dated = {e.trigger.text: e.date.text if e.date else None for e in found}
    assert {trigger: dated.get(trigger, "no event") for trigger in events} == events


@settings(max_examples=60, deadline=None)
@given(text=st.one_of(TEXTS, st.text(max_size=80)), day=DAYS)
def test_no_text_and_no_day_of_publication_is_too_odd(extractor: Extractor, text: str, day: dt.date | None) -> None:
    assume(text.strip())
    for mention in dates(extractor, text, day.isoformat() if day else None):
        assert mention.text == text[mention.start : mention.end]
