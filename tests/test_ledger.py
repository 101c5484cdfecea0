from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
import redis
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from support import Server, letter, record

from worker.ledger import OVERDUE_LEASES, Claim, Ledger, Outcome
from worker.model import Article
from worker.record import DeadBody
from worker.settings import Settings
from worker.sinks.redis_streams import RedisStreams


@pytest.fixture
def ledger(server: Server, settings: Settings) -> Ledger:
    return Ledger(server.client, settings)


@pytest.fixture
def publish(server: Server, settings: Settings) -> Callable[[Claim], bool]:
    sink = RedisStreams(server.client, settings)
    return lambda claim: sink.publish(Article(id=claim.id, text="", revision=claim.revision), [record(claim.id)])


def begin(ledger: Ledger, article: str = "a") -> Claim:
    claim = ledger.claim("extract", article)
    assert claim
    return claim


def expire(server: Server, settings: Settings, stage: str = "extract", leases: float = 1) -> None:
    """Let time pass: all leases are older by so much."""
    name = settings.keys.ledger(stage)  # type: ignore[arg-type]
    for article in server.client.zrange(name, 0, -1):
        server.client.zincrby(name, -leases * settings.lease_ms - 1, article)


class TestAccepting:
    def test_new_work_is_in_the_ledger_with_its_document(self, ledger: Ledger) -> None:
        assert ledger.accept("extract", "a", '{"x":1}', "d1") == (Outcome.NEW, 1, "")
        assert ledger.pending() == {"fetch": 0, "extract": 1}
        assert begin(ledger)[:5] == ("extract", "a", '{"x":1}', 1, 1)

    def test_the_same_again_is_pending_until_done_and_a_duplicate_afterwards(
        self, ledger: Ledger, publish: Callable[[Claim], bool]
    ) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        assert ledger.accept("extract", "a", "{}", "d1").outcome is Outcome.PENDING
        assert publish(begin(ledger))
        assert ledger.accept("extract", "a", "{}", "d1").outcome is Outcome.DUPLICATE
        assert ledger.pending()["extract"] == 0
        assert ledger.counts() == {"accepted": 1, "duplicate": 1, "published": 1}

    def test_the_same_text_under_another_id_is_a_duplicate_of_the_first(self, ledger: Ledger) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        assert ledger.accept("extract", "b", "{}", "d1") == (Outcome.DUPLICATE_OF, 0, "a")
        assert ledger.claim("extract", "b") is None

    def test_another_text_under_the_same_id_is_a_new_revision(self, ledger: Ledger, publish: Callable[[Claim], bool]) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        publish(begin(ledger))
        assert ledger.accept("extract", "a", '{"x":2}', "d2") == (Outcome.NEW, 2, "")
        assert begin(ledger)[2:5] == ('{"x":2}', 2, 1)

    def test_two_texts_that_take_turns_under_one_id_are_no_endless_revisions(self, ledger: Ledger) -> None:
        outcomes = [ledger.accept("extract", "a", "{}", digest).outcome for digest in ("d1", "d2", "d1", "d2", "d1")]
        assert outcomes.count(Outcome.NEW) == 2

    def test_summaries_of_one_wording_are_not_each_others_duplicates(self, ledger: Ledger) -> None:
        assert ledger.accept("fetch", "a", "{}", "read more").outcome is Outcome.NEW
        assert ledger.accept("fetch", "b", "{}", "read more").outcome is Outcome.NEW

    def test_a_summary_that_did_not_change_is_not_fetched_again(self, ledger: Ledger) -> None:
        ledger.accept("fetch", "a", "{}", "s1")
        claim = ledger.claim("fetch", "a")
        assert claim
        ledger.accept("extract", claim.id, "{}", "d1", claim)
        assert ledger.accept("fetch", "a", "{}", "s1").outcome is Outcome.DUPLICATE
        assert ledger.accept("fetch", "a", "{}", "s2").outcome is Outcome.NEW

    def test_what_is_offered_again_is_remembered_for_another_retention(
        self, server: Server, settings: Settings, ledger: Ledger
    ) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        names = (settings.keys.seen("a"), settings.keys.name("d1"))
        for name in names:
            server.client.expire(name, 10)
        ledger.accept("extract", "a", "{}", "d1")
        assert all(server.client.ttl(name) > 1000 for name in names)

    def test_of_many_that_offer_one_text_at_once_one_is_new(self, settings: Settings) -> None:
        def offer(number: int) -> Outcome:
            client = redis.Redis.from_url(settings.redis_url, decode_responses=True)
            return Ledger(client, settings).accept("extract", f"a{number % 4}", "{}", "d1").outcome

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(offer, range(40))).count(Outcome.NEW) == 1


class TestWorking:
    def test_work_that_is_not_in_the_ledger_cannot_be_begun(self, ledger: Ledger) -> None:
        assert ledger.claim("extract", "nobody") is None

    def test_attempts_are_counted_when_work_begins_and_run_out(self, ledger: Ledger, settings: Settings) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        claims = [begin(ledger) for _ in range(settings.attempts + 1)]
        assert [claim.attempts for claim in claims] == [1, 2, 3, 4]
        assert [claim.exhausted for claim in claims] == [False, False, False, True]

    def test_a_new_revision_starts_its_attempts_afresh(self, ledger: Ledger) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        begin(ledger)
        ledger.accept("extract", "a", "{}", "d2")
        assert begin(ledger).attempts == 1

    def test_tried_are_those_begun_and_not_done(self, ledger: Ledger, publish: Callable[[Claim], bool]) -> None:
        for article in "abc":
            ledger.accept("extract", article, "{}", article)
        begin(ledger, "a")
        publish(begin(ledger, "b"))
        assert ledger.tried("extract", ["a", "b", "c", "d"]) == {"a"}

    def test_put_off_work_keeps_its_reason_and_comes_back_after_its_time(
        self, server: Server, settings: Settings, ledger: Ledger
    ) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        assert ledger.defer(begin(ledger), 2 * settings.lease_seconds, "the site is busy")
        expire(server, settings, leases=1)
        assert ledger.lost("extract", 10) == []
        expire(server, settings, leases=1)
        assert ledger.lost("extract", 10) == ["a"]
        assert begin(ledger)[4:6] == (2, "the site is busy")

    def test_an_attempt_that_was_nobodys_fault_is_forgotten(self, ledger: Ledger) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        ledger.defer(begin(ledger), 0, "full", forget=True)
        assert begin(ledger).attempts == 1

    def test_attempts_before_one_that_is_forgotten_still_count(self, ledger: Ledger) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        begin(ledger)
        ledger.defer(begin(ledger), 0, "no room", forget=True)
        assert begin(ledger).attempts == 2

    def test_fetched_work_moves_to_extraction_in_one_step(self, ledger: Ledger) -> None:
        ledger.accept("fetch", "a", '{"summary":1}', "s1")
        claim = ledger.claim("fetch", "a")
        assert claim
        assert ledger.accept("extract", claim.id, '{"text":1}', "d1", claim) == (Outcome.NEW, 1, "")
        assert ledger.pending() == {"fetch": 0, "extract": 1}
        assert begin(ledger)[2:5] == ('{"text":1}', 1, 1)
        assert ledger.accept("extract", claim.id, '{"text":1}', "d1", claim).outcome is Outcome.GONE

    def test_fetched_work_whose_text_is_known_is_done(self, ledger: Ledger) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        ledger.accept("fetch", "b", "{}", "s1")
        claim = ledger.claim("fetch", "b")
        assert claim
        assert ledger.accept("extract", claim.id, "{}", "d1", claim) == (Outcome.DUPLICATE_OF, 0, "a")
        assert ledger.pending() == {"fetch": 0, "extract": 1}

    def test_a_changed_summary_leaves_the_text_alone_that_waits_for_extraction(self, ledger: Ledger) -> None:
        ledger.accept("extract", "a", '{"text":1}', "d1")
        ledger.accept("fetch", "a", '{"summary":1}', "s1")
        assert begin(ledger).payload == '{"text":1}'

    def test_finished_work_leaves_nothing_but_what_makes_it_known(self, server: Server, ledger: Ledger) -> None:
        ledger.accept("fetch", "a", "{}", "s1")
        claim = ledger.claim("fetch", "a")
        assert claim
        assert ledger.finish(claim)
        assert not ledger.finish(claim)
        assert sorted(server.client.keys("*")) == ["news:counts", "news:seen:a"]


class TestGivingUp:
    def test_a_dead_letter_keeps_its_reason_and_its_document(self, server: Server, settings: Settings, ledger: Ledger) -> None:
        ledger.accept("extract", "a", '{"x":1}', "d1")
        assert ledger.bury(begin(ledger), letter("a", "language", "it is in Finnish"))
        ((_, fields),) = server.client.xrange(settings.keys.dead)
        assert DeadBody.model_validate_json(fields["body"]).message == "it is in Finnish"
        assert ledger.counts() == {"accepted": 1, "dead": 1, "rejected:language": 1}
        assert server.client.hget(settings.keys.document("a"), "extract") == '{"x":1}'
        assert 0 < server.client.ttl(settings.keys.document("a")) <= settings.retention_seconds
        assert ledger.pending()["extract"] == 0

    def test_what_is_done_or_has_a_new_revision_is_not_buried(
        self, server: Server, settings: Settings, ledger: Ledger, publish: Callable[[Claim], bool]
    ) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        old = begin(ledger)
        ledger.accept("extract", "a", "{}", "d2")
        assert not ledger.bury(old, letter("a"))
        publish(begin(ledger))
        assert not ledger.bury(begin_done(old), letter("a"))
        assert server.client.xlen(settings.keys.dead) == 0

    def test_what_never_came_in_is_rejected_once(self, server: Server, settings: Settings, ledger: Ledger) -> None:
        assert [ledger.reject(letter("a")), ledger.reject(letter("a")), ledger.reject(letter("b"))] == [1, 0, 1]
        assert server.client.xlen(settings.keys.dead) == 2
        assert ledger.counts() == {"dead": 2, "rejected:empty": 2}


def begin_done(claim: Claim) -> Claim:
    return claim._replace(revision=2)


class TestBringingBack:
    def test_work_whose_message_was_never_sent_comes_back_after_its_lease(
        self, server: Server, settings: Settings, ledger: Ledger
    ) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        assert ledger.lost("extract", 10) == []
        expire(server, settings)
        assert ledger.lost("extract", 10) == ["a"]

    def test_lost_work_is_brought_back_once_a_lease(self, server: Server, settings: Settings, ledger: Ledger) -> None:
        for number in range(20):
            ledger.accept("extract", str(number), "{}", str(number))
        expire(server, settings)
        assert len(ledger.lost("extract", 15)) == 15
        assert len(ledger.lost("extract", 15)) == 5
        assert ledger.lost("extract", 15) == []

    @pytest.mark.parametrize("waiting", ["queue", "unacked"])
    def test_a_backlog_is_not_amplified(self, server: Server, settings: Settings, ledger: Ledger, waiting: str) -> None:
        for number in range(300):
            ledger.accept("extract", str(number), "{}", str(number))
        prefix = settings.keys.celery_prefix
        for number in range(100):
            if waiting == "queue":
                server.client.lpush(prefix + "extract", "message")
            else:
                server.client.hset(prefix + "unacked", str(number), "message")
        expire(server, settings, leases=OVERDUE_LEASES - 1)
        assert ledger.lost("extract", 1000) == []
        expire(server, settings, leases=2)
        assert len(ledger.lost("extract", 1000)) == settings.chunk

    def test_the_stages_do_not_hold_each_other_up(self, server: Server, settings: Settings, ledger: Ledger) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        server.client.lpush(settings.keys.celery_prefix + "fetch", *["message"] * 100)
        expire(server, settings)
        assert ledger.lost("extract", 10) == ["a"]

    def test_a_lease_outlasts_the_longest_task(self, server: Server, settings: Settings) -> None:
        hasty = settings.model_copy(update={"lease_seconds": 0.001})
        ledger = Ledger(server.client, hasty)
        ledger.accept("extract", "a", "{}", "d1")
        assert ledger.lost("extract", 10) == []


class TestFullServer:
    def test_a_full_server_refuses_a_step_as_a_whole(self, server: Server, ledger: Ledger) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        server.client.config_set("maxmemory", 1)
        before = state(server)
        for step in (
            lambda: ledger.accept("extract", "b", "{}", "d2"),
            lambda: ledger.claim("extract", "a"),
            lambda: ledger.reject(letter("a")),
        ):
            with pytest.raises(redis.ResponseError, match=r"OOM|maxmemory"):
                step()
        assert state(server) == before

    def test_work_can_be_put_off_on_a_full_server(self, server: Server, ledger: Ledger) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        claim = begin(ledger)
        server.client.config_set("maxmemory", 1)
        assert ledger.defer(claim, 1, "full", forget=True)
        server.client.config_set("maxmemory", 0)
        assert begin(ledger).attempts == 1


def state(server: Server) -> dict[str, object]:
    read: dict[str, Callable[[str], object]] = {
        "hash": server.client.hgetall,
        "zset": lambda key: server.client.zrange(key, 0, -1, withscores=True),
        "string": server.client.get,
        "stream": server.client.xrange,
    }
    return {key: read[server.client.type(key)](key) for key in server.client.keys("*")}


class LedgerMachine(RuleBasedStateMachine):
    """Whatever comes in which order: the newest text of an article is pending, published or dead, and never two."""

    articles = st.sampled_from("abc")
    texts = st.sampled_from("1234")

    def __init__(self, server: Server, settings: Settings) -> None:
        super().__init__()
        server.client.flushall()
        self.server, self.settings = server, settings
        self.ledger, self.sink = Ledger(server.client, settings), RedisStreams(server.client, settings)
        self.pending: dict[str, int] = {}
        self.claims: list[Claim] = []
        self.owners: dict[str, str] = {}
        self.latest: dict[str, str] = {}
        self.ended: set[tuple[str, int]] = set()

    @rule(article=articles, text=texts)
    def accept(self, article: str, text: str) -> None:
        found = self.ledger.accept("extract", article, text, text)
        if self.latest.get(article) == text:
            expected = Outcome.PENDING if article in self.pending else Outcome.DUPLICATE
        elif text in self.owners:
            expected = Outcome.DUPLICATE if self.owners[text] == article else Outcome.DUPLICATE_OF
        else:
            expected = Outcome.NEW
            self.owners[text], self.latest[article], self.pending[article] = article, text, found.revision
        assert found.outcome is expected

    @rule(article=articles)
    def claim(self, article: str) -> None:
        claim = self.ledger.claim("extract", article)
        assert (claim is not None) == (article in self.pending)
        if claim:
            assert (claim.revision, claim.payload) == (self.pending[article], self.latest[article])
            self.claims.append(claim)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), end=st.sampled_from(["publish", "bury", "finish"]))
    def end(self, data: st.DataObject, end: str) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        held = self.pending.get(claim.id) == claim.revision
        if end == "publish":
            whole = Article(id=claim.id, text="", revision=claim.revision)
            assert self.sink.publish(whole, [record(claim.id)]) == held
        elif end == "bury":
            assert self.ledger.bury(claim, letter(claim.id)) == held
        else:
            assert self.ledger.finish(claim) == held
        if held:
            assert (claim.id, claim.revision) not in self.ended
            self.ended.add((claim.id, claim.revision))
            del self.pending[claim.id]

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), forget=st.booleans())
    def defer(self, data: st.DataObject, forget: bool) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        assert self.ledger.defer(claim, 10, "later", forget=forget) == (self.pending.get(claim.id) == claim.revision)

    @rule()
    def bring_back(self) -> None:
        expire(self.server, self.settings, leases=2)
        assert sorted(self.ledger.lost("extract", 10)) == sorted(self.pending)

    @invariant()
    def what_is_pending_is_in_the_ledger(self) -> None:
        assert self.ledger.pending()["extract"] == len(self.pending)
        assert self.server.client.hlen(self.settings.keys.attempts) <= len(self.pending)


def test_whatever_comes_in_which_order(server: Server, settings: Settings) -> None:
    def machine() -> LedgerMachine:
        return LedgerMachine(server, settings)

    steps = hypothesis_settings(max_examples=40, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(cast("type[LedgerMachine]", machine), settings=steps)
