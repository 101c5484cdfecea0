"""The ledger of unfinished work: what was accepted stays in it until it is published or stands in the dead letters.

Each step is one script (worker/lua) that checks first and writes after, so that it happens as a whole or not at all,
and does nothing when it comes twice or too late. Celery's messages carry ids only; losing one loses no work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import redis

from worker.dedupe.archive import Archive, mark
from worker.keys import QUEUES, Stage
from worker.record import DeadBody, Record
from worker.redis import script
from worker.schedule.quota import Quota
from worker.settings import Settings

# A band keeps the latest texts that have it: a site's own lines below all its texts would fill it with hundreds.
MOST_ALIKE = 4
# Work this many leases overdue is brought back even while messages wait, a chunk at a time.
OVERDUE_LEASES = 12


class Outcome(StrEnum):
    """What accepting came to."""

    NEW = "new"  # in the ledger now, as the revision that is given with it
    PENDING = "pending"  # the same text is in the ledger already
    DUPLICATE = "duplicate"  # this id had this text before
    DUPLICATE_OF = "duplicate_of"  # another id has this text
    SHRUNK = "shrunk"  # a stub in the place of a text that is known, such as a paywall
    FORGOTTEN = "forgotten"  # somebody has said that this article is not wanted
    GONE = "gone"  # not unfinished work any more: somebody else has moved it on
    AGAIN = "again"  # what was known of its names or of texts like it is not so any more: to be looked up again


class Accepted(NamedTuple):
    """The outcome; the revision if it is new; the other id if the text is known under one, or marks of texts to be compared."""

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


class Filing(NamedTuple):
    """A text as it is kept: under which bands, as which bytes, and which texts with one of the bands were looked at."""

    mark: str
    bands: bytes
    kept: bytes
    known: Sequence[str] = ()


class Offer(NamedTuple):
    """Work that is offered to a stage, with all that was decided about it.

    `names` are those of its article, each with the id that has it so far ("" for nobody); `about` is what is then known of
    the article, JSON; `verdict`: why it is no revision, if it should be one; `claim`: what it was fetched for.
    """

    stage: Stage
    id: str
    payload: str
    digest: str
    names: Mapping[str, str] = {}
    source: str = ""
    about: str = ""
    verdict: str = ""
    filing: Filing = Filing("", b"", b"")
    claim: Claim | None = None


class Ledger:
    """The ledger in a Redis server, with the archive in which it files what it accepts.

    All methods are safe to call at the same time from any number of processes.

    They raise redis-py's errors: ConnectionError and TimeoutError if no server answers, OutOfMemoryError if it is full.
    """

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._redis, self._settings, self._keys = client, settings, settings.keys
        self.archive, self.quota = Archive(client, settings), Quota(client, settings)
        # A lease must outlast the longest task, else work would be brought back while it is done.
        self._lease = max(settings.lease_ms, int(settings.task_seconds * 1000))
        # So many messages may be in the workers' hands: one each in work and one reserved.
        self._quiet = 2 * (settings.fetch_workers + settings.extract_workers)

    def accept(self, stage: Stage, article: str, payload: str, digest: str, claim: Claim | None = None) -> Accepted:
        """Take work in, unless it is known: the same id with the same digest, or the same text under another id.

        `claim`: the fetched work that it comes from, which is then done, whether it was known or not.
        """
        return self.accept_all([Offer(stage, article, payload, digest, claim=claim)])[0]

    def accept_all(self, offers: Sequence[Offer]) -> list[Accepted]:
        """Take work in, unless it is known, each in one step; together they take one round trip."""
        with self._redis.pipeline(transaction=False) as pipe:
            accept = script(self._redis, "accept")
            for offer in offers:
                accept(keys=self._stores(offer), args=self._arguments(offer), client=pipe)
            answers: list[Any] = pipe.execute()
        return [Accepted(Outcome(outcome), revision, other) for outcome, revision, other in answers]

    def forget(self, article: str) -> bool:
        """Take an article out for good: its work is dropped, its text forgotten, and it is not accepted any more.

        What was published stays published. False if nothing is known of it.
        """
        return bool(self._run("forget", self._memory(article), article, mark(article), *self._filed()))

    def replay(self, article: str) -> bool:
        """Let an article be accepted once more when it is offered next, whether it was forgotten, dead or published.

        It then is a further revision; the same bytes give the same event ids. False if nothing is known of it.
        """
        return bool(self._run("replay", self._memory(article), self._keys.name("")))

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

    def revive(self, letter: str, article: str) -> Stage | None:
        """Begin given-up work anew, with no attempt counted, and take its letter (an entry's id) out of the dead letters.

        The stage that it waits for; None where nothing was kept of it, and then nothing changes.
        """
        return self._run("revive", self._remains(article), article, self._lease, letter) or None

    def drop(self, letter: str, article: str) -> bool:
        """Take a letter out of the dead letters, with what was kept of its work. False if there is none."""
        return bool(self._run("drop", self._remains(article), article, letter))

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

    def _stores(self, offer: Offer) -> list[str]:
        name, begun = self._keys, offer.claim.id if offer.claim else offer.id
        stage = [name.ledger(offer.stage), name.document(offer.id), name.seen(offer.id), name.counts, name.attempts]
        fetch = [name.ledger("fetch"), name.document(begun), name.seen(begun)]
        text = [name.name(offer.digest), name.texts, name.text(offer.filing.mark)]
        return [*stage, *fetch, *text, *(name.name(known) for known in offer.names)]

    def _arguments(self, offer: Offer) -> list[str | int | bytes]:
        begun = (str(offer.claim.revision), offer.claim.id) if offer.claim else ("", offer.id)
        filing, retention = offer.filing, self._settings.retention_seconds
        work: list[str | int | bytes] = [offer.stage, offer.id, offer.payload, offer.digest, self._lease, retention, *begun]
        said = [offer.source, offer.about, offer.verdict]
        filed: list[str | int | bytes] = [filing.mark, filing.bands, filing.kept, " ".join(filing.known), *self._filed()]
        limits = [MOST_ALIKE, self._settings.story_seconds, self._settings.stories_max]
        return [*work, *said, *filed, *limits, *offer.names.values()]

    def _filed(self) -> list[str]:
        return [self._keys.band, self._keys.text("")]

    def _memory(self, article: str) -> list[str]:
        name = self._keys
        ledgers = [name.ledger("fetch"), name.ledger("extract")]
        return [*ledgers, name.document(article), name.attempts, name.seen(article), name.texts, name.counts]

    def _remains(self, article: str) -> list[str]:
        name = self._keys
        return [name.ledger("fetch"), name.ledger("extract"), name.document(article), name.attempts, name.dead]

    def _work(self, claim: Claim) -> list[str]:
        name = self._keys
        return [name.ledger(claim.stage), name.document(claim.id), name.attempts, name.seen(claim.id)]

    def _letter(self, record: Record) -> list[str | int]:
        reason = DeadBody.model_validate_json(record.body).reason
        fields = [part for field in record.fields().items() for part in field]
        return [self._settings.stream_maxlen, reason, *fields]

    def _run(self, name: str, keys: Sequence[str], *arguments: str | int | bytes) -> Any:
        return script(self._redis, name)(keys=keys, args=arguments)
