"""What the system knows of a TCP connection (``TCP_INFO``), as evidence whether its path lives.

Mars reads it for the log of a lost link (``mars/comm/getsocktcpinfo.cc``); here it also speaks for
a connection that is silent while its peer's system still acknowledges what is sent. Linux only: its
``struct tcp_info`` (linux/tcp.h) only ever grows at its end, so the first fields stay where they
are. Elsewhere nothing is known, and what is decided with it is decided without.
"""

from __future__ import annotations

import socket
import struct
import sys
from typing import NamedTuple

_TCP_INFO = 11  # TCP_INFO of linux/tcp.h, which Python's socket module names on some systems only
_FIELDS = struct.Struct("=8B24I40xI")  # up to tcpi_total_retrans; tcpi_notsent_bytes
_SIZE = _FIELDS.size


class TcpFacts(NamedTuple):
    """A connection at one moment. Times in seconds, counts in segments."""

    unacked: int  # sent and not acknowledged
    unsent: int  # bytes; a firewall of ours that drops what is sent leaves it here
    retransmits: int  # of the oldest of them, by the timer, one after the other
    total_retransmits: int  # ever
    rto: float  # until the next one
    rtt: float  # smoothed
    rtt_spread: float  # its mean deviation
    last_data_sent: float  # so long ago
    last_ack_received: float  # so long ago

    @property
    def acknowledged(self) -> bool:
        """Whether the peer's system has everything that was sent: its path lived just then."""
        return not self.unacked and not self.unsent


def read_tcp_info(sock: socket.socket | None) -> TcpFacts | None:
    """The facts of a connected socket; None where the system does not tell."""
    if sock is None or sys.platform != "linux" or sock.type != socket.SOCK_STREAM:
        return None
    try:
        data = sock.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _SIZE)
    except (OSError, ValueError):
        return None
    if len(data) < _SIZE:
        return None
    return parse_tcp_info(data)


def parse_tcp_info(data: bytes) -> TcpFacts:
    """The facts of the structure's first 148 bytes."""
    found = _FIELDS.unpack_from(data)
    retransmits, numbers = found[2], found[8:]
    return TcpFacts(
        unacked=numbers[4],
        unsent=numbers[24],
        retransmits=retransmits,
        total_retransmits=numbers[23],
        rto=numbers[0] / 1e6,
        rtt=numbers[15] / 1e6,
        rtt_spread=numbers[16] / 1e6,
        last_data_sent=numbers[9] / 1e3,
        last_ack_received=numbers[12] / 1e3,
    )
