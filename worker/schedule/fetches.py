"""What came of one poll of a source: the nouns that polling, schedule and the commands share."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from worker.model import Frozen, IsoDate


class PollOutcome(StrEnum):
    """How a poll ended."""

    NEWS = "news"  # entries that were not known
    OLD = "old"  # other bytes, and no entry that was not known
    UNCHANGED = "unchanged"  # the server said so, or sent the same bytes
    SOFT = "soft"  # an answer that is no feed, a page that is missing or forbidden
    HARD = "hard"  # a bad certificate, a private address: somebody must mend it
    TEMPORARY = "temporary"  # the server failed, or did not answer
    HELD = "held"  # the server asked us to wait
    GONE = "gone"  # the server said 410
    NETWORK = "network"  # our own network is down: no source is blamed


FAILURES = frozenset(PollOutcome) - {PollOutcome.NEWS, PollOutcome.OLD, PollOutcome.UNCHANGED}
"""Outcomes that brought no readable answer."""


class Fetch(Frozen):
    """One poll, as the record of the last polls keeps it."""

    at: IsoDate = Field(description="When it began, UTC.")
    outcome: PollOutcome
    status: int | None = Field(default=None, description="HTTP status of the last answer; None if there was none.")
    reason: str = Field(default="", description="Short word to count by, such as timeout, http-404, not-a-feed.")
    message: str = Field(default="", description="One line for a person.")
    url: str | None = Field(default=None, description="Address that gave the answer, after redirects.")
    seconds: float = Field(default=0, ge=0, description="How long the exchange took.")
    size: int = Field(default=0, ge=0, description="Bytes of the body, decompressed.")
    entries: int = Field(default=0, ge=0, description="Entries of the feed.")
    new: int = Field(default=0, ge=0, description="Entries that were not known.")
    floor: float = Field(default=0, ge=0, description="Seconds that headers and feed ask to wait: max-age, Expires, ttl, sy.")
    skip_hours: tuple[int, ...] = Field(default=(), description="Hours of the day, UTC, in which the feed has no news.")
    skip_days: tuple[int, ...] = Field(default=(), description="Days of the week, Monday is 0, on which it has none.")
    retry_after: float | None = Field(default=None, description="Seconds that the server asked to wait as it refused.")
    next: IsoDate | None = Field(default=None, description="When it is polled next, UTC.")
    because: str = Field(default="", description="Why then.")
