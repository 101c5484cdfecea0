"""Where records go: one module a sink, named by the setting `sink`.

`redis_streams` names worker/sinks/redis_streams.py, whose `make(settings)` gives the sink; "package.module:function"
names a function elsewhere that does so. A sink publishes all records of an article, or none, and knows them again.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module

from worker.errors import Misconfigured
from worker.record import Sink
from worker.settings import Settings


def load(settings: Settings) -> Sink:
    """The sink that `settings.sink` names. Raises Misconfigured if there is no such sink."""
    return _maker(settings.sink)(settings)


def names() -> tuple[str, ...]:
    """The sinks that come with newsworker."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def _maker(name: str) -> Callable[[Settings], Sink]:
    module, _, function = name.partition(":") if ":" in name else (f"{__name__}.{name}", "", "make")
    try:
        maker: Callable[[Settings], Sink] = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        message = f'sink: {name!r} cannot be loaded ({error}); known are {", ".join(names())}, or "package.module:function"'
        raise Misconfigured(message, stage="settings", reason="sink") from error
    return maker
