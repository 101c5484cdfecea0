"""The word lists and patterns of words.toml, compiled once."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """A table of words.toml."""
    found: dict[str, Any] = _tables()[name]
    return found


@cache
def words(name: str, key: str) -> frozenset[str]:
    """A list of words, which stands in one string."""
    return frozenset(table(name)[key].split())


@cache
def patterns(name: str, key: str) -> re.Pattern[str]:
    """A list of patterns as one, tried without regard to case."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in table(name)[key]), re.IGNORECASE)


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads((files("worker.page") / "words.toml").read_text("utf-8"))
