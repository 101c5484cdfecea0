"""What goes through the pipes between a process and the child that reads for it: JSON, and the payload's bytes.

Nothing that a hostile payload may have made of the child can run code in its parent: JSON is checked against models.
"""

from __future__ import annotations

import struct
from typing import IO, Self

from worker.errors import Rejected
from worker.model import Document, Frozen
from worker.sources import Payload
from worker.sources.feed import Hints

_LENGTH = struct.Struct("!Q")


class Question(Frozen):
    """A payload without its bytes, and how to read it."""

    kind: str | None
    name: str
    content_type: str | None
    url: str | None
    source: str | None
    language: str | None

    @classmethod
    def of(cls, payload: Payload, kind: str | None) -> Self:
        """The question what is in a payload."""
        return cls(
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

    items: tuple[Item, ...] = ()
    hints: Hints = Hints()
    misconfigured: str | None = None
    bug: str | None = None
    last: bool = False


def write_frame(pipe: IO[bytes], *parts: bytes) -> None:
    """Send some parts, each after its length. Raises OSError if nobody is there to take them."""
    for part in parts:
        pipe.write(_LENGTH.pack(len(part)))
        pipe.write(part)
    pipe.flush()


def read_frame(pipe: IO[bytes], number: int) -> list[bytes]:
    """Take so many parts. Raises EOFError if the other side is gone."""
    return [_exactly(pipe, _LENGTH.unpack(_exactly(pipe, _LENGTH.size))[0]) for _ in range(number)]


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    part = pipe.read(size)
    if len(part) < size:
        raise EOFError
    return part
