"""The truth table of HTTP answers: each row at least once, with a real server, the real client and a real Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import Server, binaries
from truth import bodies, failures, redirects, validators, waiting
from truth.stage import Case, Stage, play
from web import Site

from worker.settings import Settings

ROWS = [*validators.ROWS, *waiting.ROWS, *bodies.ROWS, *redirects.ROWS, *failures.ROWS]


# The table is about HTTP: one kind of server behind it is enough.
pytestmark = pytest.mark.parametrize("shared_server", list(binaries())[:1], indirect=True)


@pytest.fixture
def stage(server: Server, settings: Settings) -> Iterator[Stage]:
    with Site({}) as a, Site({}) as b:
        stage = Stage(server.client, settings, a, b)
        yield stage
        stage.close()


@pytest.mark.parametrize("case", ROWS, ids=str)
def test_row(stage: Stage, case: Case) -> None:
    play(stage, case)
