"""The bad wire's decisions, in virtual time."""

from __future__ import annotations

import itertools
import random
import socket
import struct

import pytest

from benchmarks.wire import (
    NEVER,
    TCP,
    UDP,
    Burst,
    Conditions,
    Dark,
    Direction,
    Firewall,
    Nat,
    Side,
    Wire,
    parse,
)

INSIDE = socket.inet_aton("10.78.0.2")
OUTSIDE = socket.inet_aton("10.78.0.1")
SYN, ACK = 0x02, 0x10


def checksum(data: bytes) -> int:
    """The Internet's (RFC 1071)."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip(protocol: int, body: bytes, side: Side = Side.CLIENT) -> bytes:
    source, target = (INSIDE, OUTSIDE) if side is Side.CLIENT else (OUTSIDE, INSIDE)
    return (
        struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0)
        + source + target + body
    )  # fmt: skip


def ports(client: int, server: int, side: Side) -> bytes:
    return struct.pack("!HH", *((client, server) if side is Side.CLIENT else (server, client)))


def tcp(client: int, server: int, side: Side = Side.CLIENT, flags: int = ACK) -> bytes:
    return ip(
        TCP, ports(client, server, side) + struct.pack("!IIBBHHH", 0, 0, 80, flags, 0, 0, 0), side
    )


def udp(client: int, server: int, side: Side = Side.CLIENT, text: bytes = b"four") -> bytes:
    head = ports(client, server, side) + struct.pack("!HH", 8 + len(text), 0)
    source, target = (INSIDE, OUTSIDE) if side is Side.CLIENT else (OUTSIDE, INSIDE)
    pseudo = source + target + struct.pack("!BBH", 0, UDP, 8 + len(text))
    check = checksum(pseudo + head + text) or 0xFFFF
    return ip(UDP, head[:6] + struct.pack("!H", check) + text, side)


def udp_is_whole(packet: bytes) -> bool:
    pseudo = packet[12:20] + struct.pack("!BBH", 0, UDP, len(packet) - 20)
    return checksum(pseudo + packet[20:]) == 0


def arrivals(
    conditions: Conditions, count: int, *, gap: float = 0.01, size: int = 100, seed: int = 1
):
    direction = Direction(conditions, random.Random(seed))
    return [direction.arrival(100 + n * gap, size) for n in range(count)]


def share_lost(found) -> float:
    return sum(at is None for at in found) / len(found)


def test_a_wire_without_conditions_passes_everything_at_once():
    assert arrivals(Conditions(), 3, gap=1.0) == [100, 101, 102]


def test_delay_and_jitter_keep_the_order():
    found = arrivals(Conditions(delay=0.1, jitter=0.05), 1000, gap=0.001)
    assert found == sorted(found)
    waits = [at - (100 + n * 0.001) for n, at in enumerate(found)]
    assert min(waits) >= 0.1
    assert max(waits) <= 0.15 + 1e-9


@pytest.mark.parametrize("loss", [0.05, 0.3])
def test_loss_is_the_share_that_was_asked_for(loss):
    assert share_lost(arrivals(Conditions(loss=loss), 20_000)) == pytest.approx(loss, abs=0.01)


def test_bursts_lose_by_time_however_little_is_sent():
    burst = Conditions(burst=Burst(good=6.0, bad=2.0, loss=0.8))
    often = arrivals(burst, 40_000, gap=0.2)
    seldom = arrivals(burst, 10_000, gap=5.0)
    assert share_lost(often) == pytest.approx(0.2, abs=0.03)
    assert share_lost(seldom) == pytest.approx(0.2, abs=0.03)
    # What is lost comes in runs, which it would not without memory.
    pairs = list(itertools.pairwise(often))
    after_loss = [second for first, second in pairs if first is None]
    assert share_lost(after_loss) > 0.6


def test_darkness_is_the_end_of_each_period():
    found = arrivals(Conditions(dark=Dark(period=30, length=8)), 60, gap=1.0)
    assert [n for n, at in enumerate(found) if at is None] == [*range(22, 30), *range(52, 60)]


def test_the_rate_makes_packets_wait_and_a_full_queue_drops_them():
    conditions = Conditions(rate=1000, queue=501, delay=1.0)
    direction = Direction(conditions, random.Random(1))
    found = [direction.arrival(50.0, 100) for _ in range(7)]
    assert found == [pytest.approx(51.1 + n * 0.1) for n in range(5)] + [None, None]
    assert direction.arrival(50.2, 100) == pytest.approx(51.6)  # two have left the queue


def test_reordered_packets_come_after_those_behind_them():
    found = arrivals(Conditions(delay=0.1, reorder=0.2, reorder_by=0.05), 1000)
    late = [n for n, at in enumerate(found) if at - (100 + n * 0.01) > 0.101]
    assert 0.15 < len(late) / len(found) < 0.25
    assert sorted(found) != found


def test_the_same_seed_decides_the_same():
    conditions = Conditions(loss=0.3, jitter=0.1)
    assert arrivals(conditions, 100, seed=7) == arrivals(conditions, 100, seed=7)
    assert arrivals(conditions, 100, seed=7) != arrivals(conditions, 100, seed=8)


def test_what_one_direction_carries_does_not_change_the_other():
    def up(extra: int) -> list[tuple[Side, bytes]]:
        wire = Wire(Conditions(loss=0.5), Conditions(loss=0.5), seed=3)
        for n in range(100):
            wire.enter(n, Side.CLIENT, tcp(5000, n + 1))
            for _ in range(extra):
                wire.enter(n, Side.SERVER, tcp(5000, n + 1, Side.SERVER))
        return [each for each in wire.leave(NEVER) if each[0] is Side.CLIENT]

    assert up(0) == up(5)


def test_packets_leave_on_time_and_in_order():
    wire = Wire(Conditions(delay=1.0), Conditions(delay=0.2), seed=1)
    assert wire.deadline() == NEVER
    first, second = tcp(5000, 80), tcp(5000, 80, Side.SERVER)
    wire.enter(10.0, Side.CLIENT, first)
    wire.enter(10.1, Side.SERVER, second)
    assert wire.deadline() == pytest.approx(10.3)
    assert wire.leave(10.29) == []
    assert wire.leave(11.0) == [(Side.SERVER, second), (Side.CLIENT, first)]
    assert wire.deadline() == NEVER


def test_bytes_are_counted_by_the_servers_port_lost_ones_too():
    wire = Wire(Conditions(loss=1.0), Conditions(), seed=1)
    wire.enter(0, Side.CLIENT, tcp(5000, 80, flags=SYN))
    wire.enter(0, Side.SERVER, tcp(5000, 80, Side.SERVER))
    wire.enter(0, Side.CLIENT, b"not a packet")
    count = wire.counts[80]
    assert (count.bytes, count.packets, count.lost, count.opened) == (80, 2, 1, 1)


@pytest.mark.parametrize(
    ("firewall", "packet", "passes"),
    [
        (Firewall(), udp(5000, 443), True),
        (Firewall(udp=False), udp(5000, 443), False),
        (Firewall(udp=False), tcp(5000, 443), True),
        (Firewall(tcp_ports=frozenset({443})), tcp(5000, 443), True),
        (Firewall(tcp_ports=frozenset({443})), tcp(5000, 8081), False),
        (Firewall(largest=39), tcp(5000, 443), False),
        (Firewall(ipv6=False), bytes([0x60, 0, 0, 0, 0, 0, TCP, 64]) + bytes(52), False),
        (Firewall(ipv6=False), bytes([0x60, 0, 0, 0, 0, 0, 58, 255]) + bytes(52), True),
    ],
)
def test_the_firewall(firewall, packet, passes):
    wire = Wire(Conditions(), Conditions(), seed=1, firewall=firewall)
    wire.enter(0, Side.CLIENT, packet)
    assert bool(wire.leave(0)) is passes


def through(nat: Nat, data: bytes, side: Side = Side.CLIENT) -> bytes | None:
    packet = parse(data, side)
    assert packet is not None
    return nat.outward(packet, data) if side is Side.CLIENT else nat.inward(packet, data)


def test_a_nat_that_forgot_lets_no_packet_of_an_old_connection_pass():
    nat = Nat()
    assert through(nat, tcp(5000, 80, flags=SYN))
    nat.forget()
    assert through(nat, tcp(5000, 80)) is None
    assert through(nat, tcp(5000, 80, Side.SERVER), Side.SERVER) is None
    assert through(nat, tcp(5001, 80, flags=SYN))
    assert through(nat, tcp(5001, 80, Side.SERVER), Side.SERVER)


def test_a_port_may_be_used_again_for_a_new_connection():
    nat = Nat()
    through(nat, tcp(5000, 80, flags=SYN))
    nat.forget()
    assert through(nat, tcp(5000, 80, flags=SYN))
    assert through(nat, tcp(5000, 80))


def test_udp_goes_on_from_a_new_port_as_rebinding_nats_have_it():
    nat = Nat()
    assert through(nat, udp(5000, 443)) == udp(5000, 443)
    nat.forget()
    assert through(nat, udp(5000, 443, Side.SERVER), Side.SERVER) is None
    sent = through(nat, udp(5000, 443))
    assert sent is not None
    assert udp_is_whole(sent)
    new_port = parse(sent, Side.CLIENT).client
    assert new_port != 5000
    answer = through(nat, udp(new_port, 443, Side.SERVER), Side.SERVER)
    assert answer == udp(5000, 443, Side.SERVER)
    # The old port outside leads nowhere any more.
    assert through(nat, udp(5000, 443, Side.SERVER), Side.SERVER) is None


def test_a_second_forgetting_gives_another_port():
    nat = Nat()
    through(nat, udp(5000, 443))
    nat.forget()
    first = parse(through(nat, udp(5000, 443)), Side.CLIENT).client
    nat.forget()
    assert through(nat, udp(first, 443, Side.SERVER), Side.SERVER) is None
    assert parse(through(nat, udp(5000, 443)), Side.CLIENT).client not in (5000, first)


@pytest.mark.parametrize("data", [b"", b"\x45", bytes(19), bytes(40), b"\x60" + bytes(38)])
def test_what_is_no_packet_is_dropped(data):
    wire = Wire(Conditions(), Conditions(), seed=1)
    wire.enter(0, Side.CLIENT, data)
    assert wire.leave(NEVER) == []


def test_changed_conditions_begin_anew_and_leave_what_is_under_way():
    wire = Wire(Conditions(delay=5.0), Conditions(), seed=1)
    wire.enter(0, Side.CLIENT, tcp(5000, 80))
    wire.change(Conditions(dark=Dark(period=10, length=10)), Conditions(), Firewall())
    wire.enter(1, Side.CLIENT, tcp(5000, 80))
    assert [side for side, _ in wire.leave(NEVER)] == [Side.CLIENT]
