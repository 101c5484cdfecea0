"""`newsworker run` and `newsworker demo`: broker, workers and scheduler together, what comes out of them, an end."""

from __future__ import annotations

import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from worker import arguments, embedded, ontology
from worker.errors import BrokerUnreachable, Misconfigured, NewsworkerError
from worker.ledger import Ledger
from worker.model import Article
from worker.redis import UNREACHABLE, connect, reaching
from worker.settings import ENV, Settings
from worker.sources import files, is_archive, read_file
from worker.supervisor import Supervisor
from worker.tail import Entry, Follower, Tally
from worker.tasks import enqueue_address, enqueue_archive, enqueue_articles, enqueue_documents

T = TypeVar("T")

# Between two looks at children and signals: what Ctrl-C takes to be heard, at most.
LOOK_MS = 250
# Read and handed over together; events of the first appear while the rest is read.
BATCH = 32
# The demo drains in a few seconds; on a machine this much slower something else is wrong.
DEMO_SECONDS = 300.0


class View(Protocol):
    """Who is told what happens."""

    def entry(self, entry: Entry) -> None:
        """Something reached a stream."""

    def note(self, text: str) -> None:
        """Something a person should know, in one line."""

    def accepted(self, place: str, counts: Mapping[str, int]) -> None:
        """What became of the documents of a place, by outcome."""

    def log(self, child: str, line: str) -> None:
        """A child's log line."""

    def summary(self, tally: Tally, seconds: float) -> None:
        """The end."""


def run(settings: Settings, view: View) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises NewsworkerError if another run works in the state directory, Misconfigured if the operator's actors are unfit.
    """
    ontology.load(settings.ontology_files)
    with _until_told() as stopping, embedded.claimed(settings), _broker(settings) as located:
        view.note(f"state in {settings.path(settings.state_dir)}; Ctrl-C ends it")
        _Service(located, view).serve(stopping.is_set)


def demo(settings: Settings, view: View) -> bool:
    """Drain the seeds in a state directory of its own, polling nothing; whether all of them came to an end.

    Raises Misconfigured if there are no seeds, or the operator's actors are unfit.
    """
    ontology.load(settings.ontology_files)
    seeds = settings.path(settings.seeds)
    if not seeds.is_dir():
        message = f"{seeds}: no such folder: run it in a checkout, or set {ENV}SEEDS to a folder of documents"
        raise Misconfigured(message, stage="demo", reason="seeds")
    with _until_told() as stopping, tempfile.TemporaryDirectory(prefix="newsworker-") as folder:
        fresh = {"state_dir": Path(folder) / "state", "redis_url": "", "feeds": Path(folder) / "none.toml"}
        own = settings.model_copy(update=fresh)
        with _broker(own) as located:
            service = _Service(located, view)
            deadline = time.monotonic() + DEMO_SECONDS
            service.serve(lambda: stopping.is_set() or service.drained() or time.monotonic() > deadline)
            return service.drained()


def ingest(place: str, settings: Settings, told: Callable[[NewsworkerError], None]) -> Counter[str]:
    """Hand what is at a place to the workers; counts by outcome. `told` is given what is unfit."""
    if arguments.is_address(place):
        return enqueue_address(settings, place)

    def watched(items: Iterable[T]) -> Iterator[T]:
        for item in items:
            if isinstance(item, NewsworkerError):
                told(item)
            yield item

    if place == arguments.STDIN:
        return enqueue_documents(settings, watched(arguments.documents(place, settings)))
    found = list(files(Path(place)))
    archives = [file for file in found if isinstance(file, Path) and is_archive(file, settings.max_file_bytes)]
    others = (item for file in found if file not in archives for item in read_file(file, settings))
    counts = enqueue_documents(settings, watched(others))
    for archive in archives:
        counts += enqueue_archive(settings, archive, told)
    return counts


class _Service:
    """One life of the service. The settings name the Redis to use."""

    def __init__(self, settings: Settings, view: View) -> None:
        self._settings, self._view = settings, view
        self._redis = connect(settings)
        self._ledger = Ledger(self._redis, settings)
        self._follower = Follower(self._redis, settings.keys)
        self._supervisor = Supervisor(settings, settings.redis_url, view.log)
        self._tally, self._started = Tally(), time.monotonic()
        self._unread = self._seeds()
        self._handed: Counter[str] = Counter()
        self._ingested = False

    def serve(self, over: Callable[[], bool]) -> None:
        """Start everything, pass on what comes, end everything."""
        with reaching(self._settings):
            self._follower.skip()
        try:
            self._supervisor.start()
            while not over():
                self._step()
            self._pass_on(None)
        finally:
            self._supervisor.stop()
            self._redis.close()
        self._view.summary(self._tally, time.monotonic() - self._started)

    def drained(self) -> bool:
        """Whether the seeds are handed over and nothing of them is unfinished."""
        return self._ingested and not any(self._ledger.pending().values())

    def _step(self) -> None:
        """A little of everything."""
        self._supervisor.tend()
        try:
            self._ingest()
            self._pass_on(LOOK_MS if self._ingested else None)
        except (*UNREACHABLE, BrokerUnreachable) as error:
            self._revive(error)

    def _ingest(self) -> None:
        if self._ingested:
            return
        batch = list(islice(self._unread, BATCH))
        self._handed += enqueue_articles(self._settings, batch)
        if len(batch) < BATCH:
            self._ingested = True
            self._view.accepted(str(self._settings.seeds), self._handed)

    def _pass_on(self, block_ms: int | None) -> None:
        for entry in self._follower.read(block_ms):
            self._tally.add(entry)
            self._view.entry(entry)

    def _seeds(self) -> Iterator[Article | NewsworkerError]:
        seeds = self._settings.path(self._settings.seeds)
        # Read as they are: what a seed feed links to is not fetched.
        return iter(arguments.articles(str(seeds), self._settings)) if seeds.is_dir() else iter(())

    def _revive(self, error: Exception) -> None:
        """Start an embedded server that was killed again; wait for one that is not ours."""
        self._view.note(f"Redis does not answer ({error}); looking again")
        if self._settings.redis_url.startswith("unix:"):
            embedded.start(self._settings)
        else:
            time.sleep(LOOK_MS / 1000)


@contextmanager
def _broker(settings: Settings) -> Iterator[Settings]:
    """The settings with a Redis that answers; an embedded one is ended with us, whoever started it."""
    if settings.redis_url:
        with reaching(settings), connect(settings) as client:
            client.ping()
        yield settings
        return
    server = embedded.start(settings)
    try:
        yield settings.model_copy(update={"redis_url": server.url})
    finally:
        if last := embedded.find(settings):
            # It may have been started anew meanwhile; the first one's end is then only noted.
            last.stop()
        server.stop()


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, in place of what they do else."""
    told = threading.Event()
    before = {act: signal.signal(act, lambda *_: told.set()) for act in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for act, handler in before.items():
            signal.signal(act, handler)
