"""The whole service as a person uses it: `newsworker run` and the commands beside it, in processes of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from support import Server, until

from worker import embedded
from worker.settings import Settings

PROGRAM = str(Path(sys.executable).with_name("newsworker"))
CHECKOUT = Path(__file__).parents[2]
STORY = "Title: {title}\nDate: 2024-11-13\nSource: Wire\n\nFrance {verb} Russia of sabotage on Tuesday, officials said."
FEEDS = '[[source]]\nname = "unreachable"\nurl = "http://127.0.0.1:9/feed"\n'

pytestmark = [
    pytest.mark.timeout(150),
    pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc"),
]


class Home:
    """A folder with settings, seeds and feeds of its own, and the programs that run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(home=folder)
        self.state = folder / ".newsworker"
        self.redis_url = ""
        self.running: list[subprocess.Popen[bytes]] = []
        (folder / "config").mkdir(parents=True)
        (folder / "config/feeds.toml").write_text(FEEDS)
        # Impatient, so that what is lost is found within the test.
        (folder / "config/newsworker.toml").write_text("task_seconds = 4\nlease_seconds = 4\ntick_seconds = 1\n")
        self.write("seeds", 2)

    def write(self, name: str, number: int, verb: str = "accused") -> Path:
        """A folder of stories."""
        (self.folder / name).mkdir()
        for n in range(number):
            story = STORY.format(title=f"{name} {n}", verb=verb)
            (self.folder / name / f"{n}.txt").write_text(story)
        return self.folder / name

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NEWSWORKER_")}
        return {**kept, "PYTHONUNBUFFERED": "1", "NEWSWORKER_REDIS_URL": self.redis_url}

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [PROGRAM, *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def run(self) -> subprocess.Popen[bytes]:
        """Start the service, and wait until its workers answer for the seeds."""
        with self.log.open("ab") as log:
            service = subprocess.Popen([PROGRAM, "run"], cwd=self.folder, env=self.environment(), stdout=log, stderr=log)
        self.running.append(service)
        until(lambda: service.poll() is not None or b"2 read: 2 " in self.log.read_bytes(), 60)
        assert service.poll() is None, self.said()
        return service

    def end(self, service: subprocess.Popen[bytes], act: signal.Signals = signal.SIGINT) -> int:
        service.send_signal(act)
        return service.wait(60)

    @property
    def log(self) -> Path:
        return self.folder / "said"

    def said(self) -> str:
        return self.log.read_text(encoding="utf8")

    def entries(self, stream: str) -> list[dict[str, Any]]:
        """All entries of a stream, by the command that shows them."""
        told = self.call("tail", stream, "--from-start", "--json", "--count", str(len(self.bodies(stream))))
        return [json.loads(line) for line in told.stdout.splitlines()]

    def bodies(self, stream: str) -> list[dict[str, Any]]:
        """The bodies of a stream, straight from the server."""
        server = embedded.find(self.settings)
        if not server:
            return []
        with redis.Redis.from_url(server.url) as client:
            found: Any = client.xrange(f"news:{stream}")
        return [json.loads(fields[b"body"]) for _, fields in found]

    def status(self) -> dict[str, Any]:
        told = self.call("status", "--json")
        assert told.returncode == 0, told.stderr
        found: dict[str, Any] = json.loads(told.stdout)
        return found

    def articles(self) -> Counter[str]:
        """Titles on the stream, each with how often it is there."""
        return Counter(body["article"]["title"] for body in self.bodies("articles"))

    def processes(self, *words: str) -> list[int]:
        """The processes that belong to this home and have these words in their command."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes().decode().split("\0")
                mine = (process / "cwd").resolve().is_relative_to(self.folder)
            except (OSError, UnicodeDecodeError):
                continue
            if mine and command[0] and set(words) <= set(command):
                found.append(int(process.name))
        return sorted(found)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "home")
    yield home
    for service in home.running:
        if service.poll() is None:
            home.end(service, signal.SIGTERM)
    if server := embedded.find(home.settings):
        server.stop()


def test_demo_drains_the_seeds_and_sums_up() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSWORKER_")}
    ran = subprocess.run(
        [PROGRAM, "demo"], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    names = ("articles", "events", "reports", "quotes", "materiel", "rejected", "seconds")
    summary = dict(re.findall(rf"^({'|'.join(names)})\s+([\d.]+)", ran.stdout, re.MULTILINE))
    assert set(summary) == set(names)
    assert int(summary["reports"]) > int(summary["events"])  # some of them tell what others have told
    assert int(summary["articles"]) >= 15
    assert int(summary["events"]) > int(summary["articles"])


def test_what_is_handed_over_comes_out_once_and_ctrl_c_leaves_nothing_behind(home: Home) -> None:
    service = home.run()
    home.write("more", 3, "charged")
    handed = home.call("enqueue", "more")
    assert (handed.returncode, handed.stderr) == (0, "3 read: 3 new\n")
    until(lambda: len(home.articles()) == 5, 60)
    events = home.entries("events")
    assert {"ACCUSE"} == {entry["body"]["event"]["type"] for entry in events}
    until(lambda: "source unreachable cannot be read" in home.said(), 30)

    assert home.end(service) == 0
    assert home.processes() == []
    assert re.search(r"^articles +5", home.said(), re.MULTILINE)
    assert re.search(r"ACCUSE.* FRA -> RUS .*\[Wire\]$", home.said(), re.MULTILINE)
    assert home.said().count("source unreachable cannot be read") == 1

    home.log.write_text("")
    again = home.run()
    assert "2 read: 2 seen" in home.said()
    assert home.call("enqueue", "more").stderr == "3 read: 3 seen\n"
    until(lambda: not any(home.status()["ledger"].values()))
    assert home.articles() == Counter({f"{name} {n}": 1 for name, count in (("seeds", 2), ("more", 3)) for n in range(count)})
    assert home.entries("events") == events
    assert home.end(again, signal.SIGTERM) == 0


def test_killed_workers_are_started_again_and_nothing_is_lost(home: Home) -> None:
    home.run()
    until(lambda: home.processes("-Q", "extract"), 30)
    home.write("many", 40, "blamed")
    assert home.call("enqueue", "many").returncode == 0
    for queue in ("extract", "fetch", "extract"):
        for process in until(partial(home.processes, "-Q", queue), 30):
            os.kill(process, signal.SIGKILL)
    until(lambda: "killed by SIGKILL; starting it again" in home.said(), 30)
    until(lambda: len(home.articles()) == 42, 90)
    assert set(home.articles().values()) == {1}
    assert home.status()["dead"] == {}


def test_killed_server_is_started_again_with_its_data(home: Home) -> None:
    home.run()
    until(lambda: len(home.articles()) == 2, 60)
    before = embedded.find(home.settings)
    assert before
    os.kill(before.pid, signal.SIGKILL)
    until(lambda: (now := embedded.find(home.settings)) and now.pid != before.pid, 30)
    home.write("later", 2)
    assert home.call("enqueue", "later").returncode == 0
    until(lambda: len(home.articles()) == 4, 60)
    assert set(home.articles().values()) == {1}


def test_after_a_kill_of_everything_the_next_run_goes_on(home: Home) -> None:
    first = home.run()
    until(lambda: len(home.articles()) == 2, 60)
    first.kill()
    first.wait()
    until(lambda: not home.processes("-A", "worker"), 30)
    orphan = embedded.find(home.settings)
    assert orphan
    home.log.write_text("")
    second = home.run()
    now = embedded.find(home.settings)
    assert now
    assert now.pid == orphan.pid
    assert "2 read: 2 seen" in home.said()
    assert home.end(second) == 0
    assert home.processes() == []


def test_second_run_in_the_same_place_says_so(home: Home) -> None:
    home.run()
    second = home.call("run")
    assert second.returncode == 1
    assert "already at work in" in second.stderr
    assert len(second.stderr.splitlines()) == 1


def test_redis_of_one_s_own_is_used_and_left_running(home: Home, server: Server) -> None:
    home.redis_url = server.url
    service = home.run()
    until(lambda: server.client.xlen("news:articles") == 2, 60)
    assert home.end(service) == 0
    assert server.answers()
    assert embedded.find(home.settings) is None
    assert home.processes() == []
