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
# Who promises troops means well: "offered to send troops to Uganda"; who vows to send them may not.
OFFERS = frozenset({"offer", "agree", "promise", "pledge", "volunteer", "commit"})


def turned(sense: Sense, world: World) -> tuple[EventType | None, bool]:
    """The type that the world makes of a sense, and whether the governing word has become part of the event."""
    hold = world.hold
    if hold is None:
        return sense.type, False
    if hold is Hold.AHEAD and world.polarity is Polarity.NEGATED and sense.type in REFUSABLE:
        return EventType.REJECT, False
    governor = world.governor.lemma_.lower() if world.governor is not None else None
    offered = sense.type is EventType.MOBILIZE and hold is Hold.PROMISE and governor in OFFERS
    if (sense.type in COOPERATION and hold in COMMITTED) or offered:
        return EventType.AGREE, hold is not Hold.AHEAD
    if sense.type in GIVING_WAY and hold in COMMITTED:
        return EventType.CONCEDE, hold is not Hold.AHEAD
    if sense.noun and governor == "announce" and sense.type in FORCE:
        # "announced the arrest of two spies" tells of an arrest, "announced aid" promises it.
        return sense.type, False
    if sense.type in FORCE and hold in {*COMMITTED, Hold.THREATEN}:
        return EventType.THREATEN, hold is not Hold.AHEAD
    if hold in COMMITTED and sense.type in {EventType.AGREE, EventType.THREATEN}:
        return sense.type, hold is Hold.PROMISE and not sense.noun
    return None, False
