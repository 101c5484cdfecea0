"""Groups of commands, and what all commands share: their settings, the broker that they reach, how they complain."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import click

from worker import settings as settings_module
from worker.errors import NewsworkerError
from worker.settings import Settings

if TYPE_CHECKING:
    import redis

    from worker.sources import SourceConfig

FAILED, USAGE, NOTHING = 1, 2, 3

JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")


def given(context: click.Context) -> Settings:
    """The settings. Raises Misconfigured."""
    return settings_module.load(context.obj)


def located(context: click.Context) -> Settings:
    """The settings with the address of a Redis that answers. Raises BrokerUnreachable."""
    from worker.embedded import locate
    from worker.redis import reaching

    settings = given(context)
    found = settings.model_copy(update={"redis_url": locate(settings)})
    with reaching(found), connected(found) as client:
        client.ping()
    return found


def connected(settings: Settings) -> redis.Redis:
    """A connection to the Redis of the settings."""
    from worker.redis import connect

    return connect(settings)


def complain(error: NewsworkerError) -> None:
    """One line on standard error, safe for a terminal."""
    from worker.show import plain

    click.echo(f"newsworker: {plain(error.message)}", err=True)


def note(text: str) -> None:
    """A remark on standard error, safe for a terminal."""
    from worker.show import plain

    click.echo(plain(text), err=True)


def chosen(names: tuple[str, ...], settings: Settings) -> list[SourceConfig]:
    """The sources of these names, in their order; all that are enabled if there is none. Raises UsageError for others."""
    from worker import catalogue

    known = {source.name: source for source in catalogue.sources(settings.path(settings.feeds))}
    if not names:
        return [source for source in known.values() if source.enabled]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            message = f"{settings.feeds} has no source called {name!r}{hint}"
            raise click.UsageError(message)
    return [known[name] for name in dict.fromkeys(names)]
