"""Shared fixtures: real servers, each private to the test run, on unix sockets."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import pools
from support import Ran, Run, Server, binaries

from worker import cli
from worker.extraction import Extractor
from worker.settings import Settings


def pytest_report_header() -> str:
    return f"servers: {', '.join(binaries())}" + ("" if "redis" in binaries() else " (no redis-server on PATH)")


@pytest.fixture(scope="session", params=binaries())
def shared_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the whole run; tests take `server`, which is this one emptied."""
    server = Server(binaries()[request.param], tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def server(shared_server: Server) -> Server:
    """An empty running server, with no client of an earlier test.

    A worker that was killed may seem alive to the server for a moment, waiting for a message that the next test sends.
    """
    shared_server.client.client_kill_filter(_type="normal", skipme=True)
    pools.reset()  # type: ignore[no-untyped-call]  # kombu keeps the connections of this process by address, dead ones too
    shared_server.client.config_set("maxmemory", 0)
    shared_server.client.flushall()
    return shared_server


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Settings:
    """Settings that point at the server, with nothing taken from this machine's environment."""
    return Settings(home=tmp_path, redis_url=server.url)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NEWSWORKER_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def extractor() -> Extractor:
    """The language model with its lexicons, loaded once for the whole run."""
    return Extractor.load()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the program in an empty folder, with some bytes on its standard input."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["newsworker", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf8"))
        with pytest.raises(SystemExit) as end:
            cli.main()
        return Ran(int(end.value.code or 0), *capsys.readouterr())

    return run
