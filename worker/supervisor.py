"""The process group behind `newsworker run`: Celery's workers and scheduler as children that are kept alive.

A worker may exit when its broker restarts (docs/decisions.md); so restarting is part of not losing work.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from worker import embedded
from worker.settings import ENV, Settings

# A child that lived this long was well; the next restart is at once again.
WELL_SECONDS = 60.0
LONGEST_DELAY = 30.0
# Finishing a chunk of articles takes a few seconds; what is cut off is done again from the ledger.
WARM_SECONDS = 10.0
COLD_SECONDS = 3.0
# Twice this much log is kept for each child.
LOG_BYTES = 16 << 20
PR_SET_PDEATHSIG = 1

Say = Callable[[str, str], None]


@dataclass
class Child:
    """One process, its log file, and when it may be started again."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0
    position: int = field(default=0)

    def start(self, environment: dict[str, str]) -> None:
        """Start it; its output is appended to the log, so that none is lost when we are killed.

        It works in the folder of its log: Celery imports from where it stands, and a `worker.py` of somebody else in
        the folder that we were started in is not ours.
        """
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.log.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we pass it on as a warm shutdown
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  we run no threads
            )
        self.started = time.monotonic()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def send(self, act: signal.Signals) -> None:
        """Signal the process itself; Celery's main process looks after its pool."""
        if self.process and self.alive:
            self.process.send_signal(act)

    def kill(self) -> None:
        """End the process and whatever it left behind in its group."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def lines(self) -> Iterator[str]:
        """What it has written since the last call."""
        with self.log.open("rb") as log:
            log.seek(self.position)
            for line in log:
                if not line.endswith(b"\n"):  # still being written
                    break
                self.position += len(line)
                yield line.decode("utf8", "replace").rstrip()
        self._rotate()

    def _rotate(self) -> None:
        if self.position > LOG_BYTES:  # children append, so cutting the file is safe
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)
            self.position = 0


class Supervisor:
    """Keeps the children running. `say` is given (name of child, line) for its log lines and our own remarks."""

    def __init__(self, settings: Settings, url: str, say: Say) -> None:
        folder = embedded.state_dir(settings) / "logs"
        self.children = [
            Child(name, command, folder / f"{name}.log", position=_size(folder / f"{name}.log"))
            for name, command in _commands(settings).items()
        ]
        self._environment = environment(settings, url)
        self._say = say

    def start(self) -> None:
        """Start all children."""
        for child in self.children:
            child.start(self._environment)

    def tend(self) -> None:
        """Pass on what the children said, and restart those that are gone. Call it about once a second."""
        for child in self.children:
            for line in child.lines():
                self._say(child.name, line)
            if not child.alive:
                self._revive(child)

    def stop(self, seconds: float = WARM_SECONDS) -> None:
        """End all: warm shutdown, then a cold one after `seconds`, then by force. None is left afterwards."""
        for act, patience in ((signal.SIGTERM, seconds), (signal.SIGQUIT, COLD_SECONDS)):
            for child in self.children:
                child.send(act)
            deadline = time.monotonic() + patience
            while any(child.alive for child in self.children) and time.monotonic() < deadline:
                time.sleep(embedded.POLL_SECONDS)
        for child in self.children:
            child.kill()

    def _revive(self, child: Child) -> None:
        now = time.monotonic()
        if child.process:
            how = _ending(child.process.returncode)
            child.kill()  # the pool of a killed worker
            child.failures = 0 if now - child.started > WELL_SECONDS else child.failures + 1
            delay = min(2.0 ** (child.failures - 1), LONGEST_DELAY) if child.failures > 1 else 0.0
            child.process, child.due = None, now + delay
            self._say(child.name, f"{how}; starting it again" + (f" in {delay:.0f} s" if delay else ""))
        if now >= child.due:
            child.start(self._environment)


def environment(settings: Settings, url: str) -> dict[str, str]:
    """The environment of the children: the very settings of this process, and one thread for each of them."""
    values = {name: getattr(settings, name) for name in Settings.model_fields} | {"redis_url": url}
    # All is said by variables; an empty file keeps the children from reading another one.
    values["config"] = nothing = embedded.state_dir(settings) / "children.toml"
    nothing.write_bytes(b"")
    # They work in another folder.
    values["home"] = settings.home.resolve()
    if Path(settings.pipeline).is_dir():
        values["pipeline"] = Path(settings.pipeline).resolve()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ENV)}
    # Two processes with a BLAS thread for each core get in each other's way: half the speed.
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    # Celery warns root; who runs the whole service as root, such as in a container, knows.
    quiet = {"PYTHONWARNINGS": "ignore:::celery.platforms"}
    return kept | threads | quiet | {ENV + name.upper(): _text(value) for name, value in values.items()}


def _commands(settings: Settings) -> dict[str, list[str]]:
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "worker"]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    sizes = {"fetch": settings.fetch_workers, "extract": settings.extract_workers}
    workers = {
        queue: [*celery, "worker", "-Q", queue, "-n", f"{queue}@%h", "-c", str(size), *quiet] for queue, size in sizes.items()
    }
    return workers | {"scheduler": [*celery, "beat", "--pidfile=", "--loglevel", "INFO"]}


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _size(file: Path) -> int:
    file.touch()
    return file.stat().st_size


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _die_with_parent() -> None:
    """Ask Linux for a SIGTERM when we are killed, so that no worker is left over."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
