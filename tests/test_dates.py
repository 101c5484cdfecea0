"""Time expressions become intervals, and nothing is invented."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.extraction import Extractor
from worker.extraction.dates import PATTERNS, resolve
from worker.model import Article, DateMention

DAY = "2024-11-13"  # a Wednesday


def dates(extractor: Extractor, text: str, day: str | None = DAY) -> list[DateMention]:
    return list(extractor.extract(Article(id="a", text=text, published=day)).dates)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The convoy left on Thursday.", ("2024-11-07", "2024-11-07")),
        ("The convoy will leave on Thursday.", ("2024-11-14", "2024-11-14")),
        ("They met yesterday.", ("2024-11-12", "2024-11-12")),
        ("They met three days ago.", ("2024-11-10", "2024-11-10")),
        ("It began last month.", ("2024-10-01", "2024-10-31")),
        ("The jets are due early next year.", ("2025-01-01", "2025-12-31")),
        ("He resigned in October.", ("2024-10-01", "2024-10-31")),
        ("He resigned in December.", ("2023-12-01", "2023-12-31")),
        ("It was signed on 5 September 2014.", ("2014-09-05", "2014-09-05")),
        ("It was signed on September 5, 2014.", ("2014-09-05", "2014-09-05")),
        ("The war began in February 2022.", ("2022-02-01", "2022-02-28")),
        ("The wall fell in 1989.", ("1989-01-01", "1989-12-31")),
        ("They expect the worst.", None),
        ("They fear the upcoming winter.", ("2024-12-01", "2025-02-28")),
        ("Last winter was mild.", ("2023-12-01", "2024-02-29")),
        ("Sales rose last quarter.", ("2024-07-01", "2024-09-30")),
        ("It arrived on Nov. 3.", ("2024-11-03", "2024-11-03")),
        ("It was recently seen.", (None, None)),
        ("It ends on 31 February 2024.", (None, None)),
    ],
)
def test_an_expression_is_the_interval_that_a_reader_understands(
    extractor: Extractor, text: str, expected: tuple[str | None, str | None] | None
) -> None:
    found = dates(extractor, text)
    assert [(d.from_, d.to) for d in found] == ([] if expected is None else [expected])


def test_without_a_publication_date_nothing_relative_is_resolved(extractor: Extractor) -> None:
    found = dates(extractor, "On Thursday, last month and early next year, and on 5 May 2021.", day=None)
    assert [d.from_ for d in found] == [None, None, None, "2021-05-05"]


@given(
    kind=st.sampled_from([k for k, _ in PATTERNS if k not in {"iso", "full", "vague"}]),
    day=st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
    ahead=st.booleans(),
    which=st.sampled_from(["last", "next", "this"]),
    count=st.integers(1, 99),
    unit=st.sampled_from(["day", "week", "month", "year"]),
    month=st.sampled_from(["January", "Feb.", "May", "Sept", "December"]),
    weekday=st.sampled_from(["Monday", "Sunday"]),
    season=st.sampled_from(["spring", "winter"]),
    number=st.integers(1, 28),
    word=st.sampled_from(["today", "tomorrow"]),
)
def test_an_interval_never_ends_before_it_begins(
    kind: str, day: dt.date, ahead: bool, number: int, count: int, **words: str
) -> None:
    part: dict[str, str | None] = {**words, "count": str(count), "day": str(number), "year": "2020"}
    found = resolve(kind, part, day, ahead=ahead)
    assert (found.first is None) == (found.last is None)
    assert found.first is None or found.last is None or found.first <= found.last
