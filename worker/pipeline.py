"""The whole program on one screen: documents -> articles -> extractions -> records -> sink.

Plain functions over frozen values. Celery, the command line and the page call these, and add nothing to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pydantic import BaseModel

from worker.errors import NewsworkerError, Rejected, Retryable
from worker.extraction import Extractor
from worker.http import Client
from worker.model import Article, Document, Entity, Extraction, Quote
from worker.record import ArticleRef, DeadBody, EventBody, QuoteBody, Record, RecordType, Sink, StreamName
from worker.settings import Settings
from worker.text import complete, to_article


def read(
    documents: Iterable[Document | Rejected],
    settings: Settings,
    client: Client | None = None,
    make: Callable[[Document, Settings], Article] = to_article,
) -> Iterator[Article | NewsworkerError]:
    """Articles in the order of the documents; what cannot become one is given as its error, and the others go on.

    With a client, a document that is only a summary is completed from its address; without one it is read as it is.
    """
    for document in documents:
        if isinstance(document, Rejected):
            yield document
            continue
        try:
            whole = complete(document, client) if client and not document.complete else document
            yield make(whole, settings)
        except (Rejected, Retryable) as error:
            yield error.at(url=document.url, source=document.source)


def run(articles: Sequence[Article], extractor: Extractor, sink: Sink, time: str) -> list[tuple[Article, bool]]:
    """Extract a batch and publish each article's records in one step; False: the article stood there already."""
    return [
        (extraction.article, sink.publish(extraction.article, records(extraction, time)))
        for extraction in extractor.extract_many(articles)
    ]


def records(extraction: Extraction, time: str) -> tuple[Record, ...]:
    """The stream records of an extraction; `time` is when they are made. Ids depend on the extraction alone."""
    article = extraction.article
    kind = RecordType.ARTICLE_REVISED if article.revision > 1 else RecordType.ARTICLE_EXTRACTED
    name = f"{article.id}:{article.revision}:{extraction.coder.version}"
    whole = _record("articles", kind, name, article, time, extraction)
    return (whole, *_event_records(extraction, time), *_quote_records(extraction, time))


def dead_letter(error: NewsworkerError, time: str, attempts: int = 0) -> Record:
    """The record of something given up: which article, file or address, at which stage, and why."""
    subject = error.article or error.url or error.source or "unknown"
    body = DeadBody(
        article=subject,
        stage=error.stage or "unknown",
        reason=error.reason or type(error).__name__.lower(),
        message=error.message,
        source=error.source,
        url=error.url,
        attempts=attempts,
    )
    return Record(
        stream="dead",
        type=RecordType.DEAD,
        id=f"{subject}:{body.stage}:{body.reason}",
        source=f"/{error.source or 'newsworker'}",
        subject=subject,
        time=time,
        body=body.model_dump_json(),
    )


def source_of(article: Article) -> str:
    """CloudEvents `source`: the address of the article where there is one, else its source's name as a path."""
    return article.url or f"/{article.source or 'newsworker'}"


def _event_records(extraction: Extraction, time: str) -> Iterator[Record]:
    article = extraction.article
    for event in extraction.events:
        named = {party.entity for party in (*event.actors, *event.recipients)} | {event.reported_by}
        body = EventBody(
            event=event,
            article=reference(article),
            entities=tuple(e for e in extraction.entities if e.id in named),
            materiel=tuple(m for m in extraction.materiel if m.id in event.materiel),
            coder=extraction.coder,
        )
        yield _record("events", RecordType.EVENT_CODED, event.id, article, time, body)


def _quote_records(extraction: Extraction, time: str) -> Iterator[Record]:
    for quote in extraction.quotes:
        body = QuoteBody(
            quote=quote,
            article=reference(extraction.article),
            speaker=_speaker(extraction, quote),
            coder=extraction.coder,
        )
        yield _record("quotes", RecordType.QUOTE_ATTRIBUTED, quote.id, extraction.article, time, body)


def _speaker(extraction: Extraction, quote: Quote) -> Entity | None:
    return next((e for e in extraction.entities if e.id == quote.speaker), None)


def reference(article: Article) -> ArticleRef:
    """The article as its events and quotes name it."""
    return ArticleRef(**{name: getattr(article, name) for name in ArticleRef.model_fields})


def _record(stream: StreamName, kind: RecordType, name: str, article: Article, time: str, body: BaseModel) -> Record:
    return Record(
        stream=stream,
        type=kind,
        id=name,
        source=source_of(article),
        subject=article.id,
        time=time,
        body=body.model_dump_json(),
    )
