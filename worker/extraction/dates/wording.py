"""What the words of a time expression count and name: its month, its numbers, its year, its unit."""

from __future__ import annotations

from worker.extraction.dates import timex
from worker.extraction.dates.timex import Phrase

SHIFTS = {"last": -1, "next": 1, "this": 0}
UNITS = {"days": "day", "weeks": "week", "months": "month", "quarters": "quarter", "years": "year"}
# Words behind which "twenty twenty" and "two thousand" are years rather than numbers.
PLACING = frozenset(
    timex.CODES[c] for c in ("in", "from", "to", "between", "preposition", "of", "year", "month_name", "modifier")
)


def month(phrase: Phrase) -> int:
    """The number of its first month."""
    return timex.MONTHS[str(phrase.get("month_name", "short_month"))]


def numbers(phrase: Phrase, *classes: str) -> list[int]:
    """Values of numerals and ordinals; a clock time before them ("5 p.m. on May 3") is no part of the date."""
    words = phrase.words
    clock = next((i for i, w in enumerate(words) if w.code == timex.CODES["meridiem"]), -1)
    codes = {timex.CODES[c] for c in classes}
    texts = [w.text for w in words[clock + 1 :] if w.code in codes]
    return [timex.ORDINALS.get(t) or int(t.rstrip("stndrh")) for t in texts]


def weekday(name: str | None) -> int:
    """Monday is 0."""
    name = str(name)
    return timex.WEEKDAYS[name] if name in timex.WEEKDAYS else timex.SHORT_WEEKDAYS[name]


def shift(phrase: Phrase) -> int:
    """What it counts on: -1 for "last", 1 for "next", else 0."""
    return next((step for name, step in SHIFTS.items() if phrase.has_any(name)), 0)


def unit_name(phrase: Phrase) -> str:
    """Its unit in the singular."""
    word = str(phrase.get("day", "week", "month", "quarter", "year", "days"))
    return UNITS.get(word, word)


def quarter_number(phrase: Phrase) -> int | None:
    """The number of a quarter, if it gives one; it may lie beyond 4."""
    if word := phrase.get("ordinal"):
        return timex.ORDINALS[word]
    word = phrase.get("quarter_number")
    return int(word[1]) if word else None


def count(phrase: Phrase) -> int | None:
    """How many units; None for a fraction. "the day before" counts one."""
    words = phrase.all("a", "number_word", "small", "number")
    if any("." in w for w in words):
        return None
    total = 0
    for word in words:
        value = timex.NUMBERS.get(word) or int(word.replace(",", ""))
        total = total * value if value in {100, 1000} and total else total + value
    return total or 1


def stated_year(phrase: Phrase) -> int | None:
    """The year that it gives in digits or in words."""
    if number := phrase.get("year_number"):
        return int(number)
    values = [timex.NUMBERS[w] for w in phrase.all("number_word")]
    return _spoken_year(values, phrase) if len(values) > 1 else None


def _spoken_year(values: list[int], phrase: Phrase) -> int | None:
    """A year as it is spoken; "twenty twenty" and "two thousand" only where a year may stand."""
    placed = phrase.has_any("year", "month_name", "season", "turning") or timex.DICTIONARY.get(phrase.before) in PLACING
    if values[0] == 2 and values[1] == 1000:
        return 2000 + sum(values[2:]) if placed and phrase.after not in {"and", "of"} else None
    century, tens, ones = values[0], values[1], sum(values[2:])
    if not (10 <= tens < 100 and ones < 10) or (ones and tens % 10):
        return None
    return century * 100 + tens + ones if century in {18, 19} or (century == 20 and placed) else None
