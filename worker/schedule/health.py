"""Whether our own network is up: one verdict, shared by all workers through Redis, so that no source is blamed for us."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import redis

from worker.redis import script
from worker.schedule.fetches import Fetch
from worker.settings import Settings

# What is seen when a host cannot be reached, or when nothing can.
UNREACHED = frozenset({"dns", "connect", "timeout"})
# Hosts in a row may be so many windows apart: where there are few sources, few are polled in one.
MEMORY_WINDOWS = 10


class Verdict(StrEnum):
    """What a poll says of our network."""

    UP = "up"
    OPENED = "opened"  # it is down, as this poll shows; the sources blamed for it until now are told
    DOWN = "down"  # it is known to be down
    CLOSED = "closed"  # it is back


class Finding(NamedTuple):
    """The verdict, and the names of sources that an outage was charged to before it was known as one."""

    verdict: Verdict
    blamed: tuple[str, ...] = ()


class Network:
    """The circuit breaker of our own network."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._redis: Any = client
        self._settings, self._keys = settings, settings.keys

    @property
    def memory(self) -> float:
        """How far back, in seconds, polls may be that show that it is down."""
        return self._settings.network_seconds * MEMORY_WINDOWS

    def note(self, name: str, url: str, fetch: Fetch) -> Finding:
        """Take a poll of the source `name` at `url` into account."""
        answered = reached(fetch)
        if answered is None:
            return Finding(Verdict.UP)
        keys = self._keys
        stores = [keys.network, keys.unreached, keys.reached, keys.suspects]
        window = int(self._settings.network_seconds * 1000)
        values: list[str | int] = [urlsplit(url).hostname or "", name, int(answered), self._settings.network_hosts, window]
        probe = int(self._settings.network_probe_seconds * 1000)
        verdict, *blamed = script(self._redis, "health")(keys=stores, args=[*values, int(self.memory * 1000), probe])
        return Finding(Verdict(verdict), tuple(blamed))

    def since(self) -> dt.datetime | None:
        """When our network went down, UTC; None while it is up."""
        found = self._redis.hget(self._keys.network, "since")
        return dt.datetime.fromtimestamp(int(found) / 1000, dt.UTC) if found else None


def reached(fetch: Fetch) -> bool | None:
    """Whether the poll reached its host; None if it does not tell, such as one that was never sent."""
    if fetch.status is not None or fetch.reason == "certificate":
        return True
    return False if fetch.reason in UNREACHED else None
