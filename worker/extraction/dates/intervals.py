"""Intervals of days: how the calendar's units lie, and how far one is from another."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from worker.model import Granularity

# Days of a unit whose length is fixed.
LENGTH = {"day": 1, "week": 7}
# Months of a unit that is made of them.
MONTHS_OF = {"month": 1, "quarter": 3, "season": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Interval:
    """Days from first to last, both included; None where nothing can be counted from."""

    first: dt.date | None
    last: dt.date | None
    granularity: Granularity

    @property
    def begin(self) -> dt.date:
        """The first day. Raises ValueError if it is not known."""
        return _known(self.first)

    @property
    def end(self) -> dt.date:
        """The last day. Raises ValueError if it is not known."""
        return _known(self.last)


def _known(day: dt.date | None) -> dt.date:
    if day is None:
        message = "a day that is not known"
        raise ValueError(message)
    return day


VAGUE = Interval(None, None, Granularity.VAGUE)


def unknown(granularity: Granularity) -> Interval:
    """How long it lasts is known, its days are not."""
    return Interval(None, None, granularity)


def one(day: dt.date) -> Interval:
    """A single day."""
    return Interval(day, day, Granularity.DAY)


def week(day: dt.date) -> Interval:
    """The week of a day, from Monday on as ISO 8601 has it."""
    monday = day - dt.timedelta(days=day.weekday())
    return Interval(monday, monday + dt.timedelta(days=6), Granularity.WEEK)


def weekend(day: dt.date) -> Interval:
    """Saturday and Sunday of a day's week."""
    saturday = day + dt.timedelta(days=5 - day.weekday())
    return Interval(saturday, saturday + dt.timedelta(days=1), Granularity.RANGE)


def months(year: int, number: int, count: int, granularity: Granularity) -> Interval:
    """`count` months from a month on; its number may lie outside 1 to 12 and then carries over into the year.

    Raises ValueError for years that the calendar does not have.
    """
    first, last = _carry(year, number), _carry(year, number + count - 1)
    return Interval(dt.date(*first, 1), dt.date(*last, calendar.monthrange(*last)[1]), granularity)


def _carry(year: int, number: int) -> tuple[int, int]:
    index = year * 12 + number - 1
    if not dt.MINYEAR * 12 <= index < (dt.MAXYEAR + 1) * 12:
        message = f"no year {index // 12}"
        raise ValueError(message)
    return index // 12, index % 12 + 1


def month(year: int, number: int) -> Interval:
    """A month."""
    return months(year, number, 1, Granularity.MONTH)


def quarter(year: int, number: int) -> Interval:
    """A quarter of a calendar year; 0 is the last one of the year before."""
    return months(year, 3 * number - 2, 3, Granularity.QUARTER)


def season(year: int, start: int) -> Interval:
    """A season by the month in which it begins; a winter has the year in which it begins."""
    return months(year, start, 3, Granularity.SEASON)


def year(number: int) -> Interval:
    """A calendar year."""
    return months(number, 1, 12, Granularity.YEAR)


def years(first: int, last: int) -> Interval:
    """Several years, both included."""
    return between(year(first), year(last))


def between(first: Interval, last: Interval) -> Interval:
    """From the first day of one to the last day of the other. Raises ValueError if unknown or in the wrong order."""
    if last.end < first.begin:
        message = "an interval that ends before it begins"
        raise ValueError(message)
    return Interval(first.begin, last.end, Granularity.RANGE)


def unit(name: str, day: dt.date, shift: int = 0) -> Interval:
    """The day, week, month, quarter or year that lies `shift` of its kind from the one of `day`.

    Raises ValueError or OverflowError beyond the calendar.
    """
    if name in LENGTH:
        there = day + dt.timedelta(days=LENGTH[name] * shift)
        return one(there) if name == "day" else week(there)
    if name == "month":
        return month(day.year, day.month + shift)
    if name == "quarter":
        return quarter(day.year, (day.month + 2) // 3 + shift)
    return year(day.year + shift)


def shifted(interval: Interval, years_: int) -> Interval:
    """The same month, quarter, season or year some years on; weeks and days become the year they are in."""
    if interval.first is None:
        return interval
    there = interval.first.year + years_
    if interval.granularity in {Granularity.MONTH, Granularity.QUARTER, Granularity.SEASON}:
        return months(there, interval.first.month, MONTHS_OF[interval.granularity], interval.granularity)
    return year(there)


def away(name: str, day: dt.date, count: int) -> dt.date:
    """The day that lies `count` days, weeks, months, quarters or years from another; the 31st becomes the month's last day."""
    if name in LENGTH:
        return day + dt.timedelta(days=LENGTH[name] * count)
    number, at = _carry(day.year, day.month + MONTHS_OF[name] * count)
    return dt.date(number, at, min(day.day, calendar.monthrange(number, at)[1]))


def stretch(name: str, day: dt.date, count: int) -> Interval:
    """So many units up to a day, or from it on where `count` is positive."""
    there = away(name, day, count)
    return Interval(min(there, day), max(there, day), Granularity.RANGE)
