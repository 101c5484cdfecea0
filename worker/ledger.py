"""The ledger of unfinished work: what was accepted stays in it until it is published or stands in the dead letters.

Each step is one script (worker/lua) that checks first and writes after, so that it happens as a whole or not at all,
and does nothing when it comes twice or too late. Celery's messages carry ids only; losing one loses no work.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import redis

from worker.keys import QUEUES, Stage
from worker.record import DeadBody, Record
from worker.redis import script
from worker.settings import Settings

# Work this many leases overdue is brought back even while messages wait, a chunk at a time.
OVERDUE_LEASES = 12


class Outcome(StrEnum):
    """What accepting came to."""

    NEW = "new"  # in the ledger now, as the revision that is given with it
    PENDING = "pending"  # the same text is in the ledger already
    DUPLICATE = "duplicate"  # this id had this text before
    DUPLICATE_OF = "duplicate_of"  # another id has this text
    GONE = "gone"  # not unfinished work any more: somebody else has moved it on


class Accepted(NamedTuple):
    """The outcome; the revision if it is new; the other id if the text is known under one."""

    outcome: Outcome
    revision: int = 0
    other: str = ""


class Claim(NamedTuple):
    """Work begun: what to work on, as JSON, and how often it was begun, this time included."""

    stage: Stage
    id: str
    payload: str
    revision: int
    attempts: int
    error: str = ""
    exhausted: bool = False

    def __str__(self) -> str:
        return f"{self.id} ({self.stage}, revision {self.revision}, attempt {self.attempts})"


class Ledger:
    """The ledger in a Redis server. All methods are safe to call at the same time from any number of processes.

    They raise redis-py's errors: ConnectionError and TimeoutError if no server answers, OutOfMemoryError if it is full.
    """

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._redis, self._settings, self._keys = client, settings, settings.keys
        # A lease must outlast the longest task, else work would be brought back while it is done.
        self._lease = max(settings.lease_ms, int(settings.task_seconds * 1000))
        # So many messages may be in the workers' hands: one each in work and one reserved.
        self._quiet = 2 * (settings.fetch_workers + settings.extract_workers)

    def accept(self, stage: Stage, article: str, payload: str, digest: str) -> Accepted:
        """Take work in, unless it is known: the same id with the same digest, or the same text under another id."""
        return self._accept(stage, article, payload, digest)

    def promote(self, claim: Claim, payload: str, digest: str) -> Accepted:
        """Move fetched work on to extraction with the article as JSON; if its text is known, it is done instead."""
        return self._accept("extract", claim.id, payload, digest, fetched=str(claim.revision))

    def claim(self, stage: Stage, article: str) -> Claim | None:
        """Begin work and hold a lease on it; None if it is done. The attempt is counted before all that can fail."""
        keys = [self._keys.ledger(stage), self._keys.document(article), self._keys.attempts]
        found = self._run("claim", keys, stage, article, self._lease)
        if found is None:
            return None
        payload, revision, attempts, error = found
        return Claim(stage, article, payload, revision, attempts, error, exhausted=attempts > self._settings.attempts)

    def tried(self, stage: Stage, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are unfinished and were begun before."""
        return set(self._run("tried", [self._keys.ledger(stage), self._keys.attempts], stage, *ids))

    def defer(self, claim: Claim, seconds: float, error: str, *, forget: bool = False) -> bool:
        """Put work off for so long, with the reason; `forget`: the attempt does not count. False if it is done."""
        keys = self._work(claim)[:3]
        delay, flag = int(seconds * 1000), "1" if forget else ""
        return bool(self._run("defer", keys, claim.stage, claim.id, claim.revision, delay, error, flag))

    def finish(self, claim: Claim) -> bool:
        """Take work out that left nothing more to do here. False if it was out already, or has a new revision."""
        retention = self._settings.retention_seconds
        return bool(self._run("finish", self._work(claim), claim.stage, claim.id, claim.revision, retention))

    def bury(self, claim: Claim, record: Record) -> bool:
        """Give work up: into the dead letters and out of the ledger. False if it was out already."""
        keys = [*self._work(claim), self._keys.counts, self._keys.dead]
        known = (claim.stage, claim.id, claim.revision, self._settings.retention_seconds)
        return bool(self._run("bury", keys, *known, *self._letter(record)))

    def reject(self, record: Record) -> bool:
        """A dead letter for what never came in, such as an entry without text. False if it was written before."""
        keys = [self._keys.seen(record.id), self._keys.counts, self._keys.dead]
        return bool(self._run("reject", keys, self._settings.retention_seconds, *self._letter(record)))

    def lost(self, stage: Stage, limit: int) -> list[str]:
        """At most `limit` ids past their lease, whose messages must be lost; their leases are renewed.

        While messages wait in the queue, nothing counts as lost until it is overdue by OVERDUE_LEASES leases, and then
        comes in small numbers: bringing back what is only waiting would make a backlog longer.
        """
        prefix = self._keys.celery_prefix
        keys = [self._keys.ledger(stage), prefix + stage, prefix + "unacked"]
        overdue = OVERDUE_LEASES * self._lease
        return list(self._run("lost", keys, limit, self._settings.chunk, self._lease, self._quiet, overdue))

    def pending(self) -> dict[Stage, int]:
        """How much unfinished work there is."""
        return {stage: int(self._redis.zcard(self._keys.ledger(stage))) for stage in QUEUES}

    def counts(self) -> dict[str, int]:
        """The counters since the beginning; `keys.counts` says which."""
        found: Any = self._redis.hgetall(self._keys.counts)
        return {name: int(value) for name, value in found.items()}

    def _accept(self, stage: Stage, article: str, payload: str, digest: str, fetched: str = "") -> Accepted:
        name = self._keys
        stores = [
            name.ledger(stage),
            name.document(article),
            name.seen(article),
            name.digest(digest),
            name.counts,
            name.attempts,
        ]
        lease, retention = self._lease, self._settings.retention_seconds
        outcome, revision, other = self._run(
            "accept", [*stores, name.ledger("fetch")], stage, article, payload, digest, lease, retention, fetched
        )
        return Accepted(Outcome(outcome), revision, other)

    def _work(self, claim: Claim) -> list[str]:
        name = self._keys
        return [name.ledger(claim.stage), name.document(claim.id), name.attempts, name.seen(claim.id)]

    def _letter(self, record: Record) -> list[str | int]:
        reason = DeadBody.model_validate_json(record.body).reason
        fields = [part for field in record.fields().items() for part in field]
        return [self._settings.stream_maxlen, reason, *fields]

    def _run(self, name: str, keys: Sequence[str], *arguments: str | int) -> Any:
        return script(self._redis, name)(keys=keys, args=arguments)
