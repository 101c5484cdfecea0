"""Whether an edited text is a new revision of its article, and what it changed."""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from worker.dedupe import squeezed
from worker.model import TextChange

# A revision with fewer words than this part of the one before is a stub of it: a paywall, an error page, a consent form.
SHRUNK = 3
# What is too short for a rule about proportions: a brief of two sentences may become one.
MIN_WORDS = 60
# A consumer that wants more has both texts; these bounds keep a record of a rewritten book small.
MAX_CHANGES = 50
MAX_CHARS = 1_000
# Paragraphs that share so much of their words are one that was edited, else one went and another one came.
ALIKE = 0.4
# Comparing takes time by the square of what differs: a text in more paragraphs is compared by larger pieces.
MAX_PARAGRAPHS = 200

# Two full dates with their clock times and zones.
MOST_STAMP, MOST_STAMP_CHARS = 20, 160

_WORD = re.compile(r"\w+(?:['’]\w+)?")
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
# Quotation marks, apostrophes, dashes and dots as a keyboard has them.
_SIGNS = {'"': "“”„‟«»″〝〞", "'": "‘’‚‛′`´ʼ", "-": "‐‑‒–—―−", "": "\u00ad\u200b"}
_PLAIN = str.maketrans({sign: plain for plain, signs in _SIGNS.items() for sign in signs})


def wording(title: str | None, text: str) -> str:
    """SHA-256 (hex) of the words of title and text.

    Texts that differ only in spaces, paragraphs, typographic signs, or lines that say when they were touched, have one.
    """
    lines = (line for line in text.split("\n") if not is_stamp(line))
    plain = f"{_plain(title or '')}\n{_plain(' '.join(lines))}"
    return hashlib.sha256(plain.encode("utf8", "surrogatepass")).hexdigest()


def _plain(text: str) -> str:
    plain = squeezed(text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_PLAIN))
    while "--" in plain:
        plain = plain.replace("--", "-")
    return plain.replace("''", '"').replace(" -", "-").replace("- ", "-")


def is_stamp(line: str) -> bool:
    """Whether a line says nothing but when the text was published or changed."""
    words = _WORD.findall(line.lower()) if len(line) <= MOST_STAMP_CHARS else []
    if not words or len(words) > MOST_STAMP:
        return False
    heads, known = _words("stamp_heads"), _words("stamp_words")
    rest = [word for word in words if not word.isdecimal()]
    if not all(word in known or word.rstrip("thndrsmap").isdecimal() for word in rest):
        return False
    return bool(heads.intersection(words) or _CLOCK.search(line)) and any(word[0].isdecimal() for word in words)


def is_shrunk(words: int, after: str) -> bool:
    """Whether a text is a stub in the place of one with so many words: much shorter, without a word of correction."""
    now = _WORD.findall(after.lower()) if words >= MIN_WORDS else []
    return bool(now) and len(now) * SHRUNK < words and not _words("corrections").intersection(now)


def changes(before: str, after: str) -> tuple[TextChange, ...]:
    """The paragraphs that were replaced, removed or added, in the order of the text; at most MAX_CHANGES, shortened."""
    old, new = _paragraphs(before), _paragraphs(after)
    matcher = difflib.SequenceMatcher(None, [_plain(p) for p in old], [_plain(p) for p in new], autojunk=False)
    found: list[TextChange] = []
    for kind, start, end, begin, stop in matcher.get_opcodes():
        if kind != "equal":
            found += _replaced(old[start:end], new[begin:stop])
    return tuple(found[:MAX_CHANGES])


def _paragraphs(text: str) -> list[str]:
    lines = [line.strip() for line in text.split("\n") if line.strip() and not is_stamp(line)]
    size = -(-len(lines) // MAX_PARAGRAPHS) or 1
    return [" ".join(lines[n : n + size]) for n in range(0, len(lines), size)]


def _replaced(old: list[str], new: list[str]) -> Iterator[TextChange]:
    """Each old paragraph beside the next new one that is like it; the others alone."""
    at, bags = 0, [_bag(paragraph) for paragraph in new]
    for paragraph in old:
        bag = _bag(paragraph)
        like = next((n for n in range(at, len(new)) if _is_alike(bag, bags[n])), None)
        if like is None:
            yield TextChange(before=_short(paragraph))
            continue
        yield from (TextChange(after=_short(added)) for added in new[at:like])
        yield TextChange(before=_short(paragraph), after=_short(new[like]))
        at = like + 1
    yield from (TextChange(after=_short(added)) for added in new[at:])


def _bag(paragraph: str) -> set[str]:
    return set(_WORD.findall(paragraph.lower()))


def _is_alike(one: set[str], two: set[str]) -> bool:
    return len(one & two) >= ALIKE * max(len(one), len(two))


def _short(text: str) -> str:
    return text if len(text) <= MAX_CHARS else text[: MAX_CHARS - 1] + "…"


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(tomllib.loads((files("worker.dedupe") / "revisions.toml").read_text(encoding="utf8"))[name])
