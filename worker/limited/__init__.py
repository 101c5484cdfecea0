"""Reading in a child process with limits of time, CPU and memory: no input can hold or fill a worker.

A process that reads has one child, started at the first call and kept. What goes wrong in it costs the one payload that
it was reading: that is rejected with the reason "parser-limit", and the next call has a new child.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from worker.errors import Misconfigured, Rejected, Retryable
from worker.limited.wire import Answer, Line, Question
from worker.model import Document
from worker.settings import Settings
from worker.sources import Payload
from worker.sources.feed import Feed

log = logging.getLogger(__name__)

__all__ = ["close", "read", "read_feed"]

# Between the end of its time by its own clock and the end by ours: enough to say so.
_GRACE = 1.0
# A start takes 0.3 s; on a machine that swaps, longer.
_START_SECONDS = 60.0


def read(payload: Payload, kind: str | None, settings: Settings) -> list[Document | Rejected]:
    """The documents in some bytes, as worker.sources.read_payload gives them; one Rejected where limits were reached.

    Raises Misconfigured for a kind that there is not, and Retryable if no child can be started.
    """
    return read_feed(payload, kind, settings).entries


def read_feed(payload: Payload, kind: str | None, settings: Settings) -> Feed:
    """As `read`, with what the payload says of itself if it is a feed."""
    return _own(settings).read(payload, kind)


def close() -> None:
    """End this process's child, if it has one; the next call starts another."""
    with _lock:
        if _child is not None:
            _child.close()


class _Child:
    """The process that reads, and its limits."""

    def __init__(self, seconds: float, memory: int) -> None:
        self.limits = (seconds, memory)
        self._seconds, self._memory = seconds, memory
        self._owner = os.getpid()
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self._number = 0

    def is_of(self, seconds: float, memory: int) -> bool:
        """Whether it has these limits and belongs to this process: a fork must not share its pipes."""
        return self.limits == (seconds, memory) and self._owner == os.getpid()

    def read(self, payload: Payload, kind: str | None) -> Feed:
        with self._turn:
            process = self._running()
            try:
                answer = self._ask(process, payload, kind)
            except TimeoutError:
                self._end(process)
                return Feed([self._gave_out(payload, -signal.SIGXCPU)])
            except (OSError, EOFError, ValueError):
                self._end(process, wait=True)
                return Feed([self._gave_out(payload, process.returncode)])
            except BaseException:  # a time limit of the task: the answer that comes late must not meet the next question
                self._end(process)
                raise
            if answer.last:
                self._end(process)
        return _feed(answer, payload)

    def close(self) -> None:
        if self._process is not None and self._owner == os.getpid():
            self._end(self._process)

    def _ask(self, process: subprocess.Popen[bytes], payload: Payload, kind: str | None) -> Answer:
        line = _line(process, self._seconds + _GRACE)
        self._number += 1
        line.send(Question.of(self._number, payload, kind).model_dump_json().encode(), payload.body)
        answer = Answer.model_validate_json(line.receive())
        if answer.number != self._number:
            message = "an answer to another question"
            raise ValueError(message)
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end(self._process)
        if self._process is None:
            self._process = _start(self._seconds, self._memory)
            self._greet(self._process)
        return self._process

    def _greet(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until it can read, so that its start is on nobody's account."""
        try:
            _line(process, _START_SECONDS).receive()
        except (OSError, EOFError):
            self._end(process)
            message = "the child process that reads feeds does not start; is the setting read_memory_bytes too small?"
            raise Retryable(message, stage="read", reason="parser-start") from None
        except BaseException:  # as below: its greeting must not meet a question
            self._end(process)
            raise

    def _end(self, process: subprocess.Popen[bytes], *, wait: bool = False) -> None:
        """`wait`: its end of the pipes is closed, so it is ending, and how is worth knowing."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if wait:
                process.wait(_GRACE)
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):  # what was not sent yet goes nowhere
                if pipe is not None:
                    pipe.close()
        process.wait()
        self._process = None

    def _gave_out(self, payload: Payload, code: int) -> Rejected:
        if code == -signal.SIGXCPU:
            why = f"reading it takes longer than {self._seconds:g} s (setting read_seconds)"
        else:
            why = f"reading it takes more than {self._memory} bytes (setting read_memory_bytes), or crashes its reader"
        return payload.reject("parser-limit", f"{why}; the feed or file is broken, or made to harm")


_lock = threading.Lock()
_child: _Child | None = None


def _own(settings: Settings) -> _Child:
    global _child  # noqa: PLW0603  one a process: it is a process itself
    limits = (settings.read_seconds, settings.read_memory_bytes)
    with _lock:
        if _child is None or not _child.is_of(*limits):
            if _child is not None:
                _child.close()
            _child = _Child(*limits)
        return _child


def _start(seconds: float, memory: int) -> subprocess.Popen[bytes]:
    """It inherits nothing but its two pipes, and of the environment only where Python finds its modules."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "worker.limited.child", str(seconds), str(memory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        stderr=subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(_absolute(path) for path in sys.path)},
        start_new_session=True,  # Ctrl-C is for us; we end it
    )


def _line(process: subprocess.Popen[bytes], seconds: float) -> Line:
    assert process.stdin is not None  # noqa: S101  for the type checker: it was started with pipes
    assert process.stdout is not None  # noqa: S101
    return Line(process.stdin.fileno(), process.stdout.fileno(), time.monotonic() + seconds)


def _absolute(path: str) -> str:
    return str(Path(path).absolute())


def _feed(answer: Answer, payload: Payload) -> Feed:
    if answer.misconfigured:
        raise Misconfigured(answer.misconfigured, stage="sources", reason="kind")
    if answer.bug:
        log.error("%s: a reader failed, which is a bug:\n%s", payload.name, answer.bug)
    if answer.hints.parser != "feedparser":
        log.warning("%s: parser=%s: the usual parser found no entry in it", payload.name, answer.hints.parser)
    return Feed([item.value() for item in answer.items], answer.hints)


atexit.register(close)
