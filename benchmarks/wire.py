"""A bad wire, decided without I/O: what happens to a packet that enters it at a given moment.

:class:`Wire` joins a client's side and a server's side. The shell that owns the TUN devices
(:mod:`benchmarks.weak.pump`) hands it each IP packet with :meth:`Wire.enter`, and takes with
:meth:`Wire.leave` the packets whose time has come, no later than :meth:`Wire.deadline`. All times
are seconds of one clock; everything random comes from one seed, each direction with a generator of
its own, so that what one side sends does not change what happens to the other's packets.

What happens to a packet, in this order (the rules of ``tc netem`` where it has the same):

1. **The firewall**: protocols, ports, the family and the size that do not pass (:class:`Firewall`).
2. **The NAT**: packets of a connection that it has forgotten vanish, both ways. UDP from inside
   gets a new port outside, as a rebinding NAT gives it (:class:`Nat`).
3. **Darkness**: for ``dark.length`` of every ``dark.period`` seconds nothing passes.
4. **Loss**: with the probability ``loss``; and in a burst, whose state changes by time and not by
   packet (a Gilbert-Elliott channel: the air is bad for two seconds however little is sent), with
   that of the burst.
5. **The rate**: packets queue for the line, and one that finds the queue full is dropped.
6. **Delay and jitter**: order is kept, as on one path; only a packet that is chosen for reordering
   comes later than those behind it.
"""

from __future__ import annotations

import heapq
import itertools
import random
import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple

ICMPV6 = 58
TCP = 6
UDP = 17
NEVER = float("inf")
_REBOUND_PORTS = 61000  # where a NAT's new ports begin


class Side(IntEnum):
    """Where a packet enters; it leaves on the other side."""

    CLIENT = 0
    SERVER = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A Gilbert-Elliott channel: sojourns in both states are exponential, means in seconds."""

    good: float
    bad: float
    loss: float  # in the bad state


@dataclass(frozen=True, slots=True, kw_only=True)
class Dark:
    """Nothing passes for ``length`` of every ``period`` seconds, the last of them."""

    period: float
    length: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """One direction. Seconds, bytes, and probabilities of a packet."""

    delay: float = 0.0
    jitter: float = 0.0  # up to so much more delay, evenly spread
    loss: float = 0.0
    burst: Burst | None = None
    rate: float = 0.0  # bytes a second; 0: without a limit
    queue: int = 16 * 1024  # bytes that wait for the line at most
    reorder: float = 0.0
    reorder_by: float = 0.05  # seconds that a reordered packet comes later
    dark: Dark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """What does not pass, without a word to anybody; empty ``tcp_ports`` are all ports."""

    udp: bool = True
    tcp_ports: frozenset[int] = frozenset()  # of the server's side
    ipv6: bool = True
    largest: int = 65535  # bytes of a packet

    def passes(self, packet: Packet, size: int) -> bool:
        """Whether it goes on."""
        if size > self.largest:
            return False
        if packet.version == 6 and not self.ipv6 and packet.protocol != ICMPV6:
            return False
        if packet.protocol == UDP:
            return self.udp
        return packet.protocol != TCP or not self.tcp_ports or packet.server in self.tcp_ports


class Packet(NamedTuple):
    """What the wire reads of a packet. Ports are 0 where there are none."""

    version: int
    protocol: int
    inside: bytes  # the client's address
    client: int  # its port
    server: int  # the server's port
    header: int  # where the ports are

    @property
    def flow(self) -> tuple[int, bytes, int, int]:
        """What a NAT knows a connection by."""
        return self.protocol, self.inside, self.client, self.server


def parse(data: bytes, side: Side) -> Packet | None:
    """Read the heads of an IP packet that entered on ``side``; None where there are none."""
    if len(data) < 20:
        return None
    version = data[0] >> 4
    if version == 4:
        protocol, header, source, target = data[9], (data[0] & 15) * 4, data[12:16], data[16:20]
    elif version == 6 and len(data) >= 40:
        protocol, header, source, target = data[6], 40, data[8:24], data[24:40]
    else:
        return None
    first = second = 0
    if protocol in (TCP, UDP) and len(data) >= header + 4:
        first, second = struct.unpack_from("!HH", data, header)
    if side is Side.CLIENT:
        return Packet(version, protocol, source, first, second, header)
    return Packet(version, protocol, target, second, first, header)


class Nat:
    """Knows the connections that passed, and can forget them all."""

    def __init__(self) -> None:
        self._known: set[tuple[int, bytes, int, int]] = set()
        self._dead: set[tuple[int, bytes, int, int]] = set()
        self._outer: dict[tuple[int, bytes, int, int], int] = {}  # UDP: the port outside
        self._inner: dict[tuple[bytes, int, int], int] = {}
        self._ports = itertools.count(_REBOUND_PORTS)

    def forget(self) -> None:
        """From now on nothing that is known passes; new connections do."""
        self._dead |= self._known
        self._known.clear()
        for inside, port, server in self._inner:
            self._dead.add((UDP, inside, port, server))
        self._outer.clear()
        self._inner.clear()

    def outward(self, packet: Packet, data: bytes) -> bytes | None:
        """The packet as it goes on from the client; None: it vanishes."""
        flow = packet.flow
        if flow in self._dead:
            if packet.protocol == TCP and _opens(packet, data):
                self._dead.discard(flow)  # the port is used again, for a new connection
            elif packet.protocol == UDP:
                self._dead.discard(flow)
                self._outer[flow] = port = next(self._ports)
                self._inner[packet.inside, port, packet.server] = packet.client
            else:
                return None
        self._known.add(flow)
        port = self._outer.get(flow, 0)
        return _with_client_port(packet, data, port, Side.CLIENT) if port else data

    def inward(self, packet: Packet, data: bytes) -> bytes | None:
        """The packet as it goes on from the server; None: it vanishes."""
        inner = self._inner.get((packet.inside, packet.client, packet.server))
        if inner is not None and packet.protocol == UDP:
            return _with_client_port(packet, data, inner, Side.SERVER)
        return None if packet.flow in self._dead or packet.flow in self._outer else data


def _opens(packet: Packet, data: bytes) -> bool:
    """Whether it is a SYN."""
    at = packet.header + 13
    return len(data) > at and data[at] & 0x12 == 0x02


def _with_client_port(packet: Packet, data: bytes, port: int, side: Side) -> bytes:
    """The UDP packet with another port on the client's side, its checksum put right."""
    made = bytearray(data)
    at = packet.header + (0 if side is Side.CLIENT else 2)
    old = struct.unpack_from("!H", made, at)[0]
    struct.pack_into("!H", made, at, port)
    check = struct.unpack_from("!H", made, packet.header + 6)[0]
    if check:  # RFC 1624, equation 3; 0 is "not computed"
        total = (~check & 0xFFFF) + (~old & 0xFFFF) + port
        total = (total & 0xFFFF) + (total >> 16)
        total = (total & 0xFFFF) + (total >> 16)
        struct.pack_into("!H", made, packet.header + 6, (~total & 0xFFFF) or 0xFFFF)
    return bytes(made)


class Direction:
    """One direction of the wire: when a packet arrives, or that it does not."""

    def __init__(self, conditions: Conditions, rng: random.Random) -> None:
        self._rng = rng
        self._line_free = 0.0
        self._latest = 0.0
        self._bad = False
        self._state_ends = 0.0
        self._begun: float | None = None
        self.change(conditions)

    def change(self, conditions: Conditions) -> None:
        """Other conditions from the next packet on; darkness and bursts begin with it too."""
        self.conditions = conditions
        self._begun = None
        self._bad = False

    def arrival(self, now: float, size: int) -> float | None:
        """When a packet of ``size`` bytes that enters now leaves; None: never."""
        conditions, rng = self.conditions, self._rng
        if self._begun is None:
            self._begun = now
            self._state_ends = now + (
                rng.expovariate(1 / conditions.burst.good) if conditions.burst else NEVER
            )
        if self._is_dark(now) or rng.random() < self._loss(now):
            return None
        if conditions.rate:
            begins = max(now, self._line_free)
            if (begins - now) * conditions.rate + size > conditions.queue:
                return None
            now = self._line_free = begins + size / conditions.rate
        at = now + conditions.delay + conditions.jitter * rng.random()
        if conditions.reorder and rng.random() < conditions.reorder:
            return max(at, self._latest) + conditions.reorder_by
        self._latest = max(at, self._latest)
        return self._latest

    def _is_dark(self, now: float) -> bool:
        dark = self.conditions.dark
        if dark is None or self._begun is None:
            return False
        return (now - self._begun) % dark.period >= dark.period - dark.length

    def _loss(self, now: float) -> float:
        burst = self.conditions.burst
        if burst is None:
            return self.conditions.loss
        while now >= self._state_ends:
            self._bad = not self._bad
            mean = burst.bad if self._bad else burst.good
            self._state_ends += self._rng.expovariate(1 / mean)
        return burst.loss if self._bad else self.conditions.loss


@dataclass(slots=True)
class Count:
    """What entered the wire for one port of the server's side, both ways, lost packets too."""

    bytes: int = 0
    packets: int = 0
    lost: int = 0
    opened: int = 0  # TCP connections begun (SYN without ACK)


@dataclass(slots=True)
class Wire:
    """Both directions, the firewall and the NAT; see the module's docstring."""

    up: Conditions  # from the client to the server
    down: Conditions
    seed: int
    firewall: Firewall = field(default_factory=Firewall)
    counts: dict[int, Count] = field(default_factory=dict)
    """By the port of the server's side; 0 for what has none."""
    _directions: tuple[Direction, Direction] = field(init=False)
    _nat: Nat = field(default_factory=Nat)
    _heap: list[tuple[float, int, Side, bytes]] = field(default_factory=list)
    _numbers: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self._directions = (
            Direction(self.up, random.Random(f"{self.seed} up")),
            Direction(self.down, random.Random(f"{self.seed} down")),
        )

    def change(self, up: Conditions, down: Conditions, firewall: Firewall) -> None:
        """Other conditions from now on; packets under way arrive as they would have."""
        for direction, conditions in zip(self._directions, (up, down), strict=True):
            direction.change(conditions)
        self.firewall = firewall

    def forget(self) -> None:
        """The NAT loses its table."""
        self._nat.forget()

    def enter(self, now: float, side: Side, data: bytes) -> None:
        """A packet enters on ``side``."""
        packet = parse(data, side)
        if packet is None:
            return
        count = self.counts.get(packet.server)
        if count is None:
            count = self.counts[packet.server] = Count()
        count.bytes += len(data)
        count.packets += 1
        if packet.protocol == TCP and side is Side.CLIENT and _opens(packet, data):
            count.opened += 1
        at = self._arrival(now, side, packet, data)
        if at is None:
            count.lost += 1
        else:
            heapq.heappush(self._heap, at)

    def _arrival(
        self, now: float, side: Side, packet: Packet, data: bytes
    ) -> tuple[float, int, Side, bytes] | None:
        if not self.firewall.passes(packet, len(data)):
            return None
        nat = self._nat
        passed = nat.outward(packet, data) if side is Side.CLIENT else nat.inward(packet, data)
        if passed is None:
            return None
        at = self._directions[side].arrival(now, len(data))
        return None if at is None else (at, next(self._numbers), side, passed)

    def leave(self, now: float) -> list[tuple[Side, bytes]]:
        """The packets that arrive by now, in order, each with the side that it entered on."""
        heap = self._heap
        gone: list[tuple[Side, bytes]] = []
        while heap and heap[0][0] <= now:
            _, _, side, data = heapq.heappop(heap)
            gone.append((side, data))
        return gone

    def deadline(self) -> float:
        """When :meth:`leave` next has something; NEVER with nothing under way."""
        return self._heap[0][0] if self._heap else NEVER
