"""Where a text speaks of time: phrases such as "early next year" or "3-5 May", found by the classes of their words.

Every word gets a code of one character ("May" a month, "3" a small number, "table" nothing); the phrases are one regular
expression over the string of codes. So the text is gone through once, whatever the number of patterns, and in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from worker.ontology import lexicon, lexicon_map, lexicon_numbers


def _table(name: str) -> dict[str, int]:
    return {word: int(n) for word, n in lexicon_map("calendar", name).items()}


MONTHS: Mapping[str, int] = _table("months")
WEEKDAYS: Mapping[str, int] = _table("weekdays")
SHORT_WEEKDAYS: Mapping[str, int] = _table("short_weekdays")
SEASONS: Mapping[str, int] = _table("seasons")
ORDINALS: Mapping[str, int] = _table("ordinals")
HOLIDAYS: Mapping[str, str] = lexicon_map("calendar", "holidays")
NUMBERS: Mapping[str, int] = {"a": 1, "an": 1, **lexicon_numbers(), "thousand": 1000}
NAMED = lexicon("dates")["named"]

GRAMMAR = lexicon_map("timex", "grammar")
PARTS = lexicon_map("timex", "parts")
OTHER = "_"
# The full stop of an abbreviated month or weekday.
DOT = "."
# Classes that are made here; those of plain words are in the lexicon.
MADE = (
    *("month_name", "short_month", "weekday", "short_weekday", "season", "turning", "ordinal", "number_word", "holiday"),
    *("small", "number", "year_number", "nth", "quarter_number", "decade", "dotted", "possessive"),
)
# One character for each class of words, none of them special in a regular expression; "_" is what belongs to none.
# Hyphen, comma, slash and colon stand for themselves.
CLASSES = {name: words for name, words in lexicon("dates").items() if name not in {"named", "due", "containers"}}
CODES = {name: chr(0xA1 + i) for i, name in enumerate((*MADE, *CLASSES))}
NAMES = {CODES[c] for c in ("month_name", "short_month", "weekday", "short_weekday")}


def _compiled(pattern: str) -> str:
    """Class names become their codes, and parts what they stand for."""

    def known(match: re.Match[str]) -> str:
        name = match.group()
        if name in PARTS:
            return f"(?:{_compiled(PARTS[name])})"
        return {"OTHER": OTHER, "DOT": re.escape(DOT)}.get(name) or CODES[name]

    plain = re.sub(r"\((?!\?)", "(?:", pattern)
    return re.sub(r"\s+", "", re.sub(r"[A-Za-z_]+", known, plain))


PHRASE = re.compile(
    _compiled(PARTS["begin"]) + "(?:" + "|".join(f"(?P<{kind}>{_compiled(pattern)})" for kind, pattern in GRAMMAR.items()) + ")"
)
WORD = re.compile(
    r"[^\W\d_]{2,}|\d{1,2}\.\d{1,2}\.\d{4}(?!\d)|\d{1,3}(?:,\d{3})+(?![\d,])|\d+\.\d+|\d+(?:st|nd|rd|th|s)?(?![^\W_])|\d+"
    r"|[ap]\.m\b\.?|q[1-4]\b|[’'‘]\d0s\b|[’']s\b|[^\W\d_]+|[^\w\s]|\n[ \t\r]*\n"
)


def _dictionary() -> dict[str, str]:
    """The code of every word that has one."""
    found = {word: CODES[name] for name, words in CLASSES.items() for word in words}
    tables = {
        "month_name": MONTHS,
        "weekday": WEEKDAYS,
        "short_weekday": SHORT_WEEKDAYS,
        "season": SEASONS,
        "ordinal": ORDINALS,
    }
    for key, table in tables.items():
        found |= dict.fromkeys(table, CODES[key])
    # Verbs as well: they mean a season only where one may stand.
    found |= dict.fromkeys(("spring", "fall"), CODES["turning"])
    # "May", "June" and "July" are written out.
    found |= {name: CODES["short_month"] for name in MONTHS if len(name) < 5 and MONTHS[name] not in {5, 6, 7}}
    found |= {"jun": CODES["short_month"], "jul": CODES["short_month"]}
    found |= dict.fromkeys((w for w in NUMBERS if w not in {"a", "an"}), CODES["number_word"])
    found |= dict.fromkeys(HOLIDAYS, CODES["holiday"])
    found |= dict.fromkeys(("’s", "'s"), CODES["possessive"])
    found |= {f"q{n}": CODES["quarter_number"] for n in range(1, 5)}
    return found


DICTIONARY = _dictionary()
ABBREVIABLE = frozenset({CODES["short_month"], CODES["short_weekday"]})
TIGHT = {"-": "-", "–": "-", "/": "/", ":": ":"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word in lower case, its class and where it stands."""

    code: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A time expression: what kind of phrase, of which words, and the words around it."""

    kind: str
    words: tuple[Word, ...]
    before: str
    after: str

    @property
    def start(self) -> int:
        """Offset of its first character."""
        return self.words[0].start

    @property
    def end(self) -> int:
        """Offset behind its last character."""
        return self.words[-1].end

    def all(self, *classes: str) -> list[str]:
        """Its words of these classes, in order."""
        codes = {CODES[c] for c in classes}
        return [w.text for w in self.words if w.code in codes]

    def get(self, *classes: str) -> str | None:
        """The first of them."""
        return next(iter(self.all(*classes)), None)

    def has_any(self, *classes: str) -> bool:
        """Whether a word of one of these classes is in it."""
        return bool(self.all(*classes))

    def has(self, *texts: str) -> bool:
        """Whether one of these words is in it."""
        return any(w.text in texts for w in self.words)


def find(text: str) -> Iterator[Phrase]:
    """Every time expression of a text, in order, none overlapping another."""
    spots = list(WORD.finditer(_lower(text)))
    codes = _codes(text, spots)
    for match in PHRASE.finditer("".join(codes)):
        start, end = match.span()
        words = tuple(Word(codes[i], spots[i].group(), *spots[i].span()) for i in range(start, end) if codes[i] != DOT)
        before = spots[start - 1].group() if start else ""
        after = spots[end].group() if end < len(spots) else ""
        yield Phrase(str(match.lastgroup), words, before, after)


def _lower(text: str) -> str:
    low = text.lower()
    # Some capitals become two characters; offsets must stay those of the text.
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _codes(text: str, spots: list[re.Match[str]]) -> list[str]:
    """The class of every word; months and weekdays only with a capital."""
    found: list[str] = []
    previous = ""
    for spot in spots:
        word = spot[0]
        code = DICTIONARY.get(word)
        if code is None:
            code = OTHER if word.isalpha() else _sign(text, spot, found[-1] if found else OTHER)
        elif code in NAMES and (not text[spot.start()].isupper() or previous in NAMED):
            code = OTHER
        found.append(code)
        previous = word
    return found


def _sign(text: str, spot: re.Match[str], previous: str) -> str:
    """The class of a number or a mark; hyphen, slash and colon only between two words that they touch."""
    word, start, end = spot.group(), *spot.span()
    if word in TIGHT:
        return TIGHT[word] if text[start - 1 : start].isalnum() and text[end : end + 1].isalnum() else OTHER
    if word == ",":
        return word
    if word == ".":
        return DOT if previous in ABBREVIABLE and text[start - 1 : start].isalnum() else OTHER
    return _number(word)


def _number(word: str) -> str:
    if word[-1] == "s":
        return CODES["decade"] if word[-3:-2].isdecimal() and len(word.strip("’'‘")) in {3, 5} and word[-2] == "0" else OTHER
    if word[-2:] in {"st", "nd", "rd", "th"}:
        return CODES["nth"]
    if not word.isdecimal():
        return CODES["dotted"] if word.count(".") == 2 else CODES["number"] if word[0].isdecimal() else OTHER
    if len(word) > 4:
        return OTHER
    value = int(word)
    if len(word) < 3 and 1 <= value <= 31:
        return CODES["small"]
    return CODES["year_number"] if 1000 <= value < 2200 else CODES["number"]
