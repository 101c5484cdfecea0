"""Readers that misbehave, for the tests of limited reading."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from worker.errors import Rejected
from worker.model import Document
from worker.sources import Payload


def slow(payload: Payload) -> Iterator[Document | Rejected]:
    """Waits for half a second."""
    threading.Event().wait(0.5)
    yield Document(content=payload.body.decode())


def good(payload: Payload) -> Iterator[Document | Rejected]:
    yield Document(content=payload.body.decode(), url=payload.url, title="naïve")
    yield payload.reject("odd", "the second is odd", article="2")


def endless(payload: Payload) -> Iterator[Document | Rejected]:
    while payload.body:
        pass
    yield Document(content="")


def waiting(_: Payload) -> Iterator[Document | Rejected]:
    """Takes no CPU time, only time."""
    threading.Event().wait()
    yield Document(content="")


def greedy(payload: Payload) -> Iterator[Document | Rejected]:
    held = []
    while payload.body:
        held.append(bytearray(1 << 22))
    yield Document(content="")


def crashing(payload: Payload) -> Iterator[Document | Rejected]:
    if payload.body:
        os.abort()
    yield Document(content="")


def mistaken(_: Payload) -> Iterator[Document | Rejected]:
    yield Document(content=str(1 // 0))


def nosy(payload: Payload) -> Iterator[Document | Rejected]:
    """Opens the file that the payload names."""
    yield Document(content=Path(payload.body.decode()).read_text(encoding="utf8"))


def chatty(payload: Payload) -> Iterator[Document | Rejected]:
    """Connects to the port that the payload names."""
    socket.create_connection(("127.0.0.1", int(payload.body)))
    yield Document(content="")


def fertile(_: Payload) -> Iterator[Document | Rejected]:
    subprocess.run([sys.executable, "-V"], check=True)
    yield Document(content="")


def babbling(payload: Payload) -> Iterator[Document | Rejected]:
    """Writes past the protocol, as a library taken over by its input might: the payload says what."""
    for file in range(3, 20):
        with contextlib.suppress(OSError):
            os.write(file, payload.body)
    yield Document(content="")


def printing(_: Payload) -> Iterator[Document | Rejected]:
    sys.stdout.write("a line between the answers\n")
    yield Document(content="printed")


def curious(_: Payload) -> Iterator[Document | Rejected]:
    """Tells what it sees of its parent: the environment, and open files besides its pipes."""
    links = [entry.resolve() for entry in Path("/proc/self/fd").iterdir()] if Path("/proc/self/fd").exists() else []
    files = [str(link) for link in links if link.is_file()]
    yield Document(content="\n".join([*sorted(os.environ), *files]))


def meddling(payload: Payload) -> Iterator[Document | Rejected]:
    """Makes a folder."""
    Path(payload.body.decode()).mkdir()
    yield Document(content="")


def hostile(_: Payload) -> Iterator[Document | Rejected]:
    """Sends its parent a signal that does nothing."""
    os.kill(os.getppid(), 0)
    yield Document(content="")
