"""Sources: one module a kind, each with `fit(payload) -> Fit` and `read(payload) -> Iterator[Document | Rejected]`.

A new kind is a new module in this package (docs/adding-a-source.md); there is no list to add it to.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import cast

from worker.errors import Misconfigured, Rejected, Retryable
from worker.model import Document
from worker.settings import Settings
from worker.sources import sitemap
from worker.sources._archive import is_archive, parts
from worker.sources._config import SECRETS, SourceConfig, address_fault, explain, load_sources, parse_sources
from worker.sources._encoding import decode
from worker.sources._files import files, load
from worker.sources._packed import unpacked
from worker.sources._payload import Fit, Link, Part, Payload, Reader

__all__ = [
    "SECRETS",
    "Fit",
    "Link",
    "Part",
    "Payload",
    "Reader",
    "SourceConfig",
    "address_fault",
    "decode",
    "explain",
    "files",
    "following",
    "is_archive",
    "kinds",
    "links",
    "load_sources",
    "parse_sources",
    "parts",
    "read_file",
    "read_part",
    "read_path",
    "read_payload",
    "reader",
    "sniff",
]


@cache
def kinds() -> tuple[str, ...]:
    """The kinds that this package reads: its modules, save the private ones."""
    return tuple(sorted(name for _, name, _ in pkgutil.iter_modules(__path__) if not name.startswith("_")))


def reader(kind: str) -> Reader:
    """The reader of a kind, or of "package.module:function". Raises Misconfigured for what there is not."""
    if ":" in kind:
        return _foreign(kind)
    if kind not in kinds():
        near = difflib.get_close_matches(kind, kinds(), n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        message = f'unknown kind {kind!r}; {hint}known are {", ".join(kinds())}, or "package.module:function"'
        raise _misconfigured(message)
    return cast("Reader", _module(kind).read)


def sniff(payload: Payload) -> str:
    """The kind that fits best: by content, else by content type, else by name, else text."""
    return max(kinds(), key=lambda kind: cast("Fit", _module(kind).fit(payload)))


def read_payload(payload: Payload, kind: str | None = None) -> Iterator[Document | Rejected]:
    """The documents in some bytes, read as the kind given, or else as the one that fits best."""
    if not payload.body.strip():
        yield payload.reject("empty", "empty")
        return
    try:
        inner = unpacked(payload)
        yield from reader(kind or sniff(inner))(inner)
    except Rejected as error:  # a payload that is unfit as a whole is one item of the result, like a bad line
        yield error


def links(payload: Payload, kind: str | None = None) -> tuple[Link, ...]:
    """What is to be read in a payload's place: the newest sitemaps of an index. Mostly nothing. Raises Rejected."""
    try:
        inner = unpacked(payload)
    except Rejected:  # reading it will say so
        return ()
    found = getattr(_module(kind), "links", None) if kind in kinds() else sitemap.links
    return tuple(found(inner)) if found else ()


def following(payload: Payload, get: Callable[[str], Payload], kind: str | None = None) -> Iterator[Document | Rejected]:
    """The documents in a payload, or in those that it links to, which `get` fetches.

    One that is refused stands in its place; one that may come later is left out if others came, else raises Retryable.
    """
    try:
        parts = links(payload, kind)
    except Rejected as error:
        yield error
        return
    if not parts:
        yield from read_payload(payload, kind)
        return
    late: Retryable | None = None
    came = False
    for link in parts:
        try:
            part = get(link.url)
        except Rejected as error:
            yield error
        except Retryable as error:
            late = error
        else:
            came = True
            yield from read_payload(part, kind)
    if late and not came:
        raise late


def read_path(path: Path, settings: Settings) -> Iterator[Document | Rejected]:
    """The documents in a file, or in the files below a folder in sorted order; what is unfit stands in its place."""
    for file in files(path):
        yield from read_file(file, settings)


def read_file(file: Path | Rejected, settings: Settings) -> Iterator[Document | Rejected]:
    """The documents in a file, or the error that `files` gave in its place."""
    if isinstance(file, Rejected):
        yield file
    elif is_archive(file, settings.max_file_bytes):
        for part in parts(file, settings.max_file_bytes):
            yield from read_part(part)
    else:
        yield from read_part(Part(0, load(file, settings.max_file_bytes)))


def read_part(part: Part) -> Iterator[Document | Rejected]:
    """The documents in a piece of an archive, or the error that stands in its place."""
    if isinstance(part.payload, Rejected):
        yield part.payload
    elif part.payload:
        yield from read_payload(part.payload)


@cache
def _module(kind: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{kind}")


def _foreign(kind: str) -> Reader:
    module, _, function = kind.partition(":")
    try:
        return cast("Reader", getattr(importlib.import_module(module), function))
    except (ImportError, AttributeError, ValueError) as error:
        message = f"{kind}: {error}; is the package installed beside newsworker?"
        raise _misconfigured(message) from None


def _misconfigured(message: str) -> Misconfigured:
    return Misconfigured(message, stage="sources", reason="kind")
