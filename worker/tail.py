"""Following the streams: entries as they come, from a place on, and what they come to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import redis

from worker.keys import Keys
from worker.record import RecordType, StreamName

STREAMS: tuple[StreamName, ...] = ("events", "quotes", "articles", "dead")
BEGINNING = "0-0"
# redis-py gives up on a command after its socket timeout, 5 s where none is set; blocking must stay below.
BLOCK_MS = 2000
PAGE = 500


class Entry(NamedTuple):
    """One entry of a stream: its place there, its fields, its body read."""

    stream: StreamName
    id: str
    fields: dict[str, str]
    body: dict[str, Any]

    def line(self) -> str:
        """One JSON object: where it stands, the CloudEvents attributes, and the body as an object."""
        said = {"stream": self.stream, "entry": self.id, **self.fields, "body": self.body}
        return json.dumps(said, ensure_ascii=False)


class Follower:
    """Reads streams onward from a place; knows how far it has come. The client must give text."""

    def __init__(self, client: redis.Redis, keys: Keys, streams: Iterable[StreamName] = STREAMS) -> None:
        self._redis = client
        self._names = {keys.stream(name): name for name in streams}
        self._places = dict.fromkeys(self._names, BEGINNING)

    def skip(self) -> None:
        """Go to the end: only what comes from now on is given."""
        for key in self._names:
            newest: Any = self._redis.xrevrange(key, count=1)
            self._places[key] = newest[0][0] if newest else BEGINNING

    def read(self, block_ms: int | None = BLOCK_MS) -> Iterator[Entry]:
        """What there is, oldest first in each stream; waits at most `block_ms` for something to come (None: not)."""
        places: dict[Any, Any] = dict(self._places)
        found: Any = self._redis.xread(places, count=PAGE, block=block_ms)
        pages = found.items() if isinstance(found, Mapping) else found or ()
        for key, entries in pages:
            for place, fields in entries:
                self._places[key] = place
                yield Entry(self._names[key], place, fields, _body(fields))


@dataclass
class Tally:
    """What a number of stream entries come to: `events` once each, by type; `reports` of them as coded, mentioned and so on."""

    articles: int = 0
    quotes: int = 0
    materiel: int = 0
    events: Counter[str] = field(default_factory=Counter)
    reports: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)

    def add(self, entry: Entry) -> None:
        """Count an entry."""
        if entry.stream == "articles":
            self.articles += 1
            self.materiel += len(entry.body.get("materiel", ()))
        elif entry.stream == "events":
            kind = entry.fields.get("type", "")
            self.reports[kind.rpartition(".")[2]] += 1
            if kind == RecordType.EVENT_CODED:
                self.events[entry.body.get("event", {}).get("type", "?")] += 1
        elif entry.stream == "quotes":
            self.quotes += 1
        else:
            self.rejected[entry.body.get("reason", "?")] += 1


def _body(fields: Mapping[str, str]) -> dict[str, Any]:
    """The body as an object; what another program wrote into the stream is shown as it is."""
    try:
        body = json.loads(fields.get("body", ""))
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {"raw": fields.get("body")}
