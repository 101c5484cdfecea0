"""config/feeds.toml: which sources to poll, and how."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from worker.errors import Misconfigured
from worker.model import Document

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# What a header's name is made of: RFC 9110, section 5.1.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Fields whose values are nobody's business: never printed, logged or exported.
SECRETS = frozenset({"headers", "cookies", "auth", "proxy"})


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", value.strip())
    if not match:
        message = 'not an interval; write seconds, or "15m", "1h", "1d"'
        raise ValueError(message)
    return float(match[1]) * _UNITS[match[2]]


def _address(value: object) -> object:
    try:
        parts = urlsplit(str(value))
        known = parts.scheme in {"http", "https"} and bool(parts.hostname)
        given = parts.username is not None
    except ValueError:  # brackets of IPv6 that do not match
        known = given = False
    if not known:
        message = "not an http or https address"
        raise ValueError(message)
    if given:
        message = 'name and password do not belong in an address; write auth = "env:NAME" instead'
        raise ValueError(message)
    return value


def _tag(value: str) -> str:
    tag = " ".join(value.split())
    if not tag or "," in tag or not tag.isprintable():
        message = "a tag is a word or a few, without a comma"
        raise ValueError(message)
    return tag


def _token(value: str) -> str:
    if not _TOKEN.fullmatch(value):
        message = "not the name of a header or a cookie"
        raise ValueError(message)
    return value


Address = Annotated[str, BeforeValidator(_address)]
Pairs = dict[Annotated[str, AfterValidator(_token)], str]


class SourceConfig(BaseModel):
    """One source to poll.

    The values of `headers`, `cookies`, `auth` and `proxy` are secrets: no repr, log or export shows them. Each may be
    "env:NAME" or "file:/path", which names the place where the value is found when it is needed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=r"^[\w.-]+$", description="Letters, digits, dot, dash; stands in every record.")
    title: str | None = Field(default=None, description="What people call it.")
    kind: str = "feed"
    url: Address
    site: Address | None = Field(default=None, description="The site whose feed it is; where it is looked for if it is lost.")
    interval: Annotated[float, Field(gt=0), BeforeValidator(_seconds)] | None = Field(
        default=None, description='Seconds, or "15m", "1h"; without one, as often as the source has news.'
    )
    fulltext: Literal["auto", "always", "never"] = Field(
        default="auto", description="Fetch the article's page: if the feed has a summary only, always, never."
    )
    language: str | None = None
    enabled: bool = True
    tags: tuple[Annotated[str, AfterValidator(_tag)], ...] = ()
    headers: Pairs = Field(default={}, description="Sent to the host of `url`, and to no other.")
    cookies: Pairs = Field(default={}, description="Sent as `headers` are.")
    auth: str | None = Field(default=None, description='"user:password", sent as HTTP Basic.')
    proxy: str | None = Field(default=None, description="Address of a proxy for this source.")
    retry_scope: Literal["source", "host"] = Field(
        default="source", description="Whom a Retry-After holds: this source, or all of its host."
    )
    robots: bool = Field(default=False, description="Ask robots.txt before the feed too, not before its pages only.")

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, ("***" if name in SECRETS and value else value)

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
