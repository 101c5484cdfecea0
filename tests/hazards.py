"""A sink for tests of real workers: `sink = "hazards:make"`. What an article's text says happens before it is published."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

import redis

from worker.model import Article
from worker.record import Record
from worker.redis import connect
from worker.settings import Settings
from worker.sinks.redis_streams import RedisStreams

# The text that kills the process which works on it.
POISON = "This text ends its reader."
# The text whose process tells its pid in HELD, and waits there until HOLD is gone.
HOLDING = "This text takes its time."
HOLD, HELD = "test:hold", "test:held"


def make(settings: Settings) -> Hazards:
    return Hazards(connect(settings), settings)


class Hazards(RedisStreams):
    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        super().__init__(client, settings)
        self._client = client

    def publish(self, article: Article, records: Sequence[Record]) -> bool:
        if POISON in article.text:
            os.kill(os.getpid(), signal.SIGKILL)
        if HOLDING in article.text and self._client.exists(HOLD):
            self._client.set(HELD, os.getpid())
            while self._client.exists(HOLD):
                time.sleep(0.01)
        return super().publish(article, records)
