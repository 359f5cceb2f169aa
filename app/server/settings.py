"""Every number of the demo server, with the reason for its value. Seconds, bytes and counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from netcore.longlink.codec import MAX_PACKAGE

WRITES_WINDOW = 10.0  # seconds, of requests too
MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client may ask of the server."""

    max_package: int = MAX_PACKAGE  # a frame or an HTTP body; Mars's own limit
    max_connections: int = 2000  # sockets of both links together, those in their handshake too
    max_connections_host: int = 500  # of one network, where people may share an address; 0: any
    held: int = 128 * 1024 * 1024  # bytes for all clients together: unread answers, half requests
    idle_timeout: float = 15 * 60.0  # as the sample server; the longest heartbeat is 10 min
    frame_timeout: float = 15.0  # silence in the middle of a frame
    frame_total_timeout: float = 120.0  # from a frame's first byte to its last
    write_buffer: int = 4 * MAX_PACKAGE  # unread answers and pushes before a client is cut
    write_timeout: float = 60.0  # a client that takes nothing for this long is cut
    request_timeout: float = 30.0  # an HTTP request from its first byte to its last
    keep_alive: float = 75.0  # silence between two HTTP requests
    tls_handshake_timeout: float = 10.0
    log_in_tries: int = 5  # for one name from one network, a minute
    log_in_tries_host: int = 60  # for any name from one network, a minute
    log_in_tries_name: int = 10  # for one name from all networks, before each further one waits
    log_in_delay: float = 300.0  # the longest that such a one waits
    log_in_memory: float = 3600.0  # without a wrong password, and the name's tries are forgotten
    sign_ups_host: int = 60  # from one network, a minute
    writes: int = 200  # messages and conversations of one account, in WRITES_WINDOW; 0: any number
    requests: int = 500  # all else, of one account or guests' network, in WRITES_WINDOW; 0: any
    body_size: int = 100 * 1024 * 1024  # bytes of one file
    bodies: int = 2 * 1024**3  # bytes of all files of one account, unfinished ones as announced
    unfinished: float = 24 * 3600.0  # an upload that nobody goes on with, a file in no message
    hashings: int = 32  # passwords and pieces of files waiting for a worker, over all clients
    hashings_host: int = 8  # of those, from one network


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where to listen and where to keep the data. Port 0 takes a free one."""

    data: Path
    host: str = "0.0.0.0"
    longlink_port: int = 8081
    shortlink_port: int = 8080
    plain: bool = False  # without TLS, as the sample clients need it
    quic: bool = True  # the short link over QUIC too, on the UDP port of its number
    echo: bool = False  # an account that answers what one writes to it, for demos
    limits: Limits = field(default_factory=Limits)
