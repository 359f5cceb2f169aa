"""rtnetlink, the little of it that says which networks this machine is on (sans-I/O).

Builds dump requests and parses messages of links, addresses and routes (rtnetlink(7), netlink(7)),
and folds them into one :class:`Networks` picture. Unknown attributes and messages are skipped; a
message cut short ends its buffer. The socket is ``linux_network``'s.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

GROUPS = 0x1 | 0x10 | 0x100 | 0x40 | 0x400  # links, v4 and v6 addresses, v4 and v6 routes

NEWLINK, DELLINK, GETLINK = 16, 17, 18
NEWADDR, DELADDR, GETADDR = 20, 21, 22
NEWROUTE, DELROUTE, GETROUTE = 24, 25, 26
DONE, ERROR = 3, 2

_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BBHiII")
_ADDRESS = struct.Struct("=BBBBI")
_ROUTE = struct.Struct("=BBBBBBBBI")
_ATTRIBUTE = struct.Struct("=HH")

_IFF_UP, _IFF_LOOPBACK, _IFF_LOWER_UP = 0x1, 0x8, 0x10000
_SCOPE_UNIVERSE = 0
_MAIN_TABLE = 254
_RTN_UNICAST = 1


def dump_request(kind: int, sequence: int) -> bytes:
    """A request for all links, addresses or routes (``kind`` is one of the GET numbers)."""
    length = _HEADER.size + 4
    root_and_match = 0x1 | 0x300
    return _HEADER.pack(length, kind, root_and_match, sequence, 0) + b"\0\0\0\0"


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and payload of each whole message in ``data``."""
    offset = 0
    while offset + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, offset)
        if length < _HEADER.size or offset + length > len(data):
            return
        yield kind, data[offset + _HEADER.size : offset + length]
        offset += (length + 3) & ~3


def _attributes(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    offset = 0
    while offset + 4 <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < 4 or offset + length > len(data):
            break
        found[kind & 0x3FFF] = data[offset + 4 : offset + length]
        offset += (length + 3) & ~3
    return found


def _number(data: bytes | None) -> int:
    return int.from_bytes(data, "little") if data and len(data) == 4 else 0


def _ip(data: bytes | None) -> str:
    if data is None or len(data) not in (4, 16):
        return ""
    return str(ipaddress.ip_address(data))


@dataclass(slots=True)
class Interface:
    """One interface as the kernel knows it."""

    name: str
    up: bool = False
    loopback: bool = False
    addresses: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class DefaultRoute:
    """A way out: lower ``metric`` is preferred."""

    metric: int
    index: int
    gateway: str


@dataclass(slots=True)
class Networks:
    """Interfaces, global addresses and default routes, from a dump and what follows it."""

    interfaces: dict[int, Interface] = field(default_factory=dict)
    routes: set[DefaultRoute] = field(default_factory=set)

    def apply(self, data: bytes) -> bool:
        """Take in a buffer from the socket; answers whether a dump ended in it."""
        ended = False
        for kind, payload in messages(data):
            try:
                if kind in (NEWLINK, DELLINK):
                    self._link(kind == NEWLINK, payload)
                elif kind in (NEWADDR, DELADDR):
                    self._address(kind == NEWADDR, payload)
                elif kind in (NEWROUTE, DELROUTE):
                    self._route(kind == NEWROUTE, payload)
                elif kind in (DONE, ERROR):
                    ended = True
            except struct.error:
                continue  # a message of a form we do not know
        return ended

    def _link(self, new: bool, payload: bytes) -> None:
        _family, _, _type, index, flags, _change = _LINK.unpack_from(payload)
        if not new:
            self.interfaces.pop(index, None)
            self._drop_routes(index)
            return
        name = _attributes(payload[_LINK.size :]).get(3, b"").rstrip(b"\0").decode(errors="replace")
        entry = self.interfaces.setdefault(index, Interface(name))
        entry.name = name or entry.name
        entry.up = bool(flags & _IFF_UP) and bool(flags & _IFF_LOWER_UP)
        entry.loopback = bool(flags & _IFF_LOOPBACK)
        if not flags & _IFF_UP:
            # Taken down, an interface loses its IPv4 routes and the kernel does not say so.
            self._drop_routes(index)

    def _drop_routes(self, index: int) -> None:
        self.routes = {route for route in self.routes if route.index != index}

    def _address(self, new: bool, payload: bytes) -> None:
        _family, prefix, _flags, scope, index = _ADDRESS.unpack_from(payload)
        if scope != _SCOPE_UNIVERSE:
            return
        attributes = _attributes(payload[_ADDRESS.size :])
        address = _ip(attributes.get(2) or attributes.get(1))  # local, else address
        if not address:
            return
        entry = self.interfaces.setdefault(index, Interface(f"#{index}"))
        change = entry.addresses.add if new else entry.addresses.discard
        change(f"{address}/{prefix}")

    def _route(self, new: bool, payload: bytes) -> None:
        _family, length, _, _, table, _, _, kind, _ = _ROUTE.unpack_from(payload)
        if length or table != _MAIN_TABLE or kind != _RTN_UNICAST:
            return
        attributes = _attributes(payload[_ROUTE.size :])
        route = DefaultRoute(
            _number(attributes.get(6)), _number(attributes.get(4)), _ip(attributes.get(5))
        )
        (self.routes.add if new else self.routes.discard)(route)

    def usable(self) -> list[tuple[int, Interface]]:
        """Interfaces that are up, not loopback, and have a global address."""
        return [
            (index, entry)
            for index, entry in sorted(self.interfaces.items())
            if entry.up and not entry.loopback and entry.addresses
        ]

    def in_use(self) -> tuple[Interface, str] | None:
        """The interface that traffic leaves by and its gateway ("" if on-link); None is offline."""
        usable = dict(self.usable())
        ways = sorted((r.metric, r.index, r.gateway) for r in self.routes if r.index in usable)
        if ways:
            _, index, gateway = ways[0]
            return usable[index], gateway
        for entry in usable.values():
            return entry, ""
        return None

    def fingerprint(self) -> tuple[object, ...]:
        """Equal as long as a connection made earlier has no reason to be dead."""
        ways = tuple(sorted((r.metric, r.index, r.gateway) for r in self.routes))
        return (*((i, e.name, *sorted(e.addresses)) for i, e in self.usable()), ways)
