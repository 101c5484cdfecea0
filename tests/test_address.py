from __future__ import annotations

import ipaddress
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import Rejected, Retryable
from worker.http.address import Guard, is_public

FORBIDDEN = """
127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 169.254.169.254 172.16.0.1 172.31.255.255
192.0.0.1 192.0.0.8 192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7
203.0.113.9 168.63.129.16 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:7f00:1 64:ff9b::127.0.0.1
64:ff9b::a00:1 64:ff9b::169.254.169.254 64:ff9b:1::1 64:ff9b:1::808:808 2002:7f00:1:: 2002:a00:1::1 2002:c0a8:1::1
2001:0:7f00:1:0:0:f7f7:f7f7 2001:0:808:808:0:0:80ff:fffe 2001:db8::1 2001:20::1 3fff::1 5f00::1 fc00::1 fd12:3456::1
fe80::1 fec0::1 ff02::1 ff0e::1 100::1 4000::1
""".split()
PUBLIC = """
8.8.8.8 1.1.1.1 93.184.216.34 172.15.0.1 172.32.0.1 100.63.255.255 100.128.0.1 192.0.1.1 198.17.0.1 198.20.0.1
2606:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1
""".split()


@pytest.mark.parametrize("address", FORBIDDEN)
def test_private_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_ipv4_address_means_the_same_however_it_is_wrapped(address: ipaddress.IPv4Address) -> None:
    value = int(address)
    wrapped = [0xFFFF << 32 | value, 0x64FF9B << 96 | value, 0x2002 << 112 | value << 80]
    if value > 1:  # :: and ::1 are IPv6's own
        wrapped.append(value)
    assert {is_public(ipaddress.IPv6Address(number)) for number in wrapped} == {is_public(address)}


@given(st.ip_addresses())
def test_nothing_but_global_unicast_is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified:
        assert not is_public(address)


def test_one_private_address_among_public_ones_refuses_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 0)) for ip in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Rejected) as caught:
        Guard(()).addresses("two.example", 1)
    assert caught.value.reason == "private-address"
    assert "allow_hosts" in caught.value.message


def test_allowed_networks_and_names_may_be_private() -> None:
    assert Guard(("127.0.0.0/8",)).addresses("127.1.2.3", 1) == ["127.1.2.3"]
    assert "127.0.0.1" in Guard(("LocalHost.",)).addresses("localhost", 1)


def test_name_that_resolves_too_slowly_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(5) and [])
    with pytest.raises(Retryable) as caught:
        Guard(()).addresses("slow.example", 0.05)
    over.set()
    assert caught.value.reason == "timeout"
