"""When: time expressions as intervals of days, counted from the article's date. Without that date nothing is resolved."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from functools import partial

from spacy.tokens import Token

from worker.extraction.factuality import tense
from worker.extraction.grammar import sentence
from worker.extraction.parse import Parsed
from worker.model import DateMention, EventDate, Granularity, Tense
from worker.ontology import lexicon_numbers

MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if name}
MONTHS |= {name.lower(): n for n, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
DAYS = {name.lower(): n for n, name in enumerate(calendar.day_name)}
# Meteorological seasons of the northern hemisphere, as newswire from Europe and North America uses them.
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
UNITS = {"day": 1, "week": 7, "month": 30, "year": 365}
NUMBERS = {"a": 1, "an": 1, **lexicon_numbers()}

_MONTH = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?"
    r"|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:1[89]|20)\d\d)"
_WEEKDAY = r"(?P<weekday>Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_UNIT = r"(?P<unit>day|week|month|year|decade)"
_COUNT = r"(?P<count>\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|an?)"
_WHICH = r"(?P<which>last|next|this|past|coming|previous)"
_PART = r"(?:(?:early|late|mid|the (?:start|beginning|end|middle) of)[ -])?"
_SEASON = r"(?P<season>spring|summer|autumn|winter)"
_BEFORE = (
    "(?:"
    + "|".join(rf"(?<={w})" for w in ("in ", "since ", "from ", "until ", "by ", "early ", "late ", "during ", "mid-"))
    + ")"
)

PATTERNS = [
    ("iso", re.compile(rf"\b{_YEAR}-(?P<monthno>[01]\d)-(?P<day>[0-3]\d)\b")),
    ("full", re.compile(rf"\b{_DAY} (?:of )?{_MONTH},? {_YEAR}\b", re.IGNORECASE)),
    ("full", re.compile(rf"\b{_MONTH} {_DAY},? {_YEAR}\b", re.IGNORECASE)),
    ("monthday", re.compile(rf"\b{_DAY} (?:of )?{_MONTH}(?![a-z])")),
    ("monthday", re.compile(rf"\b{_MONTH} {_DAY}(?!\d)")),
    ("monthyear", re.compile(rf"\b{_PART}{_MONTH},? (?:of )?{_YEAR}\b")),
    ("ago", re.compile(rf"\b{_COUNT} {_UNIT}s? (?:ago|earlier)\b", re.IGNORECASE)),
    ("whichmonth", re.compile(rf"\b{_PART}{_WHICH} {_MONTH}(?![a-z])")),
    ("whichday", re.compile(rf"\b{_WHICH} {_WEEKDAY}\b", re.IGNORECASE)),
    ("whichunit", re.compile(rf"\b{_PART}(?:the )?{_WHICH} (?P<unit>week|month|year|quarter|weekend)\b", re.IGNORECASE)),
    (
        "whichseason",
        re.compile(
            rf"\b{_PART}(?:the )?(?P<which>last|next|this|past|coming|upcoming) (?:\w+ )?{_SEASON}\b",
            re.IGNORECASE,
        ),
    ),
    ("within", re.compile(rf"\b(?:past|last) {_COUNT} {_UNIT}s\b", re.IGNORECASE)),
    ("weekday", re.compile(rf"\b{_WEEKDAY}\b")),
    ("relative", re.compile(r"\b(?P<word>today|tonight|yesterday|tomorrow)\b", re.IGNORECASE)),
    (
        "month",
        re.compile(rf"\b{_BEFORE}{_MONTH}(?![a-z])"),
    ),
    (
        "year",
        re.compile(rf"\b{_BEFORE}{_YEAR}\b"),
    ),
    (
        "vague",
        re.compile(
            r"\b(?:recently|soon|every day|daily|in (?:recent|the coming) (?:days|weeks|months|years))\b",
            re.IGNORECASE,
        ),
    ),
]


@dataclass(frozen=True)
class Interval:
    """Days from first to last, both included; None where nothing can be counted from."""

    first: dt.date | None
    last: dt.date | None
    granularity: Granularity


VAGUE = Interval(None, None, Granularity.VAGUE)


def find(parsed: Parsed) -> tuple[DateMention, ...]:
    """All time expressions, in order, none overlapping another."""
    text, taken, found = parsed.article.text, set[int](), []
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            here = range(match.start(), match.end())
            if taken.isdisjoint(here):
                taken.update(here)
                found.append(_mention(parsed, kind, match))
    return tuple(sorted(found, key=lambda m: m.start))


def _mention(parsed: Parsed, kind: str, match: re.Match[str]) -> DateMention:
    span = parsed.doc.char_span(match.start(), match.end(), alignment_mode="expand")
    ahead = span is not None and tense(span.root) is Tense.FUTURE
    try:
        interval = resolve(kind, match.groupdict(), parsed.article.day, ahead=ahead)
    except (ValueError, OverflowError):
        # "31 February", "300 years ago" beyond the calendar: said, but no day.
        interval = VAGUE
    return DateMention(
        start=match.start(),
        end=match.end(),
        text=match.group(),
        from_=interval.first.isoformat() if interval.first else None,
        to=interval.last.isoformat() if interval.last else None,
        granularity=interval.granularity,
    )


def resolve(kind: str, part: dict[str, str | None], day: dt.date | None, *, ahead: bool) -> Interval:
    """The interval of an expression; `ahead` says that its verb looks into the future.

    Raises ValueError for days that the calendar does not have.
    """
    if kind in {"iso", "full"}:
        month = int(part["monthno"] or 0) if "monthno" in part else _month(part)
        return _one(dt.date(int(part["year"] or 0), month, int(part["day"] or 0)))
    if kind == "monthyear":
        return _month_interval(int(part["year"] or 0), _month(part))
    if kind == "year":
        return _year_interval(int(part["year"] or 0))
    if kind == "vague":
        return VAGUE
    return _relative(kind, part, day, ahead=ahead) if day else _unanchored(kind, part)


def _unanchored(kind: str, part: dict[str, str | None]) -> Interval:
    """Its granularity is known, its days are not."""
    unit = (part.get("unit") or "").lower()
    known = {"week": Granularity.WEEK, "weekend": Granularity.WEEK, "month": Granularity.MONTH, "year": Granularity.YEAR}
    if kind in {"month", "whichmonth"}:
        return Interval(None, None, Granularity.MONTH)
    if kind == "whichseason":
        return Interval(None, None, Granularity.SEASON)
    return Interval(None, None, known.get(unit, Granularity.QUARTER if unit == "quarter" else Granularity.DAY))


def _relative(kind: str, part: dict[str, str | None], day: dt.date, *, ahead: bool) -> Interval:
    which = (part.get("which") or "").lower()
    shift = {"last": -1, "past": -1, "previous": -1, "next": 1, "coming": 1, "upcoming": 1}.get(which, 0)
    handlers = {
        "monthday": partial(_monthday, part, day, ahead),
        "month": partial(_bare_month, part, day, ahead),
        "weekday": partial(_weekday, part, day, 1 if ahead else -1, same=True),
        "whichday": partial(_weekday, part, day, shift or (1 if ahead else -1), same=shift == 0),
        "whichunit": partial(_unit, part, day, shift),
        "whichmonth": partial(_which_month, part, day, shift),
        "whichseason": partial(_season, part, day, shift, which),
        "relative": partial(_word, part, day),
        "ago": partial(_ago, part, day),
        "within": partial(_within, part, day),
    }
    return handlers[kind]()


def _month(part: dict[str, str | None]) -> int:
    name = (part["month"] or "").lower().rstrip(".")
    return MONTHS.get(name) or MONTHS[name[:3]]


def _one(day: dt.date) -> Interval:
    return Interval(day, day, Granularity.DAY)


def _month_interval(year: int, month: int) -> Interval:
    return Interval(dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1]), Granularity.MONTH)


def _year_interval(year: int) -> Interval:
    return Interval(dt.date(year, 1, 1), dt.date(year, 12, 31), Granularity.YEAR)


def _monthday(part: dict[str, str | None], day: dt.date, ahead: bool) -> Interval:
    found = dt.date(day.year, _month(part), int(part["day"] or 0))
    if ahead and found < day:
        return _one(found.replace(year=day.year + 1))
    # Half a year back or ahead is the limit of what is written without its year.
    if (found - day).days > 183 and not ahead:
        return _one(found.replace(year=day.year - 1))
    return _one(found)


def _bare_month(part: dict[str, str | None], day: dt.date, ahead: bool) -> Interval:
    month = _month(part)
    if ahead:
        return _month_interval(day.year + (month < day.month), month)
    return _month_interval(day.year - (month > day.month), month)


def _weekday(part: dict[str, str | None], day: dt.date, direction: int, *, same: bool) -> Interval:
    wanted = DAYS[(part["weekday"] or "").lower()]
    away = (wanted - day.weekday()) % 7 if direction > 0 else -((day.weekday() - wanted) % 7)
    if away == 0 and not same:
        away = 7 * direction
    return _one(day + dt.timedelta(days=away))


def _unit(part: dict[str, str | None], day: dt.date, shift: int) -> Interval:
    unit = (part["unit"] or "").lower()
    if unit == "year":
        return _year_interval(day.year + shift)
    if unit == "month":
        index = day.year * 12 + day.month - 1 + shift
        return _month_interval(index // 12, index % 12 + 1)
    if unit == "quarter":
        index = day.year * 4 + (day.month - 1) // 3 + shift
        first = dt.date(index // 4, index % 4 * 3 + 1, 1)
        last = _month_interval(first.year, first.month + 2).last
        return Interval(first, last, Granularity.QUARTER)
    monday = day - dt.timedelta(days=day.weekday()) + dt.timedelta(weeks=shift)
    first = monday + dt.timedelta(days=5 if unit == "weekend" else 0)
    return Interval(first, monday + dt.timedelta(days=6), Granularity.WEEK)


def _which_month(part: dict[str, str | None], day: dt.date, shift: int) -> Interval:
    month = _month(part)
    year = day.year + (1 if shift > 0 and month <= day.month else -1 if shift < 0 and month >= day.month else 0)
    return _month_interval(year, month)


def _season(part: dict[str, str | None], day: dt.date, shift: int, which: str) -> Interval:
    start = SEASONS[(part["season"] or "").lower()]
    years = range(day.year - 2, day.year + 3)
    all_of_them = [_months_from(year, start) for year in years]
    if shift > 0:
        return next(s for s in all_of_them if s.last and s.last >= day and (which == "upcoming" or (s.first and s.first > day)))
    if shift < 0:
        return [s for s in all_of_them if s.last and s.last < day][-1]
    return next(s for s in all_of_them if s.last and s.last >= day)


def _months_from(year: int, month: int) -> Interval:
    index = year * 12 + month - 1 + 2
    return Interval(dt.date(year, month, 1), _month_interval(index // 12, index % 12 + 1).last, Granularity.SEASON)


def _word(part: dict[str, str | None], day: dt.date) -> Interval:
    return _one(day + dt.timedelta(days={"yesterday": -1, "tomorrow": 1}.get((part["word"] or "").lower(), 0)))


def _count(part: dict[str, str | None]) -> int:
    word = (part["count"] or "").lower()
    return NUMBERS.get(word) or int(word)


def _ago(part: dict[str, str | None], day: dt.date) -> Interval:
    count, unit = _count(part), (part["unit"] or "").lower()
    if unit == "year":
        return _year_interval(day.year - count)
    if unit == "month":
        index = day.year * 12 + day.month - 1 - count
        return _month_interval(index // 12, index % 12 + 1)
    if unit == "decade":
        return VAGUE
    exact = day - dt.timedelta(days=count * UNITS[unit])
    if unit == "day":
        return _one(exact)
    monday = exact - dt.timedelta(days=exact.weekday())
    return Interval(monday, monday + dt.timedelta(days=6), Granularity.WEEK)


def _within(part: dict[str, str | None], day: dt.date) -> Interval:
    unit = (part["unit"] or "").lower()
    if unit == "decade":
        return VAGUE
    return Interval(day - dt.timedelta(days=_count(part) * UNITS[unit]), day, Granularity.RANGE)


def of_event(trigger: Token, mentions: tuple[DateMention, ...]) -> EventDate | None:
    """The time expression of the trigger's own clause: the nearest below it, else the only one of its sentence."""
    here = sentence(trigger)
    inside = [m for m in mentions if here.start_char <= m.start < here.end_char]
    tokens = {t.idx: t for t in trigger.subtree}
    below = [m for m in inside if m.start in tokens]
    chosen = min(below, key=lambda m: abs(m.start - trigger.idx), default=inside[0] if len(inside) == 1 else None)
    if chosen is None:
        return None
    return EventDate(text=chosen.text, from_=chosen.from_, to=chosen.to, granularity=chosen.granularity)
