"""What is lost or doubled when things are killed: `python -m bench.chaos [ARTICLES] [KILLS]`.

Runs the service in a folder of its own, hands it articles, and kills workers, pool processes and the server (kill -9)
at random moments while they are worked on. Ten articles each report the same delivery. Exit code 1 if an article is
missing, doubled or dead at the end, or if an event was not coded exactly once.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import redis

from worker import embedded
from worker.errors import BrokerUnreachable
from worker.ledger import Ledger
from worker.model import Article
from worker.record import RecordType
from worker.settings import ENV, Settings
from worker.tasks import enqueue_articles

TEXT = "Sweden delivered {n} howitzers to Ukraine on Monday. “We keep our word,” Defence Minister Nils Ek said in Kyiv."
REPORTS = 10
# Short, so that what is lost comes back while one watches.
TIMES = {"task_seconds": 5.0, "lease_seconds": 5.0, "tick_seconds": 1.0}
# Longest wait for the work to end after the last kill; it should take a lease or two.
PATIENCE = 180


def main(articles: int, kills: int) -> int:
    """Print what was killed, and what came out."""
    with tempfile.TemporaryDirectory(prefix="newsworker-chaos-") as folder:
        settings = Settings(home=Path(folder), **TIMES)
        (settings.home / "seeds").mkdir()
        with service(settings) as process:
            settings = settings.model_copy(update={"redis_url": reached(settings)})
            enqueue_articles(settings, (report_of(n, articles) for n in range(articles)))
            killed = havoc(process.pid, settings, kills)
            began = time.monotonic()
            with suppress(TimeoutError):
                wait(lambda: not unfinished(settings), PATIENCE)
            result = report(settings, articles, killed, time.monotonic() - began)
            process.send_signal(signal.SIGINT)
        return result


def report_of(number: int, articles: int) -> Article:
    """An article; every tenth of all of them has the same news."""
    text = TEXT.format(n=2 + number % max(1, articles // REPORTS))
    # A text that is known is not read again.
    return Article(id=f"a{number}", title=f"Report {number}", text=text, published="2024-11-13", language="en")


def service(settings: Settings) -> subprocess.Popen[bytes]:
    """`newsworker run` in a folder of its own; it ends by SIGINT."""
    own = {
        "state_dir": settings.path(settings.state_dir),
        "seeds": settings.path(settings.seeds),
        "feeds": "none.toml",
        **TIMES,
    }
    environment = os.environ | {ENV + name.upper(): str(value) for name, value in own.items()}
    command = [str(Path(sys.executable).with_name("newsworker")), "run"]
    return subprocess.Popen(command, cwd=settings.home, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def reached(settings: Settings) -> str:
    """The server's address, once it answers."""

    def ask() -> str | None:
        with suppress(BrokerUnreachable):
            return embedded.locate(settings)
        return None

    wait(ask, 30)
    return embedded.locate(settings)


def havoc(run: int, settings: Settings, kills: int) -> Counter[str]:
    """Kill, at random moments, while there is work; the seed is fixed so that a run can be repeated."""
    dice, killed = random.Random(7), Counter[str]()  # noqa: S311  no secret
    for _ in range(kills):
        time.sleep(dice.uniform(0.5, 2))
        kind, pid = dice.choice(victims(run, settings) or [("nothing", 0)])
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        killed[kind] += 1
    return killed


def victims(run: int, settings: Settings) -> list[tuple[str, int]]:
    """Workers, their pool processes, and the server."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout  # noqa: S607  of the system
    rows = [(int(pid), int(parent), args) for pid, parent, args in (line.split(None, 2) for line in listing.splitlines())]
    workers = [pid for pid, parent, args in rows if parent == run and "extract" in args]
    pool = [pid for pid, parent, _ in rows if parent in workers]
    server = (settings.path(settings.state_dir) / "server.pid").read_text().split()
    return [("worker", p) for p in workers] + [("pool process", p) for p in pool] + [("server", int(p)) for p in server]


def unfinished(settings: Settings) -> bool:
    """Whether the ledger still has work; while the server is down, it has."""
    try:
        with redis.Redis.from_url(settings.redis_url) as client:
            return any(Ledger(client, settings).pending().values())
    except redis.RedisError:
        return True


def report(settings: Settings, articles: int, killed: Counter[str], seconds: float) -> int:
    """Print the table; 1 if anything is missing, doubled or dead."""
    with redis.Redis.from_url(settings.redis_url, decode_responses=True) as client:
        came = Counter(fields["subject"] for _, fields in client.xrange(settings.keys.articles))
        dead = client.xlen(settings.keys.dead)
        told = [(f["type"], json.loads(f["body"])["event"]["id"]) for _, f in client.xrange(settings.keys.events)]
    missing, doubled = articles - len(came), sum(number - 1 for number in came.values())
    print("killed:", ", ".join(f"{number} x {kind}" for kind, number in sorted(killed.items())))
    print(f"{articles=} published={len(came)} {missing=} {doubled=} {dead=} drained_after={seconds:.0f}s")
    coded = Counter(event for kind, event in told if kind == RecordType.EVENT_CODED)
    events, twice = len({event for _, event in told}), sum(number - 1 for number in coded.values())
    uncoded = events - len(coded)
    print(f"reports={len(told)} {events=} {twice=} {uncoded=}")
    return int(bool(missing or doubled or dead or twice or uncoded or events != max(1, articles // REPORTS)))


def wait(condition: Callable[[], object], seconds: float) -> None:
    """Until the condition holds. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            message = f"not within {seconds} s"
            raise TimeoutError(message)
        time.sleep(0.1)


if __name__ == "__main__":
    numbers = [int(n) for n in sys.argv[1:3]]
    sys.exit(main(*numbers, *(1000, 12)[len(numbers) :]))
