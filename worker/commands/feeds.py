"""`newsworker feeds`: the sources that are polled; what is known of them, and adding more."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worker.commands import FAILED, JSON, NOTHING, chosen, complain, connected, given, located, note
from worker.errors import BrokerUnreachable, NewsworkerError

if TYPE_CHECKING:
    from worker.catalogue import Taken
    from worker.checkup import Observation
    from worker.polling.roster import Row
    from worker.schedule.fetches import Fetch
    from worker.settings import Settings
    from worker.sources import SourceConfig

# Titles that `add` shows: enough to see whether it is the feed that was meant.
TITLES = 5


@click.group()
def feeds() -> None:
    """List, add, check, import and export the sources."""


@feeds.command("list")
@click.argument("name", required=False)
@JSON
@click.pass_context
def list_(context: click.Context, name: str | None, as_json: bool) -> int:
    """Show the sources and how they are.

    With a NAME, the last 30 polls of that source. Without a broker, what the file says.
    """
    from worker import catalogue, show
    from worker.commands import tables

    settings = given(context)
    sources = catalogue.sources(settings.path(settings.feeds))
    if name is not None:
        sources = tuple(source for source in sources if source.name == name)
    if not sources:
        note(f"{settings.feeds} has no source" + (f" called {name}" if name else ""))
        return NOTHING
    listed, polls = _known(context, sources, with_polls=name is not None)
    found: list[Row] | list[Fetch] = listed if name is None else polls
    now = dt.datetime.now(dt.UTC)
    if as_json:
        for item in found:
            click.echo(item.model_dump_json())
    elif name is None:
        show.console().print(tables.roster(listed, now))
    else:
        show.console().print(tables.fetches(listed[0], polls, now))
    return 0


def _known(context: click.Context, sources: Sequence[SourceConfig], *, with_polls: bool) -> tuple[list[Row], list[Fetch]]:
    """How the sources are, and the last polls of the first; without a broker what the file says, with a note."""
    from worker.polling.roster import moves, rows
    from worker.redis import reaching
    from worker.schedule import Schedule

    try:
        settings = located(context)
    except BrokerUnreachable as error:
        note(f"this is what the file says: {error.message}")
        return rows(sources, None), []
    with reaching(settings), connected(settings) as client:
        schedule = Schedule(client, settings)
        listed = rows(sources, schedule, moves(sources, client, settings.keys))
        return listed, schedule.fetches(sources[0]) if with_polls else []


@feeds.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@JSON
@click.pass_context
def follow(context: click.Context, names: tuple[str, ...], as_json: bool) -> int:
    """Write down where feeds have moved for good.

    A feed is polled at its new address once its server has said so often enough; this puts the address into the file, for
    all sources if none is named. Everything else in the file stays as it is.
    """
    from worker import catalogue
    from worker.polling.roster import moves
    from worker.redis import reaching

    settings = located(context)
    sources = chosen(names, settings)
    with reaching(settings), connected(settings) as client:
        moved = moves(sources, client, settings.keys)
    catalogue.move(settings.path(settings.feeds), moved)
    for name, url in moved.items():
        click.echo(json.dumps({"name": name, "url": url}, ensure_ascii=False)) if as_json else note(f"{name} is now {url}")
    if not moved:
        note("no feed has moved for good")
    return 0 if moved else NOTHING


@feeds.command()
@click.argument("url")
@click.option("--name", metavar="NAME", help="Stands in every record; made from the feed's title unless given.")
@click.option("--interval", metavar="TIME", help='A fixed interval such as "15m", instead of one that follows the news.')
@click.option("--fulltext", type=click.Choice(["auto", "always", "never"]), help="Whether to fetch the articles' pages.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="May be given several times.")
@JSON
@click.pass_context
def add(context: click.Context, /, url: str, as_json: bool, **wanted: Any) -> int:
    """Add the feed of a site.

    URL is a site's or a feed's. The feed is read once and shown; a running service polls it at once.
    """
    from worker import catalogue
    from worker.catalogue import subscribing

    settings = given(context)
    path = settings.path(settings.feeds)
    catalogue.sources(path)  # what is wrong with the file is said before anything is fetched
    try:
        found = subscribing.look(url, settings)
    except NewsworkerError as error:
        complain(error)
        return NOTHING if error.reason == "no-feed" else FAILED
    source = subscribing.source(found, {key: value for key, value in wanted.items() if value})
    taken = catalogue.add(path, [source])
    for title in found.titles[:TITLES]:
        note(f"  {title}")
    note(f"{len(found.feed.entries)} entries at {found.link.url}")
    for other in found.others:
        note(f"another feed of this site: {other.url}  {other.title or ''}".rstrip())
    _report(taken, settings, as_json=as_json)
    return 0


def _report(taken: Taken, settings: Settings, *, as_json: bool) -> None:
    """What is in the file now, and what was there before."""
    rows = [(source, "added", "") for source in taken.added]
    rows += [(source, "known", there.name) for source, there in taken.known]
    for source, outcome, other in rows:
        if as_json:
            line = {"outcome": outcome, "name": other or source.name, "url": source.url, "title": source.title}
            click.echo(json.dumps(line, ensure_ascii=False))
        elif other:
            note(f"there already, as {other}: {source.url}")
        else:
            note(f"added to {settings.feeds} as {source.name}")


@feeds.command()
@click.argument("place", metavar="URL|NAME|FILE")
@JSON
@click.pass_context
def check(context: click.Context, place: str, as_json: bool) -> int:
    """Say what a feed does well and badly.

    For its owner: how it is served and written and what is in it, what that means for readers, what to do, and which
    standard says so. A site's address is checked as it stands; `feeds add` finds its feed. Exit code 1 if anything is bad.
    """
    from worker import show
    from worker.checkup import Grade, findings
    from worker.commands import tables

    seen = _observed(place, given(context))
    found = findings(seen)
    if as_json:
        for item in found:
            click.echo(item.model_dump_json())
    else:
        show.console().print(tables.checkup(seen.url, found))
    return FAILED if any(item.grade is Grade.BAD for item in found) else 0


def _observed(place: str, settings: Settings) -> Observation:
    from worker import catalogue
    from worker.arguments import is_address
    from worker.checkup import inspection
    from worker.sources import SourceConfig, address_fault

    now = dt.datetime.now(dt.UTC)
    if is_address(place):
        if fault := address_fault(place):
            message = f"{place.rpartition('@')[2]}: {fault}"
            raise NewsworkerError(message, stage="check", reason="address")
        return inspection.of_source(SourceConfig(name="check", url=place), settings, now)
    named = [source for source in catalogue.sources(settings.path(settings.feeds)) if source.name == place]
    if named:
        return inspection.of_source(named[0], settings, now)
    if not Path(place).exists():
        message = (
            f"{place}: no source of {settings.feeds} is called so, and there is no such file; an address begins with https://"
        )
        raise NewsworkerError(message, stage="check", reason="unknown")
    return inspection.of_file(Path(place), settings, now)


@feeds.command("import")
@click.argument("file", metavar="FILE|-")
@click.option("--trust", is_flag=True, help="Take sources too that name code to run or places of secrets.")
@JSON
@click.pass_context
def import_(context: click.Context, file: str, trust: bool, as_json: bool) -> int:
    """Add the feeds of a list.

    OPML as other readers write it, or a file such as feeds.toml. Addresses that are there already are passed over.
    """
    from worker import catalogue, show
    from worker.catalogue import importing
    from worker.sources import SourceConfig

    settings = given(context)
    counts: Counter[str] = Counter()
    wanted = []
    for item in importing.read(_content(file, settings.max_file_bytes), file, trust=trust):
        if isinstance(item, SourceConfig):
            wanted.append(item)
        else:
            complain(item)
            counts[f"rejected:{item.reason}"] += 1
    taken = catalogue.add(settings.path(settings.feeds), wanted)
    _report(taken, settings, as_json=as_json)
    counts += Counter(added=len(taken.added), known=len(taken.known))
    note(show.reasons(counts))
    if not counts:
        return NOTHING
    return FAILED if any(name.startswith("rejected") for name in counts) else 0


def _content(place: str, limit: int) -> bytes:
    """What a file or standard input holds. Raises NewsworkerError if it is more than it may be."""
    try:
        if place == "-":
            content = sys.stdin.buffer.read(limit + 1)
        else:
            with Path(place).open("rb") as file:
                content = file.read(limit + 1)
    except OSError as error:
        raise click.FileError(place, hint=error.strerror) from None
    if len(content) > limit:
        message = f"{place}: more than {limit} bytes (setting max_file_bytes)"
        raise NewsworkerError(message, stage="import", reason="too-large")
    return content


@feeds.command()
@click.option("--opml", "as_opml", is_flag=True, help="For other readers, instead of a file such as feeds.toml.")
@click.pass_context
def export(context: click.Context, as_opml: bool) -> int:
    """Print the sources, without secrets.

    `newsworker feeds import` reads both forms.
    """
    from worker import catalogue
    from worker.catalogue import opml
    from worker.sources import SECRETS

    settings = given(context)
    sources = catalogue.sources(settings.path(settings.feeds))
    click.echo(opml.write(sources) if as_opml else catalogue.write(sources), nl=False)
    for source in sources:
        if kept := [key for key in sorted(SECRETS) if getattr(source, key)]:
            note(f"{source.name}: {', '.join(kept)} left out")
    return 0 if sources else NOTHING


@feeds.command()
@click.argument("name")
@click.pass_context
def unread(context: click.Context, name: str) -> int:
    """Write out what came when a source could not be read.

    The beginning of its last such answer; kept for a week, or until it can be read again. A file or a pipe gets the bytes
    as they came, a terminal what it can show.
    """
    from worker import show
    from worker.polling import unread as answers

    settings = located(context)
    with connected(settings) as client:
        body = answers.load(client, settings, name)
    if body is None:
        note(f"no answer of {name} is kept: it was read at its last poll, or was not polled for a week")
        return NOTHING
    if _on_terminal():
        click.echo("\n".join(map(show.plain, body.decode("utf8", "replace").splitlines())))
    else:
        sys.stdout.buffer.write(body)
    return 0


def _on_terminal() -> bool:
    return sys.stdout.isatty()
