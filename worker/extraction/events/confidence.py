"""How likely an event is right: of those at 0.8 about eight in ten are, by the measure that `bench.calibrate` takes.

Each trait of how an event is told adds to the odds or takes from them; how much stands in `ontology/confidence.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from math import exp

from worker.extraction.actors.actors import Party
from worker.extraction.events.found import Found
from worker.model import EventType

FILE, BASE = "confidence.toml", "base"
# Types that often have nobody at the other end.
ALONE = frozenset(
    {EventType.PROTEST, EventType.MOBILIZE, EventType.RETREAT, EventType.CONCEDE, EventType.ASSAULT, EventType.COERCE}
)
# Tokens between trigger and party beyond which the parser often errs.
FAR = 12


def confidence(found: Found) -> float:
    """Share of events told like this one that are right; where the model told of it, its word."""
    if found.chance is not None:
        return round(found.chance, 2)
    weights = load()
    odds = weights[BASE] + sum(weights[name] * value for name, value in traits(found).items())
    return round(1 / (1 + exp(-odds)), 2)


@cache
def load() -> Mapping[str, float]:
    """What each trait adds to the logarithm of the odds."""
    table = tomllib.loads((resources.files("worker.ontology") / FILE).read_text(encoding="utf8"))
    return {name: float(value) for name, value in table.items()}


def traits(found: Found) -> dict[str, float]:
    """What tells for or against an event."""
    lonely = not found.recipients and len(found.actors) < 2
    yes = {
        "noun": found.sense.noun,
        "turned": found.type is not found.sense.type,
        "held": found.world.hold is not None,
        "inferred": found.inferred,
        "actor missing": not found.actors,
        "actor unknown": any(p.code is None for p in found.actors),
        "actor described": any(_described(p) for p in found.actors),
        "recipient missing": lonely and found.type not in ALONE,
        "alone": lonely and found.type in ALONE,
        "together": not found.recipients and not lonely,
        "recipient unknown": any(p.code is None for p in found.recipients),
        "many": len(found.actors) + len(found.recipients) > 2,
        "far": any(_far(p, found) for p in (*found.actors, *found.recipients)),
    }
    return {name: float(value) for name, value in yes.items()}


def _described(party: Party) -> bool:
    return party.code is not None and (party.figure is None or party.figure.described)


def _far(party: Party, found: Found) -> bool:
    return abs(party.span.root.i - found.trigger.i) > FAR
