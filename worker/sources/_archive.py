"""Archives on disk: files of any size that are read a piece at a time, and may be read on from where one stopped."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from worker.sources import _warc
from worker.sources._files import unreadable
from worker.sources._packed import MAGIC
from worker.sources._payload import Part, Payload

# JSON lines are read so many bytes at a time, at least a line.
_LINES_BYTES = 1 << 20
_SUFFIXES = (".jsonl", ".ndjson", ".jsonlines")


def is_archive(path: Path, whole_bytes: int) -> bool:
    """Whether a file is read a piece at a time: each WARC, packed JSON lines, and plain ones of more than `whole_bytes`."""
    try:
        return _is_warc(path) or (_is_lines(path) and (_is_packed(path) or path.stat().st_size > whole_bytes))
    except (OSError, ValueError):  # loading it will say why
        return False


def parts(path: Path, limit: int, start: int = 0) -> Iterator[Part]:
    """The pieces of an archive in order, from the one with the mark `start` on, none of more than `limit` bytes."""
    try:
        with path.open("rb") as file:
            if _is_warc(path):
                yield from _warc.parts(file, str(path), limit, start)
            else:
                lines = gzip.GzipFile(fileobj=file) if _is_packed(path) else file
                yield from _lines(cast("IO[bytes]", lines), str(path), limit, start)
    except OSError as error:
        yield Part(start, unreadable(path, error.strerror or str(error)))
        yield Part(start, None)


def _lines(file: IO[bytes], name: str, limit: int, start: int) -> Iterator[Part]:
    """Some lines at a time; marks count bytes, unpacked."""
    mark = start
    try:
        file.seek(start)
        for block in _blocks(file, limit):
            payload = Payload(block, name.removesuffix(".gz"), piece=f"behind byte {mark}" if mark else None)
            if len(block) > limit:
                yield Part(mark, payload.reject("too-large", f"a line of more than {limit} bytes (setting max_file_bytes)"))
                mark += len(block) + _pass_over(file)
            else:
                yield Part(mark, payload)
                mark += len(block)
    except (EOFError, OSError, zlib.error) as error:
        message = f"cannot be read behind byte {mark}: {error}"
        yield Part(mark, Payload(b"", name).reject("unreadable", message))
    yield Part(mark, None)


def _blocks(file: IO[bytes], limit: int) -> Iterator[bytes]:
    """Whole lines together; one that is too long comes alone, as far as it was read."""
    block = b""
    while line := file.readline(limit + 1):
        if len(block) + len(line) > min(limit, _LINES_BYTES) and block:
            yield block
            block = b""
        if len(line) > limit:
            yield line
        else:
            block += line
    if block:
        yield block


def _pass_over(file: IO[bytes]) -> int:
    """The rest of a line; its length."""
    length = 0
    while piece := file.readline(_LINES_BYTES):
        length += len(piece)
        if piece.endswith(b"\n"):
            break
    return length


def _is_lines(path: Path) -> bool:
    return path.name.lower().removesuffix(".gz").endswith(_SUFFIXES)


def _is_packed(path: Path) -> bool:
    return _head(path).startswith(MAGIC)


def _is_warc(path: Path) -> bool:
    head = _head(path)
    if head.startswith(MAGIC):
        try:
            head = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, 64)
        except zlib.error:
            return False
    return head.startswith(_warc.BEGINNINGS)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)
