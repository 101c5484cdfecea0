"""Reports of events as the pipeline makes them, small, for tests of what several articles come to."""

from __future__ import annotations

from typing import Any

from worker.model import (
    Actor,
    Article,
    Casualties,
    Coder,
    Entity,
    EntityType,
    Event,
    EventDate,
    EventPlace,
    EventType,
    Granularity,
    Materiel,
    Mention,
    MentionKind,
    Modality,
    Polarity,
    Span,
    Tense,
)
from worker.record import ArticleRef, EventBody, Record, RecordType

CODER = Coder(name="newsworker", version="0", pipeline="p", ontology="o")
STRIKE = "Russian drones struck grain silos in the port of Odesa overnight, killing two dock workers."


def party(code: str | None, name: str = "", entity: str | None = None) -> Actor:
    parts = (code or "").split()
    country = parts[0] if parts and parts[0] not in {"IGO", "UNO", "NGO"} else None
    sector = parts[1] if country and len(parts) > 1 else None
    name = name or (code or "they")
    return Actor(start=0, end=len(name), text=name, name=name, code=code, country=country, sector=sector, entity=entity)


def day(first: str, last: str | None = None) -> EventDate:
    return EventDate(text=first, from_=first, to=last or first, granularity=Granularity.DAY)


def named(who: str, kind: MentionKind = MentionKind.NAME) -> Mention:
    return Mention(start=0, end=len(who), text=who, kind=kind)


def body(article: str = "a", revision: int = 1, published: str | None = "2026-02-09", **given: Any) -> EventBody:
    """The report of a strike on Odesa; `given` are fields of the event, and `persons` who is named."""
    persons: dict[str, str] = given.pop("persons", {})
    goods: tuple[Materiel, ...] = given.pop("goods", ())
    evidence = given.pop("evidence", STRIKE)
    trigger = given.pop("trigger", "struck")
    start = given.pop("start", 0)
    fields: dict[str, Any] = {
        "id": f"{article}-{given.get('type', 'ASSAULT')}-{start}-{trigger}",
        "type": EventType.ASSAULT,
        "mode": "drone",
        "quad": 4,
        "score": -9,
        "actors": (party("RUS MIL"),),
        "recipients": (party("UKR"),),
        "trigger": Span(start=start, end=start + len(trigger), text=trigger),
        "evidence": Span(start=start, end=start + len(evidence), text=evidence),
        "polarity": Polarity.AFFIRMED,
        "modality": Modality.ACTUAL,
        "tense": Tense.PAST,
        "date": day("2026-02-08", "2026-02-09"),
        "place": EventPlace(name="Odesa", country="UKR", geonameid=698740),
        "casualties": Casualties(killed=2),
        "confidence": 0.8,
    }
    entities = tuple(Entity(id=name, type=EntityType.PERSON, name=who, mentions=(named(who),)) for name, who in persons.items())
    return EventBody(
        event=Event(**(fields | given)),
        article=ArticleRef(id=article, published=published, source="wire", revision=revision),
        entities=entities,
        materiel=goods,
        coder=CODER,
    )


def article(name: str = "a", revision: int = 1) -> Article:
    return Article(id=name, text="", published="2026-02-09", source="wire", revision=revision)


def coded(told: EventBody) -> Record:
    return Record(
        stream="events",
        type=RecordType.EVENT_CODED,
        id=told.event.id,
        source="/wire",
        subject=told.article.id,
        time="2026-02-09T09:30:00Z",
        body=told.model_dump_json(),
    )


def whole(name: str, revision: int = 1) -> Record:
    """The record of the article itself."""
    return Record(
        stream="articles",
        type=RecordType.ARTICLE_EXTRACTED,
        id=f"{name}:{revision}",
        source="/wire",
        subject=name,
        time="2026-02-09T09:30:00Z",
        body="{}",
    )
