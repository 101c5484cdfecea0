"""What people see of sources: tables of them, of their polls, of what is good and bad about a feed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from worker.fetches import FAILURES, Fetch
from worker.interval import span
from worker.roster import Health, Row
from worker.show import plain

_HEALTH = {Health.FAILING: "red", Health.SILENT: "yellow", Health.GOOD: "green"}


def roster(rows: Iterable[Row], now: dt.datetime) -> RenderableType:
    """A row a source; what somebody should look at stands out."""
    table = _table("source", "health", "a day", "last", "next", "what came of it, and why then")
    for row in rows:
        table.add_row(
            Text(plain(row.name), style="bold"),
            Text(_health(row), style=_HEALTH.get(row.health, "dim")),
            Text("" if row.news_a_day is None else f"{row.news_a_day:.3g}", justify="right"),
            Text(_ago(row.last, now)),
            Text(_until(row.next, now) if row.enabled else ""),
            _story(row),
        )
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for number, name in enumerate(columns):
        last = number == len(columns) - 1
        table.add_column(name, header_style="dim", overflow="fold", ratio=1 if last else None, no_wrap=not last and number > 0)
    return table


def _health(row: Row) -> str:
    return f"{row.health} ({row.failures})" if row.health is Health.FAILING else str(row.health)


def _ago(moment: dt.datetime | None, now: dt.datetime) -> str:
    return f"{span(max((now - moment).total_seconds(), 0))} ago" if moment else ""


def _until(moment: dt.datetime | None, now: dt.datetime) -> str:
    if moment is None:
        return ""
    return "now" if moment <= now else f"in {span((moment - now).total_seconds())}"


def _story(row: Row) -> Text:
    lines = [plain(line) for line in (row.result, row.because) if line]
    return Text("\n".join(lines)).append("\n" * bool(lines) + plain(row.url), style="dim")


def fetches(source: Row, polls: Iterable[Fetch], now: dt.datetime) -> RenderableType:
    """The last polls of one source, the newest in front."""
    table = _table("at (UTC)", "outcome", "HTTP", "took", "bytes", "new", "what came of it, and what followed")
    table.title, table.title_justify = Text(f"{plain(source.name)}  {plain(source.url)}", style="bold"), "left"
    table.caption = Text(f"next poll {_until(source.next, now) or 'not set'}", style="dim")
    table.caption_justify = "left"
    for poll in polls:
        table.add_row(
            Text(plain(poll.at)[:16].replace("T", " ")),
            Text(poll.outcome, style="red" if poll.outcome in FAILURES else "green"),
            Text(str(poll.status or "")),
            Text(f"{poll.seconds:.2f} s", justify="right"),
            Text(f"{poll.size:,}" if poll.size else "", justify="right"),
            Text(f"{poll.new}/{poll.entries}" if poll.entries else "", justify="right"),
            Text("\n".join(plain(line) for line in (poll.message or poll.reason, poll.because) if line)),
        )
    return table


def polled(name: str, poll: Fetch | None, now: dt.datetime) -> Text:
    """What came of a poll, in two lines."""
    if poll is None:
        return Text.assemble((plain(name), "bold"), "  is being polled by a worker just now")
    style = "red" if poll.outcome in FAILURES else "green"
    told = plain(poll.message or poll.reason)
    first = Text.assemble((plain(name), "bold"), "  ", (poll.outcome, style), f"  {told} ({poll.seconds:.1f} s)")
    due = dt.datetime.fromisoformat(poll.next) if poll.next else None
    return first.append(f"\n  next {_until(due, now)}: {plain(poll.because)}", style="dim") if due else first
