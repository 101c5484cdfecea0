"""Looking at a feed as a check-up needs it: two requests to it, one to the page of an entry, and what robots.txt says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from worker import limited
from worker.checkup import Observation, Page
from worker.checkup.anatomy import dissect
from worker.errors import NewsworkerError, Rejected, Retryable
from worker.http import Access, Client, Response, robots
from worker.language import identify
from worker.model import Document
from worker.settings import Settings
from worker.sources import Payload, SourceConfig
from worker.sources.feed import Feed
from worker.text import complete, to_article

# Answer header -> the condition that takes it back, as it was given.
_CONDITIONS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
# Entries from whose words the language is told: enough of them, and quick.
_ENTRIES = 50


def of_file(path: Path, settings: Settings, now: dt.datetime) -> Observation:
    """What can be seen of a feed in a file. Raises NewsworkerError if it cannot be read."""
    try:
        with path.open("rb") as file:
            body = file.read(settings.max_file_bytes + 1)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise NewsworkerError(message, stage="check", reason="unreadable") from None
    if len(body) > settings.max_file_bytes:
        message = f"{path}: more than {settings.max_file_bytes} bytes (setting max_file_bytes)"
        raise NewsworkerError(message, stage="check", reason="too-large")
    feed = limited.read_feed(Payload(body=body, name=str(path)), "feed", settings)
    return Observation(url=str(path), now=now, body=body, anatomy=dissect(body), feed=feed, page=None, language=_language(feed))


def of_source(source: SourceConfig, settings: Settings, now: dt.datetime) -> Observation:
    """What can be seen of a source at its address. Raises Misconfigured if a secret of it is missing."""
    access = source.access()
    with Client(settings) as client:
        try:
            answer = client.get(source.url, access=access, partial=True)
        except (Rejected, Retryable) as error:
            return Observation(url=source.url, now=now, error=error.message.removeprefix(f"{source.url}: "))
        return _looked(source, answer, access, client, settings, now)


def _looked(
    source: SourceConfig, answer: Response, access: Access, client: Client, settings: Settings, now: dt.datetime
) -> Observation:
    feed = limited.read_feed(_payload(answer), source.kind, settings)
    rules = _robots(answer.url, client, settings)
    return Observation(
        url=source.url,
        now=now,
        answer=answer,
        again=_again(source.url, answer, access, client),
        secure=_secure(source.url, access, client),
        forbidden=not rules.allows(answer.url),
        opt_outs=tuple(dict.fromkeys((*rules.opt_outs(answer.url), *robots.announced(answer.headers)))),
        body=answer.body,
        anatomy=dissect(answer.body),
        feed=feed,
        page=_page(feed, rules, answer.url, client, settings),
        language=_language(feed),
        is_feed=source.kind in {"feed", "jsonfeed"},
    )


def _payload(answer: Response) -> Payload:
    return Payload(body=answer.body, name=answer.url, content_type=answer.headers.get("content-type"), url=answer.url)


def _again(url: str, answer: Response, access: Access, client: Client) -> Response | None:
    conditions = {header: answer.headers[name] for name, header in _CONDITIONS.items() if answer.headers.get(name)}
    return _quietly(client, url, conditions, access)


def _quietly(client: Client, url: str, headers: dict[str, str], access: Access) -> Response | None:
    try:
        return client.get(url, headers, access)
    except (Rejected, Retryable):
        return None


def _secure(url: str, access: Access, client: Client) -> bool | None:
    """Whether the address answers over https too; None if it was asked so."""
    if urlsplit(url).scheme == "https":
        return None
    return _quietly(client, f"https{url.removeprefix('http')}", {}, Access(proxy=access.proxy)) is not None


def _robots(url: str, client: Client, settings: Settings) -> robots.Robots:
    """The rules of a site; where there are none to be read, nothing is forbidden."""
    found = _quietly(client, urljoin(url, "/robots.txt"), {}, Access())
    return robots.parse(robots.decode(found.body if found else b""), robots.product(settings.user_agent))


def _page(feed: Feed, rules: robots.Robots, place: str, client: Client, settings: Settings) -> Page | None:
    """The page of the first entry that has one, read as an article; `rules` are those of the site of `place`."""
    linked = next((entry for entry in feed.entries if isinstance(entry, Document) and entry.url), None)
    if linked is None or linked.url is None:
        return None
    same = urlsplit(linked.url)[:2] == urlsplit(place)[:2]
    if not (rules if same else _robots(linked.url, client, settings)).allows(linked.url):
        return Page(linked.url, error="robots.txt of its site forbids it")
    bare = Document(content="", complete=False, url=linked.url)
    try:
        article = to_article(complete(bare, client), settings)
    except (Rejected, Retryable) as error:
        # Its text was read to its end, and is in another language.
        return None if error.reason == "language" else Page(linked.url, error=error.message.removeprefix(f"{linked.url}: "))
    return Page(linked.url, chars=len(article.text))


def _language(feed: Feed) -> str | None:
    documents = [entry for entry in feed.entries if isinstance(entry, Document)][:_ENTRIES]
    return identify(" ".join(f"{document.title or ''} {document.content}" for document in documents)) if documents else None
