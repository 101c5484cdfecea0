"""Quotation marks paired: straight, curly, single, guillemets, nested, over paragraphs, lost or in odd numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# A paragraph ends at an empty line, and at a line end behind what may close a sentence.
BREAK = re.compile(r"\s*\n\s*\n\s*|(?<=[.!?…:”\"’'»)])[ \t]*\n\s*")
# Apostrophes inside words are none; those before a word may open, those behind one may close.
MARK = re.compile(r"[“”„‟«»\"]|''|``|(?<!\w)[‘'](?=[\w$£€\[])(?!(?:em|til|tis|twas|cause|n|\d\ds)\b)|(?<=[^\s(\[])[’'](?!\w)")
# What may close each opening mark. Two apostrophes close the typewriter's "``" only.
CLOSERS = {
    "“": {"”", '"', "“"},
    "„": {"“", "”", '"'},
    "‟": {"”", '"'},
    '"': {'"', "”"},
    "”": {"”", '"'},
    "``": {"''", '"', "”"},
    "«": {"»"},
    "»": {"«"},
    "‘": {"’", "'"},
    "'": {"'", "’"},
}
SINGLE = "‘'’"
OPENING = frozenset({"“", "„", "‟", "«", "``"})
# A longer stretch in single marks is more likely two apostrophes; so is one with more of them between.
SINGLE_REACH, SINGLE_MARKS = 600, 12


@dataclass(frozen=True)
class Quotation:
    """Code points between two marks. `open`: the closing one is missing; `resumes`: it begins its paragraph."""

    first: int
    last: int
    open: bool = False
    resumes: bool = False


def pairs(text: str) -> Iterator[Quotation]:
    """All quotations of a text, paragraph by paragraph, without those nested in others."""
    start = 0
    for gap in BREAK.finditer(text):
        yield from _paragraph(text, start, gap.start())
        start = gap.end()
    yield from _paragraph(text, start, len(text))


def _paragraph(text: str, start: int, end: int) -> list[Quotation]:
    marks = list(MARK.finditer(text, start, end))
    if not marks:
        return []
    nested = _pair(text, marks, start, end, nesting=True)
    return _pair(text, marks, start, end, nesting=False) if nested and nested[-1].open else nested


def _pair(text: str, marks: list[re.Match[str]], start: int, end: int, *, nesting: bool) -> list[Quotation]:
    """With nesting, an opening mark inside a quotation opens one more; without, it tells that the last was never closed."""
    found: list[Quotation] = []
    opened: re.Match[str] | None = None
    depth = 0
    for number, mark in enumerate(marks):
        if opened is None:
            if mark[0] in CLOSERS and _opens(text, mark) and (mark[0] not in SINGLE or _closed(text, marks, number)):
                opened, depth = mark, 1
        elif mark[0] == opened[0] and mark[0] not in SINGLE and _opens(text, mark):
            if not nesting:
                found += _inner(text, opened, mark.start(), start, is_open=True)
            opened, depth = (opened, depth + 1) if nesting else (mark, 1)
        elif mark[0] in CLOSERS[opened[0]] and _closes(text, marks, number, opened):
            depth -= 1
            if depth == 0:
                found += _inner(text, opened, mark.start(), start, is_open=False)
                opened = None
    if opened is not None and opened[0] not in SINGLE:
        found += _inner(text, opened, end, start, is_open=True)
    return found


def _inner(text: str, opened: re.Match[str], last: int, start: int, *, is_open: bool) -> list[Quotation]:
    first = opened.end()
    while first < last and text[first].isspace():
        first += 1
    while last > first and text[last - 1].isspace():
        last -= 1
    resumes = not text[start : opened.start()].strip()
    return [Quotation(first, last, is_open, resumes)] if last > first else []


def _opens(text: str, mark: re.Match[str]) -> bool:
    """A mark opens before a word; straight ones only behind a blank, a bracket or a dash, curly ones also between blanks."""
    before, after = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    free = not before or before.isspace() or before in "([{—–-:/“\"‘'"
    if not after or after in ".,;:!?)”":
        return False
    if mark[0] in OPENING:
        return free or not after.isspace()
    return free and not after.isspace()


def _closes(text: str, marks: list[re.Match[str]], number: int, opened: re.Match[str]) -> bool:
    return opened[0] not in SINGLE or number == _closing(text, marks, number, opened)


def _closing(text: str, marks: list[re.Match[str]], number: int, opened: re.Match[str]) -> int | None:
    """The single mark that closes: the next one, but for a plural's ("the workers' rights") if a later one may."""
    fallback = None
    for n in range(number, min(number + SINGLE_MARKS, len(marks))):
        mark = marks[n]
        if mark.start() - opened.end() > SINGLE_REACH or (mark[0] in SINGLE and _opens(text, mark)):
            break
        if mark[0] in CLOSERS[opened[0]]:
            if text[mark.start() - 1] != "s":
                return n
            fallback = n if fallback is None else fallback
    return fallback


def _closed(text: str, marks: list[re.Match[str]], number: int) -> bool:
    return _closing(text, marks, number + 1, marks[number]) is not None
