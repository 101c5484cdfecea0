"""The way in: articles, documents and addresses are taken into the ledger, and then their ids are sent to the workers.

In that order: an id whose message is lost stands in the ledger and is brought back; the other way round it would be
nowhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from worker import limited
from worker.acceptance import Acceptance, Work
from worker.dedupe import Kind, article_id, is_same_page, text_of
from worker.dedupe.trust import Item, clashes
from worker.errors import NewsworkerError, Rejected
from worker.keys import Stage
from worker.ledger import Accepted, Ledger, Outcome
from worker.model import Article, ContentType, Document
from worker.page import read_html
from worker.pipeline import dead_letter
from worker.settings import Settings
from worker.sources import Link, Payload
from worker.text import to_article

# A third of what one article may have: a chunk is done well within task_seconds, on a slow machine too.
CHUNK_CHARS = 60_000
# Items that are looked up together, in number and characters: the entries of a feed, so that those are seen that share a name.
BATCH, BATCH_CHARS = 100, 4_000_000
# An address that somebody handed in is no article yet; its id cannot be an article's.
ADDRESS = "address:"
# One that an index named; an index that it leads to is not followed, so that no circle is.
PART = ADDRESS + "part:"

TOO_MANY = "it has brought as many in a day as it may (setting source_daily_max)"

Send = Callable[[Stage, Sequence[str]], None]
"""Hands ids to the workers of a stage."""


class Intake:
    """Takes work in.

    Counts are by outcome (worker.ledger): new, pending, duplicate, duplicate_of, shrunk, forgotten, rejected:<reason>.
    """

    def __init__(self, ledger: Ledger, settings: Settings, send: Send) -> None:
        self._ledger, self._settings, self._send = ledger, settings, send
        self._acceptance = Acceptance(ledger)

    def articles(self, articles: Iterable[Article | NewsworkerError]) -> Counter[str]:
        """Take in what is to be extracted; an error in an article's place goes to the dead letters."""
        return self._all(articles)

    def documents(self, documents: Iterable[Document | Rejected]) -> Counter[str]:
        """Take in whole documents for extraction, and summaries for fetching first."""
        return self._all(documents)

    def brought(self, source: str, documents: Sequence[Document | Rejected]) -> tuple[Counter[str], int]:
        """Take in what a source brings by itself, no more than it may in a day; and how many were left out, at the end."""
        quota = self._ledger.quota
        left = quota.left(source)
        counts = self.documents(documents[:left])
        quota.spend(source, counts[Outcome.NEW.value])
        return counts, max(len(documents) - left, 0)

    def _all(self, items: Iterable[Item | NewsworkerError]) -> Counter[str]:
        counts: Counter[str] = Counter()
        chunk = _Chunk(self._settings.chunk, self._send)
        for batch in _batches(items):
            counts.update(self._reject(item) for item in batch if isinstance(item, NewsworkerError))
            counts.update(self._batch([item for item in batch if not isinstance(item, NewsworkerError)], chunk))
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

    def _batch(self, items: Sequence[Item], chunk: _Chunk) -> Iterator[str]:
        """Take in what comes together; each source is trusted with its names as they are in this batch, and were before."""
        for source in dict.fromkeys(item.source or "" for item in items):
            yield from self._of_source(source, [item for item in items if (item.source or "") == source], chunk)

    def _of_source(self, source: str, items: Sequence[Item], chunk: _Chunk) -> Iterator[str]:
        archive, bad = self._ledger.archive, clashes(items)
        trust = archive.trust(source)
        doubtful = trust.after(items, bad).doubtful
        works: list[Work] = []
        clash: list[frozenset[Kind]] = []
        for item, kinds in zip(items, bad, strict=True):
            try:
                works.append(self._work(item, doubtful | kinds))
                clash.append(kinds)
            except Rejected as error:
                yield self._reject(error.at(url=item.url, source=item.source))
        taken = self._acceptance.take(works)
        seen = [one.bad | kinds for one, kinds in zip(taken, clash, strict=True)]
        archive.note(source, trust.after([work.item for work in works], seen))
        for work, one in zip(works, taken, strict=True):
            if one.accepted.outcome is Outcome.NEW:
                self._pass_on(one.id, work.item, chunk)
            yield one.accepted.outcome.value

    def _work(self, item: Item, doubted: frozenset[Kind]) -> Work:
        if isinstance(item, Article):
            return Work(item, given=_is_given(item), doubted=doubted)
        given = item.id is not None
        if not item.complete and item.url:
            return Work(item, given=given, doubted=doubted)
        return Work(to_article(item, self._settings), given=given, doubted=doubted, pages=own_pages(item))

    def _pass_on(self, name: str, item: Item, chunk: _Chunk) -> None:
        if isinstance(item, Article):
            chunk.add(name, len(item.text))
        else:
            self._send("fetch", [name])

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


def _batches(items: Iterable[Item | NewsworkerError]) -> Iterator[list[Item | NewsworkerError]]:
    batch: list[Item | NewsworkerError] = []
    chars = 0
    for item in items:
        batch.append(item)
        chars += 0 if isinstance(item, NewsworkerError) else len(text_of(item))
        if len(batch) >= BATCH or chars >= BATCH_CHARS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


def _is_given(article: Article) -> bool:
    """Whether the id is the sender's own, and none that was made from what the article is called."""
    named = bool(article.url or article.guid)
    return named and article.id not in {article_id(article), article_id(article, {Kind.URL})}


def own_pages(document: Document) -> tuple[str, ...]:
    """The address that the page of a document says is its own, if it is on the same site: a page for small screens has two."""
    if document.content_type is not ContentType.HTML or not document.url:
        return ()
    page = read_html(document.content, document.url)
    return (page.url,) if page and page.url and is_same_page(page.url, document.url) else ()


def read_all(payload: Payload, settings: Settings) -> list[Document | Rejected]:
    """The documents in what an address gave. Raises Rejected if it is unfit as a whole."""
    found = limited.read(payload, None, settings)
    if len(found) == 1 and isinstance(found[0], Rejected):
        raise found[0]
    return found


def now() -> str:
    """The time as records have it: UTC, to the second."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _word(found: Accepted) -> str:
    return found.outcome.value
