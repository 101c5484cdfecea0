"""Records as lines of a JSON Lines file, for those who want files and no streams.

Which events other articles reported is read from the file itself, so that it says coded and mentioned as the streams do.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from pydantic import ValidationError

from worker.happenings import facts, lookups, shelves
from worker.model import Article
from worker.record import EventBody, Record, RecordType
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
            told = self._memory.settled(article, records, file)
            new = [record for record in told if (record.source, record.id) not in self._known]
            file.seek(0, os.SEEK_END)
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
            self._memory.note(record, self._read_to)
            self._read_to += len(line)


class Place(NamedTuple):
    """Where a revision of an article reports an event."""

    revision: int
    offset: int


class Memory:
    """What the lines of the file say of events: of `most` of them, the oldest are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._events: dict[str, str] = {}
        self._shelves: defaultdict[str, set[str]] = defaultdict(set)
        self._reports: dict[str, dict[str, Place]] = {}

    def settled(self, article: Article, records: Sequence[Record], file: IO[bytes]) -> list[Record]:
        """The records as they are to be written; those that a cut-short append had written already are as they were."""
        reports = read(records)
        told = self._reports.get(article.id, {})
        before = {event: _body(file, place) for event, place in told.items() if place.revision < article.revision}
        places = {name for report in reports for name in lookups(report.facts)}
        events = {*told, *(event for name in places for event in self._shelves.get(name, ()))}
        known = {event: one for event in sorted(events) if (one := self._known(event))}
        changes = settle(article, records[0].time if records else "", reports, known, before)
        become = dict(zip((report.record for report in reports), changes, strict=False))
        gone = [change.record for change in changes[len(reports) :]]
        return [become[record].record if record in become else record for record in records] + gone

    def note(self, line: Mapping[str, Any], offset: int) -> None:
        """Keep what a line at a place of the file says."""
        kind = line["type"]
        if kind not in EVENTS:
            return
        try:
            body = EventBody.model_validate(line["data"])
        except ValidationError:  # of another version, or another program
            return
        event, article = body.event.id, body.article
        was = self._forget(event)
        articles = was.articles if was else ()
        if kind in {RecordType.EVENT_UNMENTIONED, RecordType.EVENT_RETRACTED}:
            self._reports.get(article.id, {}).pop(event, None)
            articles = tuple(name for name in articles if name != article.id)
        else:
            self._reports.setdefault(article.id, {})[event] = Place(article.revision, offset)
            articles = tuple(dict.fromkeys((*articles, article.id)))
        if articles:
            first = was is None or articles[0] == article.id
            self._keep(event, Known(facts=facts(body) if first or was is None else was.facts, articles=articles))

    def _known(self, event: str) -> Known | None:
        found = self._events.get(event)
        return Known.model_validate_json(found) if found else None

    def _keep(self, event: str, known: Known) -> None:
        for name in (names := shelves(known.facts)):
            self._shelves[name].add(event)
        if names:
            self._events[event] = known.model_dump_json(exclude_defaults=True)
        if len(self._events) > self._most:
            self._forget(next(iter(self._events)))
        if len(self._reports) > self._most:
            del self._reports[next(iter(self._reports))]

    def _forget(self, event: str) -> Known | None:
        known = self._known(event)
        self._events.pop(event, None)
        for name in shelves(known.facts) if known else ():
            self._shelves[name].discard(event)
            if not self._shelves[name]:
                del self._shelves[name]
        return known


def _body(file: IO[bytes], place: Place) -> EventBody:
    file.seek(place.offset)
    return EventBody.model_validate(json.loads(file.readline())["data"])


def _line(record: Record) -> bytes:
    """A CloudEvent in its JSON form: the attributes, and the body as `data`."""
    fields = record.fields()
    body = fields.pop("body")
    return json.dumps(fields, ensure_ascii=False)[:-1].encode() + b', "data": ' + body.encode() + b"}\n"
