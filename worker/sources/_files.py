"""Files and folders to payloads."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from worker.errors import Rejected
from worker.sources._payload import Payload


def files(path: Path) -> Iterator[Path | Rejected]:
    """A file, or the files below a folder in sorted order; hidden ones and links out of the folder are passed over."""
    if not path.is_dir():
        yield path
        return
    root = Path(os.path.realpath(path))
    for file in _below(path):
        if Path(os.path.realpath(file)).is_relative_to(root):
            yield file if _is_regular(file) else unreadable(file, "not a regular file")


def load(path: Path, max_bytes: int) -> Payload | Rejected:
    """A whole file."""
    try:
        with path.open("rb") as file:
            body = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        return unreadable(path, getattr(error, "strerror", None) or str(error))
    payload = Payload(body=body, name=str(path))
    if len(body) > max_bytes:
        return payload.reject("too-large", f"larger than {max_bytes} bytes (setting max_file_bytes); split it")
    return payload


def unreadable(path: Path, why: str) -> Rejected:
    """The error for a file that cannot be opened."""
    return Payload(body=b"", name=str(path)).reject("unreadable", f"cannot be read: {why}")


def _below(folder: Path) -> Iterator[Path]:
    """Files in the order of their paths; linked folders are not entered, so that no loop is."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        entries = []  # a folder that we may not list has nothing for us
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if not entry.is_dir():
            yield entry
        elif not entry.is_symlink():
            yield from _below(entry)


def _is_regular(path: Path) -> bool:
    """Opening a pipe or a device would wait, or never end."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True  # opening it will say why
