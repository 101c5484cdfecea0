"""The last answer of a source that could not be read, kept for a week so that a person can see what came instead."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import redis

from worker.settings import Settings

# A page tells what it is in its first screens; compressed, this is 60 kB at most for text, and one is kept a source.
MOST_BYTES = 256 << 10
# As long as somebody on holiday needs to come and look.
SECONDS = 7 * 86_400


def keep(client: redis.Redis, settings: Settings, name: str, body: bytes) -> None:
    """Keep the beginning of an answer of the source `name`, in place of the one before."""
    # Redis connections decode what they read, so it is stored as text.
    packed = base64.b64encode(zlib.compress(body[:MOST_BYTES])).decode()
    client.set(settings.keys.unread(name), packed, ex=SECONDS)


def forget(client: redis.Redis, settings: Settings, name: str) -> None:
    """Drop it: the source can be read again."""
    client.delete(settings.keys.unread(name))


def load(client: redis.Redis, settings: Settings, name: str) -> bytes | None:
    """The beginning of the last answer that could not be read; None if there is none."""
    packed: Any = client.get(settings.keys.unread(name))
    return zlib.decompress(base64.b64decode(packed)) if packed else None
