"""The client that asks before it comes in: one host is asked by all workers together as often as one polite reader would.

Slots of a host are handed out by Redis, by its clock, so that any number of workers and machines share them.
"""

from __future__ import annotations

import logging
import math
import random
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Literal
from urllib.parse import urlsplit

import redis

from worker.errors import Rejected, Retryable
from worker.http import MAX_RETRY_AFTER, NO_CONDITIONS, Access, Client, Conditions, Response, robots
from worker.http.permission import Permissions
from worker.redis import UNREACHABLE, script
from worker.settings import Settings

log = logging.getLogger(__name__)

Scope = Literal["source", "host"]
BUSY = "host-busy"
"""The reason of a request that was not made because its host is to be left alone for a while."""

# Worth sleeping for; whoever must wait longer does something else meanwhile.
PATIENCE = 2.0
# 429 without a word of how long.
HOLD_SECONDS = 30.0
# Statuses that speak for the whole host, with a Retry-After; 429 without one too.
_HOLDS = frozenset({403, 429, 503})
# So many feeds of one host are told to wait within so many seconds: it means the host.
STRIKES, STRIKE_SECONDS = 3, 3600
# End of the queue of those who wait for a host; behind it they are told the first turn again, and find out then.
LONGEST_SECONDS = 3600
_PORTS = {"http": 80, "https": 443}


class PoliteClient:
    """A client that keeps to what hosts ask for. `sleep` waits for seconds."""

    def __init__(
        self,
        client: Client,
        connection: redis.Redis,
        settings: Settings,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client, self._settings, self._sleep = client, settings, sleep
        self._redis: Any = connection
        self._keys = settings.keys
        self._permissions = Permissions(client, connection, settings, clock)

    def close(self) -> None:
        """Close the idle connections to hosts."""
        self._client.close()

    def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        access: Access | None = None,
        *,
        partial: bool = False,
        robots: bool = True,
        scope: Scope = "host",
        conditions: Conditions = NO_CONDITIONS,
    ) -> Response:
        """Fetch an address as `Client.get` does, when its host has room for a request; each host on the way counts.

        `robots`: a page, which robots.txt may forbid (Rejected, reason "robots"), and not a feed that was subscribed to.
        `scope`: whether a server that asks to wait means its whole host. Raises Retryable with the reason "host-busy" and
        `retry_after` if there is no room within two seconds.
        """
        visit = _Visit(self, access, robots)
        try:
            return self._client.get(url, headers, access, partial=partial, visiting=visit.enter, conditions=conditions)
        except (Rejected, Retryable) as error:
            if visit.host and error.reason.startswith("http-"):
                self._heed(visit.host, url, error, scope)
            raise
        finally:
            visit.leave()

    def hold(self, host: str, seconds: float) -> None:
        """Ask nothing of a host (as `host_of` gives it) for so many seconds, a day at most."""
        script(self._redis, "hold")(keys=[self._keys.host(host)], args=[_ms(min(seconds, MAX_RETRY_AFTER))])

    def opt_outs(self, response: Response) -> tuple[str, ...]:
        """What the owner of a page reserves it from: AI, text and data mining; as robots.txt and headers say."""
        known = self._permissions.opt_outs(_origin(response.url), response.url)
        return tuple(dict.fromkeys((*known, *robots.announced(response.headers))))

    def permit(self, url: str, access: Access | None) -> float | None:
        """The Crawl-delay for a page, once robots.txt allows it; else raises Rejected, or Retryable if it cannot tell."""
        self._check_hold(host_of(url))
        rules = self._permissions.rules(_origin(url), access)
        if not rules.allows(url):
            message = f"{url}: robots.txt of the site forbids it"
            raise Rejected(message, stage="fetch", reason="robots", url=url)
        return rules.delay

    def take(self, host: str, name: str, apart: float, *, alone: bool) -> None:
        """Take a slot of a host, `apart` seconds behind the one before; raises Retryable if that would take long."""
        at_once, slept = self._settings.host_at_once, 0.0
        lease = self._settings.fetch_seconds + PATIENCE
        memory = lease + self._settings.crawl_delay_max_seconds
        times = [_ms(seconds) for seconds in (lease, LONGEST_SECONDS, memory)]
        args: list[str | int] = [name, _ms(apart), at_once, 1 if alone else at_once, *times]
        keys = [self._keys.host(host), self._keys.slots(host)]
        while wait := int(script(self._redis, "slot")(keys=keys, args=args)) / 1000:
            if slept + wait > PATIENCE:
                raise _busy(host, wait)
            self._sleep(wait)
            slept += wait

    def give_back(self, host: str, name: str) -> None:
        """Free a slot; one that is not freed ends by itself."""
        with suppress(*UNREACHABLE):
            self._redis.zrem(self._keys.slots(host), name)

    def apart(self, delay: float | None, *, page: bool) -> float:
        """Seconds between two requests to a host."""
        if not page:
            return self._settings.feed_apart_seconds
        return max(self._settings.host_apart_seconds, min(delay or 0, self._settings.crawl_delay_max_seconds))

    def _check_hold(self, host: str) -> None:
        until = int(self._redis.hget(self._keys.host(host), "hold") or 0)
        if until:
            seconds, micros = self._redis.time()
            left = until / 1000 - seconds - micros / 1e6
            if left > 0:
                raise _busy(host, left)

    def _heed(self, host: str, url: str, error: Rejected | Retryable, scope: Scope) -> None:
        """Leave a host alone that asks for it."""
        if error.status not in _HOLDS or (error.retry_after is None and error.status != 429):
            return
        seconds = error.retry_after or HOLD_SECONDS
        if scope == "host" or self._strikes(host, url) >= STRIKES:
            log.warning("%s asks to be left alone: nothing is asked of it for %.0f s", host, seconds)
            self.hold(host, seconds)

    def _strikes(self, host: str, url: str) -> int:
        """How many addresses of a host were told to wait of late, this one included."""
        key = self._keys.strikes(host)
        with self._redis.pipeline() as pipe:
            pipe.sadd(key, uuid.uuid5(uuid.NAMESPACE_URL, url).hex)
            pipe.expire(key, STRIKE_SECONDS)
            pipe.scard(key)
            return int(pipe.execute()[-1])


class _Visit:
    """The slots that one request takes, at each host that it is led to."""

    def __init__(self, polite: PoliteClient, access: Access | None, page: bool) -> None:
        self._polite, self._access, self._page = polite, access, page
        self._name = uuid.uuid4().hex
        self._taken: list[str] = []
        self.host = ""

    def enter(self, url: str) -> None:
        delay = self._polite.permit(url, self._access) if self._page else None
        host = host_of(url)
        if host not in self._taken:
            apart = self._polite.apart(delay, page=self._page)
            self._polite.take(host, self._name, apart, alone=delay is not None)
            self._taken.append(host)
        self.host = host

    def leave(self) -> None:
        for host in self._taken:
            self._polite.give_back(host, self._name)


def host_of(url: str) -> str:
    """The host of an address as slots are counted: lower-case, with its port where that is not the usual one."""
    parts = urlsplit(url)
    name = (parts.hostname or "").rstrip(".")
    return name if parts.port in {None, _PORTS.get(parts.scheme)} else f"{name}:{parts.port}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def _busy(host: str, wait: float) -> Retryable:
    message = f"{host} is to be left alone for another {math.ceil(wait)} s"
    error = Retryable(message, stage="fetch", reason=BUSY)
    # A little later than the turn itself, and not all at the same moment where a hold ends for many.
    error.retry_after = wait + random.uniform(0, 0.1 * min(wait, 60))  # noqa: S311  no secret
    return error


def _ms(seconds: float) -> int:
    return math.ceil(seconds * 1000)
