"""How long the server takes to answer messages just now; sans-I/O.

Told to a person as "slow network, 4 s" beside how many messages wait. An answer counts by a mean in
which the latest weighs a third; a message that has been in flight for longer than that counts with
its age, so a wire that has gone still is slow before anything comes back. Without an answer for
``FORGET`` nothing is known.
"""

from __future__ import annotations

SLOW = 2.0  # seconds; under it nobody is told
FORGET = 60.0  # seconds
_WEIGHT = 1 / 3


class Pace:
    """Mean time to an answer. Times are any clock's seconds."""

    def __init__(self) -> None:
        self._mean = 0.0
        self._latest = float("-inf")

    def answered(self, left: float, now: float) -> None:
        """A message that left at ``left`` was answered."""
        took = now - left
        fresh = now - self._latest < FORGET
        self._mean = self._mean + (took - self._mean) * _WEIGHT if fresh else took
        self._latest = now

    def slow(self, oldest: float | None, now: float) -> float:
        """Seconds that a message takes, where that is slow; else 0.

        ``oldest`` is when the oldest message in flight left, None where there is none.
        """
        mean = self._mean if now - self._latest < FORGET else 0.0
        seconds = mean if oldest is None else max(mean, now - oldest)
        return seconds if seconds >= SLOW else 0.0
