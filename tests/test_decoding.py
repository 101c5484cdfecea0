from __future__ import annotations

import gzip
import random
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.http.decoding import PIECE, SLICE, Damaged, decoded

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"What was said, and by whom. " * 1000


def raw_deflate(data: bytes) -> bytes:
    coder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return coder.compress(data) + coder.flush()


CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
    "deflate ": raw_deflate,  # without its header, as some servers have it
    "br": brotli.compress,
    "zstd": zstd.compress,
    "": bytes,
    "utf-8": bytes,  # no coding at all, but servers write it there
}
BOMBS = ["gzip", "br", "zstd"]


def read(coding: str, *chunks: bytes) -> bytes:
    return b"".join(piece for _, piece in decoded(coding, chunks))


@pytest.mark.parametrize("coding", CODERS)
def test_what_was_encoded_is_decoded(coding: str) -> None:
    assert read(coding, CODERS[coding](TEXT)) == TEXT


@pytest.mark.parametrize("coding", CODERS)
@given(data=st.binary(max_size=300), size=st.integers(1, 40))
def test_it_does_not_matter_in_which_chunks_it_arrives(coding: str, data: bytes, size: int) -> None:
    body = CODERS[coding](data)
    assert read(coding, *(body[i : i + size] for i in range(0, len(body), size))) == data


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_members_follow_one_another(coding: str) -> None:
    body = CODERS[coding](TEXT[:7000]) + CODERS[coding](b"") + CODERS[coding](TEXT[7000:])
    assert read(coding, body) == TEXT
    assert read(coding, *(bytes([byte]) for byte in body)) == TEXT


def test_padding_behind_gzip_is_no_damage() -> None:
    assert read("gzip", gzip.compress(TEXT) + bytes(500)) == TEXT


@pytest.mark.parametrize("coding", ["gzip", "deflate", "deflate ", "br", "zstd"])
def test_a_body_that_ends_too_early_is_known_and_its_beginning_is_given(coding: str) -> None:
    data = random.Random(1).randbytes(400_000)
    found: list[bytes] = []
    with pytest.raises(Damaged):
        found.extend(piece for _, piece in decoded(coding, [CODERS[coding](data)[:-5]]))
    assert len(b"".join(found)) > 100_000
    assert data.startswith(b"".join(found))


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@given(data=st.binary(min_size=1, max_size=200))
def test_any_bytes_are_decoded_or_damaged(coding: str, data: bytes) -> None:
    with suppress(Damaged):
        read(coding, data)


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_nothing_is_also_a_body(coding: str) -> None:
    assert read(coding) == b""


@pytest.mark.parametrize("coding", BOMBS)
def test_a_bomb_comes_in_small_pieces_and_shows_its_ratio(coding: str) -> None:
    body = CODERS[coding](bytes(8 << 20))
    for total, (taken, piece) in enumerate(decoded(coding, [body])):
        assert len(piece) <= 2 * PIECE
        assert taken <= (total + 1) * SLICE


def test_a_window_that_fills_memory_is_refused() -> None:
    options = {int(zstd.CompressionParameter.window_log): 27}
    with pytest.raises(Damaged, match="memory"):
        read("zstd", zstd.compress(bytes(64 << 20), options=options))
