"""Records as lines of a JSON Lines file, for those who want files and no streams.

Which events other articles reported is read from the file itself, so that it says coded and mentioned as the streams do.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from worker.happenings import facts, lookups, shelves
from worker.model import Article, EventBody, Record, RecordType
from worker.reports import Known, read, settle
from worker.settings import Settings

EVENTS = frozenset(kind for kind in RecordType if kind.startswith("newsworker.event."))


def make(settings: Settings) -> JsonLines:
    """The sink for these settings: `records.jsonl` in the state directory."""
    return JsonLines(settings.path(settings.state_dir) / "records.jsonl", settings.happenings_max)


class JsonLines:
    """Appends to one file; any number of processes may do so. What is in it is kept in memory."""

    def __init__(self, path: Path, most: int = 100_000) -> None:
        self.path = path
        self._known: set[tuple[str, str]] = set()
        self._memory = Memory(most)
        self._read_to = 0

    def publish(self, article: Article, records: Sequence[Record]) -> bool:
        """Append the records that are not in the file; False if all were.

        An append that a crash cut short is completed by publishing again.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._catch_up(file)
            told = self._memory.settled(article, records)
            new = [record for record in told if (record.source, record.id) not in self._known]
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
            self._memory.note(record)
            self._read_to += len(line)
        file.seek(0, os.SEEK_END)


class Memory:
    """What the lines of the file say of events: `most` of them, the oldest are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._events: dict[str, Known] = {}
        self._shelves: defaultdict[str, set[str]] = defaultdict(set)
        self._reports: dict[str, dict[str, EventBody]] = {}

    def settled(self, article: Article, records: Sequence[Record]) -> list[Record]:
        """The records as they are to be written; those that a cut-short append had written already are as they were."""
        reports = read(records)
        told = self._reports.get(article.id, {})
        before = {event: body for event, body in told.items() if body.article.revision < article.revision}
        places = {name for report in reports for name in lookups(report.facts)}
        events = {*told, *(event for name in places for event in self._shelves.get(name, ()))}
        known = {event: self._events[event] for event in events if event in self._events}
        changes = settle(article, records[0].time if records else "", reports, known, before)
        become = dict(zip((report.record for report in reports), changes, strict=False))
        gone = [change.record for change in changes[len(reports) :]]
        return [become[record].record if record in become else record for record in records] + gone

    def note(self, line: Mapping[str, Any]) -> None:
        """Keep what a line says."""
        kind = line["type"]
        if kind not in EVENTS:
            return
        try:
            body = EventBody.model_validate(line["data"])
        except ValidationError:  # of another version, or another program
            return
        event, article = body.event.id, body.article.id
        if kind in {RecordType.EVENT_UNMENTIONED, RecordType.EVENT_RETRACTED}:
            self._reports.get(article, {}).pop(event, None)
            self._keep(event, [name for name in self._reporters(event) if name != article], body)
        else:
            self._reports.setdefault(article, {})[event] = body
            self._keep(event, dict.fromkeys((*self._reporters(event), article)), body)

    def _reporters(self, event: str) -> tuple[str, ...]:
        return self._events[event].articles if event in self._events else ()

    def _keep(self, event: str, articles: Iterable[str], body: EventBody) -> None:
        was, left = self._forget(event), tuple(articles)
        told = facts(body) if was is None or left[:1] == (body.article.id,) else was.facts
        if not left or not shelves(told):
            return
        self._events[event] = Known(facts=told, articles=left)
        for name in shelves(told):
            self._shelves[name].add(event)
        if len(self._events) > self._most:
            self._forget(next(iter(self._events)))
        if len(self._reports) > self._most:
            del self._reports[next(iter(self._reports))]

    def _forget(self, event: str) -> Known | None:
        known = self._events.pop(event, None)
        for name in shelves(known.facts) if known else ():
            self._shelves[name].discard(event)
            if not self._shelves[name]:
                del self._shelves[name]
        return known


def _line(record: Record) -> bytes:
    """A CloudEvent in its JSON form: the attributes, and the body as `data`."""
    fields = record.fields()
    body = fields.pop("body")
    return json.dumps(fields, ensure_ascii=False)[:-1].encode() + b', "data": ' + body.encode() + b"}\n"
