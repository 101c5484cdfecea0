"""What the coder makes of a trigger: an event, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from spacy.tokens import Token

from worker.extraction.actors.actors import Party
from worker.extraction.events.factuality import World
from worker.model import EventType
from worker.ontology.senses import Sense


@dataclass(frozen=True)
class Found:
    """An event before it is put into the wire format."""

    type: EventType
    sense: Sense
    trigger: Token
    actors: tuple[Party, ...]
    recipients: tuple[Party, ...]
    world: World
    mode: str | None = None
    # The word that promises or plans it, once that has become part of this event.
    swallowed: int | None = None
    # The recipients stand not in this clause: earlier events gave them.
    inferred: bool = False
    # The model's probability of the type, where not the lexicon but the model told of it.
    chance: float | None = None

    @property
    def decided(self) -> str:
        """Which rule or model decided, for a person: the entry of the lexicon and what the world made of it, or the chance."""
        if self.chance is not None:
            return f"model: {self.type} at {self.chance:.2f}"
        turned = f", {self.world.told}: {self.type}" if self.type is not self.sense.type else ""
        return f"lexicon: {self.sense}{turned}"


@dataclass(frozen=True)
class Refused:
    """A trigger without an event, and why; without a reason none of its senses was meant."""

    trigger: Token
    reason: str | None
    sense: Sense | None = None
