"""An operator's own file of actors: read, checked, and laid over the built-in tables. docs/actors.md has it by example."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from worker.errors import Misconfigured
from worker.ontology import NON_STATE, Row, Tables, identity, plain
from worker.ontology.rows import ROWS, OfficeRow, OwnFile, SpanRow

# What a row must have that changes no built-in one.
NEEDS = {
    "person": ("offices",),
    "organisation": ("code",),
    "group": ("code",),
    "party": ("country",),
    "region": (),
    "country": ("name", "capital"),
}
# Keys that list names are added to; all others, offices and spans too, are replaced as a whole.
LISTS = frozenset(
    "aliases other_last nominals names adjectives people capital_names metonyms metonyms_mil".split(),
)


def lay(tables: Tables, files: Sequence[tuple[Path, bytes]]) -> tuple[Tables, Tables]:
    """The tables with the rows of the files merged in, and those rows alone as they came to be. Later files win.

    A row that has a name of a built-in row changes that one: its keys replace the built-in ones, its names are added.
    Raises Misconfigured, which names the file, the row and what to do.
    """
    laid = tables
    for path, data in files:
        read = _read(path, data)
        _unique(path, read)
        for kind, rows in read.items():
            laid = {**laid, kind: _laid(path, kind, laid[kind], rows)}
        _known_countries(path, read, laid)
    shipped = {id(row) for rows in tables.values() for row in rows}
    return laid, {kind: [row for row in rows if id(row) not in shipped] for kind, rows in laid.items()}


def _read(path: Path, data: bytes) -> Tables:
    try:
        raw = tomllib.loads(data.decode("utf8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        _refuse(f"{path}: not valid TOML: {error}")
    try:
        whole = OwnFile.model_validate(_tuples(raw))
    except ValidationError as error:
        _refuse(*_explain(path, raw, error))
    read: Tables = whole.model_dump(by_alias=True, exclude_unset=True)
    return read


def _tuples(value: Any) -> Any:
    """Strict models take no lists for tuples."""
    if isinstance(value, dict):
        return {key: _tuples(inner) for key, inner in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _explain(path: Path, raw: Any, error: ValidationError) -> Iterator[str]:
    for item in error.errors():
        kind, *rest = item["loc"]
        where = f"{path}: {_place(raw, str(kind), rest)}"
        if item["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(item["loc"][-1]), _keys(str(kind), rest), n=1)
            yield f"{where}: unknown key; " + (f"did you mean {near[0]!r}?" if near else "docs/actors.md lists the keys")
        elif item["type"] == "missing":
            yield f"{where}: missing; add it"
        else:
            yield f"{where}: {item['msg'].removeprefix('Value error, ')}"


def _place(raw: Any, kind: str, rest: Sequence[int | str]) -> str:
    """Where in the file, as its writer would say it: person 3 ("Mele Tonga"): offices 1: from."""
    said = [kind]
    for number, part in enumerate(rest):
        if isinstance(part, int):
            said[-1] += f" {part + 1}"
        else:
            said.append(part)
        if number == 0 and isinstance(part, int) and isinstance(row := raw[kind][part], dict):
            said[0] += _called(kind, row)
    return ": ".join(said)


def _called(kind: str, row: Row) -> str:
    name = identity(kind, row)
    return f' ("{name}")' if name else ""


def _keys(kind: str, rest: Sequence[int | str]) -> list[str]:
    """What may stand where an unknown key stands."""
    if len(rest) < 2:
        return list(ROWS)
    row = OfficeRow if "offices" in rest else SpanRow if "spans" in rest else ROWS[kind]
    return [field.alias or name for name, field in row.model_fields.items()]


def _unique(path: Path, read: Tables) -> None:
    """A name stands for one row of a file, or which one is meant?"""
    owners: dict[str, str] = {}
    for kind, rows in read.items():
        for number, row in enumerate(rows, 1):
            here = f"{kind} {number}{_called(kind, row)}"
            for name in _names(kind, row):
                if owners.setdefault(name, here) != here:
                    _refuse(f"{path}: {here}: {name!r} is also {owners[name]}; take it out of one of them")


def _laid(path: Path, kind: str, table: Sequence[Row], rows: Sequence[Row]) -> list[Row]:
    index = {plain(name): at for at, row in enumerate(table) for name in _names(kind, row)[::-1]}
    index |= {plain(identity(kind, row)): at for at, row in enumerate(table)}
    laid: list[Row | None] = list(table)
    for number, row in enumerate(rows, 1):
        where = f"{path}: {kind} {number}{_called(kind, row)}"
        at = index.get(plain(identity(kind, row)))
        if at is None:
            _complete(where, kind, row, index)
            laid.append(row)
        else:
            laid[at] = None if row.get("drop") else _merged(kind, laid[at] or table[at], row)
        _last_is_a_part(where, kind, laid[at if at is not None else -1])
    return [row for row in laid if row is not None]


def _merged(kind: str, before: Row, row: Row) -> Row:
    added: dict[str, tuple[str, ...]] = {key: (*before.get(key, ()), *row[key]) for key in row if key in LISTS}
    if kind != "country" and row["name"] != before["name"]:
        # The new name is the one shown; the old one still finds it.
        aliases = added.get("aliases") or tuple(before.get("aliases", ()))
        added["aliases"] = (*aliases, before["name"])
    return {**before, **row, **{key: tuple(dict.fromkeys(value)) for key, value in added.items()}}


def _complete(where: str, kind: str, row: Row, index: Iterable[str]) -> None:
    """A row that changes no other must say all by itself."""
    missing = [repr(key) for key in NEEDS[kind] if not row.get(key)]
    if missing or row.get("drop"):
        near = difflib.get_close_matches(identity(kind, row), index, n=1)
        todo = "leave it out" if row.get("drop") else f"add {' and '.join(missing)}"
        hint = f"; or did you mean {near[0]!r}?" if near else ""
        _refuse(f"{where}: no built-in row has this name, so {todo}{hint}")


def _last_is_a_part(where: str, kind: str, row: Row | None) -> None:
    if row and "last" in row and not any(row["last"] in name for name in _names(kind, row)):
        _refuse(f"{where}: last: {row['last']!r} is no part of the name; write it as the name has it, or use 'other_last'")


def _known_countries(path: Path, read: Tables, laid: Tables) -> None:
    known = NON_STATE | {row["code"] for row in laid["country"]}
    for kind, rows in read.items():
        for number, row in enumerate(rows, 1):
            dated = [*row.get("offices", ()), *row.get("spans", ())]
            codes = [row.get("code"), row.get("country"), *(one["code"] for one in dated)]
            unknown = next((code for code in codes if code and code.split()[0] not in known), None)
            if unknown:
                where = f"{path}: {kind} {number}{_called(kind, row)}"
                _refuse(f"{where}: {unknown!r}: no such country; correct it, or add it as a [[country]] of your own")


def _names(kind: str, row: Row) -> list[str]:
    """What the row may be called by in a file."""
    return [row["code"]] if kind == "country" else list(dict.fromkeys((row["name"], *row.get("aliases", ()))))


def _refuse(*lines: object) -> NoReturn:
    """Say all that is wrong at once, a line for each."""
    raise Misconfigured("\n".join(map(str, lines)), stage="ontology", reason="ontology")
