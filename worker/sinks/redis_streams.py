"""Records as entries of Redis Streams, published together with the end of the article's entry in the ledger."""

from __future__ import annotations

from collections.abc import Sequence

import redis

from worker.errors import Retryable
from worker.model import Article, Record
from worker.redis import WORKER_RETRIES, connect, is_full, script
from worker.settings import Settings

# Reason of the Retryable that a full server gives: it is no fault of the article.
FULL = "maxmemory"


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
        name = self._keys
        stores = [name.ledger("extract"), name.document(article.id), name.attempts, name.seen(article.id), name.counts]
        streams = sorted({name.stream(record.stream) for record in records})
        keys = [*stores, *streams]
        place = {key: position for position, key in enumerate(keys, start=1)}
        arguments: list[str | int] = [
            *(article.id, article.revision, self._settings.retention_seconds, self._settings.stream_maxlen)
        ]
        for record in records:
            fields = [part for field in record.fields().items() for part in field]
            arguments += [place[name.stream(record.stream)], len(fields), *fields]
        try:
            return bool(script(self._redis, "publish")(keys=keys, args=arguments))
        except redis.ResponseError as error:
            if not is_full(error):
                raise
            raise _full(article) from error


def _full(article: Article) -> Retryable:
    message = (
        "the Redis server is full: raise its maxmemory, or lower stream_maxlen or retention_days; "
        "nothing is lost, work goes on when there is room"
    )
    return Retryable(message, stage="publish", reason=FULL, article=article.id, url=article.url, source=article.source)
