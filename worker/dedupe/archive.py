"""What is known of articles: who has a name, what is said of an article, and the texts that are kept.

Articles are only looked up here; the ledger writes what is known of them, in the step in which it accepts them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import redis
from pydantic import Field
from redis.client import NEVER_DECODE, Pipeline

from worker.dedupe.trust import Trust
from worker.model import Article, Frozen
from worker.settings import Settings

# Six bytes tell 100,000 articles apart; a clash would only make one of them unknown as a story.
MARK_BYTES = 6
# The fastest level takes a text to half, and a third of the time of the usual one.
LEVEL = 1
# Texts that are compared with a new one at most, those with most bands in common.
MOST_CANDIDATES = 8


class About(Frozen):
    """What is remembered of an article besides its text; `guids` by source, `title` and addresses as digests.

    `words` is how long its latest text was, which is remembered longer than the text itself.
    """

    source: str = ""
    title: str = ""
    urls: tuple[str, ...] = ()
    words: int = 0
    guids: dict[str, str] = Field(default_factory=dict)
    story: str | None = None
    copy_of: str | None = None
    originator: str | None = None


class Kept(NamedTuple):
    """An article's text, with what a later article of its story needs to know."""

    id: str
    title: str | None
    text: str
    source: str | None
    story: str
    originator: str | None


def mark(article: str) -> str:
    """A short name for an article, as the shards have it."""
    return base64.urlsafe_b64encode(hashlib.sha256(article.encode("utf8", "surrogatepass")).digest()[:MARK_BYTES]).decode()


def pack(article: Article, bands: bytes) -> bytes:
    """The article as it is kept; what is in front is read by the scripts."""
    said = (article.id, article.title, article.source, article.story or article.id, article.originator)
    text = zlib.compress(article.text.encode("utf8", "surrogatepass"), LEVEL)
    return b"%d\n%b%b\n%b" % (len(bands), bands, json.dumps(said).encode(), text)


def unpack(value: bytes) -> Kept:
    """What `pack` packed."""
    size, _, rest = value.partition(b"\n")
    said, _, text = rest[int(size) :].partition(b"\n")
    name, title, source, story, originator = json.loads(said)
    return Kept(name, title, zlib.decompress(text).decode("utf8", "surrogatepass"), source, story, originator)


class Archive:
    """Looks things up in a Redis server, for many articles in one round trip."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._redis, self._settings, self._keys = client, settings, settings.keys

    def owners(self, names: Sequence[Sequence[str]]) -> list[list[str]]:
        """For the names of each article, who has them; "" for nobody."""
        with self._pipe() as pipe:
            for found in names:
                pipe.mget([self._keys.name(name) for name in found])
            answers: list[Any] = pipe.execute()
        return [[owner or "" for owner in answer] for answer in answers]

    def recall(self, articles: Iterable[str], marks: Iterable[str]) -> tuple[dict[str, About], dict[str, Kept]]:
        """What is remembered of these articles, by id, and the texts with these marks, by mark."""
        names, wanted = list(articles), list(marks)
        if not names and not wanted:
            return {}, {}
        with self._pipe() as pipe:
            for article in names:
                pipe.hget(self._keys.seen(article), "about")
            for one in wanted:
                # Bytes, which are no text: this is how the client is told.
                pipe.execute_command("GET", self._keys.text(one), **{NEVER_DECODE: []})  # type: ignore[no-untyped-call]
            answers: list[Any] = pipe.execute()
        abouts = zip(names, answers[: len(names)], strict=True)
        texts = zip(wanted, answers[len(names) :], strict=True)
        return (
            {article: About.model_validate_json(value) for article, value in abouts if value},
            {one: unpack(value) for one, value in texts if value},
        )

    def trust(self, source: str) -> Trust:
        """What is known of the names that a source gives."""
        value: Any = self._redis.get(self._keys.trust(source)) if source else None
        return Trust.model_validate_json(value) if value else Trust()

    def note(self, source: str, trust: Trust) -> None:
        """Keep what is known of a source's names; if two polls end at once, the checks of one of them are not counted."""
        if source:
            self._redis.set(self._keys.trust(source), trust.model_dump_json(), ex=self._settings.retention_seconds)

    def _pipe(self) -> Pipeline:
        return self._redis.pipeline(transaction=False)
