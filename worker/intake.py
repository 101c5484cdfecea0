"""The way in: articles, documents and addresses are taken into the ledger, and then their ids are sent to the workers.

In that order: an id whose message is lost stands in the ledger and is brought back; the other way round it would be
nowhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from worker.dedupe import article_id, digest
from worker.errors import NewsworkerError, Rejected
from worker.keys import Stage
from worker.ledger import Accepted, Ledger, Outcome
from worker.model import Article, Document
from worker.pipeline import dead_letter
from worker.settings import Settings
from worker.sources import Link, Payload, read_payload
from worker.text import to_article

# A third of what one article may have: a chunk is done well within task_seconds, on a slow machine too.
CHUNK_CHARS = 60_000
# An address that somebody handed in is no article yet; its id cannot be an article's.
ADDRESS = "address:"
# One that an index named; an index that it leads to is not followed, so that no circle is.
PART = ADDRESS + "part:"

Send = Callable[[Stage, Sequence[str]], None]
"""Hands ids to the workers of a stage."""


class Intake:
    """Takes work in. Counts are by outcome: new, pending, duplicate, duplicate_of, rejected:<reason>."""

    def __init__(self, ledger: Ledger, settings: Settings, send: Send) -> None:
        self._ledger, self._settings, self._send = ledger, settings, send

    def articles(self, articles: Iterable[Article | NewsworkerError]) -> Counter[str]:
        """Take in what is to be extracted; an error in an article's place goes to the dead letters."""
        counts: Counter[str] = Counter()
        chunk = _Chunk(self._settings.chunk, self._send)
        for article in articles:
            if isinstance(article, Article):
                counts[self._article(article, chunk)] += 1
            else:
                counts[self._reject(article)] += 1
        chunk.flush()
        return counts

    def documents(self, documents: Iterable[Document | Rejected]) -> Counter[str]:
        """Take in whole documents for extraction, and summaries for fetching first."""
        counts: Counter[str] = Counter()
        chunk = _Chunk(self._settings.chunk, self._send)
        for document in documents:
            counts[self._document(document, chunk)] += 1
        chunk.flush()
        return counts

    def address(self, url: str) -> Counter[str]:
        """Take in an address, of a page or of a feed; it is fetched again each time it is handed in."""
        return Counter([self._visit(ADDRESS, Document(content="", complete=False, url=url), uuid.uuid4().hex)])

    def links(self, links: Iterable[Link], source: str | None = None, language: str | None = None) -> Counter[str]:
        """Take in the parts that an index names; one that has not changed since it was taken in is not fetched again."""
        counts: Counter[str] = Counter()
        for link in links:
            document = Document(content="", complete=False, url=link.url, source=source, language=language)
            counts[self._visit(PART, document, link.changed or uuid.uuid4().hex)] += 1
        return counts

    def _visit(self, prefix: str, document: Document, mark: str) -> str:
        name = prefix + hashlib.sha256((document.url or "").encode()).hexdigest()
        found = self._ledger.accept("fetch", name, document.model_dump_json(), mark)
        if found.outcome is not Outcome.DUPLICATE:
            self._send("fetch", [name])
        return _word(found)

    def _document(self, document: Document | Rejected, chunk: _Chunk) -> str:
        if isinstance(document, Rejected):
            return self._reject(document)
        if not document.complete and document.url:
            return self._summary(document)
        try:
            return self._article(to_article(document, self._settings), chunk)
        except Rejected as error:
            return self._reject(error.at(url=document.url, source=document.source))

    def _article(self, article: Article, chunk: _Chunk) -> str:
        payload = article.model_dump_json()
        found = self._ledger.accept("extract", article.id, payload, digest(article.title, article.text))
        if found.outcome is Outcome.NEW:
            chunk.add(article.id, len(article.text))
        return _word(found)

    def _summary(self, document: Document) -> str:
        name = article_id(document)
        mark = digest(document.title, document.content)
        found = self._ledger.accept("fetch", name, document.model_dump_json(), mark)
        if found.outcome is Outcome.NEW:
            self._send("fetch", [name])
        return _word(found)

    def _reject(self, error: NewsworkerError) -> str:
        self._ledger.reject(dead_letter(error, now()))
        return f"rejected:{error.reason}"


class _Chunk:
    """Ids on their way, sent when there are enough of them, or enough text."""

    def __init__(self, size: int, send: Send) -> None:
        self._size, self._send = size, send
        self._ids: list[str] = []
        self._chars = 0

    def add(self, article: str, chars: int) -> None:
        if self._ids and self._chars + chars > CHUNK_CHARS:
            self.flush()
        self._ids.append(article)
        self._chars += chars
        if len(self._ids) >= self._size:
            self.flush()

    def flush(self) -> None:
        if self._ids:
            self._send("extract", self._ids)
        self._ids, self._chars = [], 0


def read_all(payload: Payload, kind: str | None = None) -> list[Document | Rejected]:
    """The documents in what an address gave. Raises Rejected if it is unfit as a whole."""
    found = list(read_payload(payload, kind))
    if len(found) == 1 and isinstance(found[0], Rejected):
        raise found[0]
    return found


def now() -> str:
    """The time as records have it: UTC, to the second."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _word(found: Accepted) -> str:
    return found.outcome.value
