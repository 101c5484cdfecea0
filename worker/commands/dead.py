"""`newsworker dead`: what was given up, and why; looked at, tried again, or dropped."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from worker.commands import FAILED, JSON, NOTHING, connected, located, note

if TYPE_CHECKING:
    from worker.dead import Letter, Wanted

Command = Callable[..., Any]


@click.group()
def dead() -> None:
    """List, show, retry and drop what was given up."""


def _choosing(command: Command) -> Command:
    for option in (
        click.option("--source", metavar="SOURCE", help="Those of a source only."),
        click.option("--reason", metavar="REASON", help="Those with a reason only, such as timeout."),
    ):
        command = option(command)
    return command


def _naming(command: Command) -> Command:
    chosen = _choosing(command)
    every = click.option("--all", "every", is_flag=True, help="All of them.")(chosen)
    return click.argument("names", nargs=-1, metavar="[ENTRY|ARTICLE]...")(every)


@dead.command("list")
@_choosing
@click.option("--count", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help="At most N, the newest.")
@JSON
@click.pass_context
def list_(context: click.Context, /, count: int, as_json: bool, **chosen: Any) -> int:
    """Show what was given up, the newest first."""
    from worker import show
    from worker.commands import tables
    from worker.dead import Wanted

    found = _read(context, Wanted(**chosen), count)
    if as_json:
        for letter in found:
            click.echo(letter.line())
    elif found:
        show.console().print(tables.letters(found))
    return 0 if found else _nothing()


@dead.command("show")
@click.argument("name", metavar="ENTRY|ARTICLE")
@JSON
@click.pass_context
def show_(context: click.Context, name: str, as_json: bool) -> int:
    """Show one letter, and what was kept of its work."""
    from worker import show
    from worker.commands import tables
    from worker.dead import Wanted, letters, remains
    from worker.redis import reaching

    settings = located(context)
    with reaching(settings), connected(settings) as client:
        letter = next(letters(client, settings.keys, Wanted((name,))), None)
        kept = remains(client, settings.keys, letter) if letter else {}
    if letter is None:
        return _nothing()
    if as_json:
        click.echo(json.dumps({**json.loads(letter.line()), "kept": kept}, ensure_ascii=False))
    else:
        # In ASCII: nothing of it reaches the terminal but as an escape.
        show.console().print(tables.letters([letter]), json.dumps(kept, indent=1) if kept else "nothing was kept of it")
    return 0


@dead.command()
@_naming
@JSON
@click.pass_context
def retry(context: click.Context, /, names: tuple[str, ...], every: bool, as_json: bool, **chosen: Any) -> int:
    """Hand given-up work to the workers once more.

    Its letters are taken out. What never came in, such as an entry without text, was not kept: hand it in again with
    `newsworker enqueue`.
    """
    from worker.tasks import retry as again

    found = _found(context, names, every=every, chosen=chosen)
    if not found:
        return _nothing()
    failed = False
    for letter, done in again(located(context), found):
        _tell(letter, "sent to the workers" if done else "nothing was kept of it; hand it in again", as_json=as_json, done=done)
        failed = failed or not done
    return FAILED if failed else 0


@dead.command()
@_naming
@JSON
@click.pass_context
def drop(context: click.Context, /, names: tuple[str, ...], every: bool, as_json: bool, **chosen: Any) -> int:
    """Take letters out, with what was kept of their work."""
    from worker.ledger import Ledger
    from worker.redis import reaching

    found = _found(context, names, every=every, chosen=chosen)
    if not found:
        return _nothing()
    settings = located(context)
    with reaching(settings), connected(settings) as client:
        ledger = Ledger(client, settings)
        for letter in found:
            _tell(letter, "dropped", as_json=as_json, done=ledger.drop(letter.entry, letter.body.article))
    return 0


def _found(context: click.Context, names: tuple[str, ...], *, every: bool, chosen: dict[str, str | None]) -> list[Letter]:
    """The letters that are meant; to change all of them takes a word."""
    from worker.dead import Wanted

    if not (names or every or any(chosen.values())):
        message = "say which: an entry or article, --reason, --source, or --all"
        raise click.UsageError(message)
    return _read(context, Wanted(names, **chosen))


def _read(context: click.Context, wanted: Wanted, count: int | None = None) -> list[Letter]:
    from worker.dead import letters
    from worker.redis import reaching

    settings = located(context)
    with reaching(settings), connected(settings) as client:
        return list(islice(letters(client, settings.keys, wanted), count))


def _nothing() -> int:
    note("no such dead letter")
    return NOTHING


def _tell(letter: Letter, what: str, *, as_json: bool, done: bool) -> None:
    if as_json:
        click.echo(json.dumps({"entry": letter.entry, "article": letter.body.article, "done": done}, ensure_ascii=False))
    else:
        note(f"{letter.body.article}: {what}")
