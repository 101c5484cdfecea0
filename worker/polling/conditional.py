"""What is remembered of a feed between two polls, and how each answer changes it: plain functions over a frozen model.

Nothing here asks a clock, a server or a disk. `now` is always given, in UTC. The rows of the truth table of HTTP answers
(tests/truth) are the laws of this module.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from pydantic import Field, ValidationError

from worker.errors import NewsworkerError
from worker.http import Response
from worker.model import Frozen
from worker.polling.redirects import URL_CHARS, permanent
from worker.schedule.freshness import Wishes, directives

# A validator is sent back as it came, so it is kept as it came, or, if a server sends pages of it, not at all.
VALIDATOR_CHARS = 1024
# To tell one feed of a site from the others; no title that people read is longer.
TITLE_CHARS = 200
# Enough to know a feed by after years of moves.
ALIASES = 8
# Three polls that agree, a day from first to last: longer than a mistake in a server's configuration stays unseen.
MOVE_COUNT, MOVE_AGE = 3, dt.timedelta(days=1)
# A lively feed says "nothing new" twenty times in a row on a quiet night; longer than that is worth one whole answer.
STALE_COUNT, STALE_AGE = 20, dt.timedelta(days=7)
# A feed that is not known to be lively is looked at as a whole once a month all the same.
STALE_QUIET_AGE = dt.timedelta(days=30)
# Lively: its last text had so many entries of the week before.
LIVELY_ENTRIES, LIVELY_AGE = 2, dt.timedelta(days=7)
# "No content" twice may be a pause between two deployments.
BLANK_COUNT = 3
# A page that is missing at three polls over a day has moved.
LOST_COUNT, LOST_AGE = 3, dt.timedelta(days=1)
# A search asks the site for a dozen pages; what it does not find today it will hardly find tomorrow.
SEARCH_AGE = dt.timedelta(days=7)
# Entries of the last reading that are remembered, 20 kB; a feed with more of them is an archive.
MOST_ENTRIES = 1000
# "New since yesterday" is said only of a feed that was read yesterday.
RECENT_AGE = dt.timedelta(days=1)
# The ledger forgets an article that is not offered for so long (its retention); all entries are offered again after a
# third of that, so that two polls may fail in between.
OFFER_SHARE = 3

# Reasons that speak of the address, not of its server.
LOST = frozenset({"http-404", "not-a-feed"})


class Streak(Frozen):
    """Something that came several times in a row, and when it came first."""

    count: int = 0
    since: dt.datetime | None = None

    def again(self, now: dt.datetime) -> Self:
        """One more."""
        return self.model_copy(update={"count": self.count + 1, "since": self.since or now})

    def lasts(self, now: dt.datetime, age: dt.timedelta, count: int = 1) -> bool:
        """Whether it came so often, and its first is so long ago."""
        return self.since is not None and self.count >= count and now - self.since >= age


NONE = Streak()
NO_WISHES = Wishes()


class Candidate(Streak):
    """An address that permanent redirects lead to."""

    url: str


class FeedState(Frozen):
    """All that is remembered of a feed; some kilobytes at most, whatever its server sends."""

    source: str = Field(description="The operator's address, to which all the rest belongs.")
    url: str = Field(description="The address to poll.")
    aliases: tuple[str, ...] = Field(default=(), description="Former addresses, the oldest first.")
    etag: str | None = None
    last_modified: str | None = None
    given_by: str | None = Field(default=None, description="The address that gave the validators, after redirects.")
    body: str | None = Field(default=None, description="SHA-256 of the last whole text whose entries were taken.")
    success: dt.datetime | None = Field(default=None, description="Last poll that brought news or the word that there is none.")
    wishes: Wishes = NO_WISHES
    site: str | None = None
    title: str | None = None
    lively: bool = False
    entries: tuple[str, ...] = Field(default=(), description="Marks of the entries at the last reading (`entries`).")
    listed: bool = Field(default=False, description="These are all that the feed had.")
    offered: dt.datetime | None = Field(default=None, description="When all entries were offered to the ledger last.")
    candidate: Candidate | None = None
    unmodified: Streak = Field(default=NONE, description="Answers 304.")
    suspect: bool = Field(default=False, description="News was found once where the server had said there was none.")
    liar: bool = Field(default=False, description="Its 304 cannot be believed: no validators are sent.")
    blank: Streak = Field(default=NONE, description="Answers 204.")
    missing: Streak = Field(default=NONE, description="Answers 404, or pages in place of the feed.")
    searched: dt.datetime | None = Field(default=None, description="When its site was last searched for it.")


@dataclass(frozen=True)
class Request:
    """What to ask.

    `headers` are for the address `given_by`, which gave the validators. `check`: the validators are held back to see
    whether the server's 304 can be believed. `refresh`: the text is wanted even if it is that of the last time.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    given_by: str = ""
    check: bool = False
    refresh: bool = False


@dataclass(frozen=True)
class Reading:
    """What came of reading an answer's text.

    `whole` is False for a text that was cut off, `offered` if entries that are known were kept from the ledger.
    """

    new: int = 0
    whole: bool = True
    lively: bool = False
    wishes: Wishes = NO_WISHES
    site: str | None = None
    title: str | None = None
    entries: tuple[str, ...] = ()
    offered: bool = True


class Kind(StrEnum):
    """What an answer is, before its text is read."""

    UNMODIFIED = "unmodified"
    UNASKED = "unasked"  # 304 from an address that was asked without conditions
    SAME = "same"  # the bytes of the last time
    BLANK = "blank"  # 204
    EMPTY = "empty"  # 200 without a text
    DELTA = "delta"  # 226, which we asked for: what is new only
    PART = "part"  # 226, which we did not ask for
    TEXT = "text"


# ---------------------------------------------------------------- before


def load(text: str | None, source: str) -> FeedState:
    """The state as it was saved; a new one if there is none, or if the operator gave another address since.

    The address that the feed moved to, once it is the operator's too, is no other.
    """
    fresh = FeedState(source=source, url=source)
    try:
        state = FeedState.model_validate_json(text) if text else fresh
    except ValidationError:  # saved by another version: the cost is one unconditional poll
        return fresh
    if state.source != source and state.url == source:
        return state.model_copy(update={"source": source})
    return state if state.source == source else fresh


def ask(state: FeedState, now: dt.datetime, memory: dt.timedelta, *, deltas: bool = True, afresh: bool = False) -> Request:
    """The next request: address and conditions.

    `memory`: how long the ledger remembers what it was offered. `deltas`: an answer with the new entries only would do.
    `afresh`: all entries are wanted now.
    """
    pairs = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    conditions = {name: value for name, value in pairs.items() if value}
    # Before the ledger forgets the entries that never leave the feed, they are offered to it again.
    refresh = afresh or (state.offered is not None and memory / OFFER_SHARE <= now - state.offered < memory)
    if not conditions or refresh or _is_stale(state, now):
        return Request(state.url, check=bool(conditions), refresh=refresh)
    if state.etag and deltas:  # RFC 3229: a delta is told from a version, which only an ETag names
        conditions["A-IM"] = "feed"
    return Request(state.url, conditions, state.given_by or "")


def judge(state: FeedState, request: Request, answer: Response) -> Kind:
    """What an answer is; conditions were sent to the address that gave the validators, and to no other."""
    if answer.status == 304:
        return Kind.UNMODIFIED if request.headers and answer.url == request.given_by else Kind.UNASKED
    if answer.status == 204:
        return Kind.BLANK
    if not answer.body.strip():
        return Kind.EMPTY
    if answer.status == 226:
        return Kind.DELTA if "A-IM" in request.headers and answer.url == request.given_by else Kind.PART
    return Kind.SAME if state.body == digest(answer.body) and not request.refresh else Kind.TEXT


# ---------------------------------------------------------------- after


def unchanged(state: FeedState, kind: Kind, answer: Response, now: dt.datetime) -> FeedState:
    """After an answer without a text to read: UNMODIFIED, SAME or BLANK."""
    if kind is Kind.BLANK:
        return state.model_copy(update={"blank": state.blank.again(now)})  # it says nothing of the entries
    state = _moved(_succeeded(state, now), answer, now)
    if kind is Kind.SAME:
        return state.model_copy(update={"suspect": False, **_validators(state, answer)})
    if "no-store" in directives(answer.headers):
        return state.model_copy(update=_FORGOTTEN)
    given = {name: value for name, value in _given(answer).items() if value}
    return state.model_copy(update={"unmodified": state.unmodified.again(now), **given})


def read(state: FeedState, request: Request, kind: Kind, answer: Response, reading: Reading, now: dt.datetime) -> FeedState:
    """After a text whose entries were accepted: TEXT or DELTA."""
    doubts = _doubts(state, request, answer, reading)
    state = _moved(_succeeded(state, now), answer, now).model_copy(update=doubts)
    if not reading.whole:  # its entries are taken, but what it is the version of has not all come
        return state.model_copy(update=_merged(state, reading, listed=False))
    update = _validators(state, answer)
    if kind is Kind.DELTA:  # what it does not have is not gone
        return state.model_copy(update={**update, **_merged(state, reading, listed=state.listed)})
    if reading.offered:
        update["offered"] = now
    return state.model_copy(update={**update, "body": digest(answer.body), **_learned(reading)})


def failed(state: FeedState, error: NewsworkerError, now: dt.datetime) -> FeedState:
    """After a failure; all that is known stays, but for what the failure itself says."""
    if error.reason == "unasked-304":
        return without_validators(state)
    if error.reason == "http-204":
        return state.model_copy(update={"blank": state.blank.again(now)})
    update: dict[str, object] = {}
    if error.stage == "read":  # no redirect to what is no feed is followed for ever
        update["candidate"] = None
    if error.reason in LOST:
        update["missing"] = state.missing.again(now)
    return state.model_copy(update=update)


def is_lost(state: FeedState, now: dt.datetime) -> bool:
    """Whether the feed is to be looked for on its site now."""
    rested = state.searched is None or now - state.searched >= SEARCH_AGE
    return rested and state.missing.lasts(now, LOST_AGE, LOST_COUNT)


def searched(state: FeedState, now: dt.datetime) -> FeedState:
    """The state after its site was searched for it."""
    return state.model_copy(update={"searched": now})


def without_validators(state: FeedState) -> FeedState:
    """The state with nothing that makes a request conditional."""
    return state.model_copy(update=_FORGOTTEN)


def moved_to(state: FeedState, url: str) -> FeedState:
    """The state with another address to poll; validators stay only if that address gave them."""
    aliases = tuple(dict.fromkeys(alias for alias in (*state.aliases, state.url) if alias != url))
    kept = {} if state.given_by == url else _FORGOTTEN
    fresh = {"candidate": None, "unmodified": NONE, "suspect": False, "liar": False, "missing": NONE}
    return state.model_copy(update={"url": url, "aliases": aliases[-ALIASES:], **fresh, **kept})


def is_recent(state: FeedState, request: Request, now: dt.datetime) -> bool:
    """Whether an entry that is not among the `entries` must have appeared since yesterday."""
    known = state.listed and state.success is not None and now - state.success < RECENT_AGE
    return known and (request.refresh or not request.check)


def is_forgotten(state: FeedState, now: dt.datetime, memory: dt.timedelta) -> bool:
    """Whether the ledger does not know any more what it was offered: offered again, it would be taken for new."""
    return state.offered is not None and now - state.offered >= memory


def digest(body: bytes) -> str:
    """SHA-256 (hex) of an answer's text."""
    return hashlib.sha256(body).hexdigest()


def _learned(reading: Reading) -> dict[str, object]:
    site = reading.site if reading.site and len(reading.site) <= URL_CHARS else None
    title = reading.title[:TITLE_CHARS] if reading.title else None
    known = {"wishes": reading.wishes, "site": site, "title": title, "lively": reading.lively}
    listed = len(reading.entries) <= MOST_ENTRIES
    return {**known, "entries": reading.entries if listed else (), "listed": listed}


def _merged(state: FeedState, reading: Reading, *, listed: bool) -> dict[str, object]:
    entries = tuple(dict.fromkeys((*reading.entries, *state.entries)))
    return {"entries": entries[:MOST_ENTRIES], "listed": listed and len(entries) <= MOST_ENTRIES}


_FORGOTTEN: dict[str, object] = {"etag": None, "last_modified": None, "given_by": None, "unmodified": NONE}


def _is_stale(state: FeedState, now: dt.datetime) -> bool:
    if not state.lively:
        return state.unmodified.lasts(now, STALE_QUIET_AGE)
    return state.unmodified.count >= STALE_COUNT or state.unmodified.lasts(now, STALE_AGE)


def _given(answer: Response) -> dict[str, str | None]:
    """The validators of an answer, byte for byte; an empty one is none."""
    pairs = {"etag": answer.headers.get("etag"), "last_modified": answer.headers.get("last-modified")}
    return {name: value if value and len(value) <= VALIDATOR_CHARS else None for name, value in pairs.items()}


def _validators(state: FeedState, answer: Response) -> dict[str, object]:
    """What a whole text leaves: both validators are its own, so that one it does not have is deleted."""
    given = _given(answer)
    hidden = state.liar or "no-store" in directives(answer.headers) or len(answer.url) > URL_CHARS
    if hidden or not any(given.values()):
        return dict(_FORGOTTEN)
    return {**given, "given_by": answer.url, "unmodified": NONE}


def _doubts(state: FeedState, request: Request, answer: Response, reading: Reading) -> dict[str, object]:
    """Whether the server hid news behind 304.

    News found by a check convicts it if the validators are the same as before, for then it would have hidden them again;
    else only at the second time, because news may come at just that moment.
    """
    if not request.check:
        return {"suspect": False}
    same = _given(answer) == {"etag": state.etag, "last_modified": state.last_modified}
    guilty = reading.new > 0 and (same or state.suspect)
    return {"suspect": reading.new > 0 and not guilty, "liar": state.liar or guilty}


def _succeeded(state: FeedState, now: dt.datetime) -> FeedState:
    return state.model_copy(update={"success": now, "blank": NONE, "missing": NONE, "searched": None})


def _moved(state: FeedState, answer: Response, now: dt.datetime) -> FeedState:
    """After a readable answer: a permanent redirect is counted, and followed for ever when it was confirmed."""
    target = permanent(answer.hops)
    if target is None or target == state.url:
        return state.model_copy(update={"candidate": None})
    known = state.candidate if state.candidate and state.candidate.url == target else Candidate(url=target)
    candidate = known.again(now)
    if candidate.lasts(now, MOVE_AGE, MOVE_COUNT):
        return moved_to(state, target)
    return state.model_copy(update={"candidate": candidate})
