"""How often somebody may do something, sans-I/O: at most ``limit`` times in ``window`` seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable

MAX_KEYS = 10_000  # before the idle ones are looked for and forgotten


class Throttle:
    """Counts attempts by key in a sliding window; ``limit`` 0 counts nothing.

    ``now`` is any clock in seconds.
    """

    def __init__(self, limit: int, window: float) -> None:
        self._limit = limit
        self._window = window
        self._tries: dict[Hashable, deque[float]] = {}

    def attempt(self, key: Hashable, now: float) -> float:
        """Count an attempt and give 0, or refuse it and give the seconds until the next may be."""
        if not self._limit:
            return 0.0
        tries = self._tries.get(key)
        if tries is None:
            if len(self._tries) >= MAX_KEYS:
                self._forget_idle(now)
            tries = self._tries[key] = deque()
        while tries and now - tries[0] >= self._window:
            tries.popleft()
        if len(tries) >= self._limit:
            return tries[0] + self._window - now
        tries.append(now)
        return 0.0

    def forget(self, key: Hashable) -> None:
        """The attempts were good ones."""
        self._tries.pop(key, None)

    def _forget_idle(self, now: float) -> None:
        idle = [k for k, tries in self._tries.items() if now - tries[-1] >= self._window]
        for key in idle:
            del self._tries[key]
