"""`newsworker poll`: sources polled now, with what came of it in words."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import click

from worker.commands import FAILED, JSON, NOTHING, chosen, located, note

if TYPE_CHECKING:
    from worker.settings import Settings
    from worker.sources import SourceConfig


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@JSON
@click.pass_context
def poll(context: click.Context, names: tuple[str, ...], as_json: bool) -> int:
    """Poll sources now, all if none is named.

    What is new goes to the running workers. Tells what came of each poll, and when and why the next one is.
    """
    from worker import show
    from worker.commands import tables
    from worker.schedule.fetches import FAILURES
    from worker.tasks import poll_now

    settings = located(context)
    sources = chosen(names, settings)
    failed, new = False, 0
    for source, fetch in poll_now(settings, sources):
        if as_json:
            told = fetch.model_dump(mode="json") if fetch else {"outcome": None}
            click.echo(json.dumps({"source": source.name, **told}, ensure_ascii=False))
        else:
            show.console().print(tables.polled(source.name, source.url, fetch, dt.datetime.now(dt.UTC)))
        # A host that we leave alone for a moment has not failed us.
        failed = failed or (fetch is not None and fetch.outcome in FAILURES and fetch.reason != "host-busy")
        new += fetch.new if fetch else 0
    _remark(sources, new, settings)
    if not sources:
        return NOTHING
    return FAILED if failed else 0


def _remark(sources: list[SourceConfig], new: int, settings: Settings) -> None:
    """What a person should know who waits for something to come of it."""
    from worker.status import workers

    if not sources:
        note(f"{settings.feeds} has no source to poll; add one with: newsworker feeds add URL")
    elif new and not workers(settings):
        note("no worker answers: what is new waits for newsworker run, or celery -A worker worker")
