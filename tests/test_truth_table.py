"""The truth table of HTTP answers: each row at least once, with a real server, the real client and a real Redis."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support import Server, binaries
from truth import bodies, failures, redirects, validators, waiting
from truth.bodies import page
from truth.stage import DAY, PAGE, Case, Stage, ok, play, redirect, staged, status
from web import Site

from worker.polling import unread
from worker.schedule.fetches import Fetch, PollOutcome
from worker.settings import Settings

ROWS = [*validators.ROWS, *waiting.ROWS, *bodies.ROWS, *redirects.ROWS, *failures.ROWS]


CERTIFICATE = Path(__file__).parent / "fixtures" / "files" / "self-signed.pem"

# The table is about HTTP: one kind of server behind it is enough.
pytestmark = [pytest.mark.usefixtures("stage"), pytest.mark.parametrize("shared_server", list(binaries())[:1], indirect=True)]


@pytest.fixture
def stage(server: Server, settings: Settings) -> Iterator[Stage]:
    with staged(server.client, settings) as stage:
        yield stage


@pytest.mark.parametrize("case", ROWS, ids=str)
def test_row(stage: Stage, case: Case) -> None:
    play(stage, case)


def test_every_row_has_a_case() -> None:
    single = {int(name.split("_")[2]) for name in globals() if name.startswith("test_row_")}
    assert {case.row for case in ROWS} | single == set(range(1, 65))


def test_row_30_the_page_that_came_instead_is_kept_for_a_person(stage: Stage) -> None:
    source = stage.source()
    stage.poll(source, page())
    assert unread.load(stage.redis, stage.settings, "wire") == PAGE
    assert 0 < stage.redis.ttl(stage.settings.keys.unread("wire")) <= unread.SECONDS
    stage.poll(source, ok())
    assert unread.load(stage.redis, stage.settings, "wire") is None


def test_row_48_from_https_to_http_is_followed_with_a_warning_and_never_kept(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(httpx2, "create_ssl_context", lambda **_: ssl.create_default_context(cafile=CERTIFICATE))
    with Site({}, CERTIFICATE) as secure:
        stage.sites["s"] = secure
        source = stage.source(url=f"{secure.url}/feed")
        for _ in range(4):
            stage.now += DAY
            fetch = stage.poll(source, {"s:/feed": redirect(301, "{a}/feed"), "/feed": ok()})
            assert fetch.outcome in {PollOutcome.NEWS, PollOutcome.UNCHANGED}
        assert stage.state(source).url == source.url
    (line,) = caplog.messages
    assert "from https to http" in line


def test_row_49_what_the_operator_gave_for_a_host_goes_to_no_other(stage: Stage) -> None:
    source = stage.source(auth="me:secret", headers={"X-Key": "secret"}, cookies={"session": "secret"})
    moved = {"/feed": redirect(301, "{b}/feed"), "b:/feed": ok()}
    for _ in range(3):
        stage.now += DAY
        stage.poll(source, moved)
        assert stage.secrets == ["/feed authorization", "/feed cookie", "/feed x-key"]
    stage.poll(source, moved)
    assert (stage.asked, stage.secrets) == (["b:/feed"], [])


def busy(stage: Stage, name: str, **values: Any) -> Fetch:
    return stage.poll(stage.source(name=name, url=f"{{a}}/{name}", **values), {f"/{name}": status(429, Retry_After="120")})


def test_row_59_retry_after_holds_the_feed_that_got_it(stage: Stage) -> None:
    busy(stage, "one")
    assert stage.poll(stage.source(), ok()).outcome is PollOutcome.NEWS


def test_row_59_it_holds_the_host_where_the_operator_says_so(stage: Stage) -> None:
    busy(stage, "one", retry_scope="host")
    fetch = stage.poll(stage.source(), ok())
    assert (fetch.outcome, fetch.reason, stage.asked) == (PollOutcome.HELD, "host-busy", [])
    assert 100 < (fetch.retry_after or 0) <= 132


def test_row_59_it_holds_the_host_when_several_of_its_feeds_get_it(stage: Stage) -> None:
    for name in ("one", "two", "three"):
        assert busy(stage, name).reason == "http-429"
    assert stage.poll(stage.source(), ok()).reason == "host-busy"


def test_row_62_an_outage_of_our_own_network_is_charged_to_nobody(stage: Stage) -> None:
    stage.configured(network_hosts=3, allow_hosts=tuple(f"127.0.0.{n}" for n in range(1, 9)))
    down = [stage.source(name=f"f{n}", url=f"http://127.0.0.{n}:1/feed") for n in range(2, 8)]
    outcomes = [stage.poll(source, {}).outcome for source in down]
    assert outcomes[-1] is PollOutcome.NETWORK
    schedule = stage.schedule()
    assert schedule.outage()
    assert [schedule.state(source).failures for source in down] == [0] * len(down)
    assert stage.poll(stage.source(), ok()).outcome is PollOutcome.NEWS
    assert schedule.outage() is None


def test_row_63_a_certificate_that_nobody_vouches_for_is_for_somebody_to_mend(stage: Stage) -> None:
    with Site({}, CERTIFICATE) as secure:
        stage.sites["s"] = secure
        fetch = stage.poll(stage.source(url=f"{secure.url}/feed"), {"s:/feed": ok()})
    assert (fetch.outcome, fetch.reason, stage.asked) == (PollOutcome.HARD, "certificate", [])


def test_row_64_a_good_answer_takes_the_score_to_nothing(stage: Stage) -> None:
    source, schedule = stage.source(), stage.schedule()
    for _ in range(3):
        stage.poll(source, status(500))
    assert (schedule.state(source).failures, schedule.state(source).score) == (3, 0.75)
    stage.poll(source, ok())
    assert (schedule.state(source).failures, schedule.state(source).score) == (0, 0)
