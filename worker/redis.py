"""The connection to Redis, and the scripts that run inside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.backoff import ExponentialBackoff
from redis.commands.core import Script
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from worker.errors import BrokerUnreachable, Misconfigured
from worker.settings import ENV, Settings

# A command waits so long; above the longest that a script of ours can take, and above kombu's BRPOP block of 1 s.
SOCKET_SECONDS = 15
CONNECT_SECONDS = 5
# A connection that was idle for so long is tried before it is used.
HEALTH_SECONDS = 10
# A command is repeated after 0.1, 0.2, 0.4, ... s, at most 2 s. Four for a person who waits: 0.7 s in all.
RETRIES = 3
# A worker rides out the restart of a server: 10 s in all. All scripts may be repeated without harm.
WORKER_RETRIES = 8

UNREACHABLE = (RedisConnectionError, RedisTimeoutError)


def connect(settings: Settings, retries: int = RETRIES) -> redis.Redis:
    """A client for `settings.redis_url` that gives text; it connects at the first command.

    Raises Misconfigured if no address is set or it is no Redis address.
    """
    url = address(settings)
    options: dict[str, Any] = {"socket_timeout": SOCKET_SECONDS, "health_check_interval": HEALTH_SECONDS}
    if not url.startswith("unix:"):
        options |= {"socket_connect_timeout": CONNECT_SECONDS, "socket_keepalive": True}
    retry = Retry(ExponentialBackoff(cap=2, base=0.1), retries)
    try:
        return redis.Redis.from_url(url, decode_responses=True, retry=retry, **options)
    except ValueError as error:
        message = f"{ENV}REDIS_URL: {masked(url)}: {error}"
        raise Misconfigured(message, stage="settings", reason="redis_url") from None


def address(settings: Settings) -> str:
    """The address that is set. Raises Misconfigured if there is none."""
    if settings.redis_url:
        return settings.redis_url
    message = (
        f"no Redis is set: give its address in {ENV}REDIS_URL (redis://host:6379/0, rediss://... or unix:///path), "
        "or let `newsworker run` start a server and the workers for you"
    )
    raise Misconfigured(message, stage="settings", reason="redis_url")


@contextmanager
def reaching(settings: Settings) -> Iterator[None]:
    """Turn the many ways in which a server does not answer into one BrokerUnreachable that says what to do."""
    try:
        yield
    except UNREACHABLE as error:
        raise unreachable(settings, error) from error


def unreachable(settings: Settings, error: BaseException) -> BrokerUnreachable:
    """The error for a server that does not answer."""
    message = (
        f"no Redis answers at {masked(settings.redis_url)} ({error}): "
        f"start `newsworker run` in another terminal, or correct {ENV}REDIS_URL"
    )
    return BrokerUnreachable(message, stage="broker", reason="unreachable")


def masked(url: str) -> str:
    """An address that may be shown: without its password."""
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url


def script(client: redis.Redis, name: str) -> Script:
    """A script of worker/lua, with what all of them share in front. Sent once, then called by its digest."""
    return client.register_script(_source("common") + _source(name))


def is_full(error: RedisError) -> bool:
    """Whether the server refused to write because it is at its `maxmemory`."""
    return "OOM" in str(error) or "maxmemory" in str(error)


@cache
def _source(name: str) -> str:
    return (files("worker") / "lua" / f"{name}.lua").read_text(encoding="utf8")
