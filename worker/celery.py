"""The Celery app: `celery -A worker worker -Q extract` works, with NEWSWORKER_REDIS_URL naming the Redis server.

Celery carries ids and restarts what is killed; that nothing is lost is the ledger's doing. Each choice below was made
for that: messages are acknowledged when their work is done, come back when their worker is gone, and name no secrets.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from celery import Celery, signals
from click import ClickException

from worker.errors import Misconfigured
from worker.keys import ERRANDS, QUEUES
from worker.redis import CONNECT_SECONDS, HEALTH_SECONDS, SOCKET_SECONDS, address
from worker.settings import Settings, load

# Of the time a task may take, so much is its own; then it is told to stop, and killed at the end.
SOFT_SHARE = 5 / 6
# A message waits behind one task at most (prefetch 1) and then runs: two tasks' time, and some more for good measure.
# A shorter time-out would hand out again what is still being worked on.
VISIBILITY_TASKS = 2.5
# How long a worker that must go (SIGQUIT, or SIGTERM in a container) lets its tasks go on.
SOFT_SHUTDOWN_SECONDS = 10
# The extractor is loaded as a process starts: 1.5 s, and many times that on a busy machine.
PROCESS_START_SECONDS = 60
# Task -> queue.
ROUTES = {"extract": "extract", "fetch": "fetch", "poll": "poll", "tick": "schedule", "reconcile": "schedule"}


class Unusable(ClickException):
    """Misconfigured, in the form that Celery's own commands print as one line."""

    exit_code = Misconfigured.exit_code


def make_app(settings: Settings) -> Celery:
    """A Celery app for these settings. Raises Misconfigured at its first use if no Redis is set."""
    return _app(lambda: settings)


def options(settings: Settings) -> dict[str, Any]:
    """Celery's settings that follow from ours."""
    return _broker(settings) | _tasks(settings) | _worker() | _beat(settings)


def broker_url(url: str) -> str:
    """An address in redis-py's form, in kombu's: for sockets, databases, and certificates that are checked."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    database = query.pop("db", "")
    scheme, path = parts.scheme, parts.path
    if scheme == "unix":
        scheme = "redis+socket"
        query = {"virtual_host": database or "0"}
    elif database and not path.strip("/"):
        path = f"/{database}"
    if scheme == "rediss":
        query.setdefault("ssl_cert_reqs", "required")
    return f"{scheme}://{parts.netloc}{path}" + ("?" + urlencode(query) if query else "")


def _app(settings: Callable[[], Settings]) -> Celery:
    # Called at the first use of a setting: importing this module needs no server and no address.
    app = Celery("newsworker", include=("worker.tasks",), set_as_current=False)
    app.add_defaults(lambda: options(settings()))
    return app


def _broker(settings: Settings) -> dict[str, Any]:
    return {
        "broker_url": broker_url(address(settings)),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            "global_keyprefix": settings.keys.celery_prefix,
            "visibility_timeout": int(settings.task_seconds * VISIBILITY_TASKS) + 1,
            # Every 2 s, not every 100 s: messages of a dead worker come back when their time is up.
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            "health_check_interval": HEALTH_SECONDS,
            "socket_timeout": SOCKET_SECONDS,
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_keepalive": True,
        },
    }


def _tasks(settings: Settings) -> dict[str, Any]:
    return {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_time_limit": settings.task_seconds,
        "task_soft_time_limit": settings.task_seconds * SOFT_SHARE,
        "task_queues": {name: {"exchange": name, "routing_key": name} for name in (*ERRANDS, *QUEUES)},
        "task_default_queue": "fetch",
        "task_routes": {f"worker.tasks.{task}": {"queue": queue} for task, queue in ROUTES.items()},
        "task_ignore_result": True,  # the streams are the result
        "task_serializer": "json",
        "accept_content": ["json"],  # pickle would run code for whoever can write to Redis
        "task_send_sent_event": True,
    }


def _worker() -> dict[str, Any]:
    return {
        "worker_prefetch_multiplier": 1,
        "worker_send_task_events": True,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_cancel_long_running_tasks_on_connection_loss": True,  # their messages are handed out again
        "worker_soft_shutdown_timeout": SOFT_SHUTDOWN_SECONDS,
        "worker_proc_alive_timeout": PROCESS_START_SECONDS,
    }


def _beat(settings: Settings) -> dict[str, Any]:
    every = settings.tick_seconds
    # A tick that nobody took before the next one is dropped.
    entry = {"schedule": every, "options": {"expires": every}}
    return {
        "beat_scheduler": "celery.beat:Scheduler",  # in memory: what is due stands in Redis, and no file is written
        "beat_schedule": {name: entry | {"task": f"worker.tasks.{name}"} for name in ("tick", "reconcile")},
        "beat_max_loop_interval": every,
    }


def _from_environment() -> Settings:
    try:
        settings = load()
        address(settings)
    except Misconfigured as error:
        raise Unusable(error.message) from None
    return settings


def _log(loglevel: int | str = logging.INFO, **_: Any) -> None:
    """Logs as the house writes them, in place of Celery's; how they look is no business of this module."""
    import_module("worker.observe").setup(loglevel)


def _run_errands(instance: Any, **_: Any) -> None:
    """Whoever fetches pages also polls and looks after the schedule."""
    queues = instance.app.amqp.queues
    if "fetch" in queues.consume_from:
        for name in ERRANDS:
            queues.select_add(queues[name])


signals.setup_logging.connect(_log)
signals.celeryd_after_setup.connect(_run_errands)
app = _app(_from_environment)
