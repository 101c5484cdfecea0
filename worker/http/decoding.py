"""Content codings taken off in small pieces: gzip, deflate, brotli and zstd, with no piece larger than a mebibyte."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# Of compressed bytes, so few are looked at at once that a bomb shows its ratio before it fills memory.
SLICE = 1 << 12
PIECE = 1 << 20
_GZIP = zlib.MAX_WBITS | 16
# What browsers take (RFC 9659): a frame that wants a larger window is made to fill memory.
_ZSTD_OPTIONS = {int(zstd.DecompressionParameter.window_log_max): 23}


class Damaged(Exception):
    """The bytes are not what their coding says, or end before it does."""


class _Decoder(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]: ...

    def whole(self) -> bool: ...


class _Plain:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def whole(self) -> bool:
        return True


class _Zlib:
    """gzip, whose members may follow one another; or deflate, as `bits` say."""

    def __init__(self, bits: int) -> None:
        self._bits, self._inner = bits, zlib.decompressobj(bits)

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            while data:
                if self._inner.eof:
                    if self._bits != _GZIP or not data.startswith(b"\x1f"):
                        return  # padding behind the last member
                    self._inner = zlib.decompressobj(self._bits)
                yield self._inner.decompress(data, PIECE)
                data = self._inner.unconsumed_tail or self._inner.unused_data
            while not self._inner.eof and (piece := self._inner.decompress(b"", PIECE)):
                yield piece
        except zlib.error as error:
            raise Damaged(str(error)) from None

    def whole(self) -> bool:
        return self._inner.eof


class _Deflate:
    """deflate with its header, or as some servers have it, without; the first two bytes tell."""

    def __init__(self) -> None:
        self._head = b""
        self._inner: _Zlib | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._inner is None:
            self._head += data
            if len(self._head) < 2:
                return
            data = self._head
            # RFC 1950: the method is 8, and both bytes together are a multiple of 31.
            headed = data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._inner = _Zlib(zlib.MAX_WBITS if headed else -zlib.MAX_WBITS)
        yield from self._inner.feed(data)

    def whole(self) -> bool:
        return self._inner is not None and self._inner.whole()


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._inner.is_finished():
            return
        try:
            # It may take twice the memory that it is allowed to fill.
            piece = self._inner.process(data, output_buffer_limit=PIECE // 2)
            while piece:
                yield piece
                piece = self._inner.process(b"", output_buffer_limit=PIECE // 2)
        except brotli.error as error:
            raise Damaged(str(error)) from None

    def whole(self) -> bool:
        return bool(self._inner.is_finished())


class _Zstd:
    def __init__(self) -> None:
        self._inner = self._new()

    def _new(self) -> zstd.ZstdDecompressor:
        return zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            while data:
                if self._inner.eof:
                    self._inner = self._new()
                piece = self._inner.decompress(data, PIECE)
                while piece:
                    yield piece
                    done = self._inner.eof or self._inner.needs_input
                    piece = b"" if done else self._inner.decompress(b"", PIECE)
                data = self._inner.unused_data if self._inner.eof else b""
        except zstd.ZstdError as error:
            raise Damaged(str(error)) from None

    def whole(self) -> bool:
        return self._inner.eof


ACCEPTED = "gzip, deflate, br, zstd"


def decoded(coding: str, data: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The pieces of a body, each with the number of compressed bytes that were looked at so far; some are empty.

    `coding` is the value of Content-Encoding; one that we do not know (servers write "utf-8" there) leaves the bytes as
    they are. Raises Damaged in the middle of what is broken, and at the end of what is not whole.
    """
    decoder, taken = _decoder(coding.strip().lower()), 0
    for chunk in data:
        for start in range(0, len(chunk), SLICE):
            part = chunk[start : start + SLICE]
            taken += len(part)
            pieces = 0
            for piece in decoder.feed(part):
                pieces += 1
                yield taken, piece
            if not pieces:
                yield taken, b""
    if taken and not decoder.whole():
        message = "the compressed body ends too early"
        raise Damaged(message)


def _decoder(coding: str) -> _Decoder:
    match coding:
        case "gzip" | "x-gzip":
            return _Zlib(_GZIP)
        case "deflate":
            return _Deflate()
        case "br":
            return _Brotli()
        case "zstd":
            return _Zstd()
        case _:
            return _Plain()
