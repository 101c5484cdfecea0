"""What every source module works on, and how it says what is unfit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import PurePath
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from worker.errors import Rejected
from worker.model import Document

# The largest feeds of news have a thousand; at 3 KB each in memory, this many fit into what reading may take.
MAX_ENTRIES = 20_000


@dataclass(frozen=True)
class Payload:
    """Bytes as they came, with what is known about them.

    `name` is the path or address, for messages, and `piece` says which part of it this is; `url` is the base of relative
    links; `source` and `language` are what the operator says, and outrank what the bytes say.
    """

    body: bytes
    name: str
    content_type: str | None = None
    url: str | None = None
    source: str | None = None
    language: str | None = None
    piece: str | None = None

    @property
    def media_type(self) -> str:
        """The content type without its parameters, lower-case; empty if none was given."""
        return (self.content_type or "").partition(";")[0].strip().lower()

    @property
    def suffix(self) -> str:
        """The name's extension with its dot, lower-case."""
        path = urlsplit(self.name).path if "://" in self.name else self.name
        return PurePath(path).suffix.lower()

    @property
    def origin(self) -> str | None:
        """A name for the source where nothing better is known: the operator's, else the file's."""
        if self.source or self.url or self.name.startswith(("-", "<")):
            return self.source
        return PurePath(self.name).name or None

    def reject(self, reason: str, message: str, article: str | None = None) -> Rejected:
        """The error for these bytes, or a piece of them; raise it, or yield it and go on."""
        return Rejected(
            f"{self.name}: {self.piece}: {message}" if self.piece else f"{self.name}: {message}",
            stage="read",
            reason=reason,
            source=self.source or self.name,
            url=self.url,
            article=article,
        )

    def link(self, href: object) -> str | None:
        """A link made absolute, if it leads to a page."""
        if not isinstance(href, str) or not href.strip():
            return None
        try:
            url = urljoin(self.url or "", clean(href.strip()))
            return url if urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname else None
        except ValueError:  # an unclosed bracket in the host
            return None


class Link(NamedTuple):
    """Where a part of a source stands, and when it changed last, as far as its index says so."""

    url: str
    changed: str | None = None


class Part(NamedTuple):
    """A piece of an archive, and the mark to begin with to read it again: a place in the file, in bytes.

    The last one has no payload: its mark is what to begin with when the file has grown, or has been mended.
    """

    mark: int
    payload: Payload | Rejected | None


Reader = Callable[[Payload], Iterator[Document | Rejected]]


class Fit(IntEnum):
    """How well a payload fits a kind; the kind that it fits best reads it."""

    NO = 0
    ANYTHING = 1
    NAME = 2
    TYPE = 3
    CONTENT = 4


def too_many(number: int) -> tuple[str, str]:
    """Why a feed of so many entries is rejected, as reason and message."""
    return "too-many-entries", f"{number} entries, more than {MAX_ENTRIES}; ask for a shorter feed, or split the file"


def clean(text: str) -> str:
    """Text that can be written as UTF-8: JSON and HTML can name halves of surrogate pairs, which cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
