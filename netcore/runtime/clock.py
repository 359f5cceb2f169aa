"""Elapsed time that goes on while the machine sleeps.

A link is judged by how long the peer has really not heard from us, so netcore's ``now`` counts
suspended time too. ``time.monotonic`` does not on Linux (``CLOCK_MONOTONIC``), and asyncio's timers
run on it: after a wake-up they are late by the whole sleep. Hence every deadline is kept in this
clock's seconds, and :meth:`netcore.core.NetCore.wake` looks at all of them again.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import Protocol

NEVER = float("inf")  # the moment of what is not due at all; -NEVER: of what never was


class Clock(Protocol):
    """Seconds that only grow, and the time of day."""

    def now(self) -> float:
        """Seconds since some fixed moment, suspended time included; never goes back."""
        ...

    def wall(self) -> float:
        """Seconds since the epoch; jumps when the user or NTP sets the time."""
        ...


# A partial and no function of our own: the time is asked several times for each task.
if sys.platform == "linux":
    _elapsed = partial(time.clock_gettime, time.CLOCK_BOOTTIME)
elif sys.platform == "darwin":
    # Darwin: CLOCK_MONOTONIC goes on through sleep; mach_absolute_time (time.monotonic) does not.
    _elapsed = partial(time.clock_gettime, time.CLOCK_MONOTONIC)
else:
    _elapsed = time.monotonic  # Windows: its counters include sleep


class SystemClock:
    """The machine's clock."""

    __slots__ = ()

    now = staticmethod(_elapsed)
    wall = staticmethod(time.time)


class ManualClock:
    """A clock that only its owner moves: for tests and simulations."""

    __slots__ = ("_now", "_wall")

    def __init__(self, now: float = 1000.0, wall: float = 1_700_000_000.0) -> None:
        self._now = now
        self._wall = wall

    def now(self) -> float:
        """The moment last set."""
        return self._now

    def wall(self) -> float:
        """The time of day that belongs to :meth:`now`."""
        return self._wall

    def advance(self, seconds: float) -> float:
        """Let ``seconds`` (>= 0) pass; the new ``now``."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self._now += seconds
        self._wall += seconds
        return self._now
