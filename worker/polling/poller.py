"""One poll of a source, from the request to the intake: what was asked, what came, what it means for the next one.

The state of the feed (worker.polling.conditional) is saved when its entries have been accepted, and not before: a poll that was
cut off in between is made again, finds what it has accepted already, and loses nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import redis

from worker import limited
from worker.errors import Misconfigured, NewsworkerError, Rejected, Retryable
from worker.http import Conditions, Response
from worker.http.politeness import PoliteClient
from worker.intake import TOO_MANY, Intake
from worker.model import Document
from worker.polling import conditional, entries, unread
from worker.polling.conditional import FeedState, Kind, Request
from worker.polling.redirects import is_insecure
from worker.polling.rediscovery import Search
from worker.schedule.fetches import Fetch, PollOutcome
from worker.schedule.freshness import directives, floor
from worker.settings import Settings
from worker.sources import Payload, SourceConfig, links
from worker.sources._markup import root
from worker.sources.feed import Feed, Hints

log = logging.getLogger(__name__)

# A state that nobody polled for so long is of a source that is no more; retired feeds are probed every 30 days.
STATE_SECONDS = 90 * 86_400
# A search begins no request later than this after the poll, so that the last one ends within the time of a task.
SEARCH_TIME = dt.timedelta(seconds=15)
# What an address or a message of a hostile server may take in the record of a poll.
MOST_CHARS = 2000
# Somebody must mend these; asking again soon is of no use.
_HARD = frozenset({"certificate", "private-address", "scheme", "address", "bomb", "too-large", "robots"})
_FORBIDDEN = frozenset({401, 403, 407})
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
# A delta of a feed is a feed; of other kinds it would be something else.
_DELTAS = frozenset({"feed", "jsonfeed"})
_WORDS = {Kind.UNMODIFIED: "not modified", Kind.SAME: "the same bytes as last time", Kind.BLANK: "no content"}


class Scheduler(Protocol):
    """What settles a poll: worker.schedule.Schedule."""

    def settle(self, source: SourceConfig, fetch: Fetch) -> Fetch:
        """Note the poll, and say when the next one is and why."""


class _Poll(NamedTuple):
    """A poll on its way: of what, begun when, and what is known of the feed by now."""

    source: SourceConfig
    at: dt.datetime
    state: FeedState


class Poller:
    """Polls sources. `now` gives the time, UTC."""

    def __init__(
        self,
        settings: Settings,
        client: redis.Redis,
        http: PoliteClient,
        intake: Intake,
        schedule: Scheduler,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._settings, self._http, self._intake, self._schedule, self._now = settings, http, intake, schedule, now
        self._redis: Any = client
        self._keys = settings.keys
        self._memory = dt.timedelta(seconds=settings.retention_seconds)

    def poll(self, source: SourceConfig, *, afresh: bool = False) -> Fetch:
        """Poll a source now, take in what is new, and say what came of it.

        `afresh`: the server is asked without conditions, and all that it has is offered to the ledger. Raises what Redis
        and the queue raise, no more.
        """
        at = self._now()
        poll = _Poll(source, at, conditional.load(self._redis.get(self._keys.feed(source.name)), source.url))
        done, fetch = self._exchange(poll, afresh=afresh)
        self._redis.set(self._keys.feed(source.name), done.state.model_dump_json(exclude_defaults=True), ex=STATE_SECONDS)
        return self._schedule.settle(source, _with_move(poll, done, fetch))

    def _exchange(self, poll: _Poll, *, afresh: bool) -> tuple[_Poll, Fetch]:
        deltas = poll.source.kind in _DELTAS
        request = conditional.ask(poll.state, poll.at, self._memory, deltas=deltas, afresh=afresh)
        try:
            answer = self._get(poll.source, request)
            kind = conditional.judge(poll.state, request, answer)
            return self._answered(poll, request, kind, answer)
        except (Rejected, Retryable, Misconfigured) as error:
            return self._failed(poll, error)

    def _get(self, source: SourceConfig, request: Request) -> Response:
        """What the operator gave for a host goes to that host only, wherever the feed moved since."""
        return self._http.get(
            request.url,
            access=source.access_to(request.url),
            partial=True,
            robots=source.robots,
            scope=source.retry_scope,
            conditions=Conditions(request.given_by, request.headers),
        )

    def _answered(self, poll: _Poll, request: Request, kind: Kind, answer: Response) -> tuple[_Poll, Fetch]:
        if refusal := _refusal(poll.state, kind, answer):
            return self._failed(poll, refusal, answer)
        if kind in {Kind.TEXT, Kind.DELTA}:
            return self._read(poll, request, kind, answer)
        state = conditional.unchanged(poll.state, kind, answer, poll.at)
        fetch = _fetch(poll.at, answer, state, outcome=PollOutcome.UNCHANGED, reason=kind.value, message=_WORDS[kind])
        return poll._replace(state=state), fetch

    def _read(self, poll: _Poll, request: Request, kind: Kind, answer: Response) -> tuple[_Poll, Fetch]:
        source, payload = poll.source, entries.payload(poll.source, answer)
        parts = links(payload, source.kind)
        found = Feed([], Hints()) if parts else limited.read_feed(payload, source.kind, self._settings)
        if len(found.entries) == 1 and isinstance(found.entries[0], Rejected):
            return self._unread(poll, payload, found.entries[0], answer)
        broken = not answer.complete or entries.is_cut(answer.body)
        # What came of the entry at the break would stand for all of it, in the streams or in the dead letters.
        came = found.entries[: -1 if broken and entries.is_entry_cut(answer.body) else None]
        items = [source.with_fulltext(item) if isinstance(item, Document) else item for item in came]
        # Most of what a feed has it had at the last poll: its texts need not be looked at to find that out.
        again = request.refresh and not conditional.is_forgotten(poll.state, poll.at, self._memory)
        wanted = items if again else entries.unknown(items, poll.state)
        counts = self._intake.links(parts, source.name, source.language)
        taken, late = self._intake.brought(source.name, entries.dated(wanted, poll.state, request, poll.at))
        counts += taken + Counter(known=len(items) - len(wanted))
        items = entries.without(items, wanted[len(wanted) - late :])
        whole = not (broken or late)
        reading = entries.reading(items, counts, found.hints, poll.at, whole=whole, offered=len(wanted) == len(items))
        state = conditional.read(poll.state, request, kind, answer, reading, poll.at)
        unread.forget(self._redis, self._settings, source.name)
        if any(map(is_insecure, answer.hops)):
            log.warning("source %s: its server leads from https to http, where anybody may change what is read", source.name)
        fetch = _fetch(
            poll.at,
            answer,
            state,
            outcome=PollOutcome.NEWS if reading.new else PollOutcome.OLD,
            reason="" if whole else "truncated" if broken else "too-many",
            message=entries.summary(counts) + _missing(broken=broken, late=late),
            entries=counts.total(),
            new=reading.new,
        )
        return poll._replace(state=state), fetch

    def _unread(self, poll: _Poll, payload: Payload, error: Rejected, answer: Response) -> tuple[_Poll, Fetch]:
        if not answer.complete:
            message = f"{payload.name}: the answer broke off before its first entry"
            return self._failed(poll, Retryable(message, stage="fetch", reason="broken", url=answer.url), answer)
        if "no-store" not in directives(answer.headers):
            unread.keep(self._redis, self._settings, poll.source.name, answer.body)
        if poll.source.kind != "html" and (root(payload.body) == "html" or payload.media_type in _PAGES):
            error = payload.reject("not-a-feed", f"a page, where a {poll.source.kind} was expected; check the address")
        return self._failed(poll, error, answer)

    def _failed(self, poll: _Poll, error: NewsworkerError, answer: Response | None = None) -> tuple[_Poll, Fetch]:
        status = answer.status if answer else error.status
        message = error.message + _advice(poll.source, status)
        poll = poll._replace(state=conditional.failed(poll.state, error, poll.at))
        if conditional.is_lost(poll.state, poll.at):
            lost, poll = poll.state.url, self._searched(poll)
            message += "; its site names no other that can be read" if poll.state.url == lost else ""
        return poll, Fetch(
            at=_stamp(poll.at),
            outcome=outcome_of(error),
            status=status,
            reason=error.reason,
            message=message[:MOST_CHARS],
            url=_shortened(answer.url if answer else error.url),
            seconds=answer.seconds if answer else 0,
            size=len(answer.body) if answer else 0,
            retry_after=error.retry_after,
        )

    def _searched(self, poll: _Poll) -> _Poll:
        """The feed looked for, if there is time for it."""

        def fetch(url: str) -> Response:
            if self._now() - poll.at > SEARCH_TIME:
                message = "no time is left to search the site"
                raise Retryable(message, stage="fetch", reason="timeout", url=url)
            return self._get(poll.source, Request(url))

        state = conditional.searched(poll.state, poll.at)
        found = Search(poll.source, fetch, self._settings).find(state)
        return poll._replace(state=conditional.moved_to(state, found) if found else state)


def outcome_of(error: NewsworkerError) -> PollOutcome:
    """How a poll that failed with this error ended."""
    if error.reason == "http-410":
        return PollOutcome.GONE
    if error.reason == "host-busy" or error.status == 429 or (error.status in {403, 503} and error.retry_after):
        return PollOutcome.HELD
    if error.reason in _HARD or isinstance(error, Misconfigured):
        return PollOutcome.HARD
    return PollOutcome.SOFT if isinstance(error, Rejected) else PollOutcome.TEMPORARY


def _refusal(state: FeedState, kind: Kind, answer: Response) -> Rejected | Retryable | None:
    """The failure that an answer is by itself, whatever its text."""
    place = answer.url
    if kind is Kind.EMPTY:
        return Rejected(f"{place}: an empty answer; check the address", stage="read", reason="empty", url=place)
    if kind is Kind.UNASKED:
        message = f"{place}: the server says that nothing changed since a time that it was not told (304); asked again"
        return Retryable(message, stage="fetch", reason="unasked-304", url=place)
    if kind is Kind.BLANK and state.blank.count + 1 >= conditional.BLANK_COUNT:
        message = f"{place}: no content (204), {state.blank.count + 1} times in a row; check the address"
        return Rejected(message, stage="fetch", reason="http-204", url=place)
    if kind is Kind.PART:
        return Rejected(f"{place}: a delta (226) that was not asked for", stage="fetch", reason="http-226", url=place)
    return None


def _missing(*, broken: bool, late: int) -> str:
    """What of an answer was not taken in, and why."""
    found = f"; {late} are left for later: {TOO_MANY}" if late else ""
    return found + ("; the answer broke off: its end is asked for next time" if broken else "")


def _with_move(before: _Poll, after: _Poll, fetch: Fetch) -> Fetch:
    """The fetch with word of a new address; the operator's file is left as it is."""
    old, new = before.state.url, after.state.url
    if old == new:
        return fetch
    log.warning("source %s: its feed is no longer at %s but at %s; change its url", before.source.name, old, new)
    return fetch.model_copy(update={"message": f"{fetch.message}; its address is {new} from now on"})


def _advice(source: SourceConfig, status: int | None) -> str:
    """What to do about a refused log-in, without a word of the secrets themselves."""
    if status not in _FORBIDDEN:
        return ""
    sent = [key for key in ("auth", "cookies", "headers", "proxy") if getattr(source, key)]
    if not sent:
        return f"; what a log-in needs goes into auth, cookies or headers of source {source.name}"
    return f"; the {' and '.join(sent)} of source {source.name} may be wrong or out of date"


def _fetch(at: dt.datetime, answer: Response, state: FeedState, **found: Any) -> Fetch:
    return Fetch(
        at=_stamp(at),
        status=answer.status,
        url=_shortened(answer.url),
        seconds=answer.seconds,
        size=len(answer.body),
        floor=floor(answer.headers, state.wishes, at),
        skip_hours=state.wishes.skip_hours,
        skip_days=state.wishes.skip_days,
        **found,
    )


def _shortened(url: str | None) -> str | None:
    return url[:MOST_CHARS] if url else None


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
