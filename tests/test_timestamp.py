from __future__ import annotations

import datetime as dt
import re
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.model import Document
from worker.timestamp import MAX_CHARS, orders, parse_date

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
MOMENTS = st.datetimes(dt.datetime(1991, 1, 1), dt.datetime(2026, 11, 1)).map(lambda moment: moment.replace(microsecond=0))  # noqa: DTZ001
OFFSETS = st.integers(-12 * 4, 14 * 4).map(lambda quarters: dt.timezone(dt.timedelta(minutes=15 * quarters)))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Mon, 23 Nov 2026 08:57:00 GMT", "2026-11-23T08:57:00Z"),
        ("Mon, 23 Nov 2026 08:57:00 +0530", "2026-11-23T08:57:00+05:30"),
        ("Mon, 23 Nov 2026 08:57:00 MEST", "2026-11-23T08:57:00+02:00"),
        ("Mon, 23 Nov 2026 08:57:00 CEST", "2026-11-23T08:57:00+02:00"),
        ("Mon, 23 Nov 2026 08:57:00 MSK", "2026-11-23T08:57:00+03:00"),
        ("Mon, 23 Nov 2026 08:57:00 IST", "2026-11-23T08:57:00+05:30"),
        ("Mon, 23 Nov 2026 08:57 EST", "2026-11-23T08:57:00-05:00"),
        ("Mon, 23 Nov 2026 08:57:00 GMT+0200 (CEST)", "2026-11-23T08:57:00+02:00"),
        ("23 Nov 26 08:57 Z", "2026-11-23T08:57:00Z"),
        ("Monday, 23-Nov-26 08:57:00 GMT", "2026-11-23T08:57:00Z"),
        ("Mon Nov 23 08:57:00 2026", "2026-11-23T08:57:00Z"),
        ("Mon Nov 23 08:57:00 +0000 2026", "2026-11-23T08:57:00Z"),
        ("Mon, 23 Nov 2026", "2026-11-23"),
        ("Mon, 23 Nov 2026 24:00:00 GMT", "2026-11-24T00:00:00Z"),
        ("Tue, 30 Jun 2015 23:59:60 GMT", "2015-06-30T23:59:59Z"),
        ("Mon, 32 Nov 2026 08:57:00 GMT", None),
        ("2026-11-23T08:57:00Z", "2026-11-23T08:57:00Z"),
        ("2026-11-23T08:57:00.123456+02:00", "2026-11-23T08:57:00+02:00"),
        ("2026-11-23 08:57:00 UTC", "2026-11-23T08:57:00Z"),
        ("2026-11-23T08:57:00", "2026-11-23T08:57:00Z"),
        ("2026-11-23", "2026-11-23"),
        ("20261123T085700Z", "2026-11-23T08:57:00Z"),
        ("20261123", "2026-11-23"),
        ("2026-W47-1", "2026-11-16"),
        ("2026W471", "2026-11-16"),
        ("2026-327", "2026-11-23"),
        ("2025-366", None),
        ("2016/6/29 15:07:41", "2016-06-29"),
        ("2026/6/29 15:07:41", "2026-06-29"),
        ("Mon, 01 May 1732 10:00:00 GMT", None),
        ("1732", None),
        ("1732356000", "2024-11-23T10:00:00Z"),
        ("1732356000000", "2024-11-23T10:00:00Z"),
        ("29.06.2016 15:07", "2016-06-29"),
        ("23.11.2026", "2026-11-23"),
        ("23. 11. 2026", "2026-11-23"),
        ("23/11/2026 08:57", "2026-11-23"),
        ("11/23/2026", "2026-11-23"),
        ("11/11/2026", "2026-11-11"),
        ("05/06/2026", None),
        ("Nov 23, 2026 8:57 AM", "2026-11-23"),
        ("Sept. 3, 2026", "2026-09-03"),
        ("November 23rd, 2026, 8:57 p.m. EST", "2026-11-23T20:57:00-05:00"),
        ("November 23, 2026 12:05 am GMT", "2026-11-23T00:05:00Z"),
        ("November 23, 2026 13:05 pm GMT", None),
        ("23 November 2026", "2026-11-23"),
        ("23 November 2026 at 14:05 GMT", "2026-11-23T14:05:00Z"),
        ("Lun, 23 Nov 2026 08:57:00 GMT", "2026-11-23T08:57:00Z"),
        ("Mo, 23 Nov 2026 08:57:00 +0100", "2026-11-23T08:57:00+01:00"),
        ("23 листопада 2026", "2026-11-23"),
        ("23 ноября 2026 г.", "2026-11-23"),
        ("23 de noviembre de 2026", "2026-11-23"),
        ("23. Oktober 2026", "2026-10-23"),
        ("01:38:07 PM IST Nov 20, 2026", "2026-11-20T13:38:07+05:30"),
        ("Fri 6:45 PM, Feb 20, 2026", "2026-02-20"),
        ("14:05 GMT, 20 November 2026", "2026-11-20T14:05:00Z"),
        ("12 novembre 2026 à 09h15", "2026-11-12"),
        ("12.11.2026, 21:40 Uhr", "2026-11-12"),
        ("12. November 2026 um 21:40 Uhr", "2026-11-12"),
        ("12 de noviembre de 2026 a las 9:15", "2026-11-12"),
        ("12 листопада 2026, 14:20", "2026-11-12"),
        ("12 ноября 2026 в 14:20", "2026-11-12"),
        ("12 Kasım 2026 14:20", "2026-11-12"),
        ("12 grudnia 2026", None),
        ("12 listopad 2026", None),
        ("2026年11月12日 15時30分", "2026-11-12"),
        ("2026년 11월 12일", "2026-11-12"),
        ("12 Nov 2026 – 14:20", "2026-11-12"),
        ("0000-00-00 00:00:00", None),
        ("1970-01-01", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("2027-11-23", None),
        ("2026-11", None),
        ("2026", None),
        ("12:30", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_date_is_read_as_written_or_not_at_all(raw: str | None, expected: str | None) -> None:
    assert parse_date(raw, NOW) == expected


def test_time_in_an_unknown_zone_keeps_its_day_only() -> None:
    assert parse_date("Mon, 23 Nov 2026 08:57:00 XYZ") == "2026-11-23"


def test_month_name_of_two_languages_needs_the_language() -> None:
    assert parse_date("23 listopada 2026") is None
    assert parse_date("23 listopada 2026", language="pl-PL") == "2026-11-23"
    assert parse_date("23 listopada 2026", language="hr") == "2026-10-23"


def test_two_days_ahead_is_a_clock_and_three_are_a_mistake() -> None:
    assert parse_date("2026-11-25", NOW) == "2026-11-25"
    assert parse_date("2026-11-26", NOW) is None
    assert parse_date("2026-11-26") == "2026-11-26"


def test_overlong_text_is_no_date() -> None:
    assert parse_date("2026-11-23" + " " * 10_000) == "2026-11-23"
    assert parse_date("2026-11-23" + "x" * MAX_CHARS) is None


@given(MOMENTS, OFFSETS)
def test_machine_forms_keep_moment_and_offset(moment: dt.datetime, zone: dt.timezone) -> None:
    aware = moment.replace(tzinfo=zone)
    for written in (aware.isoformat(), format_datetime(aware), aware.strftime("%Y%m%dT%H%M%S%z")):
        parsed = parse_date(written)
        assert parsed is not None
        assert dt.datetime.fromisoformat(parsed) == aware
        assert dt.datetime.fromisoformat(parsed).utcoffset() == aware.utcoffset()


@given(MOMENTS)
def test_seconds_since_1970_are_that_moment(moment: dt.datetime) -> None:
    seconds = int(moment.replace(tzinfo=dt.UTC).timestamp())
    parsed = parse_date(str(seconds))
    assert parsed is not None
    assert dt.datetime.fromisoformat(parsed).timestamp() == seconds


@given(st.dates(dt.date(1991, 1, 1), dt.date(2026, 11, 1)))
def test_days_are_the_same_in_every_form(day: dt.date) -> None:
    forms = ("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%Y/%m/%d", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y", "%G-W%V-%u", "%Y-%j")
    assert {parse_date(day.strftime(form)) for form in forms} == {day.isoformat()}


@given(st.dates(dt.date(1991, 1, 1), dt.date(2026, 11, 1)))
def test_day_and_month_are_never_guessed(day: dt.date) -> None:
    known = day.day > 12 or day.day == day.month
    for form in ("%d/%m/%Y", "%m/%d/%Y"):
        assert parse_date(day.strftime(form)) == (day.isoformat() if known else None)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en-GB", "2026-06-05"),
        ("en-AU", "2026-06-05"),
        ("en-US", "2026-05-06"),
        ("en_us", "2026-05-06"),
        ("de", "2026-06-05"),
        ("fr-FR", "2026-06-05"),
        ("pt-BR", "2026-06-05"),
        ("en", None),
        ("sv", None),
        ("fr-CA", None),
        ("en-XX", None),
        ("x" * 50, None),
        ("", None),
        (None, None),
    ],
)
def test_day_and_month_stand_as_in_the_country_that_is_named(language: str | None, expected: str | None) -> None:
    assert parse_date("05/06/2026", NOW, language) == expected


def test_order_of_the_feeds_other_dates_outranks_the_country() -> None:
    assert parse_date("05/06/2026", NOW, "en-US", day_first=True) == "2026-06-05"
    assert parse_date("05/06/2026", NOW, "en-GB", day_first=False) == "2026-05-06"
    assert parse_date("23/06/2026", NOW, day_first=False) == "2026-06-23"


@pytest.mark.parametrize(
    ("raws", "expected"),
    [
        (["05/06/2026", "23/06/2026 10:00"], True),
        (["06/23/2026", "05/06/2026"], False),
        (["05-06-2026", "23-06-2026"], True),
        (["05/06/2026", "06/06/2026"], None),
        (["23/06/2026", "06/23/2026"], None),
        (["31/31/2026", "2026-06-23", "23 June 2026", ""], None),
        ([], None),
    ],
)
def test_one_date_that_can_be_read_in_one_way_tells_the_order_of_all(raws: list[str], expected: bool | None) -> None:
    assert orders(raws) is expected


@given(st.one_of(st.text(max_size=120), st.from_regex(re.compile(r"[0-9TWZ:./, +-]{1,40}", re.ASCII), fullmatch=True)))
def test_any_text_is_a_valid_date_or_none(raw: str) -> None:
    parsed = parse_date(raw, NOW)
    assert parsed is None or Document(content="", published=parsed).published == parsed
