"""Archives into the ledger: piece by piece, no faster than the workers finish, and on from where an earlier start ended.

How far an archive was taken in is noted when its articles stand in the ledger, and not before: whatever ends the reading
in between, the next start takes a few articles in again, which the ledger knows, and loses none.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import redis

from worker.errors import Rejected
from worker.intake import Intake
from worker.ledger import Ledger
from worker.model import Document
from worker.settings import Settings
from worker.sources import Part, parts, read_part

log = logging.getLogger(__name__)

# Pieces between two notes: a tenth of a second's work that a kill makes us do again.
STEP = 32
# How often to look whether the workers have caught up.
LOOK_SECONDS = 0.5
# Archives of one crawl differ in their first record, which names the file or the time.
_HEAD_BYTES = 1 << 16

Told = Callable[[Rejected], None]
"""Is given what is unfit."""


class Backfill:
    """Takes archives in. `wait` waits so many seconds."""

    def __init__(
        self,
        client: redis.Redis,
        ledger: Ledger,
        intake: Intake,
        settings: Settings,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._redis: Any = client
        self._ledger, self._intake, self._settings, self._wait = ledger, intake, settings, wait

    def take_in(self, path: Path, told: Told) -> Counter[str]:
        """Take in what is new in an archive; the counts are by outcome (worker.intake)."""
        key = self._settings.keys.archive(_digest(path))
        start = int(self._redis.get(key) or 0)
        if start:
            log.warning("%s: read on from byte %d, up to which it was taken in before", path, start)
        counts: Counter[str] = Counter()
        step: list[Part] = []
        for part in parts(path, self._settings.max_file_bytes, start):
            if len(step) >= STEP or part.payload is None:
                self._until_caught_up(path)
                counts += self._intake.documents(_documents(step, told))
                self._redis.set(key, part.mark, ex=self._settings.retention_seconds)
                step = []
            step.append(part)
        return counts

    def _until_caught_up(self, path: Path) -> None:
        """Wait while the workers have more than enough to do."""
        most = self._settings.archive_pending
        if self._pending() <= most:
            return
        log.warning("%s: waiting until no more than %d articles are unfinished (setting archive_pending)", path, most)
        while self._pending() > most:
            self._wait(LOOK_SECONDS)

    def _pending(self) -> int:
        return sum(self._ledger.pending().values())


def _documents(step: list[Part], told: Told) -> Iterator[Document | Rejected]:
    for part in step:
        for item in read_part(part):
            if isinstance(item, Rejected):
                told(item)
            yield item


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.sha256(file.read(_HEAD_BYTES)).hexdigest()
    except OSError:  # its only piece will be the reason
        return hashlib.sha256(str(path).encode()).hexdigest()
