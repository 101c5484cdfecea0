"""Celery's tasks, thin: each calls one function of the house. And the way in for those who are no worker.

Messages carry ids and names only. A task that raises was not able to reach Redis, or met a bug of ours; the ledger has
its work all the same.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from celery import Celery, signals
from kombu.exceptions import OperationalError
from redis import Redis

from worker import sinks
from worker.backfill import Backfill, Told
from worker.celery import app, make_app
from worker.dead import Letter
from worker.delivery import Delivery
from worker.errors import Misconfigured, NewsworkerError, Rejected, Retryable
from worker.extraction import Extractor
from worker.http import Access, Client
from worker.http.politeness import BUSY, PoliteClient
from worker.intake import Intake, Send
from worker.keys import Stage
from worker.ledger import Ledger
from worker.model import Article, Document
from worker.polling.poller import Poller
from worker.redis import WORKER_RETRIES, connect, reaching, unreachable
from worker.schedule import Schedule
from worker.schedule.fetches import FAILURES, Fetch, PollOutcome
from worker.settings import Settings, load
from worker.sources import SourceConfig, load_sources

log = logging.getLogger(__name__)

# Sources that a person's poll asks at the same time: answers are waited for, and hosts are polite among themselves.
AT_ONCE = 8
# Waiting so long for other requests to the same host is everyday life; longer, and its site keeps us away.
TURN_SECONDS = 60


# ---------------------------------------------------------------- for those who are no worker


def enqueue_articles(settings: Settings, articles: Iterable[Article | NewsworkerError]) -> Counter[str]:
    """Hand articles to the workers; the counts are by outcome (worker.intake). Raises BrokerUnreachable."""
    with _intake(settings) as intake:
        return intake.articles(articles)


def enqueue_documents(settings: Settings, documents: Iterable[Document | Rejected]) -> Counter[str]:
    """Hand documents to the workers, which fetch the text of summaries first. Raises BrokerUnreachable."""
    with _intake(settings) as intake:
        return intake.documents(documents)


def enqueue_address(settings: Settings, url: str) -> Counter[str]:
    """Hand the address of a page or a feed to the workers. Raises BrokerUnreachable."""
    with _intake(settings) as intake:
        return intake.address(url)


def retry(settings: Settings, letters: Iterable[Letter]) -> Iterator[tuple[Letter, bool]]:
    """Hand given-up work to the workers once more; whether there was something left of it. Raises BrokerUnreachable."""
    with reaching(settings), connect(settings) as client, make_app(settings) as celery:
        ledger, send = Ledger(client, settings), _sender(celery)
        for letter in letters:
            stage = ledger.revive(letter.entry, letter.body.article)
            if stage:
                send(stage, [letter.body.article])
            yield letter, stage is not None


def poll_now(settings: Settings, sources: Iterable[SourceConfig]) -> Iterator[tuple[SourceConfig, Fetch | None]]:
    """Poll sources in this process, and hand what is new to the workers; results as they come, None for one at work already.

    Raises BrokerUnreachable.
    """
    with reaching(settings), make_app(settings) as celery, ThreadPoolExecutor(AT_ONCE) as threads:
        process = Process(settings, celery)
        _ = process.poller  # made here, once, not by all threads at a time
        waiting = {threads.submit(process.poll, source, asked=True): source for source in sources}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        finally:
            threads.shutdown(cancel_futures=True)
            process.client.close()
            process.redis.close()


def enqueue_archive(settings: Settings, path: Path, told: Told) -> Counter[str]:
    """Hand the documents of an archive to the workers, no faster than they finish. Raises BrokerUnreachable."""
    with _intake(settings) as intake, connect(settings) as client:
        return Backfill(client, Ledger(client, settings), intake, settings).take_in(path, told)


@contextmanager
def _intake(settings: Settings) -> Iterator[Intake]:
    with reaching(settings), connect(settings) as client, make_app(settings) as celery:
        try:
            yield Intake(Ledger(client, settings), settings, _sender(celery))
        except OperationalError as error:  # kombu's word for a server that does not answer
            raise unreachable(settings, error) from error


def _sender(celery: Celery) -> Send:
    def send(stage: Stage, ids: Sequence[str]) -> None:
        if stage == "extract":
            celery.send_task("worker.tasks.extract", (list(ids),))
        else:
            for name in ids:
                celery.send_task("worker.tasks.fetch", (name,))

    return send


# ---------------------------------------------------------------- what a worker process has


class Process:
    """What the tasks of a process share, each made at its first use."""

    def __init__(self, settings: Settings, celery: Celery) -> None:
        self.settings, self.send_task, self.send = settings, celery.send_task, _sender(celery)

    @cached_property
    def redis(self) -> Redis:
        """The connection."""
        return connect(self.settings, WORKER_RETRIES)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger."""
        return Ledger(self.redis, self.settings)

    @cached_property
    def schedule(self) -> Schedule:
        """The schedule of sources."""
        return Schedule(self.redis, self.settings)

    @cached_property
    def intake(self) -> Intake:
        """The way in."""
        return Intake(self.ledger, self.settings, self.send)

    @cached_property
    def client(self) -> PoliteClient:
        """The HTTP client."""
        return PoliteClient(Client(self.settings), self.redis, self.settings)

    @cached_property
    def poller(self) -> Poller:
        """What polls sources."""
        return Poller(self.settings, self.redis, self.client, self.intake, self.schedule)

    def poll(self, source: SourceConfig, *, asked: bool = False) -> Fetch | None:
        """Poll a source, if it is due or a person asked for it; None if it is not, or is polled elsewhere.

        For a person all that the feed has is looked at, so that what is to be replayed is found.
        """
        return self.poller.poll(source, afresh=asked) if self.schedule.begin(source, asked=asked) else None

    @cached_property
    def extractor(self) -> Extractor:
        """The extractor: a second to load, and 200 MB."""
        return Extractor.load(self.settings.pipeline, self.settings.ontology_files)

    @cached_property
    def delivery(self) -> Delivery:
        """What works on ids."""
        sink, is_cut_off = sinks.load(self.settings), lambda: self.schedule.outage() is not None
        return Delivery(self.settings, self.ledger, sink, self.send, lambda: self.extractor, is_cut_off)


@cache
def _process() -> Process:
    return Process(load(), app)


# ---------------------------------------------------------------- the tasks


def extract(ids: list[str]) -> None:
    """Extract and publish accepted articles."""
    _process().delivery.extract(ids)


def fetch(article: str) -> None:
    """Fetch the page of an accepted summary, or what lies at an accepted address."""
    _process().delivery.fetch(article, _process().client, _access)


def _access(document: Document) -> Access | None:
    """What the source of a document is let in with, where its page is on the same server; its proxy everywhere."""
    sources = _sources()
    if sources is None and document.source:  # its page is asked for with what it is let in with, or not at all
        message = "the sources file cannot be read: pages wait until it is mended"
        raise Retryable(message, stage="fetch", reason=BUSY)
    source = next((source for source in sources or () if source.name == document.source), None)
    return source.access_to(document.url) if source and document.url else None


def poll(name: str) -> None:
    """Poll a source of the sources file, and take in what is new."""
    sources = _sources()
    if sources is None:
        return
    source = next((source for source in sources if source.name == name), None)
    if source is None:
        log.warning("%s: no such source any more in %s", name, _process().settings.feeds)
    elif fetch := _process().poll(source):
        _tell(source, fetch)


def _tell(source: SourceConfig, fetch: Fetch) -> None:
    if fetch.reason == BUSY and (fetch.retry_after or 0) <= TURN_SECONDS:
        log.info("source %s waits for its turn: %s; next try at %s", source.name, fetch.message, fetch.next)
    elif fetch.outcome in FAILURES:
        # People are told once; whoever wants to know how it is now asks for the list of sources. Of an outage of our own
        # network they are told as a whole.
        told = fetch.outcome is PollOutcome.NETWORK or _failed_so_before(source, fetch)
        level = logging.INFO if told else logging.WARNING
        words = "source %s cannot be read: %s; next try at %s: %s"
        log.log(level, words, source.name, fetch.message, fetch.next, fetch.because)
    else:
        log.info("source %s: %s: %s; next at %s: %s", source.name, fetch.outcome, fetch.message, fetch.next, fetch.because)


def _failed_so_before(source: SourceConfig, fetch: Fetch) -> bool:
    return any(before.reason == fetch.reason for before in _process().schedule.fetches(source)[1:2])


def tick() -> None:
    """Have the sources polled that are due."""
    process, sources = _process(), _sources()
    if sources is None:  # what stands on the schedule stays on it until the file is mended
        return
    for source in process.schedule.due(sources):
        # By then the source is due again; what waits longer would only be told twice.
        process.send_task("worker.tasks.poll", (source.name,), expires=process.schedule.lease)


def reconcile() -> None:
    """Bring back work that was put off, or whose message was lost."""
    for stage, number in _process().delivery.reconcile().items():
        if number:
            # Mostly what its host had no room for; a worker that was killed is told of elsewhere.
            log.info("stage %s: sent again, as its wait or its lease is over: %d", stage, number)


def _sources() -> tuple[SourceConfig, ...] | None:
    """The sources that there are; None while their file has a mistake in it."""
    settings = _process().settings
    path = settings.path(settings.feeds)
    try:
        stat = path.stat()
    except OSError:
        return ()
    return _listed(path, stat.st_mtime_ns, stat.st_size)


# A list of ten thousand takes seconds to read, and each tick and poll asks for it; a mistake in it is told of once.
@lru_cache(maxsize=1)
def _listed(path: Path, _changed: int, _size: int) -> tuple[SourceConfig, ...] | None:
    try:
        return load_sources(path)
    except Misconfigured as error:
        log.error("no source is polled: %s", error)  # noqa: TRY400  the message says it all
        return None


def _preload(**_signal: Any) -> None:
    """Load the extractor before the first article comes, in workers that take any."""
    if "extract" in app.amqp.queues.consume_from:
        _ = _process().extractor


signals.worker_process_init.connect(_preload)

for _task in (extract, fetch, poll, tick, reconcile):
    app.task(name=f"{__name__}.{_task.__name__}")(_task)
