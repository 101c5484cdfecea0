"""A feed that is no longer where it was: looked for at its former addresses, and among the feeds that its site names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from worker import limited
from worker.discovery import discover
from worker.errors import Rejected, Retryable
from worker.http import Response
from worker.model import Document
from worker.polling.conditional import FeedState
from worker.polling.entries import payload
from worker.polling.redirects import URL_CHARS
from worker.settings import Settings
from worker.sources import SourceConfig

log = logging.getLogger(__name__)

# Feeds that a site names and that are asked: those of the whole site come first, and a dozen more are of its parts.
MOST_ASKED = 5


class Search:
    """A search for one feed. `fetch` gives the answer of an address, and raises Rejected or Retryable."""

    def __init__(self, source: SourceConfig, fetch: Callable[[str], Response], settings: Settings) -> None:
        self._source, self._fetch, self._settings = source, fetch, settings

    def get(self, url: str) -> Response:
        """The answer of an address, for worker.discovery."""
        return self._fetch(url)

    def find(self, state: FeedState) -> str | None:
        """Where it is now: an address that gives entries, and not the one where it is missed."""
        asked = {state.url}
        for url in self._candidates(state):
            if url not in asked and len(url) <= URL_CHARS and self._is_feed(url):
                return url
            asked.add(url)
        return None

    def _candidates(self, state: FeedState) -> Iterator[str]:
        """Former addresses; then, if need be, the feeds that its site names, the one of its title first."""
        yield from (self._source.url, *reversed(state.aliases))
        try:
            links = discover(self._source.site or state.site or _front_page(self._source.url), self, self._settings)
        except (Rejected, Retryable) as error:
            log.info("source %s: its site cannot be searched: %s", self._source.name, error)
            return
        links = [link for link in links if link.kind == self._source.kind]
        links.sort(key=lambda link: state.title is None or link.title != state.title)
        yield from (link.url for link in links[:MOST_ASKED])

    def _is_feed(self, url: str) -> bool:
        try:
            answer = self._fetch(url)
        except (Rejected, Retryable):
            return False
        found = limited.read_feed(payload(self._source, answer), self._source.kind, self._settings)
        return any(isinstance(entry, Document) for entry in found.entries)


def _front_page(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
