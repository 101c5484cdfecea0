"""config/feeds.toml: which sources to poll, and how."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from worker.errors import Misconfigured
from worker.model import Document

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", value.strip())
    if not match:
        message = 'not an interval; write seconds, or "15m", "1h", "1d"'
        raise ValueError(message)
    return float(match[1]) * _UNITS[match[2]]


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = "not an http or https address"
        raise ValueError(message)
    return value


class SourceConfig(BaseModel):
    """One source to poll."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[\w.-]+$", description="Letters, digits, dot, dash; stands in every record.")
    kind: str = "feed"
    url: Annotated[str, BeforeValidator(_address)]
    interval: Annotated[float, Field(gt=0), BeforeValidator(_seconds)] | None = Field(
        default=None, description='Seconds, or "15m", "1h"; without one, `poll_seconds` of the settings.'
    )
    fulltext: Literal["auto", "always", "never"] = Field(
        default="auto", description="Fetch the article's page: if the feed has a summary only, always, never."
    )
    language: str | None = None
    enabled: bool = True

    def with_fulltext(self, document: Document) -> Document:
        """The document, to be completed from its page or not as this source wants it."""
        if self.fulltext == "auto" or document.url is None:
            return document
        return document.model_copy(update={"complete": self.fulltext == "never"})


def load_sources(path: Path) -> tuple[SourceConfig, ...]:
    """The sources of a file, in its order. Raises Misconfigured with file, source and key."""
    tables = _tables(path)
    sources = tuple(_source(path, number, table) for number, table in enumerate(tables, start=1))
    seen: set[str] = set()
    for source in sources:
        if source.name in seen:
            message = f"{path}: two sources are called {source.name!r}; names must differ"
            raise _misconfigured(message)
        seen.add(source.name)
    return sources


def _tables(path: Path) -> list[Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf8"))
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); the setting feeds says where the sources stand"
        raise _misconfigured(message) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path}: not valid TOML: {error}"
        raise _misconfigured(message) from None
    tables = content.pop("source", [])
    if content or not isinstance(tables, list):
        unknown = next(iter(content), "source")
        message = f"{path}: {unknown}: only [[source]] tables belong here"
        raise _misconfigured(message)
    return tables


def _source(path: Path, number: int, table: Any) -> SourceConfig:
    name = table.get("name") if isinstance(table, dict) else None
    try:
        return SourceConfig.model_validate(table)
    except ValidationError as error:
        place = f"{path}: source {name or number}"
        raise _misconfigured("\n".join(f"{place}: {_explain(item)}" for item in error.errors())) from None


def _explain(item: Any) -> str:
    key = ".".join(str(part) for part in item["loc"]) or "table"
    if item["type"] != "extra_forbidden":
        return f"{key}: {item['msg'].removeprefix('Value error, ')}"
    near = difflib.get_close_matches(key, SourceConfig.model_fields, n=1)
    return f"{key}: unknown key" + (f"; did you mean {near[0]!r}?" if near else "")


def _misconfigured(message: str) -> Misconfigured:
    return Misconfigured(message, stage="sources", reason="sources")
