from __future__ import annotations

import pytest
from support import Run, Server, letter

from worker.dead import PAGE, Wanted, letters
from worker.ledger import Ledger
from worker.settings import Settings


@pytest.fixture
def ledger(server: Server, settings: Settings) -> Ledger:
    """A ledger with work that was given up, and an entry that never came in."""
    made = Ledger(server.client, settings)
    made.accept("extract", "a", '{"title": "Talks"}', "d1")
    claim = made.claim("extract", "a")
    assert claim
    made.bury(claim, letter("a", "attempts", "three\x1b attempts were not enough"))
    made.reject(letter("entry", "empty"))
    return made


@pytest.fixture
def dead(run: Run, ledger: Ledger, server: Server, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The program beside that ledger."""
    del ledger
    monkeypatch.setenv("NEWSWORKER_REDIS_URL", server.url)
    return lambda *arguments: run("dead", *arguments)


def test_list_has_what_was_given_up_the_newest_first(dead: Run) -> None:
    assert [found["article"] for found in dead("list", "--json").objects] == ["entry", "a"]
    shown = dead("list").out
    assert "attempts were not enough" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("chosen", [("--reason", "empty"), ("--count", "1")])
def test_list_can_be_narrowed(dead: Run, chosen: tuple[str, ...]) -> None:
    assert [found["article"] for found in dead("list", "--json", *chosen).objects] == ["entry"]


def test_show_has_what_was_kept_of_the_work(dead: Run) -> None:
    [found] = dead("show", "a", "--json").objects
    assert (found["reason"], found["kept"]) == ("attempts", {"extract": {"title": "Talks"}})
    assert "nothing was kept" in dead("show", "entry").out


def test_retry_begins_work_anew_and_takes_its_letter_out(dead: Run, ledger: Ledger) -> None:
    ran = dead("retry", "a")
    assert (ran.code, ran.err) == (0, "a: sent to the workers\n")
    assert ledger.pending()["extract"] == 1
    claim = ledger.claim("extract", "a")
    assert claim
    assert (claim.payload, claim.attempts, claim.revision) == ('{"title": "Talks"}', 1, 1)
    assert [found["article"] for found in dead("list", "--json").objects] == ["entry"]


def test_work_that_is_tried_again_can_be_given_up_again(dead: Run, ledger: Ledger) -> None:
    dead("retry", "a")
    claim = ledger.claim("extract", "a")
    assert claim
    assert ledger.bury(claim, letter("a", "attempts"))
    assert len(dead("list", "--json").objects) == 2


def test_retry_of_what_was_not_kept_says_so_and_keeps_the_letter(dead: Run) -> None:
    ran = dead("retry", "--all")
    assert ran.code == 1
    assert "entry: nothing was kept of it" in ran.err
    assert [found["article"] for found in dead("list", "--json").objects] == ["entry"]


def test_drop_takes_out_the_letter_and_what_was_kept(dead: Run, server: Server, settings: Settings) -> None:
    assert dead("drop", "--reason", "attempts").code == 0
    assert server.client.exists(settings.keys.document("a")) == 0
    assert [found["article"] for found in dead("list", "--json").objects] == ["entry"]


def test_drop_leaves_what_is_at_work_again(dead: Run, ledger: Ledger) -> None:
    [found] = [item for item in dead("list", "--json").objects if item["article"] == "a"]
    assert ledger.revive("0-1", "a") == "extract"
    dead("drop", found["entry"])
    claim = ledger.claim("extract", "a")
    assert claim
    assert claim.payload == '{"title": "Talks"}'


@pytest.mark.parametrize("command", ["retry", "drop"])
def test_all_is_changed_only_if_it_is_said(dead: Run, command: str) -> None:
    ran = dead(command)
    assert ran.code == 2
    assert "--all" in ran.err


@pytest.mark.parametrize("command", [["list", "--reason", "none"], ["show", "none"], ["retry", "none"], ["drop", "none"]])
def test_nothing_found_is_exit_3(dead: Run, command: list[str]) -> None:
    assert dead(*command).code == 3


def test_without_a_broker_is_exit_69(dead: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWORKER_REDIS_URL", "redis://127.0.0.1:1/0")
    assert dead("list").code == 69


def test_more_letters_than_a_page_are_read_once_each(server: Server, settings: Settings) -> None:
    ledger = Ledger(server.client, settings)
    for number in range(PAGE + 10):
        ledger.reject(letter(f"e{number}"))
    server.client.xadd(settings.keys.dead, {"another": "program"})
    found = [item.body.article for item in letters(server.client, settings.keys, Wanted())]
    assert found == [f"e{number}" for number in reversed(range(PAGE + 10))]
