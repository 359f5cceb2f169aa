"""One timer of the loop, kept in the clock's seconds (see :mod:`netcore.runtime.clock`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from netcore.runtime.clock import NEVER

_SLACK = 0.01  # seconds by which the two clocks may differ


class Alarm:
    """Calls ``ring`` when the moment that was set has come; one moment at a time."""

    __slots__ = ("_due", "_handle", "_now", "_ring", "at")

    def __init__(self, now: Callable[[], float], ring: Callable[[], None]) -> None:
        self._now = now
        self._ring = ring
        self._handle: asyncio.TimerHandle | None = None
        self._due = 0.0  # the handle's moment by the loop's time; Qt's handles do not tell it
        self.at = NEVER

    def set(self, at: float) -> None:
        """Ring at ``at`` and not at the moment set before; infinite is never."""
        if at == self.at and not self._late():
            return
        self.cancel()
        if at < NEVER:
            self.at = at
            delay = max(0.0, at - self._now())
            loop = asyncio.get_running_loop()
            self._due = loop.time() + delay
            self._handle = loop.call_later(delay, self._fire)

    def by(self, at: float) -> None:
        """Ring at ``at``, or at the moment set before when that is sooner."""
        if at < self.at:
            self.set(at)

    def cancel(self) -> None:
        """Do not ring."""
        self.at = NEVER
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _late(self) -> bool:
        """Whether the loop's timer slept with the machine, and would ring after its moment."""
        if self._handle is None:
            return False
        left = self._due - asyncio.get_running_loop().time()
        return left > max(0.0, self.at - self._now()) + _SLACK

    def _fire(self) -> None:
        self._handle = None
        self.at = NEVER
        self._ring()
