"""`newsworker forget` and `newsworker replay`: articles that nobody wants, and those that are wanted once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from worker.commands import FAILED, connected, located, note

if TYPE_CHECKING:
    from worker.ledger import Ledger

NAMES = click.argument("names", nargs=-1, required=True, metavar="ARTICLE|URL...")


@click.command()
@NAMES
@click.pass_context
def forget(context: click.Context, names: tuple[str, ...]) -> int:
    """Take articles out for good: what waits is dropped, and they are not accepted again.

    What was published stays published. `newsworker replay` takes it back.
    """
    return _each(context, names, lambda ledger, article: ledger.forget(article), "forgotten")


@click.command()
@NAMES
@click.pass_context
def replay(context: click.Context, names: tuple[str, ...]) -> int:
    """Have articles accepted once more, as a revision, when their source offers them next.

    The same text gives the same events, under the same ids. To offer it at once: `newsworker poll` or `newsworker enqueue`.
    """
    return _each(context, names, lambda ledger, article: ledger.replay(article), "will be accepted once more")


def _each(context: click.Context, names: tuple[str, ...], act: Callable[[Ledger, str], bool], done: str) -> int:
    from worker.dedupe import Kind
    from worker.dedupe import names as names_of
    from worker.ledger import Ledger
    from worker.model import Document
    from worker.redis import reaching

    settings, failed = located(context), False
    with reaching(settings), connected(settings) as client:
        ledger = Ledger(client, settings)
        for name in names:
            [owners] = ledger.archive.owners([names_of(Document(content="", url=name), Kind.URL)])
            found = act(ledger, owners[0] or name)
            note(f"{name}: {done if found else 'nothing is known of it'}")
            failed = failed or not found
    return FAILED if failed else 0
