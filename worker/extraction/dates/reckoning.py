"""What days a time expression means, counted from the article's date or from the day last spoken of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from worker.extraction.dates import intervals, nearest, timex, wording
from worker.extraction.dates.absolute import ABSOLUTE, part_of
from worker.extraction.dates.intervals import VAGUE, Interval, unknown
from worker.extraction.dates.leaning import Lean
from worker.extraction.dates.timex import Phrase
from worker.model import Granularity

Leaning = Callable[[], Lean]

# Words that count from what was last spoken of, where the others count from the article's day.
ANCHORED = frozenset({"previous", "preceding", "following"})
# Signs behind "two days before" where it stands alone: "two days before the vote" hangs on the vote.
CLOSING = frozenset({"", ".", ",", ";", ":", "!", "?", ")", "”", '"', "’", "–", "—"})
# The days of a unit, at most; a range has any number.
SIZES = {
    Granularity.DAY: 1,
    Granularity.WEEK: 7,
    Granularity.MONTH: 31,
    Granularity.QUARTER: 92,
    Granularity.SEASON: 92,
    Granularity.YEAR: 366,
}
SEPARATORS = frozenset(("-", timex.CODES["to"], timex.CODES["and"]))
RELATIVE = frozenset(timex.CODES[c] for c in wording.SHIFTS)


class Reckoner:
    """Resolves the expressions of one article in their order, and keeps in mind what they were about.

    `day` is the article's; without it only what names its year, or counts from what does, is resolved.
    """

    def __init__(self, day: dt.date | None) -> None:
        self.day = day
        self.last: Interval | None = None
        self.quarter: Interval | None = None

    def resolve(self, phrase: Phrase, leaning: Leaning) -> Interval | None:
        """The interval of a phrase, with null ends where its days are not known; None if it is no time after all."""
        try:
            found = self._resolve(phrase, leaning)
        except (ValueError, OverflowError):
            # "31 February", "3,000 years ago": said, but no day of the calendar.
            return VAGUE
        if found is not None and found.first is not None:
            self.last = found
            if found.granularity is Granularity.QUARTER and not self._compares(phrase):
                self.quarter = found
        return found

    def _compares(self, phrase: Phrase) -> bool:
        """Whether a quarter is only what another one is measured by."""
        return phrase.has_any("ago", "earlier") or (self.quarter is not None and phrase.has_any("year_number", "year"))

    def _resolve(self, phrase: Phrase, leaning: Leaning) -> Interval | None:
        if phrase.kind in ABSOLUTE:
            return ABSOLUTE[phrase.kind](phrase, self.day)
        handler: Callable[[Phrase, Leaning], Interval | None] = getattr(self, f"_{phrase.kind}")
        return handler(phrase, leaning)

    # -------------------------------------------------------- days and months

    def _date(self, phrase: Phrase, leaning: Leaning) -> Interval:
        number = wording.numbers(phrase, "small", "nth", "ordinal")[-1]
        return self._dated(phrase, wording.month(phrase), number, leaning)

    def _dated(self, phrase: Phrase, month: int, number: int, leaning: Leaning) -> Interval:
        year = wording.stated_year(phrase)
        if year is not None:
            return intervals.one(dt.date(year, month, number))
        # Any leap year: the day must exist in some year.
        dt.date(2000, month, number)
        if self.day is None:
            return unknown(Granularity.DAY)
        # Leap days are at most eight years apart.
        days = [d for y in range(self.day.year - 8, self.day.year + 9) if (d := _day(y, month, number))]
        if (name := phrase.get("weekday", "short_weekday")) is not None:
            near = [d for d in days if abs((d - self.day).days) < nearest.ALMOST_A_YEAR]
            days = [d for d in near if d.weekday() == wording.weekday(name)] or days
        return intervals.one(nearest.day(days, self.day, leaning()))

    def _days(self, phrase: Phrase, leaning: Leaning) -> Interval:
        """Two days of one month."""
        first, last = wording.numbers(phrase, "small", "nth")
        one = self._dated(phrase, wording.month(phrase), first, leaning)
        if one.first is None:
            return unknown(Granularity.RANGE)
        return intervals.between(one, intervals.one(one.begin.replace(day=last)))

    def _dates(self, phrase: Phrase, leaning: Leaning) -> Interval:
        """Two days of two months; the first has the year of the second unless it says its own."""
        cut = next(i for i, w in enumerate(phrase.words) if w.code in SEPARATORS)
        first, last = replace(phrase, words=phrase.words[:cut]), replace(phrase, words=phrase.words[cut + 1 :])
        begins, ends = wording.stated_year(first), wording.stated_year(last)
        if ends is None:
            one = self._date(first, leaning)
            return _until(one, last) if one.first is not None else unknown(Granularity.RANGE)
        end = self._date(last, leaning)
        if begins is None:
            begin = dt.date(ends, wording.month(first), wording.numbers(first, "small", "nth")[0])
            return intervals.between(intervals.one(begin if begin <= end.begin else begin.replace(year=ends - 1)), end)
        return intervals.between(self._date(first, leaning), end)

    def _month(self, phrase: Phrase, leaning: Leaning) -> Interval:
        number, year = wording.month(phrase), wording.stated_year(phrase)
        if year is not None:
            return intervals.month(year, number)
        if self.day is None:
            return unknown(Granularity.MONTH)
        if phrase.has_any("year"):
            return intervals.month(self.day.year + wording.shift(phrase), number)
        if phrase.has_any("last"):
            return intervals.month(self.day.year - (number >= self.day.month), number)
        if phrase.has_any("next"):
            return intervals.month(self.day.year + (number <= self.day.month), number)
        if phrase.has_any("this"):
            return intervals.month(self.day.year, number)
        return nearest.month(number, self.day, leaning())

    def _months(self, phrase: Phrase, leaning: Leaning) -> Interval:
        first, last = (timex.MONTHS[m] for m in phrase.all("month_name", "short_month"))
        year = wording.stated_year(phrase)
        if year is not None:
            return intervals.between(intervals.month(year - (first > last), first), intervals.month(year, last))
        if self.day is None:
            return unknown(Granularity.RANGE)
        one = nearest.month(first, self.day, leaning())
        return intervals.between(one, intervals.month(one.begin.year + (first > last), last))

    # -------------------------------------------------------- weekdays and words for days

    def _weekday(self, phrase: Phrase, leaning: Leaning) -> Interval:
        wanted = wording.weekday(phrase.get("weekday"))
        relative = phrase.has_any("last", "next")
        direction = Lean.BACK if phrase.has_any("last") else Lean.AHEAD
        if phrase.has(*ANCHORED) and self.last is not None:
            return intervals.one(nearest.weekday(self.last.begin, wanted, direction, same=False))
        if self.day is None:
            return unknown(Granularity.DAY)
        if phrase.has_any("week"):
            monday = intervals.unit("week", self.day, wording.shift(phrase)).begin
            return intervals.one(monday + dt.timedelta(days=wanted))
        if not relative:
            direction = leaning()
            if phrase.has_any("this") and direction is Lean.OPEN:
                direction = Lean.AHEAD
        return intervals.one(nearest.weekday(self.day, wanted, direction, same=not relative))

    def _weekdays(self, phrase: Phrase, leaning: Leaning) -> Interval:
        if self.day is None:
            return unknown(Granularity.RANGE)
        first, last = (wording.weekday(w) for w in phrase.all("weekday"))
        length = dt.timedelta(days=(last - first) % 7)
        if leaning() is Lean.AHEAD:
            begin = nearest.weekday(self.day, first, Lean.AHEAD, same=True)
        else:
            begin = nearest.weekday(self.day, last, Lean.BACK, same=True) - length
        return intervals.between(intervals.one(begin), intervals.one(begin + length))

    def _nth_weekday(self, phrase: Phrase, leaning: Leaning) -> Interval:
        """The last Friday of May: a day of a month."""
        month = self._month(replace(phrase, words=phrase.words[3:]), leaning)
        if month.first is None:
            return unknown(Granularity.DAY)
        wanted = wording.weekday(phrase.get("weekday"))
        if phrase.has_any("last"):
            return intervals.one(nearest.weekday(month.end, wanted, Lean.BACK, same=True))
        weeks = wording.numbers(phrase, "ordinal", "nth")[0] - 1
        day = nearest.weekday(month.begin, wanted, Lean.AHEAD, same=True) + dt.timedelta(weeks=weeks)
        return intervals.one(day) if day <= month.end else VAGUE

    def _near(self, phrase: Phrase, leaning: Leaning) -> Interval | None:
        """Today and its neighbours."""
        if self.day is None:
            return unknown(Granularity.DAY)
        if phrase.has("overnight"):
            # "It will not heal overnight" is no night.
            if leaning() is Lean.AHEAD:
                return None
            return Interval(self.day - dt.timedelta(days=1), self.day, Granularity.RANGE)
        back = phrase.has("yesterday") or phrase.has_any("last")
        step = -1 if back else 1 if phrase.has("tomorrow") else 0
        return intervals.one(self.day + dt.timedelta(days=2 * step if phrase.has_any("before", "after") else step))

    def _day(self, phrase: Phrase, _: Leaning) -> Interval | None:
        """That day, the next, the one before: counted from the day last spoken of."""
        if phrase.has("last", "past", "coming", "upcoming"):
            return None
        if self.last is None or self.last.granularity is not Granularity.DAY:
            return unknown(Granularity.DAY)
        return intervals.one(self.last.begin + dt.timedelta(days=wording.shift(phrase)))

    def _holiday(self, phrase: Phrase, leaning: Leaning) -> Interval:
        name, eve = phrase.get("holiday"), phrase.has_any("eve")
        if name is None:
            month, number = (12, 31) if eve else (1, 1)
        else:
            month, number = (int(part) for part in timex.HOLIDAYS[name].split("-"))
            number -= eve
        if self.day is not None and phrase.has_any("last", "next"):
            this_year = dt.date(self.day.year, month, number)
            back = phrase.has_any("last")
            step = 0 if (this_year < self.day) == back else wording.shift(phrase)
            return intervals.one(this_year.replace(year=self.day.year + step))
        return self._dated(phrase, month, number, leaning)

    # -------------------------------------------------------- weeks, seasons, years

    def _unit(self, phrase: Phrase, _: Leaning) -> Interval:
        name, step = wording.unit_name(phrase), wording.shift(phrase)
        if phrase.has_any("that"):
            return self._around(name, 0)
        definite = _is_definite(phrase)
        if definite and phrase.has(*ANCHORED) and self.last is not None:
            return self._around(name, step)
        if self.day is None:
            return unknown(Granularity(name))
        if definite and phrase.has("last", "past"):
            return intervals.stretch(name, self.day, -1)
        return part_of(intervals.unit(name, self.day, step), phrase)

    def _around(self, name: str, step: int) -> Interval:
        """The unit of what was last spoken of, or one beside it."""
        if self.last is None:
            return unknown(Granularity(name))
        return intervals.unit(name, self.last.begin, step)

    def _weekend(self, phrase: Phrase, leaning: Leaning) -> Interval:
        if self.day is None:
            return unknown(Granularity.RANGE)
        if phrase.has_any("last", "next"):
            return intervals.weekend(self.day + dt.timedelta(weeks=wording.shift(phrase)))
        direction, weekday = leaning(), self.day.weekday()
        # Monday's and Tuesday's papers tell of the weekend that was.
        back = direction is Lean.BACK or (direction is Lean.OPEN and weekday < 2 and not phrase.has_any("this"))
        return intervals.weekend(self.day - dt.timedelta(weeks=1 if back and weekday < 5 else 0))

    def _season(self, phrase: Phrase, leaning: Leaning) -> Interval:
        start, year = timex.SEASONS[str(phrase.get("season", "turning"))], wording.stated_year(phrase)
        if year is not None:
            return intervals.season(year, start)
        if self.day is None:
            return unknown(Granularity.SEASON)
        if phrase.has_any("year"):
            return intervals.season(self.day.year + wording.shift(phrase), start)
        near = [intervals.season(year, start) for year in range(self.day.year - 2, self.day.year + 3)]
        if phrase.has_any("last"):
            return [s for s in near if s.end < self.day][-1]
        if phrase.has("next", "following"):
            return next(s for s in near if s.begin > self.day)
        if phrase.has_any("next"):
            return next(s for s in near if s.end >= self.day)
        # In January and February "this winter" is the one that began last year.
        if phrase.has_any("this") and not (start == 12 and self.day.month < 3):
            return intervals.season(self.day.year, start)
        return nearest.interval(near, self.day, leaning())

    # -------------------------------------------------------- quarters and halves

    def _quarter(self, phrase: Phrase, leaning: Leaning) -> Interval | None:
        number, year = wording.quarter_number(phrase), wording.stated_year(phrase)
        if number is not None and number > 4:
            return None
        if phrase.has_any("ago", "earlier"):
            return self._year_before(number)
        if year is None and phrase.has_any("year") and self.day is not None:
            year = self.day.year + wording.shift(phrase)
        if year is None:
            return self._nearest_quarter(number, leaning()) if number else self._same_quarter(phrase)
        return intervals.quarter(year, number) if number else self._quarter_of(phrase, year)

    def _quarter_of(self, phrase: Phrase, year: int) -> Interval:
        """The quarter in question in another year: "the 2023 period"."""
        if self.quarter is not None:
            return intervals.quarter(year, (self.quarter.begin.month + 2) // 3)
        return intervals.year(year) if phrase.has_any("period") else unknown(Granularity.QUARTER)

    def _same_quarter(self, phrase: Phrase) -> Interval | None:
        """From the article's day for "this quarter"; for "the quarter" and "the latest period" the one last spoken of."""
        if phrase.has_any("last", "next", "this"):
            return intervals.unit("quarter", self.day, wording.shift(phrase)) if self.day else unknown(Granularity.QUARTER)
        if self.day is None or not phrase.has("latest"):
            return self.quarter
        # The latest is over.
        over = self.quarter is not None and self.quarter.end < self.day
        return self.quarter if over or phrase.has_any("period") else intervals.unit("quarter", self.day, -1)

    def _year_before(self, number: int | None) -> Interval:
        """For "the year-ago quarter" and "year-earlier profit"."""
        if number is not None and self.day is not None:
            return intervals.shifted(self._nearest_quarter(number, Lean.BACK), -1)
        if self.quarter is not None:
            return intervals.shifted(self.quarter, -1)
        return intervals.unit("year", self.day, -1) if self.day else unknown(Granularity.YEAR)

    def _nearest_quarter(self, number: int, direction: Lean) -> Interval:
        """Backwards the one that began last; else the closest, for results of a quarter are told when it is over."""
        if self.day is None:
            return unknown(Granularity.QUARTER)
        near = [intervals.quarter(year, number) for year in range(self.day.year - 1, self.day.year + 2)]
        return nearest.interval(near, self.day, Lean.BACK if direction is Lean.BACK else Lean.OPEN)

    def _half(self, phrase: Phrase, _: Leaning) -> Interval | None:
        number = {"first": 1, "opening": 1, "second": 2, "final": 2}.get(str(phrase.get("ordinal")))
        year = wording.stated_year(phrase)
        if number is None or (year is None and not phrase.has_any("year")):
            # The second half of a match.
            return None
        if year is None and self.day is None:
            return unknown(Granularity.RANGE)
        at = year if year is not None else self.day.year + wording.shift(phrase) if self.day else 0
        return intervals.months(at, 6 * number - 5, 6, Granularity.RANGE)

    # -------------------------------------------------------- counts

    def _spell(self, phrase: Phrase, _: Leaning) -> None:
        """No date in "the first nine months"; but what follows compares these, no longer quarters."""
        if phrase.has("months"):
            self.quarter = None

    def _ago(self, phrase: Phrase, _: Leaning) -> Interval | None:
        if (phrase.has_any("before", "after") and phrase.after not in CLOSING) or phrase.after == "than":
            return None
        name, count = wording.unit_name(phrase), wording.count(phrase)
        if count is None:
            return unknown(Granularity(name))
        if phrase.has_any("ago", "now"):
            return self._from(self.day, name, count if phrase.has_any("now") else -count)
        anchor = self._anchor(name)
        if phrase.has_any("later", "after"):
            return self._from(anchor, name, count)
        if name == "year" and self.quarter is None and self.last is not None and self.last.granularity is Granularity.MONTH:
            return intervals.shifted(self.last, -count)
        return self._from(anchor if anchor is not None and name != "year" else self.day, name, -count)

    def _anchor(self, name: str) -> dt.date | None:
        """The day last spoken of, if it is known well enough to count such units from it: no days from a month."""
        if self.last is None or SIZES.get(self.last.granularity, 400) > SIZES[Granularity(name)]:
            return None
        return self.last.first

    def _from(self, day: dt.date | None, name: str, count: int) -> Interval:
        if name == "year" and count == -1 and self.quarter is not None:
            # A year before, among quarters, is the same quarter.
            return intervals.shifted(self.quarter, -1)
        return intervals.unit(name, day, count) if day is not None else unknown(Granularity(name))

    def _stretch(self, phrase: Phrase, _: Leaning) -> Interval:
        """From or up to the article's day: "the past three weeks", "the next two years"."""
        count = wording.count(phrase)
        if count is None or phrase.has_any("few") or not phrase.has_any("a", "number_word", "small", "number"):
            return VAGUE
        if self.day is None or phrase.has(*ANCHORED):
            return unknown(Granularity.RANGE)
        return intervals.stretch(wording.unit_name(phrase), self.day, count * wording.shift(phrase))


def _is_definite(phrase: Phrase) -> bool:
    """Whether "the" stands right before "last" or "next": "the last year" is no calendar year."""
    at = next((i for i, w in enumerate(phrase.words) if w.code in RELATIVE), 0)
    return at > 0 and phrase.words[at - 1].text == "the"


def _until(one: Interval, last: Phrase) -> Interval:
    """From a day to the next one that has the month and number of a phrase."""
    end = one.begin.replace(month=wording.month(last), day=wording.numbers(last, "small", "nth")[0])
    return intervals.between(one, intervals.one(end if end >= one.begin else end.replace(year=end.year + 1)))


def _day(year: int, month: int, number: int) -> dt.date | None:
    try:
        return dt.date(year, month, number)
    except ValueError:
        return None
