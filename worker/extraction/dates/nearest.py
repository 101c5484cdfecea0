"""Which of several days, months or seasons of one name is meant: the nearest in the direction of the verb."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from worker.extraction.dates import intervals
from worker.extraction.dates.intervals import Interval
from worker.extraction.dates.leaning import Lean

# A year back or ahead that is nearly full is not what is written without its year.
ALMOST_A_YEAR = 334


def day(days: Iterable[dt.date], today: dt.date, direction: Lean) -> dt.date:
    """The nearest in a direction, unless that is almost a year away while the other way is next door."""

    def distance(other: dt.date) -> tuple[int, bool]:
        return abs((other - today).days), other > today

    nearest = min(days, key=distance)
    right = [d for d in days if direction is Lean.OPEN or (d >= today if direction is Lean.AHEAD else d <= today)]
    found = min(right, key=distance, default=nearest)
    return found if abs((found - today).days) < ALMOST_A_YEAR else nearest


def month(number: int, today: dt.date, direction: Lean) -> Interval:
    """The month in the direction of its verb, else the nearest; the article's own month is in both."""
    away = (number - today.month) % 12
    if direction is Lean.AHEAD or (direction is Lean.OPEN and away < 6):
        return intervals.month(today.year, today.month + away)
    return intervals.month(today.year, today.month - (12 - away) % 12)


def interval(near: list[Interval], today: dt.date, direction: Lean) -> Interval:
    """Backwards the one that began last, ahead the one that ends next, else the closest."""
    begun = [s for s in near if s.begin <= today][-1]
    ahead = next(s for s in near if s.end >= today)
    if direction is not Lean.OPEN or begun == ahead:
        return begun if direction is Lean.BACK else ahead
    return begun if today - begun.end <= ahead.begin - today else ahead


def weekday(today: dt.date, wanted: int, direction: Lean, *, same: bool) -> dt.date:
    """The weekday next to a day: before it unless the verb looks ahead; on it if it may be the same."""
    ahead = direction is Lean.AHEAD
    away = (wanted - today.weekday()) % 7 if ahead else -((today.weekday() - wanted) % 7)
    if away == 0 and not same:
        away = 7 if ahead else -7
    return today + dt.timedelta(days=away)
