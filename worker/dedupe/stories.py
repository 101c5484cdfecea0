"""Whether two texts are one story in two wordings: an agency's report and what papers made of it.

Texts that may be are found by the MinHash of their phrases (`bands`), and believed only after both were compared
(`likeness`). Much in common is not enough for that: market reports, bulletins and weather are written on one form each
day, and sites put the same lines below all their texts. What such texts do not share is what they are about: their
names, numbers and days, and the words of their beginning.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cache, cached_property
from importlib.resources import files

import numpy as np
from rensa import RMinHash

PERMUTATIONS, SEED = 128, 1
# Hashes in a band, and bands: of pairs that share .5 of their phrases .996 are found, of .3 .68, of .01 one in 20,000.
ROWS = 3
BANDS = PERMUTATIONS // ROWS
# A text that was cut has little in common with the whole but its beginning: so many phrases, filed in bands of their own.
START, START_ROWS, START_BANDS = 80, 2, 10
# 40 bits a band, as lua/common.lua has it: a clash costs a comparison.
BAND_BYTES = 5
# A text with fewer phrases is a caption, which many may share.
MIN_PHRASES = 12
# Words at the beginning of a text that tell what it is about.
HEAD = 40
# Shorter words are in every text.
TELLING = 5

# Of the names and numbers that the shorter text tells, so many must be in the longer one.
AGREED = 0.75
# The shorter text's share of phrases that must be in the longer one, by how many facts agree: with many, a text may be reworded
# much; with few it must be nearly the same, and with none of them the same to the word.
MANY, REWORDED = 8, 0.35
SOME, REPEATED = 3, 0.6
VERBATIM, NEVER = 0.9, 2.0
# Numbers alone must agree as well: on one form, they are what changes.
NUMBERS = 0.66
# A text that is less than this part of the other must begin as it does: it is cut from it, and no item of a digest.
PART = 0.4
BEGINS = 0.5
# Words of a lead. One with fewer of its phrases in the other text is a new one, and all its names and numbers must be there.
LEAD, BEGINS_ALIKE, NEW_LEAD = 25, 0.45, 0.9
# What a source publishes twice is the same but for so much.
REISSUED = 0.85
# From here on a text repeats the other nearly word for word.
COPIED = 0.5

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d[\d.,]*")
# A capital after a word, a comma or a bracket: not at the beginning of a sentence, where every word has one.
_NAME = re.compile(r"(?<=[\w,;)’'\"”-] )[A-Z][\w’'-]*\w")


class Features:
    """What of a text is compared with others, each part found when it is first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words: list[str] = _WORD.findall(text.lower())
        # Of five words, as is usual, a copy with every fifth word changed keeps a third of its phrases; of three, half.
        phrases = [f"{a} {b} {c}" for a, b, c in zip(self._words, self._words[1:], self._words[2:], strict=False)]
        self.phrases: AbstractSet[str] = set(phrases)
        self.start: Sequence[str] = phrases[:START]

    @cached_property
    def words(self) -> AbstractSet[str]:
        """All words."""
        return set(self._words)

    @cached_property
    def head(self) -> AbstractSet[str]:
        """Words that tell what it is about."""
        return {word for word in self._words[:HEAD] if len(word) >= TELLING}

    @property
    def lead(self) -> int:
        """Words of its lead: of a short text, a quarter."""
        return min(LEAD, len(self._words) // 4)

    @cached_property
    def lead_facts(self) -> AbstractSet[str]:
        """Names, days and numbers of its lead."""
        beginning = " ".join(self._text.split()[: self.lead])
        return {name.lower() for name in _NAME.findall(beginning)} | _figures(beginning)

    @cached_property
    def numbers(self) -> AbstractSet[str]:
        """Numbers in figures and words."""
        return _figures(self._text) | self.words & _list("numbers")

    @cached_property
    def days(self) -> AbstractSet[str]:
        """Days of the week."""
        return self.words & _list("weekdays")

    @cached_property
    def names(self) -> AbstractSet[str]:
        """Words that are written like names."""
        return {name.lower() for name in _NAME.findall(self._text)} - _list("weekdays")


def bands(text: Features) -> bytes:
    """Under what a text is filed and looked up, in pieces of BAND_BYTES; nothing for one that is too short.

    Two texts have a band in common, most likely, if they share a third of their phrases or more, or begin alike.
    """
    if len(text.phrases) < MIN_PHRASES:
        return b""
    return _bands(list(text.phrases), BANDS, ROWS, salt=1) + _bands(text.start, START_BANDS, START_ROWS, salt=BANDS + 1)


def _bands(phrases: Sequence[str], number: int, hashes: int, salt: int) -> bytes:
    sketch = RMinHash(hashes * number, SEED)
    sketch.update(phrases)
    rows = np.array(sketch.digest(), dtype=np.uint64).reshape(number, hashes)
    # Multiplying by odd numbers mixes the hashes of a band; the number of the band keeps bands apart.
    place = np.arange(salt, salt + number, dtype=np.uint64)
    mixed = ((rows * _odd(hashes)).sum(axis=1, dtype=np.uint64) ^ place) * _odd(1)
    # The highest bits are mixed best.
    high = (mixed >> np.uint64(64 - 8 * BAND_BYTES)).astype(">u8")
    return bytes(high.view(np.uint8).reshape(number, 8)[:, 8 - BAND_BYTES :].tobytes())


@cache
def _odd(number: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """So many odd multipliers, always the same."""
    return np.random.default_rng(SEED).integers(1, 2**63, size=number, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


def likeness(one: Features, two: Features) -> float:
    """How much of the shorter text's phrases the longer one has, from 0 to 1; 0 if they are not one story."""
    short, long = sorted((one, two), key=lambda text: len(text.phrases))
    shared = overlap(one, two)
    if shared < REWORDED or _other_day(short, long) or not _begin_alike(short, long):
        return 0
    return shared if shared >= _needed(short, long) else 0


def is_reissue(one: Features, two: Features) -> bool:
    """Whether two texts of one source are the same in all but a few words, and begin alike.

    What a source puts below all its texts can be most of each: it tells nothing of a copy.
    """
    most = max(len(one.phrases), len(two.phrases))
    leads = [_share({*first.start[: first.lead]}, second.phrases) for first, second in ((one, two), (two, one))]
    return len(one.phrases & two.phrases) >= REISSUED * most and min(leads) >= REISSUED


def overlap(one: Features, two: Features) -> float:
    """How much of the shorter text's phrases the longer one has, from 0 to 1, whatever it tells."""
    least = min(len(one.phrases), len(two.phrases))
    return len(one.phrases & two.phrases) / least if least else 0


def _other_day(one: Features, two: Features) -> bool:
    return bool(one.days and two.days) and one.days.isdisjoint(two.days)


def _begin_alike(short: Features, long: Features) -> bool:
    """Whether what one text begins with is in the other.

    A new lead, above the same lines as in the other text, must tell no other names and numbers than that: all else may be what
    a site or an agency puts below whatever it tells.
    """
    down, up = _share(long.head, short.words), _share(short.head, long.words)
    if len(short.phrases) < PART * len(long.phrases):
        return min(down, up) >= BEGINS
    same = max(_share({*one.start[: one.lead]}, two.phrases) for one, two in ((short, long), (long, short)))
    if max(down, up) < BEGINS or same >= BEGINS_ALIKE:
        return max(down, up) >= BEGINS
    facts = [_told_of(one.lead_facts, two) for one, two in ((short, long), (long, short))]
    return max(facts) >= NEW_LEAD and min(facts) >= BEGINS


def _needed(short: Features, long: Features) -> float:
    """The share of phrases that two texts must have in common, given the facts that they share."""
    if _share(short.numbers, long.numbers) < NUMBERS:
        return NEVER if len(short.numbers) >= SOME else VERBATIM
    told = len(short.numbers) + len(short.names)
    if told < SOME:
        return VERBATIM
    agreed = (len(short.numbers & long.numbers) + len(short.names & long.names)) / told
    if agreed < AGREED:
        return NEVER
    return REWORDED if told >= MANY else REPEATED


def _told_of(facts: AbstractSet[str], text: Features) -> float:
    """How many of a lead's facts the text has; none if there are none, for then nothing shows that it is the same news."""
    return _share(facts, text.words | text.numbers) if facts else 0


def _figures(text: str) -> set[str]:
    return {figure.rstrip(".,").replace(",", "") for figure in _NUMBER.findall(text)}


def _share(part: AbstractSet[str], whole: AbstractSet[str]) -> float:
    return len(part & whole) / len(part) if part else 1


@cache
def _list(name: str) -> frozenset[str]:
    return frozenset(tomllib.loads((files("worker.dedupe") / "stories.toml").read_text(encoding="utf8"))[name])
