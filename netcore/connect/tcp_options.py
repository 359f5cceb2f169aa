"""What is asked of the system for each TCP socket; whatever a system does not know is left out.

``TCP_NODELAY``
    Frames are whole when they are written: nothing is gained by waiting for more.
``TCP_MAXSEG`` 1400, on Wi-Fi only
    Some networks drop large packets without a word (``socket_set_mss`` of
    ``mars/comm/unix/socket/unix_socket.cc``). Not on Windows.
``TCP_THIN_LINEAR_TIMEOUTS``, ``TCP_RTO_MAX_MS`` (Linux 6.15)
    A chat sends a packet now and then, so a lost one is found by TCP's timer, which doubles each
    time: at 30 % loss one message in ten waits for a third try or a later one. Retransmissions of
    so thin a stream congest nothing, so they come at an even pace (tcp-thin.rst of Linux's
    documentation), and never more than :data:`LONGEST_RTO` apart: after darkness the connection is
    back that soon.
``TCP_RTO_MIN_US`` (Linux 6.15)
    The timer's least slack beyond the smoothed round trip. The system's 200 ms are made for peers
    that hold back acknowledgements; ours answer at once.
``TCP_USER_TIMEOUT`` (RFC 5482)
    A connection on which nothing was acknowledged for so long is ended by the system, also one that
    nobody asks any more; without it that takes a quarter of an hour.
"""

from __future__ import annotations

import contextlib
import socket
import sys

MARS_MSS = 1400  # bytes
SHORTEST_SLACK = 0.05  # seconds
LONGEST_RTO = 1.0  # seconds
USER_TIMEOUT = 60.0  # seconds

# Of linux/tcp.h; Python's socket module names the first alone.
_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", 18)
_THIN_LINEAR_TIMEOUTS = 16
_RTO_MAX_MS = 44
_RTO_MIN_US = 45

_LINUX = (
    (_THIN_LINEAR_TIMEOUTS, 1),
    (_RTO_MAX_MS, int(LONGEST_RTO * 1000)),
    (_RTO_MIN_US, int(SHORTEST_SLACK * 1_000_000)),
    (_USER_TIMEOUT, int(USER_TIMEOUT * 1000)),
)


def tune(sock: socket.socket | None) -> None:
    """Ask the system for quick retransmissions on a TCP socket, connected or not; None: no-op."""
    if sock is None:
        return
    with contextlib.suppress(OSError):  # it may be gone already
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if sys.platform != "linux":
        return
    for option, value in _LINUX:
        with contextlib.suppress(OSError):  # an older system
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def clamp_mss(sock: socket.socket) -> None:
    """Send and ask for small packets; before connecting."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, MARS_MSS)
