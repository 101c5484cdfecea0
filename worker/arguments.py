"""What a person names on the command line: files, folders, addresses, standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import IO

from worker.errors import NewsworkerError, Rejected
from worker.http import Client
from worker.model import Article, Document
from worker.pipeline import read
from worker.settings import Settings
from worker.sources import Payload, following, read_path, read_payload
from worker.text import draft, to_article

STDIN = "-"


def is_address(place: str) -> bool:
    """Whether it is to be fetched, not opened."""
    return place.lower().startswith(("http://", "https://"))


def documents(
    place: str, settings: Settings, content_type: str | None = None, base_url: str | None = None
) -> Iterator[Document | Rejected]:
    """The documents at a path or `-`; `content_type` and `base_url` say what a local file cannot."""
    if place == STDIN:
        yield from _bytes(sys.stdin.buffer, STDIN, settings, content_type, base_url)
    elif (content_type or base_url) and Path(place).is_file():
        with Path(place).open("rb") as file:
            yield from _bytes(file, place, settings, content_type, base_url)
    else:
        yield from read_path(Path(place), settings)


def fetched(
    url: str, client: Client, content_type: str | None = None, base_url: str | None = None
) -> Iterator[Document | Rejected]:
    """The documents at an address. Raises Rejected or Retryable if it cannot be fetched."""
    yield from following(_got(url, client, content_type, base_url), lambda link: _got(link, client))


def _got(url: str, client: Client, content_type: str | None = None, base_url: str | None = None) -> Payload:
    answer = client.get(url)
    kind = content_type or answer.headers.get("content-type")
    return Payload(body=answer.body, name=url, content_type=kind, url=base_url or answer.url)


def articles(
    place: str, settings: Settings, content_type: str | None = None, base_url: str | None = None, *, drafts: bool = False
) -> Iterator[Article | NewsworkerError]:
    """The articles at a place; what is unfit, or cannot be fetched, stands in its place as its error.

    `drafts`: as their sources give them, in any language, and summaries without a text too.
    """
    make = draft if drafts else to_article
    if not is_address(place):
        yield from read(documents(place, settings, content_type, base_url), settings, make=make)
        return
    with Client(settings) as client:
        try:
            yield from read(fetched(place, client, content_type, base_url), settings, make=make)
        except NewsworkerError as error:
            yield error.at(url=place)


def lines(file: IO[bytes], settings: Settings) -> Iterator[tuple[str | None, Article | NewsworkerError]]:
    """(given id, article or error) for each line that is not blank, in order; each line is one JSON object."""
    for number in count(1):
        # A line without an end would fill memory; the rest of it is another bad line.
        line = file.readline(settings.max_file_bytes)
        if not line:
            return
        if line.strip():
            payload = Payload(body=line, name=f"line {number}")
            item = next(read(read_payload(payload, kind="jsonl"), settings))
            if isinstance(item, NewsworkerError):  # the reader counts lines of what it is given: this one
                item.message = item.message.replace(": line 1:", ":", 1)
            yield _given_id(line), item


def _bytes(
    file: IO[bytes], name: str, settings: Settings, content_type: str | None, base_url: str | None
) -> Iterator[Document | Rejected]:
    limit = settings.max_file_bytes
    payload = Payload(body=file.read(limit + 1), name=name, content_type=content_type, url=base_url)
    if len(payload.body) > limit:
        yield payload.reject("too-large", f"larger than {limit} bytes (setting max_file_bytes); split it")
    else:
        yield from read_payload(payload)


def _given_id(line: bytes) -> str | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    given = value.get("id") if isinstance(value, dict) else None
    return None if given is None else str(given)
