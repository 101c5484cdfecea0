"""Gzip, as files and sitemaps come packed: unpacked within a bound, so that no bomb fills the memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace

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
