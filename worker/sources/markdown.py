"""Markdown files, with front matter, a header block, or neither."""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.errors import Rejected
from worker.model import ContentType, Document
from worker.sources import _header
from worker.sources._encoding import decode
from worker.sources._payload import Fit, Payload

_HEADING = re.compile(r"\s*#[ \t]+(?P<title>[^\n]+?)[ \t]*#*[ \t]*(?:\n|$)")


def fit(payload: Payload) -> Fit:
    """By name or type: Markdown without markup cannot be told from text."""
    if payload.media_type in {"text/markdown", "text/x-markdown"}:
        return Fit.TYPE
    return Fit.NAME if payload.suffix in {".md", ".markdown"} else Fit.NO


def read(payload: Payload) -> Iterator[Document | Rejected]:
    """One document; a heading at its top is its title, unless the header has one."""
    text = decode(payload).replace("\r\n", "\n")
    header, body = _header.front_matter(text) if text.startswith("---") else _header.split(text)
    heading = _HEADING.match(body)
    if heading and not header.get("title"):
        header, body = {**header, "title": heading["title"]}, body[heading.end() :]
    yield _header.document(payload, header, body, ContentType.MARKDOWN)
