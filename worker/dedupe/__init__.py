"""Which article a document is, and whether a text has been seen: identity, the names of an article, and digests.

A source names its articles by guid, by address, by headline, and by nothing but the text. Any of these finds an article
that is known; the one that came first has decided its id.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, quote_plus, unquote_to_bytes, urlsplit

from worker.model import Article, Document

# 80 bits: among a billion articles a clash has a chance of about one in a million.
ID_CHARS = 20
# What stays as it is in a path, besides letters, digits and "_.-~".
SAFE = "/!=:,%"
# A path without its host that is shorter, such as "/1" or "/news", may be of any site.
MIN_PATH = 8

_ESCAPED = re.compile(r"%[0-9a-fA-F]{2}")
_STRAY = re.compile(r"%(?![0-9a-fA-F]{2})")
_TAG = re.compile(r"tag:[^,:]+,[\d-]+:(.+)", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_NOTHING: frozenset[str] = frozenset()


class Kind(StrEnum):
    """What a source can name an article by, the most telling first."""

    GUID = "guid"
    URL = "url"
    TITLE = "title"  # address and headline together
    TEXT = "text"


def article_id(document: Document | Article, without: AbstractSet[str] = _NOTHING) -> str:
    """The id of the document's article, the same whenever and wherever it is read.

    The sender's own id if there is one, kept as it is; else made from the address without trackers, else from the
    source's guid, else from title and text. `without`: kinds of names that cannot be trusted here.
    """
    if isinstance(document, Document) and document.id:
        return document.id
    return _sha256(next(_keys(document, without)))[:ID_CHARS]


def _keys(document: Document | Article, without: AbstractSet[str]) -> Iterator[str]:
    url = canonical(document.url) if document.url else None
    if url and Kind.URL not in without:
        yield f"url {url}"
    if document.guid and Kind.GUID not in without:
        yield f"guid {document.source or ''} {document.guid}"
    if url and document.title and Kind.TITLE not in without:
        yield f"title {url} {squeezed(document.title)}"
    yield f"text {digest(document.title, text_of(document))}"


def text_of(document: Document | Article) -> str:
    """The text, or the markup that it will be taken from."""
    return document.content if isinstance(document, Document) else document.text


def names(document: Document | Article, kind: Kind, pages: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What the document's source calls its article, as digests; the most telling first.

    A guid that is an address has two names: one without the scheme, and one without the host, which outlives a move to
    another domain. `pages`: further addresses that the article's page says are its own.
    """
    found: dict[Kind, Any] = {Kind.GUID: _guid_names, Kind.URL: _url_names, Kind.TITLE: _title_names}
    given = found[kind](document) if kind in found else ()
    more = [f"url {canonical(page)}" for page in pages] if kind is Kind.URL else []
    return tuple(_sha256(name)[:ID_CHARS] for name in dict.fromkeys([*given, *more]))


def _guid_names(document: Document | Article) -> Iterator[str]:
    guid, source = (document.guid or "").strip(), document.source or ""
    if not guid:
        return
    is_address = bool(_WEB.match(guid))
    plain = canonical(guid) if is_address else guid
    yield f"guid {source} {plain}"
    tagged = _TAG.fullmatch(guid)
    rest = tagged[1] if tagged else plain.partition("/")[2] if is_address else ""
    if len(rest) >= MIN_PATH:
        yield f"guid-path {source} {rest}"


def _url_names(document: Document | Article) -> Iterator[str]:
    if document.url:
        yield f"url {canonical(document.url)}"


def _title_names(document: Document | Article) -> Iterator[str]:
    if document.url and document.title:
        yield f"title {canonical(document.url)} {squeezed(document.title)}"


def is_front_page(address: str) -> bool:
    """Whether an address is that of a site, which names none of its articles."""
    return bool(_WEB.match(address.strip())) and canonical(address).partition("/")[2] == ""


def is_same_page(one: str, other: str) -> bool:
    """Whether both addresses are on one site, the host for small screens included, and neither is its front page."""
    hosts = {_bare_host(canonical(url)) for url in (one, other)}
    return len(hosts) == 1 and not is_front_page(one) and not is_front_page(other)


def _bare_host(address: str) -> str:
    host = address.partition("/")[0]
    first, _, rest = host.partition(".")
    return rest if first in data()["variant_hosts"] and "." in rest else host


# ---------------------------------------------------------------- addresses


# Each poll asks for the addresses of its entries several times.
@lru_cache(maxsize=1024)
def canonical(url: str) -> str:
    """An address in the form in which two spellings of it are equal.

    Without scheme, user, default port, fragment, trackers and the marks of a light (AMP) version; its path without
    detours, its parameters in order, its escapes in one spelling. What is no address is only ever equal to itself.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return url
    if not host:
        return url
    place = _ascii(host.rstrip(".")) + (f":{port}" if port not in {None, 80, 443} else "")
    query = _query(parts.query)
    return place + _path(parts.path) + (f"?{query}" if query else "")


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return quote(host, safe="")


def _path(path: str) -> str:
    plain = _STRAY.sub("%25", _ESCAPED.sub(_unescaped, path))
    path = quote(_direct(plain), safe=SAFE, errors="surrogatepass")
    for ending in data()["amp_endings"]:
        if path.endswith(ending):
            return path.removesuffix(ending) + ("/" if ending.endswith("/") else "") or "/"
    return path


def _unescaped(found: re.Match[str]) -> str:
    """An escape as its character if it need not be one, else in capitals."""
    char = chr(int(found[0][1:], 16))
    return char if char.isascii() and (char.isalnum() or char in "-._~") else found[0].upper()


def _direct(path: str) -> str:
    """The path without ".", ".." and doubled slashes."""
    steps: list[str] = []
    parts = path.split("/")
    for step in parts:
        if step == "..":
            del steps[-1:]
        elif step not in {"", "."}:
            steps.append(step)
    end = "/" if steps and parts[-1] in {"", ".", ".."} else ""
    return "/" + "/".join(steps) + end


def _query(query: str) -> str:
    """The parameters in the order of their names; those of one name keep theirs, which may mean something."""
    pairs = [pair for raw in query.split("&") if raw and not _is_noise(*(pair := _pair(raw)))]
    ordered = sorted(pairs, key=lambda pair: pair[0])
    return "&".join(name if value is None else f"{name}={value}" for name, value in ordered)


def _pair(raw: str) -> tuple[str, str | None]:
    name, sign, value = raw.partition("=")
    return _escaped(name), _escaped(value) if sign else None


def _escaped(text: str) -> str:
    return quote_plus(unquote_to_bytes(text.replace("+", " ").encode("utf8", "surrogatepass")))


def _is_noise(name: str, value: str | None) -> bool:
    low, words = name.lower(), data()
    if low in words["trackers"] or low.startswith(tuple(words["tracker_prefixes"])):
        return True
    return (value or "").lower() in words["amp_parameters"].get(low, ())


@cache
def data() -> dict[str, Any]:
    """The word lists of this module."""
    return tomllib.loads((files("worker.dedupe") / "dedupe.toml").read_text(encoding="utf8"))


# ---------------------------------------------------------------- texts


def digest(title: str | None, text: str) -> str:
    """SHA-256 (hex) of title and text; differences in spaces and line ends do not count."""
    return _sha256(f"{squeezed(title or '')}\n{squeezed(text)}")


def squeezed(text: str) -> str:
    """The text in one line, with single spaces."""
    return " ".join(text.split())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
