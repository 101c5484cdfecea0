"""Archives into the ledger: interrupted, continued, held back, each article once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from archives import packed, pages
from support import Server, until

from worker.backfill import STEP, Backfill
from worker.errors import Rejected
from worker.intake import Intake
from worker.ledger import Ledger
from worker.settings import Settings


def nobody(_error: Rejected) -> None:
    """Nothing is unfit here."""


class World:
    """A backfill that sends to nobody; `waits` are the seconds that it waited."""

    def __init__(self, server: Server, settings: Settings) -> None:
        self.ledger, self.client = Ledger(server.client, settings), server.client
        self.sent: list[str] = []
        self.waits: list[float] = []
        intake = Intake(self.ledger, settings, lambda _, ids: self.sent.extend(ids))
        self.backfill = Backfill(server.client, self.ledger, intake, settings, self.wait)

    def wait(self, seconds: float) -> None:
        """The workers finish everything meanwhile."""
        self.waits.append(seconds)
        for article in self.client.zrange("news:ledger:extract", 0, -1):
            claim = self.ledger.claim("extract", article)
            assert claim
            self.ledger.finish(claim)


@pytest.fixture
def world(server: Server, settings: Settings) -> World:
    return World(server, settings)


def archive(folder: Path, number: int = 100) -> Path:
    path = folder / "crawl.warc.gz"
    path.write_bytes(packed(pages(range(number))))
    return path


def test_archive_is_taken_in_and_each_article_sent_once(world: World, tmp_path: Path) -> None:
    assert world.backfill.take_in(archive(tmp_path), nobody) == {"new": 100}
    assert len(set(world.sent)) == len(world.sent) == 100


def test_archive_that_was_taken_in_is_not_read_again(world: World, tmp_path: Path) -> None:
    path = archive(tmp_path)
    world.backfill.take_in(path, nobody)
    assert world.backfill.take_in(path, nobody) == {}
    renamed = path.rename(tmp_path / "other.warc.gz")
    assert world.backfill.take_in(renamed, nobody) == {}


def test_what_was_added_to_an_archive_is_taken_in(world: World, tmp_path: Path) -> None:
    # The first members must fill the part by which an archive is known again.
    path = archive(tmp_path, 200)
    world.backfill.take_in(path, nobody)
    with path.open("ab") as file:
        file.write(packed(pages(range(200, 210))))
    assert world.backfill.take_in(path, nobody) == {"new": 10}


def test_interrupted_reading_goes_on_and_doubles_nothing(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path)
    steps = 0
    documents = Intake.documents

    def fail_in_the_third_step(intake: Intake, items: object) -> object:
        nonlocal steps
        steps += 1
        if steps == 3:
            documents(intake, [next(items)])  # type: ignore[call-overload]  # one article is in, its step is not
            raise KeyboardInterrupt
        return documents(intake, items)  # type: ignore[arg-type]

    monkeypatch.setattr(Intake, "documents", fail_in_the_third_step)
    with pytest.raises(KeyboardInterrupt):
        world.backfill.take_in(path, nobody)
    monkeypatch.undo()
    counts = world.backfill.take_in(path, nobody)
    assert counts == {"new": 100 - 2 * STEP - 1, "pending": 1}
    assert world.ledger.pending()["extract"] == 100


def test_archive_is_read_no_faster_than_the_workers_finish(server: Server, settings: Settings, tmp_path: Path) -> None:
    world = World(server, settings.model_copy(update={"archive_pending": 40}))
    assert world.backfill.take_in(archive(tmp_path), nobody) == {"new": 100}
    assert world.waits
    assert world.ledger.pending()["extract"] <= 40 + STEP


def test_bad_records_are_told_counted_and_passed_over(world: World, tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(pages(range(1))[0] + b"nonsense\r\n" + pages(range(1, 2))[0])
    told: list[str] = []
    assert world.backfill.take_in(path, lambda error: told.append(error.reason)) == {"new": 2, "rejected:broken-record": 1}
    assert told == ["broken-record"]


def test_archive_that_cannot_be_opened_is_told(world: World, tmp_path: Path) -> None:
    assert world.backfill.take_in(tmp_path / "none.warc", nobody) == {"rejected:unreadable": 1}


def test_place_in_an_archive_is_forgotten_with_its_articles(world: World, tmp_path: Path) -> None:
    world.backfill.take_in(archive(tmp_path, 1), nobody)
    (key,) = world.client.keys("news:archive:*")
    assert world.client.ttl(key) == pytest.approx(30 * 86_400, abs=60)


@pytest.mark.timeout(180)
def test_kill_at_any_moment_loses_nothing_and_doubles_nothing(server: Server, settings: Settings, tmp_path: Path) -> None:
    number = 600
    path = archive(tmp_path, number)
    environment = {**os.environ, "NEWSWORKER_REDIS_URL": settings.redis_url}
    command = [sys.executable, "-c", "from worker.cli import main; main()", "enqueue", str(path)]

    def accepted() -> int:
        return int(server.client.hget("news:counts", "accepted") or 0)

    for goal in (1, 100, 350):
        process = subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL)
        until(lambda goal=goal: accepted() >= goal, 60)  # type: ignore[misc]
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert accepted() < number
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert accepted() == number
    assert len(set(server.client.zrange("news:ledger:extract", 0, -1))) == number
    assert server.client.xlen("news:dead") == 0
