"""Records as entries of Redis Streams, published together with the end of the article's entry in the ledger.

What is known of events that other articles reported is kept beside the streams and changes in the same step. It is read
first, watched, and the step is done anew if any of it has changed meanwhile: of two articles that report one happening
at the same moment, one codes the event and the other one mentions it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import redis
from redis.client import Pipeline
from redis.exceptions import WatchError

from worker.errors import Retryable
from worker.happenings import lookups, shelves
from worker.keys import Keys
from worker.model import Article
from worker.record import EventBody, Record
from worker.redis import WORKER_RETRIES, connect, is_full, script
from worker.reports import Change, Known, Report, read, settle
from worker.settings import Settings

# Reason of the Retryable that a full server gives: it is no fault of the article.
FULL = "maxmemory"
# Each time that a step is done anew another article was published; so many at once are more than a server has workers.
TRIES = 200


def make(settings: Settings) -> RedisStreams:
    """The sink for these settings."""
    return RedisStreams(connect(settings, WORKER_RETRIES), settings)


class RedisStreams:
    """Publishes what the ledger holds as unfinished, and nothing else: so an article comes out once."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._redis, self._settings, self._keys = client, settings, settings.keys

    def publish(self, article: Article, records: Sequence[Record]) -> bool:
        """Add all records in one step; False, and nothing is written, if this revision is no unfinished work.

        Old entries are dropped by age and number, but none that a registered consumer group has still to be given.
        Raises Retryable with reason `maxmemory` if the server is full.
        """
        reports = read(records)
        for _ in range(TRIES):
            try:
                return self._publish(article, records, reports)
            except WatchError:
                continue
            except redis.ResponseError as error:
                if not is_full(error):
                    raise
                raise _full(article) from error
        message = "too many other articles were published at the same moments"
        raise Retryable(message, stage="publish", reason="contended", article=article.id)

    def _publish(self, article: Article, records: Sequence[Record], reports: Sequence[Report]) -> bool:
        with self._redis.pipeline() as pipe:
            memory = Memory(pipe, self._keys)
            known, before = memory.recall(article, reports) if reports or article.revision > 1 else ({}, {})
            time = records[0].time if records else ""
            changes = settle(article, time, reports, known, before)
            step = _Step(article, self._settings, self._keys)
            step.records(records, reports, changes)
            step.changes(changes)
            step.forget(memory.oldest(self._settings.happenings_max - len(changes)) if changes else ())
            pipe.multi()
            script(self._redis, "publish")(keys=step.keys, args=step.arguments, client=pipe)
            return bool(pipe.execute()[-1])


class Memory:
    """What is known of events, read through a connection that watches all that it has read."""

    def __init__(self, pipe: Pipeline, keys: Keys) -> None:
        self._pipe: Any = pipe  # redis-py types it as if each command were only queued
        self._keys = keys

    def recall(self, article: Article, reports: Iterable[Report]) -> tuple[dict[str, Known], dict[str, EventBody]]:
        """The happenings that the reports may be of, and what the article's earlier revisions reported, by event."""
        places = {self._keys.shelf(name) for report in reports for name in lookups(report.facts)}
        own = self._keys.reports(article.id)
        self._pipe.watch(own, *places)
        told: Mapping[str, str] = self._pipe.hgetall(own) if article.revision > 1 else {}
        events = sorted({*told, *(self._pipe.sunion(*places) if places else ())})
        return self._known(events), {event: body for event, entry in told.items() if (body := self._body(entry))}

    def _known(self, events: Sequence[str]) -> dict[str, Known]:
        if not events:
            return {}
        names = [self._keys.happening(event) for event in events]
        self._pipe.watch(*names)
        found = zip(events, self._pipe.mget(names), strict=True)
        return {event: Known.model_validate_json(value) for event, value in found if value}

    def _body(self, entry: str) -> EventBody | None:
        """What an entry of the events stream says; None if it is there no more."""
        found = self._pipe.xrange(self._keys.events, entry, entry)
        return EventBody.model_validate_json(found[0][1]["body"]) if found else None

    def oldest(self, room: int) -> Sequence[str]:
        """The events whose last report is longest ago, as many as there are above `room`."""
        excess = int(self._pipe.zcard(self._keys.happenings)) - room
        found: Sequence[str] = self._pipe.zrange(self._keys.happenings, 0, excess - 1) if excess > 0 else ()
        return found


class _Step:
    """Keys and arguments of the script `publish`."""

    def __init__(self, article: Article, settings: Settings, keys: Keys) -> None:
        self._names = keys
        fixed = [keys.ledger("extract"), keys.document(article.id), keys.attempts, keys.seen(article.id), keys.counts]
        self._places = {key: n for n, key in enumerate((*fixed, keys.happenings, keys.reports(article.id)), start=1)}
        self.arguments: list[str | int] = [
            *(article.id, article.revision, settings.retention_seconds, settings.stream_maxlen, settings.happening_seconds)
        ]

    @property
    def keys(self) -> list[str]:
        """All keys, in the order in which the arguments number them."""
        return list(self._places)

    def _place(self, key: str) -> int:
        return self._places.setdefault(key, len(self._places) + 1)

    def records(self, records: Sequence[Record], reports: Sequence[Report], changes: Sequence[Change]) -> None:
        """The records, with those of events as they have become, and what is taken back behind them."""
        become = dict(zip((report.record for report in reports), changes, strict=False))
        told = [(become[record].record, become[record].event) if record in become else (record, "") for record in records]
        gone = [(change.record, "") for change in changes[len(reports) :]]
        self.arguments += [len(told) + len(gone), len(changes)]
        for record, event in (*told, *gone):
            fields = [part for field in record.fields().items() for part in field]
            self.arguments += [self._place(self._names.stream(record.stream)), event, len(fields), *fields]

    def changes(self, changes: Sequence[Change]) -> None:
        """What is then known of the events."""
        for change in changes:
            value = change.known.model_dump_json(exclude_defaults=True) if change.known else ""
            places = [self._place(self._names.shelf(name)) for name in shelves(change.known.facts)] if change.known else []
            kind = change.record.type.value.rpartition(".")[2]
            happening = self._place(self._names.happening(change.event))
            self.arguments += [kind, change.event, happening, value, len(places), *places]

    def forget(self, events: Iterable[str]) -> None:
        """Events that are too many."""
        for event in events:
            self.arguments += [event, self._place(self._names.happening(event))]


def _full(article: Article) -> Retryable:
    message = (
        "the Redis server is full: raise its maxmemory, or lower stream_maxlen or retention_days; "
        "nothing is lost, work goes on when there is room"
    )
    return Retryable(message, stage="publish", reason=FULL, article=article.id, url=article.url, source=article.source)
