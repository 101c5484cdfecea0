"""Time expressions that name their own days: ISO dates, years, decades and centuries, and those that name none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from worker.extraction.dates import intervals
from worker.extraction.dates.intervals import VAGUE, Interval, unknown
from worker.extraction.dates.timex import Phrase
from worker.extraction.dates.wording import numbers, stated_year
from worker.model import Granularity


def _iso(phrase: Phrase, _: dt.date | None) -> Interval:
    month, number = numbers(phrase, "small")
    return intervals.one(dt.date(numbers(phrase, "year_number")[0], month, number))


def _numeric(phrase: Phrase, day: dt.date | None) -> Interval:
    """A date in figures; one that reads two ways ("05/06/2024") is known to be a day, not which."""
    parts = [int(p) for w in phrase.words for p in w.text.split(".") if p.isdecimal()]
    if phrase.has_any("dotted"):
        return intervals.one(dt.date(parts[2], parts[1], parts[0]))
    if parts[0] > 999:
        return intervals.one(dt.date(*parts))
    first, second, year = parts[0], parts[1], _full_year(parts[2], day)
    if first != second and max(first, second) <= 12:
        return unknown(Granularity.DAY)
    month, number = (second, first) if first > 12 else (first, second)
    return intervals.one(dt.date(year, month, number))


def _full_year(year: int, day: dt.date | None) -> int:
    """Two digits are the year nearest to the article's, or else of 1970 to 2069 as POSIX reads them."""
    if year > 99:
        return year
    middle = day.year if day else 2020
    return min((century + year for century in range(1800, 2300, 100)), key=lambda y: abs(y - middle))


def _years(phrase: Phrase, _: dt.date | None) -> Interval:
    first, last = numbers(phrase, "year_number", "small", "number")
    return intervals.years(first, last if last > 99 else first - first % 100 + last)


def _year(phrase: Phrase, _: dt.date | None) -> Interval | None:
    year = stated_year(phrase)
    return part_of(intervals.year(year), phrase) if year else None


def _decade_of(phrase: Phrase, day: dt.date | None) -> Interval | None:
    word = str(phrase.get("decade"))
    digits = "".join(c for c in word if c.isdecimal())
    if len(digits) == 2:
        if word[0].isdecimal():
            # "the 40s" may be a temperature or an age.
            return None
        # The decade last begun.
        latest = day.year if day else 2020
        first = max(century + int(digits) for century in range(1800, latest + 1, 100) if century + int(digits) <= latest)
        return intervals.years(first, first + 9)
    return intervals.years(int(digits), int(digits) + 9)


def _century_of(phrase: Phrase, _: dt.date | None) -> Interval:
    number = numbers(phrase, "nth", "ordinal")[0]
    return intervals.years(number * 100 - 99, number * 100)


def _vague(phrase: Phrase, _: dt.date | None) -> Interval | None:
    return None if phrase.has("last", "previous", "preceding") else VAGUE


def part_of(whole: Interval, phrase: Phrase) -> Interval:
    """A third of a year for "early", "mid" and "late"; shorter units stay whole, for their parts would be a guess at days."""
    third = {"early": 0, "mid": 1, "late": 2}.get(str(phrase.get("modifier")))
    if third is None or whole.first is None or whole.granularity is not Granularity.YEAR:
        return whole
    return intervals.months(whole.first.year, 4 * third + 1, 4, Granularity.RANGE)


ABSOLUTE: dict[str, Callable[[Phrase, dt.date | None], Interval | None]] = {
    "iso": _iso,
    "numeric": _numeric,
    "years": _years,
    "year": _year,
    "decade_of": _decade_of,
    "century_of": _century_of,
    "vague": _vague,
}
