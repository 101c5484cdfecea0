"""How much a source may bring in a day: one that makes up articles without end fills no memory, and holds up no other."""

from __future__ import annotations

from typing import Any

import redis

from worker.settings import Settings

DAY = 86_400


class Quota:
    """What is left of the day of each source; a day begins with the first article that is counted."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._redis: Any = client
        self._keys, self._most = settings.keys, settings.source_daily_max

    def left(self, source: str) -> int:
        """How many new articles of a source are taken in yet."""
        return max(self._most - int(self._redis.get(self._keys.taken(source)) or 0), 0)

    def spend(self, source: str, number: int) -> None:
        """Count new articles of a source."""
        if number:
            key = self._keys.taken(source)
            with self._redis.pipeline() as pipe:
                pipe.set(key, 0, ex=DAY, nx=True)
                pipe.incrby(key, number)
                pipe.execute()
