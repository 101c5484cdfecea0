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
from worker.http.access import Access, is_same_site
from worker.model import Document
from worker.sources._secret import reveal

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# What a header's name is made of: RFC 9110, section 5.1.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
# Control characters, what turns the direction of writing, halves of pairs, and what is no character.
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
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


def address_fault(value: str) -> str:
    """What keeps an address from being polled; empty if nothing does."""
    try:
        parts = urlsplit(value)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and not _SPACE.search(value)
        port, given = parts.port, parts.username is not None
    except ValueError:  # brackets of IPv6 that do not match, a port that is no number
        known, port, given = False, None, False
    if not known or port == 0:
        return "not an http or https address"
    return 'name and password do not belong in an address; write auth = "env:NAME" instead' if given else ""


def _address(value: str) -> str:
    if fault := address_fault(value):
        raise ValueError(fault)
    return value


def _line(value: str) -> str:
    """One line, without what neither a terminal nor XML takes."""
    return " ".join(_UNWRITABLE.sub(" ", value).split())


def _tag(value: str) -> str:
    tag = _line(value)
    if not tag or "," in tag or "/" in tag:
        message = "a tag is a word or a few, without comma and slash"
        raise ValueError(message)
    return tag


def _once(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))


def _token(value: str) -> str:
    if not _TOKEN.fullmatch(value):
        message = "not the name of a header or a cookie"
        raise ValueError(message)
    return value


Address = Annotated[str, AfterValidator(_address)]
Pairs = dict[Annotated[str, AfterValidator(_token)], str]


class SourceConfig(BaseModel):
    """One source to poll.

    The values of `headers`, `cookies`, `auth` and `proxy` are secrets: no repr, log or export shows them. Each may be
    "env:NAME" or "file:/path", which names the place where the value is found when it is needed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=r"^[\w.-]+$", description="Letters, digits, dot, dash; stands in every record.")
    title: Annotated[str, AfterValidator(_line)] | None = Field(default=None, description="What people call it.")
    kind: str = "feed"
    url: Address
    site: Address | None = Field(default=None, description="The site whose feed it is; where it is looked for if it is lost.")
    interval: Annotated[float, Field(gt=0, allow_inf_nan=False), BeforeValidator(_seconds)] | None = Field(
        default=None, description='Seconds, or "15m", "1h"; without one, as often as the source has news.'
    )
    fulltext: Literal["auto", "always", "never"] = Field(
        default="auto", description="Fetch the article's page: if the feed has a summary only, always, never."
    )
    language: str | None = Field(default=None, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$")
    enabled: bool = True
    tags: Annotated[tuple[Annotated[str, AfterValidator(_tag)], ...], AfterValidator(_once)] = ()
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

    def access(self) -> Access:
        """What its requests carry. Raises Misconfigured, naming source and key, if a secret is not where it should be."""
        return Access(
            headers={name: self._secret(f"headers.{name}", value) for name, value in self.headers.items()},
            cookies={name: self._secret(f"cookies.{name}", value) for name, value in self.cookies.items()},
            auth=self._credentials(),
            proxy=None if self.proxy is None else self._secret("proxy", self.proxy),
        )

    def access_to(self, url: str) -> Access:
        """What a request to an address carries: all of it on the server of the source, elsewhere only the proxy.

        Raises Misconfigured as `access` does.
        """
        access = self.access()
        return access if is_same_site(self.url, url) else Access(proxy=access.proxy)

    def _credentials(self) -> str | None:
        if self.auth is None:
            return None
        value = self._secret("auth", self.auth)
        if ":" not in value:
            message = f"source {self.name}: auth: not user:password"
            raise Misconfigured(message, stage="sources", reason="secret", source=self.name)
        return value

    def _secret(self, key: str, value: str) -> str:
        try:
            return reveal(value, f"source {self.name}: {key}")
        except Misconfigured as error:
            raise error.at(source=self.name) from None

    def with_fulltext(self, document: Document) -> Document:
        """The document, to be completed from its page or not as this source wants it."""
        if self.fulltext == "auto" or document.url is None:
            return document
        return document.model_copy(update={"complete": self.fulltext == "never"})


def load_sources(path: Path) -> tuple[SourceConfig, ...]:
    """The sources of a file, in its order. Raises Misconfigured with file, source and key."""
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); the setting feeds says where the sources stand"
        raise _misconfigured(message) from None
    return parse_sources(content, str(path))


def parse_sources(content: bytes, place: str) -> tuple[SourceConfig, ...]:
    """The sources in the bytes of such a file; `place` stands in messages. Raises Misconfigured."""
    sources = tuple(_source(place, number, table) for number, table in enumerate(_tables(content, place), start=1))
    seen: set[str] = set()
    for source in sources:
        if source.name in seen:
            message = f"{place}: two sources are called {source.name!r}; names must differ"
            raise _misconfigured(message)
        seen.add(source.name)
    return sources


def _tables(content: bytes, place: str) -> list[Any]:
    try:
        found = tomllib.loads(content.decode("utf8"))
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a ValueError too
        message = f"{place}: not valid TOML: {error}"
        raise _misconfigured(message) from None
    tables = found.pop("source", [])
    if found or not isinstance(tables, list):
        unknown = next(iter(found), "source")
        message = f"{place}: {unknown}: only [[source]] tables belong here"
        raise _misconfigured(message)
    return tables


def _source(file: str, number: int, table: Any) -> SourceConfig:
    name = table.get("name") if isinstance(table, dict) else None
    try:
        return SourceConfig.model_validate(table)
    except ValidationError as error:
        place = f"{file}: source {name or number}"
        raise _misconfigured("\n".join(f"{place}: {line}" for line in explain(error))) from None


def explain(error: ValidationError) -> list[str]:
    """What is wrong with a source, a line for each of its keys that is; values are not told."""
    return [_explained(item) for item in error.errors(include_input=False)]


def _explained(item: Any) -> str:
    key = ".".join(str(part) for part in item["loc"]) or "table"
    if item["type"] != "extra_forbidden":
        return f"{key}: {item['msg'].removeprefix('Value error, ')}"
    near = difflib.get_close_matches(key, SourceConfig.model_fields, n=1)
    return f"{key}: unknown key" + (f"; did you mean {near[0]!r}?" if near else "")


def _misconfigured(message: str) -> Misconfigured:
    return Misconfigured(message, stage="sources", reason="sources")
