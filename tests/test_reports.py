"""Events are counted, not reports: one `coded` for a happening, in whatever order and however often it is reported."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from reporting import article, body, coded, day, party, whole
from support import Server

from worker import sinks
from worker.ledger import Ledger
from worker.model import Casualties, EventPlace, EventType
from worker.record import Record, Sink
from worker.settings import Settings

KHARKIV: dict[str, Any] = {"place": EventPlace(name="Kharkiv", country="UKR"), "trigger": "hit", "start": 200}


class Told(NamedTuple):
    """A record of the events stream, in short."""

    kind: str
    article: str
    event: str
    reports: int


class World:
    """A sink that several articles are published through."""

    def __init__(self, sink: Sink, ledger: Ledger, read: Callable[[], list[dict[str, Any]]]) -> None:
        self.sink, self.ledger, self.entries = sink, ledger, read

    def publish(self, name: str, *events: dict[str, Any], revision: int = 1) -> bool:
        """An article, or a revision of it, that reports these events."""
        self.ledger.accept("extract", name, "{}", f"{name}{revision}")
        return self.again(name, *events, revision=revision)

    def again(self, name: str, *events: dict[str, Any], revision: int = 1) -> bool:
        return self.sink.publish(article(name, revision), self.records(name, *events, revision=revision))

    def records(self, name: str, *events: dict[str, Any], revision: int = 1) -> list[Record]:
        return [whole(name, revision), *(coded(body(name, revision, **event)) for event in events)]

    def told(self) -> list[Told]:
        return [
            Told(entry["type"].rpartition(".")[2], data["article"]["id"], data["event"]["id"], data["reports"])
            for entry in self.entries()
            for data in [entry["data"]]
        ]


@pytest.fixture(params=sinks.names())
def world(request: pytest.FixtureRequest, settings: Settings, server: Server) -> World:
    named = settings.model_copy(update={"sink": request.param})

    def lines() -> list[dict[str, Any]]:
        path = named.home / named.state_dir / "records.jsonl"
        found = [json.loads(line) for line in path.read_text().splitlines()]
        return [line for line in found if line["type"].startswith("newsworker.event.")]

    def streams() -> list[dict[str, Any]]:
        return [fields | {"data": json.loads(fields["body"])} for _, fields in server.client.xrange("news:events")]

    read = {"jsonl": lines, "redis_streams": streams}[named.sink]
    return World(sinks.load(named), Ledger(server.client, settings), read)


def test_the_first_report_is_coded_and_others_mention_it(world: World) -> None:
    for name in "abc":
        world.publish(name, {})
    owner = body("a").event.id
    assert world.told() == [Told("coded", "a", owner, 1), Told("mentioned", "b", owner, 2), Told("mentioned", "c", owner, 3)]


def test_each_record_has_an_id_of_its_own_which_the_text_alone_decides(world: World) -> None:
    for name in "abc":
        world.publish(name, {}, KHARKIV)
    ids = [entry["id"] for entry in world.entries()]
    assert ids == [body(name, **told).event.id for name in "abc" for told in ({}, KHARKIV)]


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_whoever_comes_first_owns_the_event(world: World, order: tuple[str, ...]) -> None:
    for name in order:
        world.publish(name, {})
    assert [(told.kind, told.article) for told in world.told()] == [
        *(("coded", order[0]), ("mentioned", order[1]), ("mentioned", order[2]))
    ]
    assert {told.event for told in world.told()} == {body(order[0]).event.id}


def test_publishing_again_is_a_no_op(world: World) -> None:
    for name in "ab":
        world.publish(name, {})
    before = world.told()
    assert not any(world.again(name, {}) for name in "ba")
    assert world.told() == before


def test_other_happenings_are_coded_each(world: World) -> None:
    world.publish("a", {})
    world.publish("b", KHARKIV)
    world.publish("c", {"casualties": Casualties(killed=7)})
    world.publish("d", {"type": EventType.COERCE, "trigger": "arrested", "mode": "arrest"})
    assert [told.kind for told in world.told()] == ["coded"] * 4


def test_two_events_of_an_article_are_never_one_of_another(world: World) -> None:
    world.publish("a", {})
    world.publish("b", {}, {"start": 200})
    assert Counter(told.kind for told in world.told()) == {"coded": 2, "mentioned": 1}


def test_what_nothing_dates_is_coded_each_time(world: World) -> None:
    for name in "ab":
        world.publish(name, {"published": None, "date": None})
    assert [told.kind for told in world.told()] == ["coded", "coded"]


class TestRevision:
    def test_what_it_still_tells_is_mentioned_and_coded_no_second_time(self, world: World) -> None:
        world.publish("a", {})
        world.publish("a", {"casualties": Casualties(killed=3), "start": 40}, revision=2)
        owner = body("a").event.id
        assert world.told() == [Told("coded", "a", owner, 1), Told("mentioned", "a", owner, 1)]
        assert len({entry["id"] for entry in world.entries()}) == 2

    def test_what_it_drops_is_retracted(self, world: World) -> None:
        world.publish("a", {}, KHARKIV)
        world.publish("a", KHARKIV, revision=2)
        gone = body("a").event.id
        assert world.told()[-1] == Told("retracted", "a", gone, 0)
        last = world.entries()[-1]
        assert last["data"]["article"]["revision"] == 2
        assert last["data"]["event"]["evidence"]["text"].startswith("Russian drones")
        assert [told.kind for told in world.told()] == ["coded", "coded", "mentioned", "retracted"]

    def test_what_another_article_reports_too_stands(self, world: World) -> None:
        world.publish("a", {})
        world.publish("b", {})
        world.publish("a", revision=2)
        owner = body("a").event.id
        assert world.told()[-1] == Told("unmentioned", "a", owner, 1)
        world.publish("c", {})
        assert world.told()[-1] == Told("mentioned", "c", owner, 2)
        world.publish("b", revision=2)
        world.publish("c", revision=2)
        assert [told.kind for told in world.told()[-2:]] == ["unmentioned", "retracted"]

    def test_what_was_retracted_is_new_when_it_is_reported_again(self, world: World) -> None:
        world.publish("a", {})
        world.publish("a", revision=2)
        world.publish("b", {})
        assert world.told()[-1] == Told("coded", "b", body("b").event.id, 1)

    def test_corrected_numbers_are_what_others_are_compared_with(self, world: World) -> None:
        world.publish("a", {})
        world.publish("a", {"casualties": Casualties(killed=5)}, revision=2)
        world.publish("b", {"casualties": Casualties(killed=5)})
        assert [told.kind for told in world.told()] == ["coded", "mentioned", "mentioned"]

    def test_undated_events_are_retracted_too(self, world: World) -> None:
        undated: dict[str, Any] = {"published": None, "date": None}
        world.publish("a", undated)
        world.publish("a", undated, revision=2)
        world.publish("a", revision=3)
        assert [told.kind for told in world.told()] == ["coded", "mentioned", "retracted"]

    def test_a_new_event_in_it_may_be_known_from_others(self, world: World) -> None:
        world.publish("a", {})
        world.publish("b", KHARKIV)
        world.publish("b", KHARKIV, {}, revision=2)
        assert world.told()[-1] == Told("mentioned", "b", body("a").event.id, 2)


@pytest.mark.parametrize("lost", [1, 700, 2500, 4000, 6000])
def test_a_file_that_a_crash_cut_short_is_completed_as_it_would_have_been(settings: Settings, lost: int) -> None:
    """Whatever of a revision's records had been written, the whole is the same."""
    path = settings.home / settings.state_dir / "records.jsonl"
    first: list[dict[str, Any]] = [{}, KHARKIV]
    steps = [("a", 1, first), ("b", 1, first), ("a", 2, first[1:]), ("b", 2, first[:1])]

    def publish(name: str, revision: int, events: list[dict[str, Any]]) -> None:
        sink = sinks.load(settings.model_copy(update={"sink": "jsonl"}))
        told = [coded(body(name, revision, **event)) for event in events]
        sink.publish(article(name, revision), [whole(name, revision), *told])

    for step in steps:
        publish(*step)
    complete = path.read_bytes()
    path.write_bytes(complete[:-lost])
    for step in steps:
        publish(*step)
    assert path.read_bytes() == complete


class TestAtTheSameMoment:
    def test_of_many_reports_one_is_coded(self, settings: Settings, server: Server) -> None:
        ledger = Ledger(server.client, settings)
        names = [f"n{number}" for number in range(24)]
        for name in names:
            ledger.accept("extract", name, "{}", name)

        def publish(name: str) -> bool:
            events = [coded(body(name, **told)) for told in ({}, KHARKIV)]
            return sinks.load(settings).publish(article(name), [whole(name), *events])

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(publish, names))
        bodies = [json.loads(fields["body"]) for _, fields in server.client.xrange("news:events")]
        kinds = Counter(
            (fields["type"], json.loads(fields["body"])["event"]["id"]) for _, fields in server.client.xrange("news:events")
        )
        assert sorted(kinds.values()) == [1, 1, 23, 23]
        assert Counter(data["reports"] for data in bodies) == dict.fromkeys(range(1, 25), 2)
        assert ledger.counts()["coded"] == 2
        assert ledger.counts()["mentioned"] == 46

    def test_of_the_last_two_who_take_it_back_one_retracts(self, settings: Settings, server: Server) -> None:
        ledger = Ledger(server.client, settings)
        names = [f"n{number}" for number in range(8)]
        for name in names:
            ledger.accept("extract", name, "{}", name)
            sinks.load(settings).publish(article(name), [whole(name), coded(body(name))])
            ledger.accept("extract", name, "{}", f"{name}2")
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(lambda name: sinks.load(settings).publish(article(name, 2), [whole(name, 2)]), names))
        kinds = Counter(fields["type"].rpartition(".")[2] for _, fields in server.client.xrange("news:events"))
        assert kinds == {"coded": 1, "mentioned": 7, "unmentioned": 7, "retracted": 1}
        assert not server.client.exists("news:happenings")


class TestBounds:
    def test_of_too_many_the_oldest_are_forgotten(self, settings: Settings, server: Server) -> None:
        few = settings.model_copy(update={"happenings_max": 3})
        ledger, sink = Ledger(server.client, few), sinks.load(few)

        def publish(name: str, killed: int) -> str:
            ledger.accept("extract", name, "{}", name)
            sink.publish(article(name), [whole(name), coded(body(name, casualties=Casualties(killed=killed)))])
            return str(server.client.xrevrange("news:events", count=1)[0][1]["type"].rpartition(".")[2])

        assert [publish(f"a{number}", number) for number in range(2, 8)] == ["coded"] * 6
        assert server.client.zcard("news:happenings") == 3
        assert len(server.client.keys("news:happening:*")) == 3
        assert [publish(f"b{number}", number) for number in (7, 6, 2)] == ["mentioned", "mentioned", "coded"]

    def test_all_of_it_expires(self, settings: Settings, server: Server) -> None:
        ledger = Ledger(server.client, settings)
        ledger.accept("extract", "a", "{}", "a")
        sinks.load(settings).publish(article("a"), [whole("a"), coded(body("a"))])
        keys = [key for kind in ("happening", "shelf", "reports") for key in server.client.keys(f"news:{kind}:*")]
        assert len(keys) == 4
        assert all(0 < server.client.ttl(key) <= settings.happening_days * 86_400 for key in keys)


def test_two_parties_of_one_event_are_told_in_either_order(world: World) -> None:
    both = (party("USA GOV", "Reed", "e1"), party("UKR GOV", "Hai", "e2"))
    talks: dict[str, Any] = {
        "type": EventType.CONSULT,
        "mode": None,
        "casualties": None,
        "trigger": "met",
        "recipients": (),
        "actors": both,
        "persons": {"e1": "Reed", "e2": "Hai"},
        "date": day("2026-02-09"),
    }
    world.publish("a", talks)
    world.publish("b", talks | {"actors": both[::-1]})
    assert [told.kind for told in world.told()] == ["coded", "mentioned"]
