"""What goes through the pipes between a process and the child that reads for it: JSON, and the payload's bytes.

Nothing that a hostile payload may have made of the child can run code in its parent: JSON is checked against models.
"""

from __future__ import annotations

import os
import select
import struct
import time
from typing import IO, Self

from worker.errors import Rejected
from worker.model import Document, Frozen
from worker.sources import Payload
from worker.sources.feed import Hints

_LENGTH = struct.Struct("!Q")
# What a pipe takes and gives at once, at most.
_STEP = 1 << 16
# What the largest file can become: 20 MB, each byte of it written as an escape of six.
MAX_ANSWER = 1 << 27


class Question(Frozen):
    """A payload without its bytes, and how to read it. `number` comes back with the answer."""

    number: int
    kind: str | None
    name: str
    content_type: str | None
    url: str | None
    source: str | None
    language: str | None

    @classmethod
    def of(cls, number: int, payload: Payload, kind: str | None) -> Self:
        """The question what is in a payload."""
        return cls(
            number=number,
            kind=kind,
            name=payload.name,
            content_type=payload.content_type,
            url=payload.url,
            source=payload.source,
            language=payload.language,
        )

    def payload(self, body: bytes) -> Payload:
        """The payload with its bytes again."""
        return Payload(body, self.name, self.content_type, self.url, self.source, self.language)


class Refusal(Frozen):
    """A Rejected."""

    message: str
    stage: str
    reason: str
    source: str | None
    url: str | None
    article: str | None


class Item(Frozen):
    """One of both."""

    document: Document | None = None
    refusal: Refusal | None = None

    @classmethod
    def of(cls, found: Document | Rejected) -> Item:
        """What a reader gave."""
        if isinstance(found, Document):
            return cls.model_construct(document=found)  # checked already
        fields = {name: getattr(found, name) for name in Refusal.model_fields}
        return cls(refusal=Refusal(**fields))

    def value(self) -> Document | Rejected:
        """What the reader gave."""
        if self.document is not None:
            return self.document
        fields = self.refusal.model_dump() if self.refusal else {"message": "nothing"}
        return Rejected(**fields)


class Answer(Frozen):
    """What was read. `bug`: the traceback of a reader that failed; `last`: the child has had enough and ends."""

    number: int
    items: tuple[Item, ...] = ()
    hints: Hints = Hints()
    misconfigured: str | None = None
    bug: str | None = None
    last: bool = False


class Line:
    """The parent's end of both pipes: nothing is waited for longer than until `end`, a moment of time.monotonic."""

    def __init__(self, out: int, back: int, end: float) -> None:
        self._out, self._back, self._end = out, back, end
        os.set_blocking(out, False)

    def send(self, *parts: bytes) -> None:
        """Send some parts, each after its length. Raises TimeoutError, or OSError if nobody is there to take them."""
        for part in parts:
            for piece in (_LENGTH.pack(len(part)), part):
                left = memoryview(piece)
                while left:
                    self._wait(self._out, select.POLLOUT)
                    left = left[os.write(self._out, left[:_STEP]) :]

    def receive(self) -> bytes:
        """Take one part. Raises TimeoutError, EOFError if the other side is gone, ValueError for what is beyond measure."""
        size = _LENGTH.unpack(self._exactly(_LENGTH.size))[0]
        if size > MAX_ANSWER:
            message = f"an answer of {size} bytes"
            raise ValueError(message)
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            self._wait(self._back, select.POLLIN)
            piece = os.read(self._back, min(size - len(found), _STEP))
            if not piece:
                raise EOFError
            found += piece
        return bytes(found)

    def _wait(self, pipe: int, event: int) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(max(self._end - time.monotonic(), 0) * 1000):
            raise TimeoutError


def write_frame(pipe: IO[bytes], part: bytes) -> None:
    """Send a part after its length, from the child."""
    pipe.write(_LENGTH.pack(len(part)))
    pipe.write(part)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes:
    """Take a part, in the child. Raises EOFError if the parent is gone."""
    return _exactly(pipe, _LENGTH.unpack(_exactly(pipe, _LENGTH.size))[0])


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    part = pipe.read(size)
    if len(part) < size:
        raise EOFError
    return part
