"""Frames apart from each other after a time-out, sans-I/O.

Some servers take each socket read for exactly one frame (Mars's Java sample does): of frames that
arrive together they lose all but the first. Sent again together they would be lost again, and the
task that waits for a connection meets the connection's first heartbeat each time.

========  ===================================  ==================================================
state     event                                then
========  ===================================  ==================================================
calm      tasks wait                           all that may go leave in one write
calm      a first-package time-out struck      cautious
cautious  tasks wait                           one frame at a time, ``gap`` (0.1 s) after the last
cautious  no task waits for another attempt    calm
========  ===================================  ==================================================

So a batch that such a server lost comes through by its first retry, and with any other server only
the retries of a time-out are slowed down, by far less than it took. Mars does not have it.
"""

from __future__ import annotations

GAP = 0.1  # seconds


class FramePacing:
    """Whether frames are kept apart. The rules are in the module's docstring."""

    __slots__ = ("gap", "on")

    def __init__(self, gap: float = GAP) -> None:
        self.gap = gap
        self.on = False

    def timed_out(self) -> None:
        """A first-package time-out struck."""
        self.on = self.gap > 0

    def calm(self) -> None:
        """No task waits for another attempt."""
        self.on = False

    def may_write(self, last_written: float, now: float) -> float:
        """Seconds until a frame may be written; 0 when it may be now."""
        return max(0.0, last_written + self.gap - now) if self.on else 0.0
