"""Dates as sources write them, to ISO 8601: as precise as they were written, never invented.

The offset is kept as written, because the day that an article calls "today" is the day where it was written.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import cache

from babel import Locale, UnknownLocaleError

# The web begins about here; anything before it is a default value such as 1970-01-01.
EARLIEST = dt.date(1990, 1, 1)
# Who hands over an archive states its dates on purpose; still, the first day that clocks count from is a default value.
ARCHIVED = dt.date(1970, 1, 2)
# Clocks and zones differ; further ahead than this is a mistake, or an event's own date.
AHEAD = dt.timedelta(days=2)
# The longest form seen in feeds has under 50 characters.
MAX_CHARS = 100

# Zone names by hours from UTC. A name that stands for several has the one that RFC 822 or most of its users mean.
_ZONES: dict[float, str] = {
    0: "UTC GMT UT Z WET",
    1: "WEST BST CET MET MEZ WAT",
    2: "CEST MEST MESZ EET CAT SAST",
    3: "EEST MSK TRT EAT",
    4: "MSD GST",
    5: "PKT",
    5.5: "IST",
    5.75: "NPT",
    7: "ICT WIB",
    8: "SGT HKT PHT AWST",
    9: "JST KST",
    9.5: "ACST",
    10: "AEST",
    10.5: "ACDT",
    11: "AEDT",
    12: "NZST",
    13: "NZDT",
    -3: "BRT ART",
    -4: "EDT",
    -5: "EST CDT",
    -6: "CST MDT",
    -7: "MST PDT",
    -8: "PST AKDT",
    -9: "AKST",
    -10: "HST",
}
_OFFSETS = {name: round(hours * 60) for hours, names in _ZONES.items() for name in names.split()}

# Languages whose month names are understood; a name that means two months in two of them needs the language.
LANGUAGES = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "sv", "nb", "da", "fi", "pl", "cs", "sk", "hr", "sl", "hu", "ro"),
    *("bg", "uk", "be", "ru", "lt", "lv", "et", "el", "tr", "id", "ar", "fa"),
)

_CLOCK = (
    r"(?:(?P<hour>\d{1,2})(?:[:.]|\s?h\s?)(?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?(?:\s?Uhr)?)"
)
_BASIC_CLOCK = r"(?:(?P<hour>\d\d)(?:(?P<minute>\d\d)(?:(?P<second>\d\d)(?:[.,]\d+)?)?)?)"
_ZONE = r"\s*\(?(?P<zone>(?:UTC|GMT)?\s*[+−-]\d{1,2}:?(?:\d\d)?|[A-Za-z]{1,5})?\)?(?:\s*\([^)]*\))?"
# What stands between a day and its time: "at", in the languages whose months are known.
_AT = r"(?:(?:at|um|à|a las|às|alle|alle ore|ore|om|kl\.?|klo|o|o godz\.|godz\.|о|об|в|в\s|klokken|[-–—|·•])\s*)"
_TIME = rf"(?:[\sT,]+{_CLOCK}{_ZONE})?"
_HOUR = rf"(?:[\sT,]+{_AT}?{_CLOCK}{_ZONE})?"
_ENGLISH = "jan feb mar apr may jun jul aug sep oct nov dec".replace(" ", "|")
_MONTH = r"(?P<name>[^\W\d_]{3,}\.?)"
_AFTER_YEAR = r"(?:\s?(?:г|р|года|року)\.?)?"  # "year", as Russian and Ukrainian add it
_WEEKDAY = r"(?:[^\W\d_]+\.?\s*,?\s+)?"

# Forms that programs write: without a zone their times are UTC by custom. Tried in this order, before the others.
_MACHINE_FORMS = (
    rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d){_TIME}",
    rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)(?:T?{_BASIC_CLOCK}{_ZONE})?",
    rf"(?P<year>\d{{4}})-?W(?P<week>\d\d)(?:-?(?P<weekday>[1-7])){_TIME}",
    rf"(?P<year>\d{{4}})-(?P<ordinal>\d{{3}}){_TIME}",
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})[\s-](?P<name>{_ENGLISH})[\s-](?P<year>\d{{4}}|\d\d){_TIME}",
    rf"[a-z]{{3}}\s(?P<name>[a-z]{{3}})\s(?P<day>\d{{1,2}})\s{_CLOCK}(?:\s(?P<zone>[A-Z]+|[+-]\d{{4}}))?\s(?P<year>\d{{4}})",
)
# Forms that people write: without a zone their times are their own, and only the day is certain.
_HUMAN_FORMS = (
    rf"(?P<year>\d{{4}})/(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}}){_HOUR}",
    r"(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일](?:.{0,30})",
    rf"(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}}){_HOUR}",
    rf"(?P<either>\d{{1,2}})[/-](?P<other>\d{{1,2}})[/-](?P<year>\d{{4}}){_HOUR}",
    rf"{_WEEKDAY}{_CLOCK}{_ZONE}[\s,]+(?:on\s+)?{_WEEKDAY}{_MONTH}\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>\d{{4}})",
    rf"{_WEEKDAY}{_CLOCK}{_ZONE}[\s,]+(?:on\s+)?{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s{_MONTH},?\s(?P<year>\d{{4}})",
    rf"{_WEEKDAY}{_MONTH}\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>\d{{4}}){_HOUR}",
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|º)?\s(?:de\s)?{_MONTH},?\s(?:de\s)?(?P<year>\d{{4}}){_AFTER_YEAR}{_HOUR}",
)
_FORMS = tuple(
    (re.compile(form, re.IGNORECASE), forms is _MACHINE_FORMS) for forms in (_MACHINE_FORMS, _HUMAN_FORMS) for form in forms
)
_EPOCH = re.compile(r"(\d{9,10})(?:\.\d+)?|(\d{12,13})")


# A day and a month as numbers, in an order that only the writer knows.
_EITHER = re.compile(r"\s*(\d{1,2})[/-](\d{1,2})[/-]\d{4}\b")


def parse_date(
    raw: str | None,
    now: dt.datetime | None = None,
    language: str | None = None,
    earliest: dt.date = EARLIEST,
    *,
    day_first: bool | None = None,
) -> str | None:
    """The date or date and time in `raw` as ISO 8601, or None where it cannot be known.

    A form that reads two ways (05/06/2026) is read as `day_first` says (see `orders`), else by the custom of the country that
    `language` names (en-GB), else None. Before `earliest`, or more than two days after `now` where that is given, is None too.
    `language` also decides month names that mean different months in different languages.
    """
    text = " ".join((raw or "").split())
    if not text or len(text) > MAX_CHARS:
        return None
    try:
        return _plausible(_epoch(text) or _written(text, language, day_first), now, earliest)
    except (ValueError, OverflowError):  # the 32nd of a month, the year 9999 with an offset
        return None


def orders(raws: Iterable[str]) -> bool | None:
    """Whether dates of one hand, such as a feed's, have the day before the month; None if none tells, or two disagree."""
    told = set()
    for raw in raws:
        if match := _EITHER.match(raw):
            first, second = int(match[1]), int(match[2])
            if (first > 12) != (second > 12):
                told.add(first > 12)
    return told.pop() if len(told) == 1 else None


def _epoch(text: str) -> dt.datetime | None:
    match = _EPOCH.fullmatch(text)
    if not match:
        return None
    seconds = int(match[1]) if match[1] else int(match[2]) // 1000
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _written(text: str, language: str | None, day_first: bool | None) -> dt.date | None:
    for form, machine in _FORMS:
        match = form.fullmatch(text)
        if not match:
            continue
        parts = match.groupdict()
        if parts.get("either"):
            order = _custom(language) if day_first is None else day_first
            day = _either_order(int(parts["year"] or 0), int(parts["either"] or 0), int(parts["other"] or 0), order)
        else:
            day = _day(parts, language)
        return day and _moment(day, parts, machine=machine)
    return None


def _day(parts: dict[str, str | None], language: str | None) -> dt.date | None:
    year = _year(parts["year"] or "")
    if parts.get("week"):
        return dt.date.fromisocalendar(year, int(parts["week"] or 0), int(parts["weekday"] or 0))
    if parts.get("ordinal"):
        return _nth_day(year, int(parts["ordinal"] or 0))
    month = _month(parts["name"] or "", language) if parts.get("name") else int(parts["month"] or 0)
    return dt.date(year, month, int(parts["day"] or 0)) if month else None


def _year(digits: str) -> int:
    """Two digits are RFC 850's and RFC 822's; the turn is where POSIX has it."""
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < 69 else 1900)


def _nth_day(year: int, number: int) -> dt.date | None:
    day = dt.date(year, 1, 1) + dt.timedelta(days=number - 1)
    return day if day.year == year else None


def _either_order(year: int, first: int, second: int, day_first: bool | None) -> dt.date | None:
    """Day and month in an unknown order: known where one cannot be a month, both are the same, or the writer's order is."""
    if first > 12 or first == second:
        return dt.date(year, second, first)
    if second > 12:
        return dt.date(year, first, second)
    if day_first is None:
        return None
    return dt.date(year, second, first) if day_first else dt.date(year, first, second)


@cache
def _custom(language: str | None) -> bool | None:
    """Whether the day stands before the month where a language is spoken; English without its country does not tell."""
    tag = (language or "").strip().replace("-", "_")
    if tag.lower() in {"", "en", "eng", "english"}:
        return None
    try:
        pattern = str(Locale.parse(tag).date_formats["short"].pattern)
    except (UnknownLocaleError, ValueError):
        return None
    day, month, year = pattern.find("d"), pattern.find("M"), pattern.find("y")
    return None if year < max(day, month) else day < month


def _moment(day: dt.date, parts: dict[str, str | None], *, machine: bool) -> dt.date:
    """The day with its time of day, where both the time and its offset are known."""
    if not parts.get("hour"):
        return day
    zone = _offset(parts.get("zone") or "", default=0 if machine else None)
    hour, minute = _hour(parts), int(parts.get("minute") or 0)
    second = min(int(parts.get("second") or 0), 59)  # a leap second
    extra = dt.timedelta(days=1) if (hour, minute, second) == (24, 0, 0) else dt.timedelta()
    time = dt.time(0 if extra else hour, minute, second)
    if zone is None:
        return day + extra
    return dt.datetime.combine(day, time, dt.timezone(dt.timedelta(minutes=zone))) + extra


def _hour(parts: dict[str, str | None]) -> int:
    hour, half = int(parts["hour"] or 0), (parts.get("half") or "").lower()
    if not half:
        return hour
    if not 1 <= hour <= 12:
        message = "no such hour on a clock of twelve"
        raise ValueError(message)
    return hour % 12 + (12 if half.startswith("p") else 0)


def _offset(zone: str, default: int | None) -> int | None:
    """Minutes from UTC; None where the zone's name is not known: then only the day is certain."""
    if not zone:
        return default
    name = zone.upper().replace("−", "-")
    if name in _OFFSETS:
        return _OFFSETS[name]
    match = re.fullmatch(r"(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d\d)?", name)
    if not match:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return -minutes if match[1] == "-" else minutes


def _month(name: str, language: str | None) -> int | None:
    """The month's number; None for a name that is no month, or more than one."""
    key = name.casefold().rstrip(".")
    spoken = (language or "").lower()[:2]
    for names in (_months("en"), _months(spoken) if spoken in LANGUAGES else {}):
        if key in names:
            return names[key]
    found = {_months(other)[key] for other in LANGUAGES if key in _months(other)}
    return found.pop() if len(found) == 1 else None


@cache
def _months(language: str) -> dict[str, int]:
    """Month names of a language, full and short, as written within a date and alone."""
    names: dict[str, int] = {"sept": 9} if language == "en" else {}
    months = Locale(language).months
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            names |= {str(name).casefold().rstrip("."): number for number, name in months[context][width].items()}
    return names


def _plausible(moment: dt.date | None, now: dt.datetime | None, earliest: dt.date) -> str | None:
    if moment is None:
        return None
    day = moment.date() if isinstance(moment, dt.datetime) else moment
    if day < earliest or (now and day > (now + AHEAD).date()):
        return None
    return moment.isoformat().replace("+00:00", "Z")
