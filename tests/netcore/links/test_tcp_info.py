"""What the system tells of a connection."""

from __future__ import annotations

import socket
import struct
import sys
import time

import pytest

from netcore.connect.tcp_options import clamp_mss, tune
from netcore.links.tcp_info import parse_tcp_info, read_tcp_info

linux = pytest.mark.skipif(sys.platform != "linux", reason="TCP_INFO is read on Linux alone")


@pytest.fixture
def pair():
    with socket.create_server(("127.0.0.1", 0)) as door:
        ours = socket.create_connection(door.getsockname())
        theirs, _ = door.accept()
    with ours, theirs:
        yield ours, theirs


def test_the_structure_is_read_field_by_field():
    # linux/tcp.h: eight bytes of states, then 32-bit numbers, here each its own index.
    data = struct.pack("=8B24I40xI", *range(8), *range(1000, 1024), 77)
    facts = parse_tcp_info(data + bytes(100))
    assert facts.unsent == 77
    assert facts.retransmits == 2
    assert facts.rto == 1000 / 1e6
    assert facts.unacked == 1004
    assert facts.last_data_sent == 1.009
    assert facts.last_ack_received == 1.012
    assert (facts.rtt, facts.rtt_spread) == (1015 / 1e6, 1016 / 1e6)
    assert facts.total_retransmits == 1023


@linux
def test_a_living_peer_acknowledges_though_nobody_reads(pair):
    ours, _ = pair
    ours.sendall(b"hello")
    deadline = time.monotonic() + 5
    while not (facts := read_tcp_info(ours)).acknowledged and time.monotonic() < deadline:
        time.sleep(0.01)
    assert facts.acknowledged
    assert facts.retransmits == 0
    assert facts.rto > 0
    assert facts.last_ack_received < 5


def test_what_is_no_connection_tells_nothing(pair):
    assert read_tcp_info(None) is None
    ours, _ = pair
    ours.close()
    assert read_tcp_info(ours) is None


@linux
def test_tuning_asks_for_an_even_pace(pair):
    ours, _ = pair
    tune(ours)
    assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    assert ours.getsockopt(socket.IPPROTO_TCP, 16) == 1  # TCP_THIN_LINEAR_TIMEOUTS


def test_tuning_bears_sockets_that_are_gone_or_no_tcp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        tune(other)
        clamp_mss(other)
    tune(other)
    clamp_mss(other)


@linux
def test_the_clamp_bounds_the_packets():
    with socket.create_server(("127.0.0.1", 0)) as door, socket.socket() as ours:
        clamp_mss(ours)
        ours.connect(door.getsockname())
        # The system takes its own options off it, twelve bytes of time stamps.
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) <= 1400


@pytest.mark.parametrize(
    ("unacked", "unsent", "acknowledged"), [(0, 0, True), (1, 0, False), (0, 9, False)]
)
def test_what_never_left_the_machine_is_not_acknowledged(unacked, unsent, acknowledged):
    numbers = [0] * 24
    numbers[4] = unacked
    facts = parse_tcp_info(struct.pack("=8B24I40xI", *[0] * 8, *numbers, unsent))
    assert facts.acknowledged is acknowledged
