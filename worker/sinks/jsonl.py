"""Records as lines of a JSON Lines file, for those who want files and no streams."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from worker.model import Article, Record
from worker.settings import Settings


def make(settings: Settings) -> JsonLines:
    """The sink for these settings: `records.jsonl` in the state directory."""
    return JsonLines(settings.path(settings.state_dir) / "records.jsonl")


class JsonLines:
    """Appends to one file; any number of processes may do so. Which records are in it is kept in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: set[tuple[str, str]] = set()
        self._read_to = 0

    def publish(self, article: Article, records: Sequence[Record]) -> bool:  # noqa: ARG002  the records say it all
        """Append the records that are not in the file; False if all were.

        An append that a crash cut short is completed by publishing again.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._catch_up(file)
            new = [record for record in records if (record.source, record.id) not in self._known]
            file.write(b"".join(_line(record) for record in new))
            file.flush()
            os.fsync(file.fileno())
            self._catch_up(file)
        return bool(new)

    def _catch_up(self, file: IO[bytes]) -> None:
        """Read what was appended since, here or elsewhere; cut off half a line that a crash left."""
        file.seek(self._read_to)
        for line in file:
            if not line.endswith(b"\n"):
                file.truncate(self._read_to)
                break
            record = json.loads(line)
            self._known.add((record["source"], record["id"]))  # together they name an event, says CloudEvents
            self._read_to += len(line)
        file.seek(0, os.SEEK_END)


def _line(record: Record) -> bytes:
    """A CloudEvent in its JSON form: the attributes, and the body as `data`."""
    fields = record.fields()
    body = fields.pop("body")
    return json.dumps(fields, ensure_ascii=False)[:-1].encode() + b', "data": ' + body.encode() + b"}\n"
