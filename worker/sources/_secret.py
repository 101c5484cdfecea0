"""Secrets of sources: "env:NAME" and "file:/path" name the place where a value is kept, anything else is the value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from worker.errors import Misconfigured

# A cookie jar or a token is far below; a wrong path may name anything.
MAX_BYTES = 65_536


def reveal(value: str, place: str, environ: Mapping[str, str] | None = None) -> str:
    """The value. Raises Misconfigured, which names `place` and where the value was looked for, and never the value."""
    kind, mark, name = value.partition(":")
    if mark and kind == "env":
        value = _variable(name, place, os.environ if environ is None else environ)
    elif mark and kind == "file":
        value = _content(name, place)
    if not value.isprintable():
        message = f"{place}: the value holds a line break or another control character"
        raise _misconfigured(message)
    return value


def _variable(name: str, place: str, environ: Mapping[str, str]) -> str:
    if value := environ.get(name, ""):
        return value
    message = f"{place}: the environment has no {name}; set it where the workers are started"
    raise _misconfigured(message)


def _content(name: str, place: str) -> str:
    path = Path(name)
    if not path.is_absolute():
        message = f"{place}: file:{name} is not an absolute path"
        raise _misconfigured(message)
    try:
        with path.open("rb") as file:
            value = file.read(MAX_BYTES + 1)
        text = value.decode("utf8").strip()
    except OSError as error:
        message = f"{place}: cannot read {name} ({error.strerror})"
        raise _misconfigured(message) from None
    except UnicodeDecodeError:
        message = f"{place}: {name} is not UTF-8 text"
        raise _misconfigured(message) from None
    if not text or len(value) > MAX_BYTES:
        message = f"{place}: {name} is {'too long for a secret' if text else 'empty'}"
        raise _misconfigured(message)
    return text


def _misconfigured(message: str) -> Misconfigured:
    return Misconfigured(message, stage="sources", reason="secret")
