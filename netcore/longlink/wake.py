"""What to do with a long link when the machine wakes, sans-I/O.

Timers stood still during sleep, so nothing that was due has happened. The link is judged by the
time that really passed since its peer was last heard, and asked at once instead of at the next
heartbeat:

==========================================  ======================================================
the link                                    verdict
==========================================  ======================================================
is down                                     CONNECT: at once, without any waiting time
is connecting                               RECONNECT: packets sent before the sleep are lost
is up, silent for ``hopeless`` or longer    RECONNECT: servers drop links silent for so long
is up, silent for less than ``fresh``       KEEP: it was not asleep long enough to matter
is up otherwise                             PROBE: a heartbeat with a short time-out
==========================================  ======================================================
"""

from __future__ import annotations

from enum import Enum

FRESH = 2.0  # seconds
HOPELESS = 900.0  # Mars's Java sample server drops links silent for 15 minutes


class Wake(Enum):
    """The verdict."""

    CONNECT = "connect"
    RECONNECT = "reconnect"
    PROBE = "probe"
    KEEP = "keep"


def judge_wake(
    *,
    connected: bool,
    connecting: bool,
    silence: float,
    fresh: float = FRESH,
    hopeless: float = HOPELESS,
) -> Wake:
    """The verdict on a link whose peer was last heard ``silence`` seconds ago."""
    if connecting:
        return Wake.RECONNECT
    if not connected:
        return Wake.CONNECT
    if silence >= hopeless:
        return Wake.RECONNECT
    return Wake.KEEP if silence < fresh else Wake.PROBE
