"""Editing config/feeds.toml: its comments and its order are the operator's, and stay."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from worker.errors import Misconfigured, NewsworkerError
from worker.sources import SECRETS, SourceConfig, load_sources, parse_sources

# Longer names make every table and record wider without telling more.
NAME_CHARS = 40
_PORTS = {"http": 80, "https": 443}
# What stands before the name that people know a site by.
_SERVICE = re.compile(r"^(?:www|feeds?|rss|news|m)\.(?=.+\.)")
_HEAD = "# The sources that `newsworker run` polls: one [[source]] table each. docs/adding-a-source.md explains every key.\n"


class Taken(NamedTuple):
    """What came of sources to be added: those in the file now, and (wanted, already there) pairs of the others."""

    added: tuple[SourceConfig, ...]
    known: tuple[tuple[SourceConfig, SourceConfig], ...]


def sources(path: Path) -> tuple[SourceConfig, ...]:
    """The sources of the file; none if there is no file. Raises Misconfigured."""
    return load_sources(path) if path.exists() else ()


def add(path: Path, wanted: Iterable[SourceConfig]) -> Taken:
    """Append those whose addresses are not in the file yet, under names of their own.

    The file is replaced in one step, so that a reader sees the old or the new one. Raises Misconfigured if the file cannot
    be understood, NewsworkerError if it cannot be written.
    """
    with _writing(path):
        there = sources(path)
        taken = _sorted_out(there, wanted)
        if taken.added:
            text = _appended(_text(path), path, taken.added)
            _replace(path, text, (*there, *taken.added))
        return taken


def move(path: Path, addresses: Mapping[str, str]) -> None:
    """Give sources other addresses, by name; all else stays. Raises as `add` does."""
    if addresses:
        with _writing(path):
            moved = tuple(source.model_copy(update={"url": addresses.get(source.name, source.url)}) for source in sources(path))
            _replace(path, _moved(_text(path), path, addresses), moved)


def _sorted_out(there: Iterable[SourceConfig], wanted: Iterable[SourceConfig]) -> Taken:
    by_address = {canonical(source.url): source for source in there}
    names = {source.name for source in by_address.values()} | {source.name for source in there}
    added, known = [], []
    for source in wanted:
        address = canonical(source.url)
        if address in by_address:
            known.append((source, by_address[address]))
            continue
        named = source.model_copy(update={"name": unique(source.name, names)})
        names.add(named.name)
        by_address[address] = named
        added.append(named)
    return Taken(tuple(added), tuple(known))


# ---------------------------------------------------------------- addresses and names


def canonical(url: str) -> str:
    """An address in the form in which two spellings of one feed are equal: no scheme, default port, fragment, last slash."""
    parts = urlsplit(url)
    port = parts.port if parts.port not in {None, *_PORTS.values()} else None
    host = (parts.hostname or "").rstrip(".") + (f":{port}" if port else "")
    return f"{host}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")


def name_for(title: str | None, url: str) -> str:
    """A name that people recognise: the title's words, or the host's without what all hosts have in front."""
    return _slug(title or "") or _slug(_SERVICE.sub("", urlsplit(url).hostname or "")) or "source"


def unique(name: str, taken: Iterable[str]) -> str:
    """The name, or the name with the first number that makes it differ from all that are taken."""
    used, number, found = set(taken), 1, name
    while found in used:
        number += 1
        found = f"{name}-{number}"
    return found


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).lower()
    words = "".join(char if _in_names(char) else " " for char in plain).split()
    name = ""
    for word in (word.strip(".") for word in words):
        if len(name) + len(word) >= NAME_CHARS and name:
            break
        name = f"{name}-{word}" if name and word else name or word[:NAME_CHARS]
    return name


def _in_names(char: str) -> bool:
    """Letters of any script, with their marks, digits, and the dot of hosts and initials."""
    return char.isalpha() or char.isdecimal() or char == "." or unicodedata.category(char).startswith("M")


# ---------------------------------------------------------------- the file


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """One editor at a time: a lock on the folder, which is there before the file and leaves nothing behind."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def write(sources: Iterable[SourceConfig]) -> str:
    """The sources as such a file, without headers, cookies, credentials and proxies."""
    return "\n".join(_written(source.model_copy(update=dict.fromkeys(SECRETS))) for source in sources)


def _written(source: SourceConfig) -> str:
    document, tables = tomlkit.document(), tomlkit.aot()
    tables.append(_table(source, tomlkit.table()))
    document.add("source", tables)
    return tomlkit.dumps(document)


def _appended(text: str, path: Path, added: Iterable[SourceConfig]) -> str:
    """The file with the sources at its end. What is there is not written anew: no byte of it can change."""
    document: Any = _parsed(text, path)
    tables = document.get("source")
    if tables is None or isinstance(tables, AoT):
        joint = "" if text.endswith("\n") or not text else "\n"
        more = "".join(f"\n{_written(source)}" for source in added)
        return text + joint + (more.replace("\n", "\r\n") if "\r\n" in text else more)
    for source in added:
        tables.append(_table(source, tomlkit.inline_table()))
    return tomlkit.dumps(document)


def _moved(text: str, path: Path, addresses: Mapping[str, str]) -> str:
    document: Any = _parsed(text, path)
    for table in document.get("source", ()):
        if table.get("name") in addresses:
            table["url"] = addresses[table["name"]]
    return tomlkit.dumps(document)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf8") if path.exists() else _HEAD
    except (OSError, UnicodeDecodeError) as error:
        raise _uneditable(path, error) from None


def _parsed(text: str, path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise _uneditable(path, error) from None


def _uneditable(path: Path, error: Exception) -> Misconfigured:
    return Misconfigured(f"{path}: cannot be edited: {error}", stage="sources", reason="sources")


def _table(source: SourceConfig, table: Any) -> Any:
    """The keys that say something; the others are left to the defaults."""
    for key, value in source.model_dump(exclude_defaults=True, exclude_none=True).items():
        table.add(key, interval(value) if key == "interval" else _item(value))
    return table


def _item(value: Any) -> Any:
    if isinstance(value, dict):
        item = tomlkit.inline_table()
        item.update(value)
        return item
    return list(value) if isinstance(value, tuple) else value


def interval(seconds: float) -> str | float:
    """An interval as people write it: "1d", "2h", "15m"; the number where it is no whole one of these."""
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return int(seconds) if seconds.is_integer() else seconds


def _replace(path: Path, text: str, meant: tuple[SourceConfig, ...]) -> None:
    """Write beside it and rename: whoever reads meanwhile, or a full disk, meets a whole file.

    What does not read back as it is meant is not written: a file can be spelt in ways that nobody thought of.
    """
    if parse_sources(text.encode(), str(path)) != meant:
        message = f"{path}: cannot be edited without harm; write the sources into it by hand"
        raise NewsworkerError(message, stage="sources", reason="unwritable")
    real = path.resolve()  # a link stays a link
    try:
        mode = real.stat().st_mode & 0o777 if real.exists() else 0o644
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), mode)
            Path(name).replace(real)
        except BaseException:
            Path(name).unlink()
            raise
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> NewsworkerError:
    message = f"{path}: cannot be written ({error.strerror}); make the file and its folder writable, or edit it by hand"
    return NewsworkerError(message, stage="sources", reason="unwritable")
