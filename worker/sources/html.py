"""HTML pages; which part of a page is the article is decided in worker.text."""

from __future__ import annotations

from collections.abc import Iterator

from worker.errors import Rejected
from worker.model import ContentType, Document
from worker.sources._encoding import decode
from worker.sources._markup import root
from worker.sources._payload import Fit, Payload, clean


def fit(payload: Payload) -> Fit:
    """By its doctype or root element, else by type or name."""
    if root(payload.body) == "html":
        return Fit.CONTENT
    if payload.media_type in {"text/html", "application/xhtml+xml"}:
        return Fit.TYPE
    return Fit.NAME if payload.suffix in {".html", ".htm", ".xhtml"} else Fit.NO


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """One document: the page."""
    yield Document(
        content=clean(decode(payload, markup=True)),
        content_type=ContentType.HTML,
        url=payload.url,
        source=payload.source,
        language=payload.language,
    )
