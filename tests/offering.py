"""What several test modules use to offer articles: an intake without workers, and texts to offer."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

import redis

from worker.intake import Intake
from worker.keys import Stage
from worker.ledger import Ledger
from worker.model import Article, Document
from worker.settings import Settings


class Desk:
    """The way in, with nobody behind it: what was accepted stays in the ledger."""

    def __init__(self, settings: Settings) -> None:
        self.client: Any = redis.Redis.from_url(settings.redis_url, decode_responses=True)
        self.settings, self.keys = settings, settings.keys
        self.ledger = Ledger(self.client, settings)
        self.sent: list[tuple[Stage, str]] = []
        self.intake = Intake(self.ledger, settings, lambda stage, ids: self.sent.extend((stage, name) for name in ids))

    def offer(self, *documents: Document) -> Counter[str]:
        """A poll that gave these documents."""
        return self.intake.documents(documents)

    def accepted(self, name: str) -> Article:
        """The article with this id as it waits for extraction."""
        return Article.model_validate_json(self.client.hget(self.keys.document(name), "extract"))

    def revisions(self) -> dict[str, int]:
        """How often each article that was accepted was so."""
        return dict(Counter(name for stage, name in self.sent if stage == "extract"))

    def of(self, source: str) -> Article:
        """The one accepted article of a source."""
        (name,) = {name for _, name in self.sent if self.accepted(name).source == source}
        return self.accepted(name)

    def about(self, name: str) -> dict[str, Any]:
        """What is remembered of an article."""
        found: dict[str, Any] = json.loads(self.client.hget(self.keys.seen(name), "about"))
        return found


def document(text: str, number: int = 0, **values: Any) -> Document:
    """An entry of a feed with its own address and guid."""
    given = {
        "url": f"https://harbour.example/2026/11/story-{number}",
        "guid": f"tag:harbour.example,2026:item-number-{number}",
        "title": f"Headline number {number}",
        "source": "harbour",
    }
    return Document(content=text, **{**given, **values})


def prose(seed: int, words: int = 120, paragraphs: int = 6) -> str:
    """A text that has nothing in common with that of another seed; in sentences, with names and numbers."""
    chance = random.Random(seed)
    stems = [f"{chance.choice('bdfgklmnprst')}{chance.choice('aeiou')}{n:x}{chance.choice('lmnrt')}ed" for n in range(words)]

    def sentence() -> str:
        told = chance.sample(stems, 14)
        told[3], told[8] = chance.choice(stems).title(), str(chance.randrange(20, 10_000))
        told[0] = told[0].title()
        return " ".join(told) + "."

    return "\n\n".join(f"{sentence()} {sentence()}" for _ in range(paragraphs))


def edited(text: str, share: float, seed: int = 0) -> str:
    """The text with so many of its plain words replaced."""
    chance = random.Random(seed)
    words: Iterable[str] = text.split(" ")
    return " ".join(
        "".join(chance.choices("xyz", k=5)) if word.islower() and chance.random() < share else word for word in words
    )
