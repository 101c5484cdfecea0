"""Whether two reports, of two articles, tell of the same happening.

Codes alone do not say it: two states accuse each other every day. Two reports are of one happening if nothing that they
say contradicts (parties and persons, day, place, numbers) and enough of it agrees, something particular among it. What is
in doubt stays two: an event that is counted twice can be seen, two that became one cannot.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from pydantic import Field

from worker.model import Actor, EntityType, Event, Frozen, Granularity, Materiel, MentionKind, Modality, Tense
from worker.ontology import NON_STATE, data, lexicon, lexicon_numbers
from worker.record import EventBody

WORDS = re.compile(r"[^\W\d_]{3,}")
FIGURES = re.compile(r"[^\W\d_]+|\d[\d,.]*")
# Days and years are told by the date.
CALENDAR = re.compile(r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d{1,2}\b|\b(?:19|20)\d\d\b")
# Longer words are compared by so many first letters: "deliver", "delivered", "delivery".
STEM = 5
# Words of a report that are kept; a sentence has about a dozen that tell something.
MOST_WORDS = 24
STATED = frozenset({Modality.ACTUAL, Modality.ALLEGED})
# Whoever speaks for a state or its forces has a new name in each report: the ministry, the Kremlin, Moscow.
STATE = frozenset({"GOV", "MIL", None})
# Agreement that makes two reports one, counted as `common` counts it: on the same day, and where a report without a date of
# its own appeared on the day before or after.
SAME_DAY, NEXT_DAY = 4, 5
# The same trigger in the same words of one story is told again, whatever a changed paragraph beside it makes of the parties.
SAME_SENTENCE = 50
ONE_DAY = dt.timedelta(days=1)
# A person can be the only one of an accident; two or more are a number that is told again.
FEW = 2


class Facts(Frozen):
    """What a report says of its happening, as far as other reports may say it again."""

    type: str
    world: str
    first: str | None = None
    last: str | None = None
    told: bool = False
    mode: str | None = None
    actors: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    country: str | None = None
    town: str | None = None
    numbers: dict[str, int] = Field(default_factory=dict)
    goods: dict[str, str | None] = Field(default_factory=dict)
    trigger: str
    words: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    story: str | None = None
    sentence: str = Field(default="", description="Digest of the trigger and the words around it.")

    @property
    def roots(self) -> tuple[str, ...]:
        """The states and organisations whose happening it is, on whichever side."""
        return tuple(sorted({_root(code) for code in (*self.actors, *self.recipients)}))

    @property
    def day(self) -> dt.date | None:
        """The day, or None for what took longer or is not known to the day."""
        if self.first is None or self.last is None:
            return None
        first, last = dt.date.fromisoformat(self.first), dt.date.fromisoformat(self.last)
        return first if last - first <= ONE_DAY else None


class Agreement(NamedTuple):
    """How much two reports have in common, and how much of that is particular to a happening."""

    total: int
    particular: int


# ---------------------------------------------------------------- what a report says


def facts(body: EventBody) -> Facts:
    """What the report says."""
    event, days = body.event, _days(body)
    place = event.place
    town = place.name.lower() if place else None
    parties = (*event.actors, *event.recipients)
    return Facts(
        type=event.type,
        world=_world(event),
        mode=event.mode,
        actors=_codes(event.actors),
        recipients=_codes(event.recipients),
        persons=_named(body, parties, EntityType.PERSON),
        bodies=_named(body, parties, EntityType.ORG),
        first=days and days[0],
        last=days and days[1],
        told=event.date is not None and event.date.from_ is not None,
        country=place.country if place else None,
        town=town if town not in _countries() else None,
        numbers=event.casualties.model_dump(exclude_none=True) if event.casualties else {},
        goods={_item(thing): _amount(thing) for thing in body.materiel},
        trigger=_stem(event.trigger.text),
        words=_words(event, parties),
        figures=_figures(event.evidence.text),
        story=body.article.story,
        sentence=sentence(event),
    )


def sentence(event: Event) -> str:
    """What tells the event's words from others: a copy has the same, at another place of its text."""
    # 48 bits: only sentences of one story are compared.
    words = " ".join(WORDS.findall(event.evidence.text.lower()))
    return hashlib.sha256(f"{event.trigger.text}|{words}".encode()).hexdigest()[:12]


def _days(body: EventBody) -> tuple[str, str] | None:
    """First and last day: those of its date, else the one on which the article appeared; None where neither is known."""
    date = body.event.date
    if date is not None and date.from_ and date.to:
        return date.from_[:10], date.to[:10]
    if (date is None or date.granularity is Granularity.DAY) and body.article.published:
        return body.article.published[:10], body.article.published[:10]
    return None


def _world(event: Event) -> str:
    modality = "stated" if event.modality in STATED else event.modality
    return f"{event.polarity} {modality}{' ahead' if event.tense is Tense.FUTURE else ''}"


@cache
def _countries() -> frozenset[str]:
    """Names of states: a place that is a whole state tells no more than the event's country."""
    return frozenset(name.lower() for row in data("countries").values() for name in (row["name"], *row["names"]))


def _codes(side: Iterable[Actor]) -> tuple[str, ...]:
    return tuple(sorted({actor.code for actor in side if actor.code}))


def _named(body: EventBody, parties: Iterable[Actor], kind: EntityType) -> tuple[str, ...]:
    """Who is named, each behind the state that they belong to: "FRA macron"."""
    known = {e.id: e for e in body.entities if e.type is kind and any(m.kind is MentionKind.NAME for m in e.mentions)}
    found = set()
    for party in parties:
        entity = known.get(party.entity or "")
        if entity is None or (kind is EntityType.ORG and party.sector in STATE):
            continue
        name = entity.name.lower()
        found.add(f"{_root(party.code or '?')} {name.split()[-1] if kind is EntityType.PERSON else name}")
    return tuple(sorted(found))


def _item(thing: Materiel) -> str:
    return _stem(thing.item.split()[-1]) if thing.item.split() else thing.category


def _amount(thing: Materiel) -> str | None:
    """The number in an amount, in figures; None where there is none."""
    return next((figure for word in FIGURES.findall((thing.quantity or "").lower()) if (figure := _figure(word))), None)


def _words(event: Event, parties: Sequence[Actor]) -> tuple[str, ...]:
    """What its sentence tells besides trigger, parties and place, by the beginnings of its words, and its numbers."""
    told = [event.trigger.text, event.place.name if event.place else "", event.date.text if event.date else ""]
    told += [text for party in parties for text in (party.name, party.text, *_names_of(party.country))]
    known = {_stem(word) for text in told for word in WORDS.findall(text)}
    common = lexicon("reports")["common"]
    found = (word.lower() for word in WORDS.findall(event.evidence.text))
    stems = [_stem(word) for word in found if word not in common and word not in lexicon_numbers()]
    return tuple(dict.fromkeys((*(stem for stem in stems if stem not in known), *_figures(event.evidence.text))))[:MOST_WORDS]


@cache
def _names_of(country: str | None) -> tuple[str, ...]:
    row = data("countries").get(country or "")
    return (row["name"], *row["adjectives"]) if row else ()


def _figures(text: str) -> tuple[str, ...]:
    """The numbers of a sentence from two on, in figures."""
    found = (_figure(word.lower()) for word in FIGURES.findall(CALENDAR.sub(" ", text)))
    return tuple(dict.fromkeys(figure for figure in found if figure and figure != "1"))[:MOST_WORDS]


def _figure(word: str) -> str | None:
    plain = word.replace(",", "").rstrip(".")
    if plain.replace(".", "").isdecimal():
        return plain
    return str(lexicon_numbers()[word]) if word in lexicon_numbers() else None


def _stem(word: str) -> str:
    low = word.lower()
    if len(low) > STEM:
        return low[:STEM]
    return low.removesuffix("s") if len(low) == STEM else low


def _root(code: str) -> str:
    """The state, or the whole code of what is none."""
    head = code.split(maxsplit=1)[0]
    return code if head in NON_STATE else head


# ---------------------------------------------------------------- where to look for the same


def shelves(told: Facts) -> tuple[str, ...]:
    """Where a happening is kept: with those of its type, parties and day, of its town and day, and of its story and day.

    Nowhere if nothing says when it was: then nobody knows it again.
    """
    if told.first is None:
        return ()
    return tuple(_shelf(told, what, _label(told)) for what in _whats(told))


def lookups(told: Facts) -> tuple[str, ...]:
    """Where a report may find its happening: on the shelves of its day, of the day before and of the day after."""
    day = told.day
    if told.first is None:
        return ()
    labels = [_label(told)] if day is None else [(day + step * ONE_DAY).isoformat() for step in (0, -1, 1)]
    return tuple(_shelf(told, what, label) for what in _whats(told) for label in labels)


def _whats(told: Facts) -> Iterator[str]:
    yield "|".join(told.roots)
    if told.town:
        yield f"@{told.town}"
    if told.story:
        yield f"#{told.story}"


def _label(told: Facts) -> str:
    return told.day.isoformat() if told.day else f"{told.first}/{told.last}"


def _shelf(told: Facts, what: str, label: str) -> str:
    # 80 bits: a clash only costs a comparison.
    return hashlib.sha256(f"{told.type}|{told.world}|{what}|{label}".encode()).hexdigest()[:20]


# ---------------------------------------------------------------- whether it is the same


def same(one: Facts, two: Facts) -> int:
    """How surely two reports are of one happening; 0 if they are not."""
    if _is_repeated(one, two):
        return SAME_SENTENCE + (0 if contradict(one, two) else common(one, two).total)
    apart = _apart(one, two)
    if apart is None or contradict(one, two):
        return 0
    agreed = common(one, two)
    needed = NEXT_DAY if apart else SAME_DAY
    return agreed.total if agreed.particular and agreed.total >= needed else 0


def _is_repeated(one: Facts, two: Facts) -> bool:
    """Whether both are one sentence of a story, which a copy has from the other."""
    told = [(facts.type, facts.world, facts.sentence) for facts in (one, two)]
    return one.story is not None and one.story == two.story and told[0] == told[1]


def contradict(one: Facts, two: Facts, *, numbers: bool = True) -> bool:
    """Whether both cannot be of one happening, whatever they have in common; `numbers`: neither if these differ."""
    return (
        (one.type, one.world) != (two.type, two.world)
        or _differ(one.mode, two.mode)
        or _differ(one.country, two.country)
        or _differ(one.town, two.town)
        or not _parties_fit(one, two)
        or _names_differ(one.persons, two.persons)
        or _names_differ(one.bodies, two.bodies)
        or (numbers and any(_differ(one.numbers.get(fate), two.numbers.get(fate)) for fate in one.numbers))
        or (numbers and any(_differ(amount, two.goods.get(item)) for item, amount in one.goods.items()))
    )


def _differ(one: object | None, two: object | None) -> bool:
    return one is not None and two is not None and one != two


def _apart(one: Facts, two: Facts) -> int | None:
    """0 if they may be of the same day, 1 if of adjoining ones; None if of others, or if nobody knows."""
    if not (one.first and one.last and two.first and two.last):
        return None
    if one.day is None or two.day is None:
        return 0 if (one.first, one.last) == (two.first, two.last) else None
    if one.first <= two.last and two.first <= one.last:
        return 0
    # A day that the text tells is not another day. One that is only that of the article may be a day late.
    return 1 if abs(one.day - two.day) <= ONE_DAY and not (one.told and two.told) else None


def _parties_fit(one: Facts, two: Facts) -> bool:
    """The same parties in the same roles; one may be left out of the happening of a town ("drones hit silos in Odesa")."""
    if one.roots != two.roots and (one.town is None or one.town != two.town):
        return False
    if _is_joint(one) or _is_joint(two):
        # Who acts together may stand in any order.
        return _codes_fit((*one.actors, *one.recipients), (*two.actors, *two.recipients))
    sides = [(one.actors, two.actors), (one.recipients, two.recipients)]
    told = [(first, second) for first, second in sides if first and second]
    # Who did it in one report is nobody to whom it was done in the other.
    return (bool(told) or one.roots != two.roots) and all(_codes_fit(first, second) for first, second in told)


def _is_joint(one: Facts) -> bool:
    """Who meets or works together does so mutually, whoever is the subject: "received" and "visited"."""
    return one.type in lexicon("reports")["joint"] or (len(one.actors) > 1 and not one.recipients)


def _codes_fit(one: Iterable[str], two: Iterable[str]) -> bool:
    """The same states and organisations, and for each the same sectors or none told."""
    first, second = _sectors(one), _sectors(two)
    return first.keys() == second.keys() and all(
        not first[root] or not second[root] or first[root] & second[root] for root in first
    )


def _sectors(codes: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code in codes:
        root = _root(code)
        # Two papers seldom describe people alike: "residents", "workers", "students".
        told = ("CVL" if sector in lexicon("reports")["people"] else sector for sector in code.removeprefix(root).split()[:1])
        found.setdefault(root, set()).update(told)
    return found


def _names_differ(one: tuple[str, ...], two: tuple[str, ...]) -> bool:
    """Whether some state's people or bodies are named in both, and none of them alike."""
    lands = {name.split()[0] for name in one} & {name.split()[0] for name in two}
    return any({n for n in one if n.split()[0] == land}.isdisjoint(two) for land in lands)


def common(one: Facts, two: Facts) -> Agreement:
    """What they have in common, by weight; types and parties alone are nothing particular."""
    fates = [n for fate, n in one.numbers.items() if two.numbers.get(fate) == n]
    goods = [amount == two.goods[item] is not None for item, amount in one.goods.items() if item in two.goods]
    particular = (
        3 * (one.story is not None and one.story == two.story)
        + 2 * (one.town is not None and one.town == two.town)
        + (2 if any(n >= FEW for n in fates) else len(fates[:1]))
        + (1 + any(goods) if goods else 0)
        + min(2, len({*one.persons, *one.bodies} & {*two.persons, *two.bodies}))
        + _alike(one.words, two.words)
    )
    # Who gives numbers gives some of the same, if it is the same.
    other = 2 * (bool(one.figures and two.figures) and {*one.figures}.isdisjoint(two.figures))
    general = _weight_of_parties(one, two) + (one.mode is not None and one.mode == two.mode) + (one.trigger == two.trigger)
    return Agreement(particular + general - other, particular)


def _weight_of_parties(one: Facts, two: Facts) -> int:
    if len(one.roots) < 2 or one.roots != two.roots:
        return 0
    return 1 if one.type in lexicon("reports")["repeated"] else 2


def _alike(one: tuple[str, ...], two: tuple[str, ...]) -> int:
    """How much two sentences share of their words: 0 for next to nothing, 3 for nearly all."""
    shared, least = len({*one} & {*two}), min(len(one), len(two))
    if shared < 2 or shared * 4 < least:
        return 0
    if shared >= 5 and shared * 5 >= least * 3:
        return 3
    return 2 if shared >= 3 and shared * 2 >= least else 1
