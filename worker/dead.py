"""Dead letters: what was given up, to be looked at, tried again, or dropped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import redis
from pydantic import ValidationError

from worker.keys import QUEUES, Keys
from worker.record import DeadBody

# Letters that are read at once; some are a few kilobytes.
PAGE = 500


class Letter(NamedTuple):
    """A dead letter: its entry in the stream, when it was written (UTC), and what it says."""

    entry: str
    time: str
    body: DeadBody

    def line(self) -> str:
        """One JSON object."""
        return json.dumps({"entry": self.entry, "time": self.time, **self.body.model_dump(mode="json")}, ensure_ascii=False)


class Wanted(NamedTuple):
    """Which letters: all that fit what is given. `names` are entries or articles."""

    names: tuple[str, ...] = ()
    reason: str | None = None
    source: str | None = None

    def fits(self, letter: Letter) -> bool:
        """Whether a letter is among them."""
        body = letter.body
        named = not self.names or letter.entry in self.names or body.article in self.names
        return named and self.reason in {None, body.reason} and self.source in {None, body.source}


def letters(client: redis.Redis, keys: Keys, wanted: Wanted) -> Iterator[Letter]:
    """The letters that are wanted, the newest first. Letters that another program wrote are passed over."""
    end = "+"
    while page := _page(client, keys, end):
        for entry, fields in page:
            letter = _letter(entry, fields)
            if letter and wanted.fits(letter):
                yield letter
        end = f"({page[-1][0]}"


def remains(client: redis.Redis, keys: Keys, letter: Letter) -> dict[str, Any]:
    """What was kept of the work, by stage: the document or article that it was about."""
    kept: Any = client.hgetall(keys.document(letter.body.article))
    return {stage: json.loads(kept[stage]) for stage in QUEUES if kept.get(stage)}


def _page(client: redis.Redis, keys: Keys, end: str) -> list[tuple[str, dict[str, str]]]:
    found: Any = client.xrevrange(keys.dead, max=end, count=PAGE)
    return list(found)


def _letter(entry: str, fields: dict[str, str]) -> Letter | None:
    try:
        return Letter(entry, fields.get("time", ""), DeadBody.model_validate_json(fields.get("body", "")))
    except ValidationError:
        return None
