from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import until
from web import Site

from worker import limited
from worker.errors import Misconfigured, Rejected, Retryable
from worker.limited.wire import Item
from worker.model import Document
from worker.settings import Settings
from worker.sources import Payload, read_payload
from worker.sources.feed import read_feed

FEEDS = Path(__file__).parent / "fixtures" / "feeds"
SETTINGS = Settings(read_seconds=1, read_memory_bytes=256 << 20)


@pytest.fixture(scope="module", autouse=True)
def _no_child_left() -> Iterator[None]:
    yield
    limited.close()


def ask(reader: str, body: bytes = b"words") -> list[Document | Rejected]:
    return limited.read(Payload(body=body, name="n", source="s", url="https://x.example/"), f"readers:{reader}", SETTINGS)


def rejection(items: list[Document | Rejected]) -> Rejected:
    (item,) = items
    assert isinstance(item, Rejected)
    return item


def child() -> int:
    found = limited._child
    assert found is not None
    assert found._process is not None
    return found._process.pid


def test_what_a_reader_gives_comes_through_unchanged() -> None:
    document, refusal = ask("good", "żółw".encode())
    assert document == Document(content="żółw", url="https://x.example/", title="naïve")
    assert isinstance(refusal, Rejected)
    assert (refusal.message, refusal.reason, refusal.source, refusal.article) == ("n: the second is odd", "odd", "s", "2")


@pytest.mark.parametrize("file", sorted(path.name for path in FEEDS.iterdir()))
def test_feed_is_read_as_without_limits(file: str) -> None:
    payload = Payload(body=(FEEDS / file).read_bytes(), name=file, url="https://x.example/feed")
    found, plain = limited.read_feed(payload, "feed", SETTINGS.model_copy(update={"read_seconds": 20})), read_feed(payload)
    assert [Item.of(item) for item in found.entries] == [Item.of(item) for item in plain.entries]
    assert found.hints == plain.hints


def test_every_fixture_is_read_as_without_limits() -> None:
    """Readers load codecs, tables and modules as they need them: what the child forbids is none of that."""
    settings = Settings()
    for path in sorted((Path(__file__).parent / "fixtures").rglob("*")):
        if path.is_file() and path.name != "billion-laughs.rss":
            payload = Payload(body=path.read_bytes(), name=path.name)
            found, plain = limited.read(payload, None, settings), read_payload(payload)
            assert [Item.of(item) for item in found] == [Item.of(item) for item in plain], path


def test_kind_is_found_where_none_is_given() -> None:
    page = Payload(body=b"<!doctype html><p>Words.</p>", name="n")
    assert limited.read(page, None, SETTINGS) == list(read_payload(page))
    assert rejection(limited.read(Payload(body=b" ", name="n"), None, SETTINGS)).reason == "empty"


@pytest.mark.parametrize("reader", ["endless", "waiting", "greedy", "crashing"])
def test_reader_that_reaches_a_limit_costs_its_payload_and_nothing_else(reader: str) -> None:
    error = rejection(ask(reader))
    assert (error.stage, error.reason, error.source) == ("read", "parser-limit", "s")
    assert "read_seconds" in error.message or "read_memory_bytes" in error.message
    assert len(ask("good")) == 2


def test_bug_of_a_reader_is_logged_and_costs_its_payload(caplog: pytest.LogCaptureFixture) -> None:
    assert rejection(ask("mistaken")).reason == "parser-bug"
    assert "ZeroDivisionError" in caplog.text
    assert len(ask("good")) == 2


def test_reader_opens_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    assert rejection(ask("nosy", str(secret).encode())).reason == "parser-bug"


def test_reader_changes_no_folder_and_sends_no_signal(tmp_path: Path) -> None:
    assert rejection(ask("meddling", str(tmp_path / "made").encode())).reason == "parser-bug"
    assert not (tmp_path / "made").exists()
    assert rejection(ask("hostile")).reason == "parser-bug"


def test_more_faults_than_anybody_looks_at_are_one() -> None:
    body = b"{}\n" * 1500 + b'{"text": "a"}\n' * 2
    *faults, one, other, rest = limited.read(Payload(body=body, name="n"), "jsonl", Settings())
    assert {fault.reason for fault in faults if isinstance(fault, Rejected)} == {"no-text"}
    assert (len(faults), isinstance(one, Document), isinstance(other, Document)) == (1000, True, True)
    assert isinstance(rest, Rejected)
    assert (rest.reason, "500 more" in rest.message) == ("too-many-entries", True)


def test_more_articles_than_a_sitemap_may_have_are_cut() -> None:
    body = b'{"text": "a"}\n' * 50_010
    *documents, rest = limited.read(Payload(body=body, name="n"), "jsonl", Settings())
    assert len(documents) == 50_000
    assert isinstance(rest, Rejected)
    assert "10 more" in rest.message


def test_reader_connects_to_nothing_and_starts_nothing() -> None:
    with Site({}) as site:
        assert rejection(ask("chatty", str(site.port).encode())).reason == "parser-bug"
        assert site.asked == []
    assert rejection(ask("fertile")).reason == "parser-bug"


def test_reader_sees_nothing_of_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWORKER_REDIS_URL", "redis://:secret@x")
    limited.close()
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        (found,) = ask("curious")
    assert isinstance(found, Document)
    assert not [line for line in found.content.splitlines() if line.startswith("NEWSWORKER") or "open" in line]


def test_words_that_a_reader_prints_are_no_answer() -> None:
    assert ask("printing") == [Document(content="printed")]


@pytest.mark.parametrize("words", [b"\xff" * 8, b"\0" * 7 + b'\x0d{"number": 0}', b"\0" * 8, b"\0" * 7 + b"\x05nonse"])
def test_answer_that_makes_no_sense_is_none(words: bytes) -> None:
    assert rejection(ask("babbling", words)).reason == "parser-limit"
    assert len(ask("good")) == 2


def test_child_that_cannot_start_is_no_fault_of_the_payload() -> None:
    with pytest.raises(Retryable, match="read_memory_bytes"):
        limited.read(Payload(body=b"x", name="n"), "text", Settings(read_memory_bytes=1 << 20))


def test_child_is_kept_between_calls() -> None:
    ask("good")
    first = child()
    ask("good")
    assert child() == first


def test_child_that_was_killed_between_calls_is_replaced() -> None:
    ask("good")
    os.kill(child(), signal.SIGKILL)
    assert limited._child is not None
    assert limited._child._process is not None
    limited._child._process.wait()
    assert len(ask("good")) == 2


@pytest.mark.parametrize("started", [True, False])
def test_call_that_was_broken_off_leaves_no_answer_for_the_next(*, started: bool) -> None:
    """As a worker's time limit does it: an exception out of a signal."""

    def over(*_: object) -> None:
        raise KeyboardInterrupt

    limited.close()
    if started:
        ask("good")
    before = signal.signal(signal.SIGALRM, over)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            ask("slow")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert ask("slow", b"next") == [Document(content="next")]


def test_other_limits_have_another_child() -> None:
    ask("good")
    first = child()
    other = SETTINGS.model_copy(update={"read_seconds": 2})
    assert len(limited.read(Payload(body=b"x", name="n"), "readers:good", other)) == 2
    assert child() != first


def test_feed_that_another_parser_had_to_read_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    body = b"<rss><channel><news:item><title>one</title></news:item></channel></rss>"
    assert limited.read_feed(Payload(body=body, name="n"), "feed", SETTINGS).hints.parser == "fallback"
    assert "n: parser=fallback" in caplog.text


def test_threads_take_turns() -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(ask("good")))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2] * 8


def test_kind_that_is_not_there_is_said_at_once() -> None:
    with pytest.raises(Misconfigured, match="unknown kind"):
        limited.read(Payload(body=b"x", name="n"), "fead", SETTINGS)


@pytest.mark.parametrize("busy", ["", "limited.read(Payload(b'x', 'n'), 'readers:waiting', Settings(read_seconds=600))"])
def test_parent_that_is_killed_leaves_no_child(busy: str) -> None:
    code = f"""
import sys, threading, time
from worker import limited
from worker.settings import Settings
from worker.sources import Payload
settings = Settings(read_seconds=600)
limited.read(Payload(b"x", "n"), "readers:good", settings)
print(limited._child._process.pid, flush=True)
{busy}
threading.Event().wait()
"""
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env={"PYTHONPATH": path}) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    until(lambda: not alive(pid))


def alive(pid: int) -> bool:
    """A process that nobody waited for is dead too."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_large_parent_has_a_child_that_stays_too() -> None:
    """A new process begins with the peak of its parent, which says nothing of itself."""
    code = """
held = bytearray(b"x" * (300 << 20))
from worker import limited
from worker.settings import Settings
from worker.sources import Payload
settings = Settings(read_memory_bytes=256 << 20)
pids = set()
for _ in range(3):
    limited.read(Payload(b"x", "n"), "readers:good", settings)
    pids.add(limited._child._process.pid if limited._child._process else 0)
print(len(pids - {0}), 0 in pids)
"""
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": path})
    assert done.stdout.split() == ["1", "False"]
