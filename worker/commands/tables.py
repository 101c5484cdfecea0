"""What people see of sources: lists of them, of their polls, of what is good and bad about a feed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from worker.checkup import Finding, Grade
from worker.dead import Letter
from worker.polling.roster import Health, Row
from worker.schedule.fetches import FAILURES, Fetch
from worker.schedule.interval import span
from worker.show import plain

_AREAS = {"served": "How it is served", "written": "How it is written", "content": "What is in it"}
_GRADES = {Grade.GOOD: ("+", "green"), Grade.FAIR: ("o", "yellow"), Grade.BAD: ("-", "bold red")}
_HEALTH = {Health.FAILING: "red", Health.SILENT: "yellow", Health.GOOD: "green"}


class _Line(NamedTuple):
    """Cells under their headings, and below them sentences over the whole width: those fit no column."""

    cells: Sequence[Text]
    sentences: Sequence[str]


def roster(rows: Iterable[Row], now: dt.datetime) -> RenderableType:
    """The sources; what somebody should look at stands out."""
    return _listed(("source", "health", "news a day", "last poll", "next poll"), [_source(row, now) for row in rows])


def _source(row: Row, now: dt.datetime) -> _Line:
    cells = (
        Text(plain(row.name), style="bold"),
        Text(f"{row.health} ({row.failures})" if row.failures else str(row.health), style=_HEALTH.get(row.health, "dim")),
        Text("" if row.news_a_day is None else f"{row.news_a_day:.3g}"),
        Text(_ago(row.last, now)),
        Text(_until(row.next, now) if row.enabled else ""),
    )
    moved = f"has moved for good to {row.moved_to}; newsworker feeds follow writes that down" if row.moved_to else ""
    return _Line(cells, (row.url, moved, row.result.replace(f"{row.url}: ", ""), row.because if row.enabled else ""))


def fetches(source: Row, polls: Iterable[Fetch], now: dt.datetime) -> RenderableType:
    """The last polls of one source, the newest in front."""
    about = Text(f"{plain(source.name)}  {plain(source.url)}", style="bold")
    if source.next and source.enabled:
        about.append(f"\nnext poll {_until(source.next, now)}")
    return Group(
        about, _listed(("at (UTC)", "outcome", "HTTP", "took", "bytes", "new"), [_fetch(source, poll) for poll in polls])
    )


def _fetch(source: Row, poll: Fetch) -> _Line:
    cells = (
        Text(plain(poll.at)[:16].replace("T", " ")),
        Text(poll.outcome, style=_colour(poll)),
        Text(str(poll.status or "")),
        Text(f"{poll.seconds:.2f} s"),
        Text(f"{poll.size:,}" if poll.size else ""),
        Text(f"{poll.new} of {poll.entries}" if poll.entries else ""),
    )
    return _Line(cells, (_told(source.url, poll), poll.because and f"then: {poll.because}"))


def polled(name: str, url: str, poll: Fetch | None, now: dt.datetime) -> RenderableType:
    """What came of a poll."""
    first = Text(plain(name), style="bold")
    if poll is None:
        return first.append(
            "  not now: a worker polls it, or its server asked to be left alone (newsworker feeds list says until when)",
            style="not bold",
        )
    first.append_text(Text.assemble("  ", (poll.outcome, _colour(poll)), f"  {poll.seconds:.1f} s", style="not bold"))
    due = dt.datetime.fromisoformat(poll.next) if poll.next else None
    because = f"next {_until(due, now)}: {poll.because}" if due else ""
    return Group(first, *_below((_told(url, poll), because)))


def _colour(poll: Fetch) -> str:
    return "red" if poll.outcome in FAILURES else "green"


def _told(url: str, poll: Fetch) -> str:
    return (poll.message or poll.reason).replace(f"{url}: ", "")


def letters(found: Sequence[Letter]) -> RenderableType:
    """What was given up."""
    return _listed(("entry", "at (UTC)", "stage", "reason", "article"), [_letter(letter) for letter in found])


def _letter(letter: Letter) -> _Line:
    body = letter.body
    cells = (letter.entry, letter.time[:16].replace("T", " "), body.stage, body.reason, body.article[:80])
    return _Line([Text(plain(cell)) for cell in cells], (body.message,))


def checkup(place: str, found: Sequence[Finding]) -> RenderableType:
    """A feed's findings by area, with what they mean and what to do about what is not good."""
    shown: list[RenderableType] = [Text(plain(place), style="bold"), Text(_sum(found))]
    for area, heading in _AREAS.items():
        here = [item for item in found if item.area == area]
        shown += [Text(f"\n{heading}", style="bold"), *map(_finding, here)] if here else []
    return Group(*shown)


def _sum(found: Sequence[Finding]) -> str:
    counts = Counter(item.grade for item in found)
    return ", ".join(f"{counts[grade]} {grade}" for grade in Grade if counts[grade])


def _finding(item: Finding) -> RenderableType:
    mark, style = _GRADES[item.grade]
    text = _Indented(Text(plain(item.fact)), Text(f"{mark} ", style=style))
    advice = f"{item.advice} ({item.standard})" if item.advice and item.standard else item.advice
    return Group(text, *_below((item.means,)), *_below((advice,), style="none"))


def _listed(headings: Sequence[str], lines: Sequence[_Line]) -> RenderableType:
    columns = zip(*([Text(name) for name in headings], *(line.cells for line in lines)), strict=True)
    widths = [max(cell_len(cell.plain) for cell in column) for column in columns]
    shown: list[RenderableType] = [_row([Text(name, style="dim") for name in headings], widths)]
    for line in lines:
        shown += [_row(line.cells, widths), *_below(line.sentences)]
    return Group(*shown)


def _row(cells: Sequence[Text], widths: Sequence[int]) -> Text:
    line = Text()
    for cell, width in zip(cells, widths, strict=True):
        line.append_text(cell).append(" " * (width - cell_len(cell.plain) + 2))
    line.rstrip()
    return line


def _below(sentences: Iterable[str], style: str = "dim") -> list[RenderableType]:
    return [_Indented(Text(plain(sentence), style=style)) for sentence in sentences if sentence]


class _Indented:
    """Text set in by two columns, a mark before its first line, without the blanks that rich puts behind lines."""

    def __init__(self, text: Text, mark: Text | None = None) -> None:
        self._text, self._mark = text, mark

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lead = self._mark
        for line in self._text.wrap(console, max(options.max_width - 2, 1), overflow="fold"):
            line.rstrip()
            yield Text.assemble(lead or "  ", line)
            lead = None


def _ago(moment: dt.datetime | None, now: dt.datetime) -> str:
    return f"{span(max((now - moment).total_seconds(), 0))} ago" if moment else ""


def _until(moment: dt.datetime | None, now: dt.datetime) -> str:
    if moment is None:
        return ""
    return "now" if moment <= now else f"in {span((moment - now).total_seconds())}"
