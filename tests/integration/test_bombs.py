"""What a hostile body costs a process: memory and time, with the bench's own measure and smaller bombs."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import pytest
from web import Site

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROOT = Path(__file__).parents[2]
BOMBS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "br": lambda data: brotli.compress(data, quality=5),
    "zstd": zstd.compress,
}
SIZE = 100 << 20


def cost(site: Site, name: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.bombs", "--fetch", site.url, name, "10"]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("how", "outcome"), [("", "bomb"), ("%20by%20size", "too-large")])
@pytest.mark.parametrize("coding", BOMBS)
def test_a_bomb_costs_less_than_64_mib(coding: str, how: str, outcome: str) -> None:
    body = BOMBS[coding](bytes(SIZE))
    with Site({"/small": (200, {}, b"hello"), f"/{coding}{how}": (200, {"Content-Encoding": coding}, body)}) as site:
        found = cost(site, coding + how.replace("%20", " "))
    assert found["outcome"] == outcome
    assert found["bytes"] < 64 << 20
    assert found["seconds"] < 10
