"""Catches a sleep that nobody announced, by clocks that drift apart (sans-I/O).

Rules
-----
A timer ticks every ``period`` seconds while the machine runs. Two clocks are read at each tick:
one that stands still in sleep (monotonic) and one that does not (wall, or boot time where there
is one).

=============================================  =========================
between two ticks                              is
=============================================  =========================
the sleeping clock ran ``threshold`` ahead     a sleep of the difference
both ran, far longer than ``period``           a stalled process: nothing
the wall clock went back                       a set clock: nothing
the wall clock leapt, told not to be trusted   a set clock: nothing
=============================================  =========================

A wall clock that somebody sets forward looks like a sleep where there is no boot-time clock; a
probe of the link is then the only consequence, which costs one round trip.
"""

from __future__ import annotations

from dataclasses import dataclass

PERIOD = 1.0  # seconds between ticks; a wake is seen at most this late
THRESHOLD = 2.0  # seconds; below it, clock corrections by NTP would look like sleep


@dataclass(slots=True)
class JumpDetector:
    """Feed :meth:`tick` with both clocks; it answers the seconds slept, or 0.0."""

    threshold: float = THRESHOLD
    _awake: float | None = None
    _always: float = 0.0

    def tick(self, awake: float, always: float) -> float:
        """One reading: ``awake`` stands still in sleep, ``always`` does not. Both in seconds."""
        before_awake, before_always = self._awake, self._always
        self._awake, self._always = awake, always
        if before_awake is None:
            return 0.0
        slept = (always - before_always) - (awake - before_awake)
        return slept if slept >= self.threshold else 0.0

    def forgive(self) -> None:
        """Forget the last reading: an announced sleep has been told already."""
        self._awake = None
