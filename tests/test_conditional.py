"""The state of a feed as laws over any sequence of answers; the table of single cases is tests/test_truth_table.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from worker.errors import Rejected, Retryable
from worker.http import Hop, Response
from worker.polling import conditional
from worker.polling.conditional import FeedState, Kind, Reading, Request
from worker.polling.redirects import URL_CHARS, permanent

NOW = dt.datetime(2026, 11, 24, 9, 20, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
URL = "https://news.example/feed"
OTHER = "https://news.example/other"
# The most that one feed may cost in Redis, whatever its server sends.
BOUND = 60_000
MEMORY = 30 * DAY


@dataclass(frozen=True)
class Reply(Response):
    url: str = URL
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"<rss/>"


def fresh() -> FeedState:
    return conditional.load(None, URL)


def polled(state: FeedState, reply: Reply, now: dt.datetime = NOW, new: int = 1, *, lively: bool = True) -> FeedState:
    """One poll as worker.polling.poller does it, without a server."""
    request = conditional.ask(state, now, MEMORY)
    kind = conditional.judge(state, request, reply)
    if kind is Kind.UNASKED:
        return conditional.failed(state, Retryable("304", stage="fetch", reason="unasked-304"), now)
    if kind in {Kind.EMPTY, Kind.PART}:
        return conditional.failed(state, Rejected("empty", stage="read", reason="empty"), now)
    if kind in {Kind.TEXT, Kind.DELTA}:
        return conditional.read(state, request, kind, reply, Reading(new=new, lively=lively), now)
    return conditional.unchanged(state, kind, reply, now)


def redirected(*steps: tuple[int, str], body: bytes = b"<rss/>") -> Reply:
    hops, place = [], URL
    for status, location in steps:
        hops.append(Hop(status, place, location))
        place = location
    return Reply(url=place, hops=tuple(hops), body=body)


class TestLoading:
    def test_what_was_saved_is_loaded(self) -> None:
        state = polled(fresh(), Reply(headers={"etag": '"a"'}))
        assert conditional.load(state.model_dump_json(), URL) == state

    def test_another_address_of_the_operator_begins_anew(self) -> None:
        state = polled(fresh(), Reply(headers={"etag": '"a"'}))
        assert conditional.load(state.model_dump_json(), OTHER) == conditional.load(None, OTHER)

    def test_the_address_that_it_moved_to_is_no_other(self) -> None:
        state = conditional.moved_to(polled(fresh(), Reply(headers={"etag": '"a"'})), OTHER)
        assert conditional.load(state.model_dump_json(), OTHER) == state.model_copy(update={"source": OTHER})

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"source": 1}'])
    def test_what_cannot_be_read_begins_anew(self, text: str) -> None:
        assert conditional.load(text, URL) == fresh()


class TestLies:
    def unmodified(self, state: FeedState, times: int, gap: dt.timedelta = dt.timedelta(minutes=15)) -> FeedState:
        for number in range(times):
            state = polled(state, Reply(status=304, body=b""), NOW + number * gap)
        return state

    def test_news_behind_the_validators_that_said_there_was_none_convicts(self) -> None:
        state = self.unmodified(polled(fresh(), Reply(headers={"etag": '"a"'})), conditional.STALE_COUNT)
        assert conditional.ask(state, NOW, MEMORY) == Request(URL, check=True)
        state = polled(state, Reply(headers={"etag": '"a"'}, body=b"<rss>new</rss>"))
        assert state.liar
        assert conditional.ask(state, NOW, MEMORY) == Request(URL)
        state = polled(state, Reply(headers={"etag": '"b"'}, body=b"<rss>newer</rss>"))
        assert conditional.ask(state, NOW, MEMORY) == Request(URL)

    def test_news_with_new_validators_may_be_chance_once_but_not_twice(self) -> None:
        state = polled(fresh(), Reply(headers={"etag": '"a"'}))
        for tag, liar in (('"b"', False), ('"c"', True)):
            state = self.unmodified(state, conditional.STALE_COUNT)
            state = polled(state, Reply(headers={"etag": tag}, body=tag.encode()))
            assert state.liar is liar

    def test_a_server_that_tells_of_news_by_itself_between_two_checks_is_honest(self) -> None:
        state = polled(fresh(), Reply(headers={"etag": '"a"'}))
        for tag in ('"b"', '"c"', '"d"'):
            state = self.unmodified(state, conditional.STALE_COUNT)
            state = polled(state, Reply(headers={"etag": tag}, body=tag.encode()))
            state = polled(state, Reply(headers={"etag": tag + "2"}, body=b"told " + tag.encode()))
        assert not state.liar

    def test_other_bytes_without_news_convict_nobody(self) -> None:
        state = self.unmodified(polled(fresh(), Reply(headers={"etag": '"a"'})), conditional.STALE_COUNT)
        state = polled(state, Reply(headers={"etag": '"a"'}, body=b"<rss>built now</rss>"), new=0)
        assert not state.liar
        assert conditional.ask(state, NOW, MEMORY).headers["If-None-Match"] == '"a"'

    def test_a_feed_that_was_never_lively_is_checked_once_a_month(self) -> None:
        quiet = polled(fresh(), Reply(headers={"etag": '"a"'}), lively=False)
        quiet = self.unmodified(quiet, 100).model_copy(update={"offered": None})
        assert not conditional.ask(quiet, NOW + 29 * DAY, MEMORY).check
        assert conditional.ask(quiet, NOW + 30 * DAY, MEMORY).check


class TestMoves:
    def test_a_move_takes_as_many_polls_and_as_long(self) -> None:
        state = fresh()
        moved = redirected((301, OTHER))
        for hours in (0, 1, 2, 23):
            state = polled(state, moved, NOW + dt.timedelta(hours=hours))
            assert state.url == URL
        state = polled(state, moved, NOW + DAY)
        assert (state.url, state.aliases) == (OTHER, (URL,))

    def test_two_polls_a_day_apart_are_not_enough(self) -> None:
        state = polled(polled(fresh(), redirected((301, OTHER))), redirected((301, OTHER)), NOW + 3 * DAY)
        assert state.url == URL

    @pytest.mark.parametrize(
        ("steps", "target"),
        [
            (((301, OTHER),), OTHER),
            (((308, OTHER),), OTHER),
            (((301, OTHER), (302, URL)), OTHER),
            (((302, OTHER), (301, URL)), None),
            (((307, OTHER),), None),
            (((301, "http://news.example/feed"),), None),
            (((301, OTHER), (301, "http://news.example/feed")), OTHER),
            (((301, "https://me:secret@news.example/feed"),), None),
            (((301, "https://news.example/" + "x" * URL_CHARS),), None),
            ((), None),
        ],
    )
    def test_only_an_unbroken_row_of_permanent_redirects_counts(
        self, steps: tuple[tuple[int, str], ...], target: str | None
    ) -> None:
        assert permanent(redirected(*steps).hops) == target

    def test_validators_of_the_new_address_stay_and_those_of_the_old_go(self) -> None:
        state = FeedState(source=URL, url=URL, etag='"a"', given_by=URL)
        assert conditional.moved_to(state, OTHER).etag is None
        assert conditional.moved_to(state.model_copy(update={"given_by": OTHER}), OTHER).etag == '"a"'

    def test_former_addresses_are_few(self) -> None:
        state = fresh()
        for number in range(50):
            state = conditional.moved_to(state, f"{URL}/{number}")
        assert len(state.aliases) == conditional.ALIASES
        assert state.aliases[-1] == f"{URL}/48"


class TestEntries:
    def known(self, *entries: str, **fields: Any) -> FeedState:
        return fresh().model_copy(update={"entries": entries, "listed": True, "success": NOW, "offered": NOW, **fields})

    def read(self, state: FeedState, kind: Kind = Kind.TEXT, *entries: str, **found: Any) -> FeedState:
        return conditional.read(state, Request(URL), kind, Reply(), Reading(entries=entries, **found), NOW + DAY)

    def test_only_a_feed_that_was_read_whole_within_a_day_tells_what_is_new(self) -> None:
        request, state = Request(URL), self.known("a")
        assert conditional.is_recent(state, request, NOW + dt.timedelta(hours=23))
        assert not conditional.is_recent(state, request, NOW + DAY)
        assert not conditional.is_recent(state, Request(URL, check=True), NOW)
        assert conditional.is_recent(state, Request(URL, check=True, refresh=True), NOW)
        assert not conditional.is_recent(fresh(), request, NOW)

    def test_a_text_that_was_cut_off_tells_nothing_of_what_was_not_there(self) -> None:
        after = self.read(self.known("a"), Kind.TEXT, "b", whole=False)
        assert (after.entries, after.listed) == (("b", "a"), False)

    def test_what_a_delta_leaves_out_is_still_there(self) -> None:
        after = self.read(self.known("a"), Kind.DELTA, "b")
        assert (after.entries, after.listed) == (("b", "a"), True)

    def test_an_archive_is_not_remembered(self) -> None:
        many = tuple(str(number) for number in range(conditional.MOST_ENTRIES + 1))
        assert self.read(fresh(), Kind.TEXT, *many).entries == ()
        assert not self.read(fresh(), Kind.TEXT, *many).listed
        assert not self.read(self.known(*many[1:]), Kind.DELTA, many[0]).listed

    def test_all_entries_are_wanted_again_before_the_ledger_forgets_them_and_never_after(self) -> None:
        state = self.known("a", etag='"a"', given_by=URL, body=conditional.digest(b"<rss/>"))
        for days, wanted in ((0, False), (9, False), (10, True), (29, True), (30, False), (300, False)):
            request = conditional.ask(state, NOW + days * DAY, MEMORY)
            assert (request.refresh, not request.headers) == (wanted, wanted)
            assert conditional.judge(state, request, Reply()) is (Kind.TEXT if wanted else Kind.SAME)

    def test_they_are_counted_as_offered_when_all_were(self) -> None:
        assert self.read(self.known("a"), Kind.TEXT, "a", offered=True).offered == NOW + DAY
        assert self.read(self.known("a"), Kind.TEXT, "a", offered=False).offered == NOW
        assert self.read(self.known("a"), Kind.DELTA, "b", offered=True).offered == NOW


# ---------------------------------------------------------------- whatever a server does

names = st.text(max_size=5000) | st.sampled_from(["", '"a"', 'W/"a"', "a", '""'])
places = st.sampled_from(
    [URL, OTHER, "http://news.example/feed", "https://else.example/", "https://else.example/" + "x" * 3000]
)
replies = st.builds(
    Reply,
    url=places,
    status=st.sampled_from([200, 200, 204, 226, 304, 304]),
    headers=st.dictionaries(st.sampled_from(["etag", "last-modified", "cache-control"]), names | st.just("no-store")),
    body=st.sampled_from([b"", b" ", b"<rss/>", b"<rss>1</rss>", b"<rss>2</rss>"]),
)
temporary = st.lists(st.tuples(st.sampled_from([302, 303, 307]), places), min_size=1, max_size=3)
anything = st.lists(st.tuples(st.sampled_from([301, 302, 303, 307, 308]), places), max_size=4)
errors = st.sampled_from(
    [
        Rejected("404", stage="fetch", reason="http-404"),
        Rejected("410", stage="fetch", reason="http-410"),
        Rejected("a page", stage="read", reason="not-a-feed"),
        Retryable("late", stage="fetch", reason="timeout"),
    ]
)
gaps = st.floats(0, 40 * 86_400)


@given(polls=st.lists(st.tuples(replies, temporary, gaps), max_size=30))
def test_temporary_redirects_never_change_the_address(polls: list[tuple[Reply, list[tuple[int, str]], float]]) -> None:
    state, now = fresh(), NOW
    for reply, steps, gap in polls:
        now += dt.timedelta(seconds=gap)
        route = redirected(*steps)
        state = polled(state, Reply(route.url, reply.status, reply.headers, reply.body, route.hops), now)
        assert (state.url, state.aliases) == (URL, ())


@hypothesis_settings(max_examples=300)
@given(polls=st.lists(st.tuples(replies | errors, anything, gaps, st.booleans()), max_size=40))
def test_validators_never_leave_their_address_and_the_state_stays_small(
    polls: list[tuple[Reply | Rejected | Retryable, list[tuple[int, str]], float, bool]],
) -> None:
    state, now = fresh(), NOW
    given: dict[str, set[str | None]] = {}
    for reply, steps, gap, lively in polls:
        now += dt.timedelta(seconds=gap)
        if not isinstance(reply, Reply):
            state = conditional.failed(state, reply, now)
            continue
        route = redirected(*steps)
        answer = Reply(route.url, reply.status, reply.headers, reply.body, route.hops)
        given.setdefault(answer.url, set()).update({answer.headers.get("etag"), answer.headers.get("last-modified")})
        state = polled(state, answer, now, lively=lively)
        sent = {state.etag, state.last_modified} - {None}
        assert sent <= given.get(state.given_by or "", set())
        assert not (state.liar and sent)
        assert len(state.model_dump_json()) < BOUND
        assert conditional.load(state.model_dump_json(), URL) == state


@given(polls=st.lists(st.tuples(replies, gaps), max_size=30))
def test_conditions_are_what_the_last_answers_gave(polls: list[tuple[Reply, float]]) -> None:
    state, now = fresh(), NOW
    for reply, gap in polls:
        now += dt.timedelta(seconds=gap)
        state = polled(state, reply, now)
        request = conditional.ask(state, now, MEMORY)
        expected = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
        allowed = {name: value for name, value in expected.items() if value}
        assert request.check or {k: v for k, v in request.headers.items() if k != "A-IM"} == allowed


@given(error=errors)
def test_a_failure_forgets_no_validators_and_no_body(error: Rejected | Retryable) -> None:
    state = polled(fresh(), Reply(headers={"etag": '"a"', "last-modified": "then"}))
    after = conditional.failed(state, error, NOW + DAY)
    assert (after.etag, after.last_modified, after.body, after.url) == (state.etag, state.last_modified, state.body, state.url)
