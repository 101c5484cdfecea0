"""Plain text files, with or without a header block."""

from __future__ import annotations

from collections.abc import Iterator

from worker.errors import Rejected
from worker.model import ContentType, Document
from worker.sources import _header
from worker.sources._encoding import decode
from worker.sources._payload import Fit, Payload


def fit(payload: Payload) -> Fit:
    """What is nothing else is text; `text/plain` is what servers say of anything."""
    return Fit.NAME if payload.suffix in {".txt", ".text"} else Fit.ANYTHING


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """One document: the text after its header."""
    header, body = _header.split(decode(payload))
    yield _header.document(payload, header, body, ContentType.TEXT)
