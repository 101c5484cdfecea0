"""What is published: the records of the streams and their bodies, and what a sink is to them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, Protocol

from pydantic import Field

from worker.model import Article, Coder, Entity, Event, Frozen, IsoDate, Materiel, Quote


class RecordType(StrEnum):
    """CloudEvents types of the stream records."""

    EVENT_CODED = "newsworker.event.coded"
    EVENT_MENTIONED = "newsworker.event.mentioned"
    EVENT_UNMENTIONED = "newsworker.event.unmentioned"
    EVENT_RETRACTED = "newsworker.event.retracted"
    QUOTE_ATTRIBUTED = "newsworker.quote.attributed"
    ARTICLE_EXTRACTED = "newsworker.article.extracted"
    ARTICLE_REVISED = "newsworker.article.revised"
    DEAD = "newsworker.article.dead"


StreamName = Literal["events", "quotes", "articles", "dead"]


class ArticleRef(Frozen):
    """An article without its text, as events and quotes carry it."""

    id: str
    url: str | None = None
    title: str | None = None
    published: IsoDate | None = None
    source: str | None = None
    language: str | None = None
    story: str | None = None
    copy_of: str | None = None
    originator: str | None = None
    revision: int = 1


class EventBody(Frozen):
    """Body of a record of the events stream; complete without the article."""

    event: Event = Field(description="As this article tells it; its id is the same in all reports of it.")
    reports: int = Field(default=1, ge=0, description="Articles that report it as far as is known, this one included.")
    article: ArticleRef
    entities: tuple[Entity, ...]
    materiel: tuple[Materiel, ...]
    coder: Coder


class QuoteBody(Frozen):
    """Body of a record of the quotes stream."""

    quote: Quote
    article: ArticleRef
    speaker: Entity | None
    coder: Coder


class DeadBody(Frozen):
    """Body of a record of the dead stream: what was given up, at which stage, and why."""

    article: str = Field(description="Article id, or the path or address where there is no article yet.")
    stage: str
    reason: str = Field(description="Short word to count by, such as empty, too-long, language, attempts.")
    message: str
    source: str | None = None
    url: str | None = None
    attempts: int = 0


class Record(Frozen):
    """One entry of a stream: CloudEvents 1.0 attributes and a JSON body."""

    stream: StreamName
    type: RecordType
    id: str
    source: str
    subject: str
    time: IsoDate
    body: str = Field(description="JSON")

    def fields(self) -> dict[str, str]:
        """The stream entry's fields, in the order of the specification."""
        return {
            "specversion": "1.0",
            "id": self.id,
            "type": self.type.value,
            "source": self.source,
            "subject": self.subject,
            "time": self.time,
            "datacontenttype": "application/json",
            "dataschema": f"urn:newsworker:schema:{self.stream}:1",
            "body": self.body,
        }


class Sink(Protocol):
    """Where the records of an article go: all of them in one step, or none."""

    def publish(self, article: Article, records: Sequence[Record]) -> bool:
        """Publish; False if this revision had been published before (then nothing is written)."""
