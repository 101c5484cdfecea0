"""Which article a document is, and whether a text has been seen: identity and digests."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit, urlunsplit

from courlan import normalize_url

from worker.model import Document

# 80 bits: among a billion articles a clash has a chance of about one in a million.
ID_CHARS = 20


def article_id(document: Document) -> str:
    """The id of the document's article, the same whenever and wherever it is read.

    The sender's own id if there is one, kept as it is; else made from the address without trackers, else from the
    source's guid, else from title and text.
    """
    if document.id:
        return document.id
    if document.url:
        key = f"url {canonical(document.url)}"
    elif document.guid:
        key = f"guid {document.source or ''} {document.guid}"
    else:
        key = f"text {digest(document.title, document.content)}"
    return _sha256(key)[:ID_CHARS]


def canonical(url: str) -> str:
    """An address in the form in which two spellings of it are equal: no scheme, trackers, fragment, default port."""
    try:
        parts = urlsplit(normalize_url(url))
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port not in {None, 80, 443} else "")
    except ValueError:  # what is no address is only ever equal to itself
        return url
    return urlunsplit(("", host, parts.path or "/", parts.query, "")).removeprefix("//")


def digest(title: str | None, text: str) -> str:
    """SHA-256 (hex) of title and text; differences in spaces and line ends do not count."""
    return _sha256(f"{_squeezed(title or '')}\n{_squeezed(text)}")


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
