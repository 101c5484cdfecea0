"""From the address of a site or a feed to a source: which feed is meant, and what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import ValidationError

from worker import limited
from worker.catalogue import name_for
from worker.discovery import FeedLink, discover
from worker.errors import Misconfigured, Rejected
from worker.http import Client, Response
from worker.model import Document
from worker.settings import Settings
from worker.sources import Payload, SourceConfig, address_fault, explain, sniff
from worker.sources import links as parts
from worker.sources.feed import Feed

# Kinds beside feeds that an address may give again and again.
_OTHERS = frozenset({"sitemap", "ninjs", "newsml", "nitf", "jsonl"})
# A move that is for ever; all others may lead elsewhere tomorrow.
_PERMANENT = frozenset({301, 308})


class Found(NamedTuple):
    """The feed that is meant, under the address to poll; what one look at it gave; other feeds of the site."""

    link: FeedLink
    feed: Feed
    others: tuple[FeedLink, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles of its entries, as it has them."""
        documents = [entry for entry in self.feed.entries if isinstance(entry, Document)]
        return tuple(document.title or document.url or document.content[:80] for document in documents)


def look(url: str, settings: Settings) -> Found:
    """Find the feed of an address and read it, each address asked once; people leave out https://.

    Raises Rejected or Retryable.
    """
    url = url if "://" in url else f"https://{url}"
    if fault := address_fault(url):
        message = f"{url.rpartition('@')[2]}: {fault}"
        raise Rejected(message, stage="add", reason="address")
    with Client(settings) as client:
        asked = _Once(client)
        links = discover(url, asked, settings) or _other(asked.get(url))
        if not links:
            message = f"{url}: no feed is named there or lies at a usual place; give the address of the feed itself"
            raise Rejected(message, stage="add", reason="no-feed", url=url)
        main, *others = links
        answer = asked.get(main.url)
    link = main._replace(url=lasting(asked.first(answer), answer))
    return Found(link, _read(_payload(answer), main.kind, settings), tuple(others))


def _other(answer: Response) -> list[FeedLink]:
    """What lies at an address as a source of another kind than a feed, if it is one."""
    kind = sniff(_payload(answer))
    return [FeedLink(answer.url, None, kind)] if kind in _OTHERS else []


def _read(payload: Payload, kind: str, settings: Settings) -> Feed:
    """What is in it. An index of sitemaps has nothing itself. Raises Rejected for what is unfit as a whole."""
    if parts(payload, kind):
        return Feed([])
    feed = limited.read_feed(payload, kind, settings)
    unfit = [entry for entry in feed.entries if isinstance(entry, Rejected)]
    if unfit and len(unfit) == len(feed.entries):
        raise unfit[0]
    return feed


def lasting(url: str, answer: Response) -> str:
    """The address to poll: the one that was asked, or where redirects lead that are all for ever."""
    for hop in answer.hops:
        if hop.status not in _PERMANENT:
            break
        url = hop.location
    return url


def source(found: Found, wanted: Mapping[str, object]) -> SourceConfig:
    """The source for it; `wanted` are its keys as a person gives them. Raises Misconfigured."""
    hints = found.feed.hints
    title = found.link.title or hints.title
    site = None if not hints.site or address_fault(hints.site) else hints.site
    kind = {"kind": found.link.kind} if found.link.kind != "feed" else {}
    told = {"name": name_for(title, found.link.url), "title": title, "site": site, "url": found.link.url, **kind, **wanted}
    try:
        return SourceConfig.model_validate(told)
    except ValidationError as error:
        raise Misconfigured("; ".join(explain(error)), stage="add", reason="source") from None


class _Once:
    """The client, asking for no address twice; it knows under which address an answer was asked for first."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._answers: dict[str, Response] = {}

    def get(self, url: str, /) -> Response:
        known = next((answer for answer in self._answers.values() if answer.url == url), None)
        self._answers[url] = answer = self._answers.get(url) or known or self._client.get(url)
        return answer

    def first(self, answer: Response) -> str:
        return next(url for url, known in self._answers.items() if known is answer)


def _payload(answer: Response) -> Payload:
    return Payload(body=answer.body, name=answer.url, content_type=answer.headers.get("content-type"), url=answer.url)
