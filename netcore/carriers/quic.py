"""When QUIC is used, by Mars's rules (sans-I/O).

Mars (``stn.h`` ``transport_protocol``, ``net_source.cc``, ``shortlink_task_manager.cc``): QUIC is
for the short link and for a task's first attempt only; any failure goes to TCP at once and
switches QUIC off for 20 minutes or until the network changes.

What differs: a connection that is there is used whatever its age, since a QUIC connection outlives
a change of address; and where Mars waits 250 ms for QUIC and then turns to TCP, here TCP starts
beside it after ``head_start``, and QUIC is only given up after ``connect_timeout``: on a slow
network 250 ms are less than one round trip.

==============================  ==========================================
what happens                    QUIC is
==============================  ==========================================
no connection, no answer        off for ``off_for`` seconds
an attempt fails on the way     off for ``off_for`` seconds
the network changes             on
UDP may be closed here          off, until one of the two above ends it
==============================  ==========================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from netcore.errors import ConfigError
from netcore.runtime.clock import NEVER

ALPN = "mars.shortlink"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuicSettings:
    """QUIC's numbers; times in seconds."""

    enabled: bool = False
    head_start: float = 0.25  # before TCP starts beside it; Mars's connect time-out
    connect_timeout: float = 5.0  # Mars's read and write time-out
    off_for: float = 20 * 60.0  # after a failure
    idle_timeout: float = 60.0  # of a connection that carries nothing
    max_streams: int = 64  # tasks at once on one connection
    port: int = 0  # UDP; 0: the short link's port

    def __post_init__(self) -> None:
        for name in ("connect_timeout", "off_for", "idle_timeout", "max_streams"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigError(
                    f"quic: {name} must be more than 0 and finite, not {getattr(self, name)!r}"
                )
        if not 0 <= self.head_start < math.inf:
            raise ConfigError(f"quic: head_start must be 0 s or more, not {self.head_start!r}")
        if not 0 <= self.port < 65536:
            raise ConfigError(f"quic: a port must be 0 to 65535, not {self.port}")


class QuicFallback:
    """Whether QUIC may be tried now. Times are elapsed seconds of any one clock."""

    __slots__ = ("_off_until", "_settings")

    def __init__(self, settings: QuicSettings) -> None:
        self._settings = settings
        self._off_until = -NEVER

    def allowed(self, now: float, *, attempt: int = 1) -> bool:
        """Whether a task's ``attempt`` (1 is the first) may go by QUIC."""
        return self._settings.enabled and attempt <= 1 and now >= self._off_until

    def failed(self, now: float) -> None:
        """QUIC did not bring an answer, whatever the reason."""
        self._off_until = now + self._settings.off_for

    def network_changed(self) -> None:
        """What failed there may work here."""
        self._off_until = -NEVER

    def off_for(self, now: float) -> float:
        """Seconds until QUIC may be tried again; 0 when it may be now."""
        return max(0.0, self._off_until - now)
