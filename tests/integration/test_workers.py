"""Real workers, real servers, and what a machine does to them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hazards import HELD, HOLD, HOLDING, POISON
from support import Server, binaries, until
from web import Site

from worker.celery import make_app
from worker.ledger import Ledger
from worker.model import Article
from worker.record import DeadBody
from worker.schedule import Schedule
from worker.settings import ENV, Settings
from worker.sources import SourceConfig
from worker.tasks import enqueue_articles

TEXT = "France delivered twelve howitzers to Ukraine on Monday. “We keep our word,” the minister Jean Leroy said in Paris."
TESTS = Path(__file__).parent.parent
FEED = (TESTS / "fixtures" / "feeds" / "full-and-summary.rss").read_bytes()

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Settings:
    return short_times(server, tmp_path)


def short_times(server: Server, home: Path) -> Settings:
    """Settings under which what is lost comes back while somebody watches."""
    times: dict[str, Any] = {"task_seconds": 4, "lease_seconds": 4, "tick_seconds": 0.5}
    return Settings(home=home, redis_url=server.url, sink="hazards:make", **times)


def environment(settings: Settings) -> Mapping[str, str]:
    values = {"redis_url", "sink", "task_seconds", "lease_seconds", "tick_seconds"}
    ours = {ENV + name.upper(): str(getattr(settings, name)) for name in values}
    return os.environ | ours | {"PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent))), "OPENBLAS_NUM_THREADS": "1"}


@contextmanager
def celery(settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery process in a group of its own; its log is shown if the test fails."""
    command = [sys.executable, "-m", "celery", "-A", "worker", *arguments, "-l", "INFO"]
    process = subprocess.Popen(command, env=environment(settings), cwd=settings.home, start_new_session=True)
    try:
        yield process
    finally:
        kill_all(process)


@contextmanager
def worker(settings: Settings, processes: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    with celery(
        settings, "worker", "-Q", "fetch,extract", "-c", str(processes), "--without-gossip", "--without-mingle"
    ) as process:
        yield process


@contextmanager
def scheduler(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    with celery(settings, "beat", "--pidfile=") as process:
        yield process


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all its children, as a power cut would."""
    with suppress(ProcessLookupError):  # all gone
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class World:
    def __init__(self, server: Server, settings: Settings) -> None:
        self.client, self.settings = server.client, settings
        self.ledger = Ledger(server.client, settings)

    def enqueue(self, **texts: str) -> dict[str, int]:
        return dict(enqueue_articles(self.settings, (article(name, text) for name, text in texts.items())))

    def drained(self, seconds: float = 90) -> None:
        until(lambda: not any(self.ledger.pending().values()), seconds)

    def subjects(self, stream: str = "articles") -> list[str]:
        return sorted(fields["subject"] for _, fields in self.client.xrange(f"news:{stream}"))

    def events(self) -> Counter[str]:
        """How often the one delivery was coded, and how often mentioned."""
        return Counter(fields["type"].rpartition(".")[2] for _, fields in self.client.xrange("news:events"))

    def held(self) -> int:
        """The process that holds an article in its hands."""
        # A worker has to start and load the language model first, on a machine that may be busy.
        return int(until(lambda: self.client.get(HELD), 60))


def article(name: str, text: str) -> Article:
    return Article(id=name, text=text, published="2024-11-13", language="en")


@pytest.fixture
def world(server: Server, settings: Settings) -> World:
    return World(server, settings)


def some(number: int) -> dict[str, str]:
    return {f"a{n:02}": f"{TEXT} It was delivery number {n}." for n in range(number)}


def test_what_is_enqueued_comes_out_once(world: World, settings: Settings) -> None:
    texts = some(10)
    assert world.enqueue(**texts) == {"new": 10}
    with worker(settings):
        world.drained()
        assert world.subjects() == sorted(texts)
        assert {*world.subjects("events")} == {*texts}
        assert {*world.subjects("quotes")} == {*texts}
        before = lengths(world)
        assert world.enqueue(**texts) == {"duplicate": 10}
        world.enqueue(last=TEXT)
        until(lambda: "last" in world.subjects())
    assert lengths(world)["articles"] == before["articles"] + 1


def test_of_workers_that_publish_the_same_news_side_by_side_one_codes_it(world: World, settings: Settings) -> None:
    texts = some(30)
    with worker(settings, 3):
        world.enqueue(**texts)
        world.drained()
        assert world.events() == {"coded": 1, "mentioned": 29}
        world.enqueue(a00="The mayor of Paris opened a garden on Monday. It has roses, a pond and forty benches of oak.")
        until(lambda: len(world.subjects()) == 31)
        assert world.events() == {"coded": 1, "mentioned": 29, "unmentioned": 1}


def source_at(settings: Settings, url: str) -> SourceConfig:
    """A sources file with one source."""
    source = SourceConfig(name="near", url=url)
    (settings.home / "config").mkdir()
    (settings.home / "config/feeds.toml").write_text(f'[[source]]\nname = "{source.name}"\nurl = "{source.url}"\n')
    return source


@contextmanager
def fetcher(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    with celery(settings, "worker", "-Q", "fetch", "-c", "1", "--without-gossip", "--without-mingle") as process:
        yield process


def test_polls_do_not_wait_behind_a_backlog_of_pages(world: World, settings: Settings) -> None:
    source = source_at(settings, "http://127.0.0.1:9/feed")
    backlog = 1000
    with make_app(settings) as app:
        for number in range(backlog):
            app.send_task("worker.tasks.fetch", (f"unknown{number}",))
        app.send_task("worker.tasks.tick")
    with fetcher(settings):
        until(lambda: Schedule(world.client, settings).fetches(source), 60)
        assert world.client.llen("news:celery:fetch") > backlog / 2


def test_a_poll_whose_worker_was_killed_is_made_again_once(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENV + "ALLOW_HOSTS", "127.0.0.1")
    schedule = Schedule(world.client, settings)

    def hang(_: BaseHTTPRequestHandler, closing: threading.Event) -> None:
        closing.wait()

    with Site({"/feed": hang}) as site, scheduler(settings):
        source = source_at(settings, f"{site.url}/feed")
        with fetcher(settings):
            until(lambda: site.asked, 60)
        site.answers["/feed"] = (200, {"Content-Type": "application/rss+xml"}, FEED)
        with fetcher(settings):
            until(lambda: schedule.fetches(source), 60)
            # The message that the killed worker had comes back too, and finds nothing to do.
            until(lambda: not world.client.hlen("news:celery:unacked"), 60)
        assert site.paths() == ["/feed", "/feed"]
    assert [fetch.outcome for fetch in schedule.fetches(source)] == ["news"]


def test_killing_a_worker_process_amid_its_work_loses_nothing(world: World, settings: Settings) -> None:
    world.client.set(HOLD, 1)
    texts = some(6) | {"held": f"{TEXT} {HOLDING}"}
    world.enqueue(**texts)
    with worker(settings):
        os.kill(world.held(), signal.SIGKILL)
        world.client.delete(HOLD)
        world.drained()
    assert world.subjects() == sorted(texts)
    assert world.events() == {"coded": 1, "mentioned": 6}
    assert world.subjects("dead") == []


def test_killing_everything_and_starting_again_loses_nothing(world: World, settings: Settings) -> None:
    world.client.set(HOLD, 1)
    texts = some(6) | {"held": f"{TEXT} {HOLDING}"}
    world.enqueue(**texts)
    with worker(settings) as first:
        world.held()
        kill_all(first)
    world.client.delete(HOLD)
    with worker(settings), scheduler(settings):
        world.drained()
    assert world.subjects() == sorted(texts)


def test_a_message_that_never_came_is_made_up_for(world: World, settings: Settings) -> None:
    texts = some(3)
    world.enqueue(**texts)
    world.client.delete("news:celery:extract")
    with worker(settings), scheduler(settings):
        world.drained()
    assert world.subjects() == sorted(texts)


def test_a_text_that_kills_its_reader_ends_in_the_dead_letters_and_its_neighbours_come_out(
    world: World, settings: Settings
) -> None:
    texts = some(4)
    world.enqueue(**texts, poison=f"{TEXT} {POISON}")
    with worker(settings), scheduler(settings):
        world.drained()
    assert world.subjects() == sorted(texts)
    ((_, fields),) = world.client.xrange("news:dead")
    body = DeadBody.model_validate_json(fields["body"])
    assert (body.article, body.reason, body.attempts) == ("poison", "attempts", settings.attempts)


@pytest.mark.parametrize("name", binaries())
def test_killing_the_server_amid_work_loses_nothing(name: str, tmp_path: Path) -> None:
    server = Server(binaries()[name], tmp_path)
    server.start()
    try:
        settings = short_times(server, tmp_path)
        world = World(server, settings)
        world.client.set(HOLD, 1)
        texts = some(6) | {"held": f"{TEXT} {HOLDING}"}
        world.enqueue(**texts)
        with kept_up(settings), scheduler(settings):
            world.held()
            server.kill()
            server.start()
            world.client.delete(HOLD)
            world.drained()
        assert world.subjects() == sorted(texts)
    finally:
        server.kill()


@contextmanager
def kept_up(settings: Settings) -> Iterator[None]:
    """A worker that is started again when it exits, as every way to run it does: Celery may give up its connection."""
    ended = threading.Event()

    def keep() -> None:
        while not ended.is_set():
            with worker(settings) as process:
                while process.poll() is None and not ended.wait(0.05):
                    pass

    keeper = threading.Thread(target=keep)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def lengths(world: World) -> dict[str, Any]:
    return {stream: world.client.xlen(f"news:{stream}") for stream in ("articles", "events", "quotes", "dead")}
