from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.schedule.freshness import LONGEST_SECONDS, Wishes, allowed, floor

NOW = dt.datetime(2026, 11, 24, 9, 20, tzinfo=dt.UTC)  # a Tuesday
HOUR = 3600.0
NOTHING = Wishes()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=3600"}, HOUR),
        ({"cache-control": "public, MAX-AGE=3600, must-revalidate"}, HOUR),
        ({"cache-control": 'max-age="3600"'}, HOUR),
        ({"cache-control": "max-age=3600", "age": "600"}, 3000),
        ({"cache-control": "max-age=3600", "age": "4000"}, 0),
        ({"cache-control": "max-age=3600", "age": "some"}, HOUR),
        ({"cache-control": "max-age=999999999"}, LONGEST_SECONDS),
        ({"cache-control": "max-age=" + "9" * 5000}, LONGEST_SECONDS),
        ({"cache-control": "max-age=0"}, 0),
        ({"cache-control": "max-age=-5"}, 0),
        ({"cache-control": "max-age=soon"}, 0),
        ({"cache-control": "max-age=600, max-age=6000"}, 600),
        ({"cache-control": "s-maxage=600"}, 0),
        ({"cache-control": "no-cache, max-age=3600"}, 0),
        ({"cache-control": "no-store, max-age=3600"}, 0),
        ({"expires": "Tue, 24 Nov 2026 10:20:00 GMT"}, HOUR),
        ({"expires": "Tue, 24 Nov 2026 10:20:00 GMT", "date": "Tue, 24 Nov 2026 10:10:00 GMT"}, 600),
        ({"expires": "Mon, 23 Nov 2026 10:20:00 GMT"}, 0),
        ({"expires": "0"}, 0),
        ({"expires": "-1"}, 0),
        ({"expires": "Tue, 24 Nov 2026 10:20:00 GMT", "cache-control": "max-age=60"}, 60),
        ({"expires": "Tue, 24 Nov 2026 10:20:00 GMT", "cache-control": "max-age=0"}, 0),
        ({"expires": "Tue, 24 Nov 2026 10:20:00 GMT", "cache-control": "max-age=soon"}, HOUR),
    ],
)
def test_headers_say_how_long_an_answer_is_fresh(headers: dict[str, str], seconds: float) -> None:
    assert floor(headers, NOTHING, NOW) == seconds


@pytest.mark.parametrize(
    ("wishes", "seconds"),
    [
        (Wishes(ttl=HOUR), HOUR),
        (Wishes(ttl=60), 300),
        (Wishes(period=1800), 1800),
        (Wishes(ttl=HOUR, period=1800), HOUR),
        (Wishes(ttl=30 * 86_400), LONGEST_SECONDS),
    ],
)
def test_of_the_headers_and_the_feeds_own_words_the_longest_counts(wishes: Wishes, seconds: float) -> None:
    assert floor({"cache-control": "max-age=300"}, wishes, NOW) == seconds


@pytest.mark.parametrize(
    ("wishes", "due"),
    [
        (Wishes(skip_hours=(9, 10)), dt.datetime(2026, 11, 24, 11, tzinfo=dt.UTC)),
        (Wishes(skip_hours=tuple(range(9, 24))), dt.datetime(2026, 11, 25, 0, tzinfo=dt.UTC)),
        (Wishes(skip_days=(1, 2)), dt.datetime(2026, 11, 26, 0, tzinfo=dt.UTC)),
        (Wishes(skip_days=(1,), skip_hours=(0, 1)), dt.datetime(2026, 11, 25, 2, tzinfo=dt.UTC)),
        (Wishes(skip_hours=(8, 10)), NOW),
        (Wishes(skip_days=tuple(range(7))), NOW),
        (Wishes(skip_hours=tuple(range(24))), NOW),
    ],
)
def test_a_skipped_hour_is_passed_over(wishes: Wishes, due: dt.datetime) -> None:
    assert allowed(NOW, wishes.skip_hours, wishes.skip_days) == due


@given(cache=st.text(), expires=st.text(), age=st.text(), date=st.text())
def test_whatever_the_headers_the_floor_is_between_nothing_and_a_day(cache: str, expires: str, age: str, date: str) -> None:
    headers = {"cache-control": cache, "expires": expires, "age": age, "date": date}
    assert 0 <= floor(headers, NOTHING, NOW) <= LONGEST_SECONDS


@given(
    hours=st.frozensets(st.integers(0, 23)),
    days=st.frozensets(st.integers(0, 6)),
    minutes=st.integers(0, 14 * 24 * 60),
)
def test_the_first_allowed_hour_is_allowed_and_none_before_it_is(
    hours: frozenset[int], days: frozenset[int], minutes: int
) -> None:
    due = NOW + dt.timedelta(minutes=minutes)
    first = allowed(due, hours, days)
    assert due <= first
    if len(hours) < 24 and len(days) < 7:
        assert first.hour not in hours
        assert first.weekday() not in days
    before = due
    while before < first:
        assert before.hour in hours or before.weekday() in days
        before += dt.timedelta(hours=1)
