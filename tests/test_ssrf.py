"""No spelling of a private address is connected to: not directly, not after a redirect, not through a name."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import httpcore2
import pytest
from web import Site

from worker.errors import NewsworkerError, Rejected, Retryable
from worker.http import Client
from worker.settings import Settings

# What stands in an address, and the IP address that it means (to a browser, a resolver or a careless parser).
SPELLINGS = {
    # loopback: decimal, octal, hexadecimal, short and mixed
    "127.0.0.1": "127.0.0.1",
    "127.1": "127.0.0.1",
    "127.0.1": "127.0.0.1",
    "2130706433": "127.0.0.1",
    "017700000001": "127.0.0.1",
    "0177.1": "127.0.0.1",
    "0177.0.0.1": "127.0.0.1",
    "0x7f000001": "127.0.0.1",
    "0X7F.0.0.1": "127.0.0.1",
    "0x7f.1": "127.0.0.1",
    "127.0x0.1": "127.0.0.1",
    "127.255.255.254": "127.255.255.254",
    "127.0.0.1.": "127.0.0.1",
    "localhost": "127.0.0.1",
    "LOCALHOST.": "127.0.0.1",
    "localhost.localdomain": "127.0.0.1",
    "ip6-localhost": "::1",
    # other letters for the same digits and dots
    "127。0。0。1": "127.0.0.1",
    "127．0．0．1": "127.0.0.1",
    "127｡0｡0｡1": "127.0.0.1",
    "１２７.0.0.1": "127.0.0.1",
    "①②⑦.⓪.⓪.①": "127.0.0.1",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ": "127.0.0.1",
    "127%2e0%2e0%2e1": "127.0.0.1",
    "%31%32%37.0.0.1": "127.0.0.1",
    "127.0.0.1%00.example": "127.0.0.1",
    # a name in front that is none
    "public.example@127.0.0.1": "127.0.0.1",
    "public.example:80@127.0.0.1": "127.0.0.1",
    "public.example%20@127.0.0.1": "127.0.0.1",
    # this host, this network, broadcast
    "0": "0.0.0.0",
    "0x0": "0.0.0.0",
    "0.0.0.0": "0.0.0.0",
    "0.1.2.3": "0.1.2.3",
    "255.255.255.255": "255.255.255.255",
    # private networks, CGNAT, link-local, metadata
    "10.0.0.1": "10.0.0.1",
    "10.1": "10.0.0.1",
    "172.16.0.1": "172.16.0.1",
    "192.168.1.1": "192.168.1.1",
    "0xc0a80101": "192.168.1.1",
    "100.64.0.1": "100.64.0.1",
    "100.100.100.200": "100.100.100.200",
    "169.254.169.254": "169.254.169.254",
    "2852039166": "169.254.169.254",
    "0xa9fea9fe": "169.254.169.254",
    "0251.0376.0251.0376": "169.254.169.254",
    "metadata.google.internal": "169.254.169.254",
    "instance-data": "169.254.169.254",
    # protocol assignments, anycast of 6to4, documentation, benchmarks, multicast, reserved
    "192.0.0.8": "192.0.0.8",
    "192.0.2.1": "192.0.2.1",
    "192.88.99.1": "192.88.99.1",
    "198.18.0.1": "198.18.0.1",
    "198.51.100.7": "198.51.100.7",
    "203.0.113.9": "203.0.113.9",
    "224.0.0.1": "224.0.0.1",
    "239.255.255.250": "239.255.255.250",
    "240.0.0.1": "240.0.0.1",
    # IPv6: itself, and IPv4 inside it
    "[::1]": "::1",
    "[0:0:0:0:0:0:0:1]": "::1",
    "[::]": "::",
    "[::1%25lo]": "::1",
    "[fe80::1]": "fe80::1",
    "[fe80::1%25lo]": "fe80::1%lo",
    "[fec0::1]": "fec0::1",
    "[fc00::1]": "fc00::1",
    "[fd00:ec2::254]": "fd00:ec2::254",
    "[ff02::1]": "ff02::1",
    "[100::1]": "100::1",
    "[2001:db8::1]": "2001:db8::1",
    "[3fff::1]": "3fff::1",
    "[5f00::1]": "5f00::1",
    "[::127.0.0.1]": "::127.0.0.1",
    "[::7f00:1]": "::127.0.0.1",
    "[::ffff:127.0.0.1]": "::ffff:127.0.0.1",
    "[::ffff:a9fe:a9fe]": "::ffff:169.254.169.254",
    "[::ffff:0:127.0.0.1]": "::ffff:0:7f00:1",
    "[64:ff9b::7f00:1]": "64:ff9b::7f00:1",
    "[64:ff9b::10.0.0.1]": "64:ff9b::a00:1",
    "[64:ff9b:1::7f00:1]": "64:ff9b:1::7f00:1",
    "[2002:7f00:1::]": "2002:7f00:1::",
    "[2002:a9fe:a9fe::1]": "2002:a9fe:a9fe::1",
    "[2001:0:7f00:1:0:0:f7f7:f7f7]": "2001:0:7f00:1:0:0:f7f7:f7f7",
    "[2001:0:808:808:0:0:80ff:fffe]": "2001:0:808:808:0:0:80ff:fffe",
}
REFUSALS = {"private-address", "address"}
# Names of one machine only, which the system here may not know: then there is nothing to connect to.
UNKNOWN = REFUSALS | {"dns"}


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were connected to."""
    found: list[str] = []
    real = httpcore2.SyncBackend.connect_tcp

    def connect(self: httpcore2.SyncBackend, host: str, *args: Any, **kwargs: Any) -> httpcore2.NetworkStream:
        found.append(host)
        return real(self, host, *args, **kwargs)

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    return found


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names that the system resolves to what a test wants."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def resolve(host: str, *args: Any, **kwargs: Any) -> list[Any]:
        if host not in known:
            return real(host, *args, **kwargs)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({}) as site:
        yield site


def refused(url: str, **values: Any) -> NewsworkerError:
    with Client(Settings(**values)) as client, pytest.raises((Rejected, Retryable)) as caught:
        client.get(url)
    return caught.value


def test_the_table_has_all_that_was_promised() -> None:
    assert len(SPELLINGS) >= 40


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_private_address_is_refused_directly(spelling: str, connected: list[str]) -> None:
    assert refused(f"http://{spelling}:9/").reason in UNKNOWN
    assert connected == []


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_private_address_is_refused_after_a_redirect(
    spelling: str, site: Site, connected: list[str], names: dict[str, list[str]]
) -> None:
    names["public.example"] = ["127.0.0.1"]
    target = f"http://{spelling}:{site.port}/secret"
    site.answers["/out"] = (302, {"Location": target.encode().decode("latin-1")}, b"")
    assert refused(f"http://public.example:{site.port}/out", allow_hosts=("public.example",)).reason in UNKNOWN
    assert site.paths() == ["/out"]
    assert connected == ["127.0.0.1"]


@pytest.mark.parametrize("address", dict.fromkeys(SPELLINGS.values()))
@pytest.mark.parametrize("company", [[], ["8.8.8.8"]], ids=["alone", "behind-a-public-one"])
def test_a_name_that_leads_to_a_private_address_is_refused(
    address: str, company: list[str], connected: list[str], names: dict[str, list[str]]
) -> None:
    names["rebound.example"] = [*company, address]
    assert refused("http://rebound.example/").reason == "private-address"
    assert connected == []


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    site: Site, connected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that turns private after the check (rebinding) gains nothing: it is asked for once, and connected by number."""
    answers = iter(["127.0.0.1", "10.0.0.1"])
    real = socket.getaddrinfo

    def resolve(host: str, *args: Any, **kwargs: Any) -> list[Any]:
        return real(next(answers) if host == "rebound.example" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    site.answers["/"] = (200, {}, b"fine")
    with Client(Settings(allow_hosts=("127.0.0.1",))) as client:
        assert client.get(f"http://rebound.example:{site.port}/").body == b"fine"
    assert next(answers) == "10.0.0.1"
    assert connected == ["127.0.0.1"]


def test_a_name_is_checked_anew_when_it_is_connected_to_again(
    site: Site, connected: list[str], names: dict[str, list[str]]
) -> None:
    names["rebound.example"] = ["127.0.0.1"]
    site.answers["/"] = (200, {"Connection": "close"}, b"fine")
    with Client(Settings(allow_hosts=("127.0.0.1",))) as client:
        client.get(f"http://rebound.example:{site.port}/")
        names["rebound.example"] = ["10.0.0.1"]
        with pytest.raises(Rejected) as caught:
            client.get(f"http://rebound.example:{site.port}/")
    assert caught.value.reason == "private-address"
    assert connected == ["127.0.0.1"]
