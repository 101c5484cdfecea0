"""The sets of sentences in tests/fixtures that were written for this project, each with its scorer.

The tests hold their floors, `bench.accuracy` prints their figures. The rules were developed with them in view, so they tell
of damage done by a change, not of quality on other people's news; for that there is `bench.accuracy --public`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

from worker.extraction import Extractor
from worker.model import Article, DateMention, Entity, Extraction, Materiel, MentionKind, PlaceMention, Relation

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"
DAY = "2024-11-13"  # a Wednesday
PLACES = {"GPE", "LOC", "FAC"}
# Kilometres: the radius in which a place is usually counted as found.
NEAR = 161
SYMMETRIC = {"at_war", "alliance", "partnership", "cooperation", "joint_appearance", "spouse"}


@dataclass
class Score:
    """What was wanted, what was given, and how much of it is right; `wrong` tells what is not."""

    right: int = 0
    wanted: int = 0
    given: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of what was wanted."""
        return self.right / max(self.wanted, 1)

    @property
    def precision(self) -> float:
        """Share of what was given."""
        return self.right / max(self.given, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.right / max(self.wanted + self.given, 1)

    def add(self, right: int, wanted: int, given: int, told: str) -> None:
        """Count a case; it is told of where it is not flawless."""
        self.right, self.wanted, self.given = self.right + right, self.wanted + wanted, self.given + given
        if not right == wanted == given:
            self.wrong.append(told)


def cases(name: str) -> Any:
    """The rows of a fixture in TOML."""
    return tomllib.loads((FIXTURES / f"{name}.toml").read_text(encoding="utf8"))


def read(extractor: Extractor, texts: Sequence[str], day: str | None = DAY) -> Iterator[Extraction]:
    """An extraction for each text, as if published on that day."""
    return extractor.extract_many(Article(id=str(n), text=text, published=day) for n, text in enumerate(texts))


# ---------------------------------------------------------------- names

BRACKET = re.compile(r"\[([A-Z]+) ([^\]]+)\]")
Named = tuple[int, int, str]


def annotated() -> list[tuple[str, set[Named]]]:
    """Plain sentences with the bounds and kinds of their names."""
    rows = []
    for line in (FIXTURES / "names.txt").read_text(encoding="utf8").splitlines():
        if not line.startswith("#"):
            text, spans, end = "", set(), 0
            for match in BRACKET.finditer(line):
                text += line[end : match.start()]
                spans.add((len(text), len(text) + len(match[2]), match[1]))
                text, end = text + match[2], match.end()
            rows.append((text + line[end:], spans))
    return rows


def names(extractor: Extractor) -> Score:
    """Names with their exact bounds and kinds."""
    score, rows = Score(), annotated()
    for (text, wanted), found in zip(rows, read(extractor, [text for text, _ in rows], None), strict=True):
        mentions = [(e, m) for e in found.entities for m in e.mentions if m.kind is MentionKind.NAME]
        given = {(m.start, m.end, "PLACE" if e.type in PLACES else e.type.value) for e, m in mentions}
        told = f"{text}: {sorted((text[a:b], kind) for a, b, kind in given ^ wanted)}"
        score.add(len(given & wanted), len(wanted), len(given), told)
    return score


# ---------------------------------------------------------------- coreference

MARK = re.compile(r"\{([^=}]+)=([^}]*)\}")


def plain(passage: str) -> tuple[str, list[tuple[int, int, set[str]]]]:
    """The text without its marks, and where each anaphor stands with the wordings of what it refers to."""
    text, at, links = "", 0, []
    for mark in MARK.finditer(passage):
        text += passage[at : mark.start()]
        links.append((len(text), len(text) + len(mark[1]), set(filter(None, mark[2].split("|")))))
        text, at = text + mark[1], mark.end()
    return text + passage[at:], links


def anaphors(extractor: Extractor, passages: Sequence[str]) -> Score:
    """Pronouns and definite nouns with what they refer to."""
    score, rows = Score(), [plain(passage) for passage in passages]
    for (text, links), found in zip(rows, read(extractor, [text for text, _ in rows]), strict=True):
        for start, end, wanted in links:
            chains = [e for e in found.entities if any((m.start, m.end) == (start, end) for m in e.mentions)]
            words = {w for e in chains for w in (e.name, *(m.text for m in e.mentions if m.kind == "name"))}
            right = any(word.endswith(w) for word in words for w in wanted) if wanted else not chains
            score.add(right, 1, bool(chains) or not wanted, f"{text} [{text[start:end]}: {sorted(words)}]")
    return score


def coreference(extractor: Extractor) -> Score:
    """All passages of the fixture."""
    return anaphors(extractor, [passage for passages in cases("coreference").values() for passage in passages])


# ---------------------------------------------------------------- dates


def interval(mention: DateMention) -> str:
    """A time expression as the fixture writes it."""
    days = f"{mention.from_} {mention.to}" if mention.from_ else "vague"
    return f"{days} {mention.granularity.value}"


def understood(extractor: Extractor, case: Sequence[str]) -> tuple[bool, dict[str, str]]:
    """Whether the expression of a case means what it should, and all that was found in its text."""
    text, day, words, expected = case
    mentions = extractor.extract(Article(id="a", text=text, published=day or None)).dates
    found = {m.text: interval(m) for m in mentions}
    if expected == "-":
        return not [t for t in found if t in words or words in t], found
    return found.get(words) == expected, found


def dates(extractor: Extractor) -> Score:
    """Time expressions with their interval and granularity."""
    score = Score()
    for case in cases("dates")["cases"]:
        right, found = understood(extractor, case)
        score.add(right, 1, bool(found) or right, f"{case}: {found}")
    return score


# ---------------------------------------------------------------- places


def kilometres(place: PlaceMention, lat: float, lon: float) -> float:
    """Distance along the surface."""
    if place.lat is None or place.lon is None:
        return 99999
    one, other = radians(place.lat), radians(lat)
    half = sin((other - one) / 2) ** 2 + cos(one) * cos(other) * sin(radians(lon - place.lon) / 2) ** 2
    return 12742 * asin(sqrt(half))


def mention(found: Extraction, name: str) -> PlaceMention | None:
    """The last mention: what comes before it may decide."""
    return next((p for p in reversed(found.places) if p.text == name), None)


def lies(place: PlaceMention | None, country: str, point: Sequence[float]) -> bool:
    """Whether a place is in the country and near the point of a case."""
    if country == "-" or place is None:
        return place is None and country == "-"
    return place.country == (country or None) and (not point or kilometres(place, point[0], point[1]) <= NEAR)


def places(extractor: Extractor) -> Score:
    """Names with their country and a point within 161 km."""
    score, rows = Score(), cases("places")["cases"]
    for (text, name, country, *point), found in zip(rows, read(extractor, [row[0] for row in rows], None), strict=True):
        place = mention(found, name)
        right = lies(place, country, point)
        score.add(right, 1, place is not None or right, f"{name} ({country}) in {text!r}: {place}")
    return score


# ---------------------------------------------------------------- materiel and relations


def hits(wanted: Sequence[str], given: Sequence[Any], fits: Callable[[str, Any], bool]) -> int:
    """How many of the given rows answer one of the wanted ones, each once."""
    left = list(given)
    for row in wanted:
        if (found := next((g for g in left if fits(row, g)), None)) is not None:
            left.remove(found)
    return len(given) - len(left)


def moved(wanted: str, given: Materiel) -> bool:
    """Item, quantity, giver, receiver, status: "*" is anything, "-" nothing, a side its country or words of its name."""
    item, quantity, giver, receiver, status = wanted.split(" | ")

    def side(name: str, code: str | None) -> bool:
        if name in {"*", "-"}:
            return name == "*" or code is None
        return code is not None and name.lower() in code.lower()

    rest = quantity in {"*", given.quantity or "-"} and status in {"*", given.status}
    return given.item == item and rest and side(giver, given.giver) and side(receiver, given.receiver)


def materiel(extractor: Extractor) -> Score:
    """What moves, from whom to whom, and how far it has come."""
    score, rows = Score(), cases("materiel")["cases"]
    for (text, *wanted), found in zip(rows, read(extractor, [row[0] for row in rows]), strict=True):
        given = found.materiel
        told = f"{text}: {[(m.item, m.quantity, m.giver, m.receiver, m.status) for m in given]}"
        score.add(hits(wanted, given, moved), len(wanted), len(given), told)
    return score


def tied(entities: dict[str, Entity], wanted: str, given: Relation) -> bool:
    """Type, both sides by code or words of the name, and value; symmetric ties either way round."""
    kind, subject, other, value = wanted.split(" | ")

    def side(name: str, who: str) -> bool:
        entity = entities.get(who)
        return name.lower() in (f"{entity.code} {entity.name}" if entity else who).lower()

    ways = [(given.subject, given.object), *([(given.object, given.subject)] if kind in SYMMETRIC else [])]
    sides = any(side(subject, a) and side(other, b) for a, b in ways)
    return given.type == kind and sides and value in {"*", given.value or "-"}


def relations(extractor: Extractor) -> Score:
    """Lasting ties."""
    score, rows = Score(), cases("relations")["cases"]
    for (text, *wanted), found in zip(rows, read(extractor, [row[0] for row in rows]), strict=True):
        right = hits(wanted, found.relations, partial(tied, {e.id: e for e in found.entities}))
        told = f"{text}: {[(r.type, r.subject, r.object, r.value) for r in found.relations]}"
        score.add(right, len(wanted), len(found.relations), told)
    return score


# ---------------------------------------------------------------- offices


def offices(extractor: Extractor, sentence: str = "{} told reporters on Monday that the talks had failed.") -> Score:
    """Names of office holders, alone in a sentence, with their code on the article's day; "" is a name without a code."""
    score, rows, start = Score(), cases("offices")["cases"], sentence.index("{")
    articles = (Article(id=str(n), text=sentence.format(row[0]), published=row[1]) for n, row in enumerate(rows))
    for (name, day, code), found in zip(rows, extractor.extract_many(articles), strict=True):
        given = {e.code or "" for e in found.entities for m in e.mentions if m.start == start}
        right = given == {code} or (not code and not given)
        score.add(right, 1, bool(given) or right, f"{name} on {day}: {code}, given {sorted(given)}")
    return score


SETS: dict[str, Callable[[Extractor], Score]] = {
    "names": names,
    "offices": offices,
    "coreference": coreference,
    "dates": dates,
    "places": places,
    "materiel": materiel,
    "relations": relations,
}
