"""WARC and ARC: the answers that a crawler stored. Each is read as what it is: a page, a feed, a text.

The date of a record is the day on which it was fetched, not the day on which it was published, and is not used.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from worker import sources
from worker.errors import Rejected
from worker.model import Document
from worker.sources._packed import MAX_BYTES
from worker.sources._payload import Fit, Payload
from worker.sources._warc import BEGINNINGS, parts

_TYPES = frozenset({"application/warc", "application/x-arc"})


def fit(payload: Payload) -> Fit:
    """By its first line, else by type."""
    if payload.body.startswith(BEGINNINGS):
        return Fit.CONTENT
    return Fit.TYPE if payload.media_type in _TYPES else Fit.NO


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """The documents of all records in order; large files are read from disk record by record instead."""
    empty = True
    for part in parts(io.BytesIO(payload.body), payload.name, MAX_BYTES):
        empty = empty and part.payload is None
        yield from sources.read_part(part)
    if empty:
        yield payload.reject("no-text", "no answers in it that have a text")
