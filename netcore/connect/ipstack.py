"""What IP this machine speaks, and IPv4 servers reached from where only IPv6 exists.

Mars: ``mars/comm/socket/local_ipstack.cc`` and ``nat64_prefix_util.cc``. The NAT64 prefix is
discovered as in RFC 7050, from the addresses of ``ipv4only.arpa``, and IPv4 addresses are embedded
into it as in RFC 6052 section 2.2.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import IntFlag

from netcore.connect.endpoint import Endpoint

PROBE_V4 = ("8.8.8.8", 80)
PROBE_V6 = ("2000::", 80)
NAT64_HOST = "ipv4only.arpa"
WELL_KNOWN_PREFIX = ipaddress.IPv6Network("64:ff9b::/96")
_WELL_KNOWN_V4 = frozenset(ipaddress.IPv4Address(each) for each in ("192.0.0.170", "192.0.0.171"))
_LENGTHS = (96, 64, 56, 48, 40, 32)  # RFC 6052: the prefix lengths there are

Probe = Callable[[socket.AddressFamily, tuple[str, int]], bool]


class LocalStack(IntFlag):
    """Which kinds of IP have a way out (``TLocalIPStack``)."""

    NONE = 0
    V4 = 1
    V6 = 2
    DUAL = 3


def has_route(family: socket.AddressFamily, address: tuple[str, int]) -> bool:
    """Whether the system has a route to ``address``; connecting a UDP socket sends nothing."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(address)
    except OSError:
        return False
    return True


def detect_stack(probe: Probe = has_route) -> LocalStack:
    """The kinds of IP that have a route to the Internet."""
    stack = LocalStack.NONE
    if probe(socket.AF_INET, PROBE_V4):
        stack |= LocalStack.V4
    if probe(socket.AF_INET6, PROBE_V6):
        stack |= LocalStack.V6
    return stack


def find_nat64_prefix(addresses: Iterable[str]) -> ipaddress.IPv6Network | None:
    """The NAT64 prefix, from the IPv6 addresses of ``ipv4only.arpa``; None when there is none."""
    for text in addresses:
        try:
            address = ipaddress.IPv6Address(text)
        except ValueError:
            continue
        for length in _LENGTHS:
            if extract(address, length) in _WELL_KNOWN_V4:
                return ipaddress.IPv6Network((address, length), strict=False)
    return None


def synthesize(prefix: ipaddress.IPv6Network, v4: str) -> str:
    """The IPv6 address that stands for ``v4`` behind the NAT64 of ``prefix``.

    Raises :class:`ValueError` for a prefix length that RFC 6052 does not know.
    """
    packed = bytearray(prefix.network_address.packed)
    for at, byte in zip(_places(prefix.prefixlen), ipaddress.IPv4Address(v4).packed, strict=True):
        packed[at] = byte
    return str(ipaddress.IPv6Address(bytes(packed)))


def extract(address: ipaddress.IPv6Address, length: int) -> ipaddress.IPv4Address | None:
    """The IPv4 address embedded behind a prefix of ``length``; None when the u octet is not 0."""
    packed = address.packed
    if length < 96 and packed[8] != 0:
        return None
    return ipaddress.IPv4Address(bytes(packed[at] for at in _places(length)))


def _places(length: int) -> Sequence[int]:
    if length not in _LENGTHS:
        raise ValueError(f"a NAT64 prefix has a length of 32, 40, 48, 56, 64 or 96, not {length}")
    first = length // 8
    if length == 96:
        return range(12, 16)
    # Octet 8, "u", is skipped and zero.
    return [at for at in range(first, first + 5) if at != 8][:4]


def through_nat64(endpoint: Endpoint, prefix: ipaddress.IPv6Network | None) -> Endpoint:
    """``endpoint`` as reached through NAT64; unchanged when it is IPv6 or no NAT64 would take it.

    Without a discovered ``prefix`` the well-known one is tried, which RFC 6052 section 3.1 keeps
    for global addresses.
    """
    if endpoint.is_v6:
        return endpoint
    v4 = ipaddress.IPv4Address(endpoint.ip)
    if v4.is_loopback or (prefix is None and not v4.is_global):
        return endpoint
    return replace(endpoint, ip=synthesize(prefix or WELL_KNOWN_PREFIX, endpoint.ip))


def interleave(endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """IPv6 and IPv4 in turns, the first one's family first (RFC 8305 section 4)."""
    if not endpoints:
        return []
    first = [each for each in endpoints if each.is_v6 == endpoints[0].is_v6]
    second = [each for each in endpoints if each.is_v6 != endpoints[0].is_v6]
    mixed: list[Endpoint] = []
    for index in range(max(len(first), len(second))):
        mixed.extend(first[index : index + 1])
        mixed.extend(second[index : index + 1])
    return mixed


def for_proxy(endpoints: Sequence[Endpoint], proxy_ip: str) -> list[Endpoint]:
    """Those a proxy at ``proxy_ip`` can reach: an IPv4 proxy mostly has no IPv6 (``longlink.cc``).

    IPv6 is kept when there is nothing else.
    """
    if ":" in proxy_ip:
        return list(endpoints)
    return [each for each in endpoints if not each.is_v6] or list(endpoints)
