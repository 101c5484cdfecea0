"""Gzip, as files and sitemaps come packed: unpacked within a bound, so that no bomb fills the memory."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, Any

from worker.sources._payload import Payload

MAGIC = b"\x1f\x8b\x08"
# The largest sitemap that its protocol allows; no news feed comes near it.
MAX_BYTES = 50 << 20
# Gzip's own header and footer wrapped; the other values of zlib mean other formats.
_GZIP = 16 + zlib.MAX_WBITS
_STEP = 1 << 16


def unpacked(payload: Payload, max_bytes: int = MAX_BYTES) -> Payload:
    """The payload without its gzip, if it has one that can be undone. Raises Rejected "too-large"."""
    if not payload.body.startswith(MAGIC):
        return payload
    found = bytearray()
    try:
        for piece in pieces(payload.body):
            found += piece
            if len(found) > max_bytes:
                message = f"more than {max_bytes} bytes when unpacked; split it, or is it a bomb?"
                raise payload.reject(message=message, reason="too-large")
    except zlib.error:  # what came before the break is as good as any text that is cut
        if not found:
            return payload
    name = payload.name.removesuffix(".gz")
    return replace(payload, body=bytes(found), name=name, content_type=_inner(payload))


def pieces(body: bytes) -> Iterator[bytes]:
    """The unpacked bytes of all members, piece by piece. Raises zlib.error where the packing is broken."""
    unpacker = zlib.decompressobj(_GZIP)
    rest = body
    while rest:
        yield unpacker.decompress(rest, _STEP)
        rest = unpacker.unconsumed_tail
        if unpacker.eof:
            rest = unpacker.unused_data
            if not rest.startswith(MAGIC):
                return
            unpacker = zlib.decompressobj(_GZIP)


def _inner(payload: Payload) -> str | None:
    """The content type says what is packed, unless it says that it is packed."""
    return None if "gzip" in payload.media_type else payload.content_type


class Member(io.RawIOBase):
    """The unpacked bytes of one member of a gzip file, as a stream."""

    def __init__(self, file: IO[bytes], start: int) -> None:
        super().__init__()
        self._file, self._unpacker = file, zlib.decompressobj(_GZIP)
        self._rest, self._end = b"", start

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Unpack into a buffer. Raises EOFError if the file ends too early, zlib.error if it is broken."""
        piece = b""
        while not piece and not self._unpacker.eof:
            if not self._rest:
                self._file.seek(self._end)
                self._rest = self._file.read(_STEP)
                self._end += len(self._rest)
                if not self._rest:
                    message = "the file ends in the middle of a record"
                    raise EOFError(message)
            piece = self._unpacker.decompress(self._rest, len(buffer))
            self._rest = self._unpacker.unconsumed_tail
        buffer[: len(piece)] = piece
        return len(piece)

    def finish(self) -> int:
        """Pass over what is left; where in the file the next member may begin. Raises as reading does."""
        scratch = bytearray(_STEP)
        while self.readinto(scratch):
            pass
        return self._end - len(self._unpacker.unused_data)


def next_member(file: IO[bytes], start: int) -> int | None:
    """Where a member begins, at `start` or behind it; None if there is none any more."""
    overlap = len(MAGIC) - 1
    while True:
        file.seek(start)
        block = file.read(_STEP)
        found = block.find(MAGIC)
        if found >= 0:
            return start + found
        if len(block) <= overlap:
            return None
        start += len(block) - overlap
