"""Every number of the demo server, with the reason for its value. Seconds, bytes and counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from netcore.longlink.codec import MAX_PACKAGE

WRITES_WINDOW = 10.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client may ask of the server."""

    max_package: int = MAX_PACKAGE  # a frame or an HTTP body; Mars's own limit
    max_connections: int = 2000  # of both links together
    idle_timeout: float = 15 * 60.0  # as the sample server; the longest heartbeat is 10 min
    frame_timeout: float = 15.0  # silence in the middle of a frame
    frame_total_timeout: float = 120.0  # from a frame's first byte to its last
    write_buffer: int = 4 * MAX_PACKAGE  # unread answers and pushes before a client is cut
    write_timeout: float = 60.0  # a client that takes nothing for this long is cut
    request_timeout: float = 30.0  # an HTTP request from its first byte to its last
    keep_alive: float = 75.0  # silence between two HTTP requests
    tls_handshake_timeout: float = 10.0
    log_in_tries: int = 5  # for one name from one address, a minute
    log_in_tries_host: int = 60  # for one address, a minute
    sign_ups_host: int = 60  # from one address, a minute
    writes: int = 200  # messages and conversations of one account, in WRITES_WINDOW; 0: any number
    hashings: int = 32  # passwords waiting for a worker, over all clients


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where to listen and where to keep the data. Port 0 takes a free one."""

    data: Path
    host: str = "0.0.0.0"
    longlink_port: int = 8081
    shortlink_port: int = 8080
    plain: bool = False  # without TLS, as the sample clients need it
    limits: Limits = field(default_factory=Limits)
