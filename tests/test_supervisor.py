from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from worker import settings as settings_module
from worker import supervisor
from worker.settings import Settings
from worker.supervisor import Child, Supervisor, environment

# Starts a grandchild in its own process group, as Celery's pool does, then waits.
FAMILY = """
import signal, subprocess, sys, time
stubborn = sys.argv[1] == "stubborn"
if stubborn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)
deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
pool = subprocess.Popen([sys.executable, "-c", deaf])
print(f"pool {pool.pid}", flush=True)
time.sleep(600)
"""


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


def exists(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text() if sys.platform == "linux" else ""
        os.kill(pid, 0)
    except (ProcessLookupError, FileNotFoundError):
        return False
    return ") Z " not in stat


class Nursery:
    """A supervisor over children of our own making, with what it said."""

    def __init__(self, home: Path) -> None:
        self.said: list[str] = []
        self.supervisor = Supervisor(Settings(home=home), "redis://nowhere", lambda _name, line: self.said.append(line))
        self.log = home / "child.log"
        self.log.touch()

    def raise_(self, code: str, *arguments: str) -> Child:
        child = Child("child", [sys.executable, "-c", code, *arguments], self.log)
        self.supervisor.children = [child]
        self.supervisor.start()
        return child

    def tend_until(self, condition: Callable[[], object]) -> None:
        def tended() -> object:
            self.supervisor.tend()
            return condition()

        until(tended)

    def pool(self) -> int:
        self.supervisor.tend()
        return next((int(line.split()[1]) for line in reversed(self.said) if line.startswith("pool")), 0)


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    nursery = Nursery(tmp_path)
    yield nursery
    nursery.supervisor.stop(seconds=0)


def test_killed_child_is_started_again_and_that_is_said(nursery: Nursery) -> None:
    child = nursery.raise_(FAMILY, "tame")
    until(nursery.pool)
    process, pool = child.process, nursery.pool()
    assert process
    process.kill()
    process.wait()
    nursery.supervisor.tend()
    assert child.alive
    assert "killed by SIGKILL; starting it again" in nursery.said
    until(lambda: not exists(pool))


def test_child_that_keeps_failing_is_started_ever_more_rarely(nursery: Nursery) -> None:
    child = nursery.raise_("raise SystemExit(3)")
    nursery.tend_until(lambda: child.failures == 2)
    assert nursery.said == [
        "ended with exit code 3; starting it again",
        "ended with exit code 3; starting it again in 2 s",
    ]
    assert child.process is None


def test_last_words_of_a_child_are_passed_on_once(nursery: Nursery) -> None:
    nursery.raise_("import time; print('one'); print('two', flush=True); time.sleep(600)")
    nursery.tend_until(lambda: len(nursery.said) >= 2)
    nursery.supervisor.tend()
    assert nursery.said == ["one", "two"]


@pytest.mark.parametrize("temper", ["tame", "stubborn"])
def test_no_process_is_left_after_a_stop(nursery: Nursery, temper: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "COLD_SECONDS", 0.1)
    child = nursery.raise_(FAMILY, temper)
    until(nursery.pool)
    nursery.supervisor.stop(seconds=0.1)
    assert not child.alive
    until(lambda: not exists(nursery.pool()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_children_end_when_the_supervisor_is_killed(nursery: Nursery, tmp_path: Path) -> None:
    code = f"""
import sys, time
from pathlib import Path
from worker.supervisor import Child
child = Child("child", [sys.executable, "-c", "import time; time.sleep(600)"], Path({str(tmp_path / "orphan.log")!r}))
child.start({{}})
print(f"pool {{child.process.pid}}", flush=True)
time.sleep(600)
"""
    parent = nursery.raise_(code)
    until(nursery.pool)
    orphan = nursery.pool()
    assert parent.process
    os.kill(parent.process.pid, signal.SIGKILL)
    until(lambda: not exists(orphan))


def test_log_is_turned_over_before_it_fills_the_disk(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOG_BYTES", 1000)
    nursery.raise_("import time\nfor n in range(300): print(n, flush=True)\ntime.sleep(600)")
    nursery.tend_until(lambda: "299" in nursery.said)
    assert nursery.said == [str(n) for n in range(300)]
    assert nursery.log.stat().st_size <= 1100


def test_foreign_module_in_the_working_directory_is_not_imported(
    nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/worker.py").write_text("")
    monkeypatch.chdir(tmp_path / "elsewhere")
    nursery.raise_("import os; print(os.path.exists('worker.py'))")
    nursery.tend_until(lambda: nursery.said)
    assert nursery.said[0] == "False"


def test_children_get_the_very_settings_of_their_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/newsworker.toml").write_text("prefix = 'other:'\nnonsense = 1\n")
    (tmp_path / "mine.toml").write_text("allow_hosts = ['a.test', 'b.test']\ntask_seconds = 7.5\n")
    mine = settings_module.load(tmp_path / "mine.toml", environ={}, state_dir=Path("elsewhere"))
    theirs = settings_module.load(environ=environment(mine, "redis://given"))
    assert theirs == mine.model_copy(update={"redis_url": "redis://given"})
