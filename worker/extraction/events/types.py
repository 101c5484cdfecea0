"""The type of an event by the world it takes place in: promised aid is agreement, a threatened strike is a threat."""

from __future__ import annotations

from worker.extraction.events.factuality import Hold, World
from worker.model import EventType, Polarity
from worker.ontology.senses import Sense

COOPERATION = frozenset({EventType.AID, EventType.COOPERATE, EventType.CONSULT, EventType.SUPPORT})
FORCE = frozenset({EventType.ASSAULT, EventType.COERCE, EventType.SANCTION, EventType.MOBILIZE, EventType.PROTEST})
GIVING_WAY = frozenset({EventType.RETREAT, EventType.CONCEDE})
COMMITTED = frozenset({Hold.PROMISE, Hold.INTEND, Hold.AHEAD})
# "will not lift", "will not meet": a refusal.
REFUSABLE = COOPERATION | GIVING_WAY | {EventType.AGREE}


def turned(sense: Sense, world: World) -> tuple[EventType | None, bool]:
    """The type that the world makes of a sense, and whether the governing word has become part of the event."""
    hold = world.hold
    if hold is None:
        return sense.type, False
    if hold is Hold.AHEAD and world.polarity is Polarity.NEGATED and sense.type in REFUSABLE:
        return EventType.REJECT, False
    if sense.type in COOPERATION and hold in COMMITTED:
        return EventType.AGREE, hold is not Hold.AHEAD
    if sense.type in GIVING_WAY and hold in COMMITTED:
        return EventType.CONCEDE, hold is not Hold.AHEAD
    if sense.noun and world.governor is not None and world.governor.lemma_ == "announce" and sense.type in FORCE:
        # "announced the arrest of two spies" tells of an arrest, "announced aid" promises it.
        return sense.type, False
    if sense.type in FORCE and hold in {*COMMITTED, Hold.THREATEN}:
        return EventType.THREATEN, hold is not Hold.AHEAD
    if hold in COMMITTED and sense.type in {EventType.AGREE, EventType.THREATEN}:
        return sense.type, hold is Hold.PROMISE and not sense.noun
    return None, False
