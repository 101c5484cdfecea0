"""What a source needs to be let in: headers, log-in, cookies, a proxy. Never shown."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2

from worker.errors import Rejected

PORTS = {"http": 80, "https": 443}
"""The schemes that are fetched, and where they are served if nothing else is said."""
# RFC 9110: what a field's name is made of, and what its value may not have in it.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_COOKIE = re.compile(r"[^\x00-\x20\x7f;,\"\\]*")
# The client's own: they follow from the address, the connection, or what can be decompressed.
_OWN = frozenset("host connection content-length transfer-encoding accept-encoding te upgrade proxy-authorization".split())


@dataclass(frozen=True)
class Access:
    """What goes with the requests of one source, to its own host only.

    `auth` is "user:password"; `proxy` is http://user:password@host:port, through which every hop is reached. Its
    representation shows none of it.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: str | None = field(default=None, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str | None = field(default=None, repr=False)


def request_headers(access: Access, headers: Mapping[str, str], place: httpx2.URL) -> dict[str, str]:
    """Header fields for the host that was asked, by lower-case name; `headers` outrank those of the access.

    Raises Rejected (reason "headers"), naming the field but not its value, for what cannot be sent.
    """
    sent = _login(access, place)
    if access.cookies:
        sent["cookie"] = "; ".join(f"{name}={_cookie(name, value)}" for name, value in access.cookies.items())
    for name, value in [*access.headers.items(), *headers.items()]:
        sent[_name(name)] = _value(name, value)
    return sent


def is_same_site(one: str | httpx2.URL, other: str | httpx2.URL) -> bool:
    """Whether what is meant for the server of one address may go to the other: the same, or its move from http to https."""
    try:
        old, new = httpx2.URL(one), httpx2.URL(other)
    except (httpx2.InvalidURL, ValueError):
        return False
    if old.host != new.host or not {old.scheme, new.scheme} <= set(PORTS):
        return False
    ports = [place.port or PORTS[place.scheme] for place in (old, new)]
    upgrade = [old.scheme, new.scheme, *ports] == ["http", "https", 80, 443]
    return upgrade or (old.scheme == new.scheme and ports[0] == ports[1])


def _login(access: Access, place: httpx2.URL) -> dict[str, str]:
    pair = access.auth or (f"{place.username}:{place.password}" if place.userinfo else None)
    return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"} if pair else {}


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        message = f"{name!r} is no name of a header field"
        raise _refused(message)
    if name.lower() in _OWN:
        message = f"the header field {name} is set by the client itself; take it out of the source's headers"
        raise _refused(message)
    return name.lower()


def _value(name: str, value: str) -> str:
    if _UNSENDABLE.search(value):
        message = f"the value of the header field {name} has a line break or control character in it"
        raise _refused(message)
    return value.strip(" \t")


def _cookie(name: str, value: str) -> str:
    if not (_NAME.fullmatch(name) and _COOKIE.fullmatch(value)):
        message = f"the cookie {name!r} has a character in it that a cookie cannot have"
        raise _refused(message)
    return value


def _refused(message: str) -> Rejected:
    return Rejected(message, stage="fetch", reason="headers")
