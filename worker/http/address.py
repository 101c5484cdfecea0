"""Which network addresses may be connected to, and the addresses of a host name."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Iterable

from worker.errors import Rejected, Retryable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What `is_global` lets through in some Python versions although no public server lives there.
# The last is where every machine at Azure finds the service that manages it.
_REFUSED_V4 = tuple(
    map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/3", "168.63.129.16/32"))
)
_REFUSED_V6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
# All of IPv6 that is handed out to networks; the rest is local, multicast or reserved.
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
_COMPATIBLE_V6 = ipaddress.IPv6Network("::/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: str | Address) -> bool:
    """Whether an IP address is one of the public internet; addresses that carry IPv4 ones are judged by these."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not any(ip in network for network in _REFUSED_V4)
    embedded = _embedded(ip)
    if embedded:
        return all(map(is_public, embedded))
    return ip in _UNICAST_V6 and ip.is_global and not any(ip in network for network in _REFUSED_V6)


def _embedded(ip: ipaddress.IPv6Address) -> tuple[ipaddress.IPv4Address, ...]:
    """The IPv4 addresses inside: v4-mapped, 6to4, Teredo (server and client), v4-compatible and NAT64."""
    if ip.ipv4_mapped:
        return (ip.ipv4_mapped,)
    if ip.sixtofour:
        return (ip.sixtofour,)
    if ip.teredo:
        return ip.teredo
    if ip in _COMPATIBLE_V6 or ip in _NAT64:
        return (ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF),)
    return ()


class Guard:
    """Resolves host names, and refuses those that lead into a private network and are not on the operator's list.

    `allow_hosts`: host names, addresses or networks (10.1.0.0/16) that may be private.
    """

    def __init__(self, allow_hosts: Iterable[str]) -> None:
        self._names: set[str] = set()
        self._networks: list[Network] = []
        for host in allow_hosts:
            try:
                self._networks.append(ipaddress.ip_network(host, strict=False))
            except ValueError:
                self._names.add(_folded(host))

    def addresses(self, host: str, seconds: float) -> list[str]:
        """The host's addresses in the order in which to try them.

        Raises Rejected if any of them may not be connected to, Retryable if there is none or not within `seconds`.
        """
        addresses = resolve(host, seconds)
        for address in addresses:
            if not (_folded(host) in self._names or self._permits(address)):
                named = host if _folded(host) == address else f"{host} ({address})"
                message = (
                    f"{named} is not on the public internet; "
                    "name it in the setting allow_hosts if it is yours and meant to be read"
                )
                raise Rejected(message, stage="fetch", reason="private-address")
        return addresses

    def _permits(self, address: str) -> bool:
        ip = ipaddress.ip_address(address)
        return is_public(ip) or any(ip in network for network in self._networks)


def _folded(host: str) -> str:
    return host.lower().rstrip(".")


def resolve(host: str, seconds: float) -> list[str]:
    """Ask the system for a host's addresses; in a thread, because the system's resolver knows no time limit."""
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_ask(host)), daemon=True, name="resolve").start()
    try:
        answer = answers.get(timeout=max(seconds, 0))
    except queue.Empty:
        message = f"{host}: its name was not resolved in time"
        raise Retryable(message, stage="fetch", reason="timeout") from None
    if isinstance(answer, UnicodeError):
        message = f"{host!r} is not a host name"
        raise Rejected(message, stage="fetch", reason="address")
    if isinstance(answer, OSError):
        message = f"{host}: no address found ({answer.strerror}); check the spelling, or your connection"
        raise Retryable(message, stage="fetch", reason="dns")
    return answer


def _ask(host: str) -> list[str] | OSError | UnicodeError:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
