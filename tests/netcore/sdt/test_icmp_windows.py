"""Ping and traceroute on Windows, by the system's echoes; the structures are recorded ones."""

import socket
import struct
import sys

import pytest

from netcore.sdt import icmp_windows
from netcore.sdt.icmp_windows import EchoAnswer, parse_v4, parse_v6
from netcore.sdt.path import Trace, trace_windows
from netcore.sdt.ping import ping_windows
from netcore.sdt.result import CheckCause, Status
from netcore.sdt.timing import EarlyResult

EXPIRED, TIMED_OUT, NET_UNREACHABLE = 11013, 11010, 11002


def test_an_ipv4_answer():
    answer = socket.inet_aton("192.0.2.7") + struct.pack("=IIHH", 0, 23, 32, 0) + bytes(100)
    assert parse_v4(answer) == EchoAnswer(0, "192.0.2.7", 0.023)
    assert parse_v4(answer).reached


def test_an_ipv6_answer():
    address = struct.pack("=HI16sI", 0, 0, socket.inet_pton(socket.AF_INET6, "2001:db8::7"), 0)
    found = parse_v6(address + b"\0\0" + struct.pack("=II", EXPIRED, 5) + bytes(100))
    assert found == EchoAnswer(EXPIRED, "2001:db8::7", 0.005)
    assert found.hop and not found.reached


async def test_lost_echoes_are_counted():
    answers = iter(
        [
            EchoAnswer(0, "192.0.2.7", 0.010),
            EchoAnswer(TIMED_OUT),
            EchoAnswer(0, "192.0.2.7", 0.030),
        ]
    )
    host = await ping_windows("192.0.2.7", 3, 1.0, 0.0, lambda *_, **__: next(answers))
    assert (host.packets_sent, host.packets_received) == (3, 2)
    assert (host.min_rtt, host.max_rtt) == (10.0, 30.0)


async def test_no_way_to_the_target_is_told_with_who_said_so():
    def echo(*_, **__):
        return EchoAnswer(NET_UNREACHABLE, "192.0.2.1", 0.001)

    with pytest.raises(EarlyResult) as caught:
        await ping_windows("203.0.113.1", 2, 1.0, 0.0, echo)
    assert caught.value.status is Status.FAILED
    assert caught.value.cause is CheckCause.UNREACHABLE
    assert str(caught.value) == "192.0.2.1 knows no way to 203.0.113.1"


async def test_a_trace_goes_hop_by_hop_past_a_silent_router():
    def echo(target, *, ttl, timeout):
        return {1: EchoAnswer(EXPIRED, "192.0.2.1", 0.001), 2: EchoAnswer(TIMED_OUT)}.get(
            ttl, EchoAnswer(0, target, 0.02)
        )

    trace = Trace(10)
    await trace_windows("203.0.113.1", trace, echo)
    assert trace.reached
    assert [hop.address for hop in trace.hops] == ["192.0.2.1", "", "203.0.113.1"]


@pytest.mark.skipif(sys.platform != "win32", reason="Windows's own call")
@pytest.mark.parametrize("target", ["127.0.0.1", "::1"])
def test_the_system_answers_its_own_echo(target):
    found = icmp_windows.echo(target, timeout=2.0)
    assert found.reached and found.address == target
