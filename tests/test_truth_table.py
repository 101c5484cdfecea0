"""The truth table of HTTP answers: each row at least once, with a real server, the real client and a real Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import Server
from truth import validators
from truth.stage import Case, Stage, play
from web import Site

from worker.settings import Settings

ROWS = [*validators.ROWS]


@pytest.fixture
def stage(server: Server, settings: Settings) -> Iterator[Stage]:
    with Site({}) as a, Site({}) as b:
        yield Stage(server.client, settings, a, b)


@pytest.mark.parametrize("case", ROWS, ids=str)
def test_row(stage: Stage, case: Case) -> None:
    play(stage, case)
