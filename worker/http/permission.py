"""robots.txt and tdmrep.json of every site that we fetch pages of: asked for once a day, kept in Redis for all workers."""

from __future__ import annotations

import base64
import time
import zlib
from collections.abc import Callable
from typing import Any

import redis
from pydantic import BaseModel

from worker.errors import Rejected, Retryable
from worker.http import Access, Client, robots
from worker.http.robots import Robots
from worker.settings import Settings

DAY = 86_400
# RFC 9309: a copy is used for a day at most, unless the site cannot be reached.
LIFETIME = DAY
# Sites that are remembered at most, and of those with a large file, packed: a site with a name for each of its pages would
# fill Redis with files. Together they take 180 MB at most; the usual file takes some hundred bytes.
MOST_SITES, MOST_LARGE, LARGE_BYTES = 10_000, 200, 8192
# For so long a copy may stand in for a file that cannot be reached.
STALE = 7 * DAY
# A file that could not be read is asked for again after this.
AGAIN = 300
# For so long an unreachable file forbids everything; then its last copy counts, if there is one.
PATIENCE = 3600
# Not the site's refusal to tell, but a failure of it or of the way to it; for our purposes these are alike.
_UNREADABLE = frozenset({"too-large", "bomb", "encoding"})


class _Record(BaseModel):
    """What is known of a site: when its robots.txt was read, and since when it cannot be read (epoch seconds)."""

    text: str = ""
    mining: tuple[tuple[str, bool], ...] = ()
    read: float = 0
    tried: float = 0
    failing: float = 0


class Permissions:
    """What the owners of sites permit. `clock` gives epoch seconds."""

    def __init__(
        self, client: Client, connection: redis.Redis, settings: Settings, clock: Callable[[], float] = time.time
    ) -> None:
        self._client, self._clock = client, clock
        self._redis: Any = connection
        self._keys = settings.keys
        self._agent = robots.product(settings.agent)

    def rules(self, origin: str, access: Access | None = None) -> Robots:
        """The rules of a site (scheme://host:port), fetched if they are not known.

        Raises Retryable (reason "host-busy") while the file cannot be reached, Rejected (reason "robots-unreachable") if
        that has lasted for long and no copy is left.
        """
        record, now = self._load(origin), self._clock()
        if record.failing:
            if now - record.tried >= AGAIN:
                record = self._fetch(origin, record, access)
        elif now - record.read >= LIFETIME:
            record = self._fetch(origin, record, access)
        if record.failing:
            self._check_copy(origin, record)
        return robots.parse(record.text, self._agent)

    def opt_outs(self, origin: str, url: str) -> tuple[str, ...]:
        """What the site's files, as far as they are known, reserve an address from."""
        record = self._load(origin)
        mining = ("tdm-reservation",) if robots.is_reserved(record.mining, url) else ()
        return (*robots.parse(record.text, self._agent).opt_outs(url), *mining)

    def _check_copy(self, origin: str, record: _Record) -> None:
        lasting = self._clock() - record.failing
        if lasting < PATIENCE:
            message = f"{origin}/robots.txt cannot be read: until it can, no page of the site is fetched"
            error = Retryable(message, stage="fetch", reason="host-busy", url=f"{origin}/robots.txt")
            error.retry_after = AGAIN
            raise error
        if not record.read or self._clock() - record.read > STALE:
            message = f"{origin}/robots.txt could not be read for {lasting / 3600:.0f} h: no page of the site is fetched"
            raise Rejected(message, stage="fetch", reason="robots-unreachable", url=f"{origin}/robots.txt")

    def _fetch(self, origin: str, record: _Record, access: Access | None) -> _Record:
        now = self._clock()
        way = Access(proxy=access.proxy) if access else None
        try:
            text = self._read(f"{origin}/robots.txt", way)
        except Retryable:
            failed = {"tried": now, "failing": record.failing or now}
            return self._save(origin, record.model_copy(update=failed))
        mining = robots.reservations(self._mining(f"{origin}/.well-known/tdmrep.json", way))
        return self._save(origin, _Record(text=text, mining=mining, read=now, tried=now))

    def _read(self, url: str, way: Access | None) -> str:
        """The text of robots.txt; empty, which allows all, where the site says that there is none."""
        try:
            return robots.decode(self._client.get(url, access=way, partial=True).body)
        except Rejected as error:
            if error.reason in _UNREADABLE:
                raise Retryable(error.message, stage="fetch", reason=error.reason) from None
            return ""

    def _mining(self, url: str, way: Access | None) -> bytes:
        try:
            return self._client.get(url, access=way).body
        except (Rejected, Retryable):
            return b""

    def _load(self, origin: str) -> _Record:
        packed = self._redis.get(self._keys.robots(origin))
        try:
            return _Record.model_validate_json(zlib.decompress(base64.b64decode(packed))) if packed else _Record()
        except (ValueError, zlib.error):  # written by another version: asked for anew
            return _Record()

    def _save(self, origin: str, record: _Record) -> _Record:
        packed = base64.b64encode(zlib.compress(record.model_dump_json().encode())).decode()
        self._redis.set(self._keys.robots(origin), packed, ex=STALE)
        self._file(origin, len(packed))
        return record

    def _file(self, origin: str, size: int) -> None:
        """Note that a site is remembered, and drop those that were asked longest ago as soon as there are too many."""
        large = size > LARGE_BYTES
        key = self._keys.sites("large" if large else "small")
        with self._redis.pipeline() as pipe:
            pipe.zadd(key, {origin: self._clock()})
            pipe.expire(key, STALE)
            pipe.zcard(key)
            excess = pipe.execute()[-1] - (MOST_LARGE if large else MOST_SITES)
        if excess > 0:
            self._redis.delete(*(self._keys.robots(old) for old, _ in self._redis.zpopmin(key, min(excess, 1000))))
