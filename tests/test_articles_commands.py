"""Articles that nobody wants, and those that are wanted once more."""

from __future__ import annotations

import pytest
from offering import Desk, document, prose
from support import Run

from worker.settings import Settings

URL = "https://harbour.example/2026/11/story-0"


@pytest.fixture
def desk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("NEWSWORKER_REDIS_URL", settings.redis_url)
    return Desk(settings)


def test_what_is_forgotten_by_its_address_is_not_accepted_until_it_is_replayed(desk: Desk, run: Run) -> None:
    entry = document(prose(0), 0)
    desk.offer(entry)
    assert run("forget", f"{URL}?utm_source=feed").code == 0
    assert desk.offer(entry) == {"forgotten": 1}
    assert run("replay", URL).code == 0
    assert desk.offer(entry) == {"new": 1}


def test_an_id_names_an_article_too(desk: Desk, run: Run) -> None:
    desk.offer(document(prose(0), 0))
    ran = run("forget", desk.sent[0][1], "nobody")
    assert ran.code == 1
    assert "nobody: nothing is known of it" in ran.err
    assert desk.ledger.pending()["extract"] == 0
