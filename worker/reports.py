"""What an article's reports come to beside those of other articles: events that are new, told again, or taken back.

The first report of a happening is `coded`, a further one, of another article or of a later revision, is `mentioned` under
the same event id. What a revision does not tell any more is `unmentioned` while other articles report it, else `retracted`.
This module decides; a sink keeps what is known and publishes in the same step what was decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from worker.happenings import Facts, common, contradict, facts, same, shelves
from worker.model import Article, Frozen
from worker.pipeline import reference, source_of
from worker.record import EventBody, Record, RecordType

# What two revisions of one article must have in common where the place in the text is another one: less than two articles.
REVISED = 3
# A trigger at the same place of the text, or in the same words, is the same one, whatever has become of its numbers or parties.
SAME_PLACE = 100


class Known(Frozen):
    """A happening that was reported: what its first report says, and which articles report it, the first in front."""

    facts: Facts
    articles: tuple[str, ...]


class Report(NamedTuple):
    """A record that codes an event, read again."""

    record: Record
    body: EventBody
    facts: Facts


class Change(NamedTuple):
    """A record as it is to be published, and what is then to be kept of its event; None: nothing."""

    record: Record
    event: str
    known: Known | None


def read(records: Sequence[Record]) -> tuple[Report, ...]:
    """The events among the records of an article."""
    return tuple(report for record in records if (report := _read(record)))


def _read(record: Record) -> Report | None:
    if record.type is not RecordType.EVENT_CODED:
        return None
    try:
        body = EventBody.model_validate_json(record.body)
    except ValidationError:  # of another program, or of another version: published as it is
        return None
    return Report(record, body, facts(body))


def settle(
    article: Article, time: str, reports: Sequence[Report], known: Mapping[str, Known], before: Mapping[str, EventBody]
) -> list[Change]:
    """What each report is to be published as, in their order, then what is taken back.

    `known` are the happenings that may be those reported; `before` is what earlier revisions of the article reported, by
    event; `time` is when the records are made.
    """
    again = _of_before(reports, before)
    rest = [number for number in range(len(reports)) if number not in again]
    matched = again | _of_others(rest, reports, {event: one for event, one in known.items() if article.id not in one.articles})
    told = [_told(article, report, matched.get(number), known) for number, report in enumerate(reports)]
    gone = [event for event in before if event not in again.values()]
    return told + [_taken_back(article, time, event, before[event], known.get(event)) for event in gone]


def _of_before(reports: Sequence[Report], before: Mapping[str, EventBody]) -> dict[int, str]:
    """Number of a report -> the event that an earlier revision reported already."""
    earlier = {event: facts(body) for event, body in before.items()}
    pairs = [
        (score, number, event)
        for number, report in enumerate(reports)
        for event, told in earlier.items()
        if (score := _kept(report, before[event], told)) >= REVISED
    ]
    return _one_to_one(pairs)


def _kept(report: Report, body: EventBody, told: Facts) -> int:
    """How surely a revision tells of what the one before told of; corrected numbers are no contradiction."""
    one, two = report.body.event, body.event
    unmoved = one.trigger == two.trigger or report.facts.sentence == told.sentence
    placed = SAME_PLACE * (unmoved and one.type is two.type)
    return placed if contradict(report.facts, told, numbers=False) else placed + common(report.facts, told).total


def _of_others(numbers: Sequence[int], reports: Sequence[Report], known: Mapping[str, Known]) -> dict[int, str]:
    """Number of a report -> the event that other articles reported already."""
    pairs = [
        (score, number, event)
        for number in numbers
        for event, one in known.items()
        if (score := same(reports[number].facts, one.facts))
    ]
    return _one_to_one(pairs)


def _one_to_one(pairs: Sequence[tuple[int, int, str]]) -> dict[int, str]:
    """The surest pairs first; two events of one article are never one event of another."""
    found: dict[int, str] = {}
    for _, number, event in sorted(pairs, key=lambda pair: (-pair[0], *pair[1:])):
        if number not in found and event not in found.values():
            found[number] = event
    return found


def _told(article: Article, report: Report, matched: str | None, known: Mapping[str, Known]) -> Change:
    event = matched or report.body.event.id
    was = known.get(event) if matched else None
    articles = was.articles if was else ()
    if article.id not in articles:
        articles = (*articles, article.id)
    # The first reporter may correct what the event is known by.
    told = report.facts if was is None or articles[0] == article.id else was.facts
    kind = RecordType.EVENT_MENTIONED if matched else RecordType.EVENT_CODED
    name = report.record.id if article.revision == 1 else f"{report.record.id}:{article.revision}"
    body = report.body.model_copy(
        update={"event": report.body.event.model_copy(update={"id": event}), "reports": len(articles)}
    )
    record = report.record.model_copy(update={"type": kind, "id": name, "body": body.model_dump_json()})
    return Change(record, event, Known(facts=told, articles=articles) if shelves(told) else None)


def _taken_back(article: Article, time: str, event: str, body: EventBody, was: Known | None) -> Change:
    left = tuple(name for name in was.articles if name != article.id) if was else ()
    record = Record(
        stream="events",
        type=RecordType.EVENT_UNMENTIONED if left else RecordType.EVENT_RETRACTED,
        id=f"{event}:{article.id}:{article.revision}",
        source=source_of(article),
        subject=article.id,
        time=time,
        body=body.model_copy(update={"article": reference(article), "reports": len(left)}).model_dump_json(),
    )
    return Change(record, event, was.model_copy(update={"articles": left}) if was and left else None)
