"""The child that reads: `python -m worker.limited.child SECONDS BYTES`, with its questions on standard input."""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from worker.errors import Misconfigured, Rejected
from worker.limited.wire import Answer, Item, Question, read_frame, write_frame
from worker.model import Document
from worker.sources import Payload, read_payload, sniff
from worker.sources import feed as feeds
from worker.sources._packed import unpacked
from worker.sources.feed import Feed

# How often it looks whether its parent lives.
_LOOK_SECONDS = 0.5
# Reading opens no connection, starts no program and changes no file; neither does anything that a payload talks a library into.
_FORBIDDEN = tuple(
    "socket. subprocess. os.exec os.fork os.posix_spawn os.system os.kill os.remove os.rename os.rmdir os.mkdir os.link "
    "os.symlink os.chmod os.chown os.truncate os.utime os.putenv shutil. tempfile. ctypes.dlopen urllib.".split()
)
# What a sitemap may have, which has most; and more faults than a person looks at.
_MOST_DOCUMENTS, _MOST_REFUSALS = 50_000, 1000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main(seconds: float, memory: int) -> None:
    """Answer questions until there are no more."""
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a reader prints must not get between the answers
    _limit(memory)
    threading.Thread(target=_watch, args=[os.getppid()], daemon=True).start()
    sys.addaudithook(_guard)
    write_frame(answers, b"ready")
    while True:
        try:
            question, body = read_frame(questions), read_frame(questions)
        except EOFError:
            return
        _limit_cpu(seconds)
        answer = _answer(Question.model_validate_json(question), body, memory)
        write_frame(answers, answer.model_dump_json().encode())
        if answer.last:
            return


def _answer(question: Question, body: bytes, memory: int) -> Answer:
    payload, number = question.payload(body), question.number
    try:
        found = _read(payload, question.kind)
        items = tuple(map(Item.of, _bounded(payload, found.entries)))
        return Answer.model_construct(number=number, items=items, hints=found.hints, last=_grown(memory))
    except Misconfigured as error:
        return Answer(number=number, misconfigured=error.message)
    except (MemoryError, RecursionError) as error:
        message = f"reading it takes too much memory ({type(error).__name__}; setting read_memory_bytes)"
        return Answer(number=number, items=(Item.of(payload.reject("parser-limit", message)),), last=True)
    except Exception:  # noqa: BLE001  said to the parent, which logs it
        refusal = payload.reject(
            "parser-bug", "its reader failed, which is a bug of ours; the log of the worker has the traceback"
        )
        return Answer(number=number, items=(Item.of(refusal),), bug=traceback.format_exc(), last=True)


def _read(payload: Payload, kind: str | None) -> Feed:
    """As worker.sources.read_payload, and what a feed says of itself besides."""
    try:
        inner = unpacked(payload)
    except Rejected as error:
        return Feed([error])
    if payload.body.strip() and (kind or sniff(inner)) == "feed":
        return feeds.read_feed(inner)
    return Feed(list(read_payload(payload, kind)))


def _bounded(payload: Payload, entries: list[Document | Rejected]) -> Iterator[Document | Rejected]:
    """No more than its parent has room for: a megabyte can be a million lines, each of which is unfit in 300 bytes."""
    left = Counter({Document: _MOST_DOCUMENTS, Rejected: _MOST_REFUSALS})
    for entry in entries:
        left[type(entry)] -= 1
        if left[type(entry)] >= 0:
            yield entry
    for kind, what in ((Document, "articles"), (Rejected, "pieces that are unfit")):
        if left[kind] < 0:
            yield payload.reject("too-many-entries", f"{-left[kind]} more {what} are left out; split it")


def _limit(memory: int) -> None:
    """Memory as malloc asks for it, no file written, no core dumped; the address space as a net below."""
    for what, size in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_AS, 4 * memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (size, size))


def _limit_cpu(seconds: float) -> None:
    """CPU seconds for the next question, counted from those used; the system rounds them up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _grown(memory: int) -> bool:
    """Whether it holds so much that the next payload would pay for what others left; where the system tells.

    The peak that getrusage gives is no measure: a new process has that of the one that started it.
    """
    if _STATM is None:
        return False
    pages = int(os.pread(_STATM, 100, 0).split()[1])
    return pages * resource.getpagesize() > memory // 2


def _open_statm() -> int | None:
    try:
        return os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return None


def _watch(parent: int) -> None:
    """End with the parent, also in the midst of reading."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        _refuse(event)
    if event == "open":
        path, _, flags = arguments
        if flags & _WRITING or not _is_ours(path):
            _refuse(f"open {path!r}")


def _is_ours(path: object) -> bool:
    """Files of Python, its packages and ours: modules and their data are loaded as they are needed."""
    if isinstance(path, int):
        return True  # open already
    place = Path(os.fsdecode(path)).resolve() if isinstance(path, str | bytes | os.PathLike) else None
    return place is not None and any(place.is_relative_to(root) for root in _ROOTS)


def _refuse(what: str) -> NoReturn:
    message = f"{what}: not while reading"
    raise PermissionError(message)


_STATM = _open_statm()  # opened before the guard closes the way to files
_ROOTS = tuple(Path(path).resolve() for path in {sys.prefix, sys.base_prefix, *sys.path} if path)

if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
