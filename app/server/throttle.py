"""How often somebody may do something, sans-I/O. ``now`` is any clock in seconds.

Both kinds keep at most ``MAX_KEYS`` keys: beyond that the key that was used longest ago is
forgotten, so that a stranger who invents keys costs no memory.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass

MAX_KEYS = 10_000


class Throttle:
    """At most ``limit`` attempts for each key in a sliding window; ``limit`` 0 counts nothing."""

    def __init__(self, limit: int, window: float) -> None:
        self._limit = limit
        self._window = window
        self._tries: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tries)

    def attempt(self, key: Hashable, now: float) -> float:
        """Count an attempt and give 0, or refuse it and give the seconds until the next may be."""
        if not self._limit:
            return 0.0
        tries = self._tries.get(key)
        if tries is None:
            self._make_room(now)
            tries = self._tries[key] = deque()
        self._tries.move_to_end(key)
        while tries and now - tries[0] >= self._window:
            tries.popleft()
        if len(tries) >= self._limit:
            return tries[0] + self._window - now
        tries.append(now)
        return 0.0

    def take_back(self, key: Hashable) -> None:
        """The latest attempt was none."""
        tries = self._tries.get(key)
        if tries:
            tries.pop()

    def forget(self, key: Hashable) -> None:
        """The attempts were good ones."""
        self._tries.pop(key, None)

    def _make_room(self, now: float) -> None:
        if len(self._tries) < MAX_KEYS:
            return
        self._tries.popitem(last=False)
        while self._tries:
            key, tries = next(iter(self._tries.items()))
            if tries and now - tries[-1] < self._window:
                return
            del self._tries[key]


@dataclass(slots=True)
class _Failures:
    count: int = 0
    latest: float = 0.0
    due: float = 0.0  # the next attempt may not be before
    before: float = 0.0  # what ``due`` was before the latest attempt


class GrowingDelay:
    """Attempts that fail make the next one wait.

    1. The first ``free`` attempts for a key make nobody wait.
    2. Each further one makes the next wait 1, 2, 4 ... ``longest`` seconds.
    3. An attempt that succeeds is taken back (:meth:`take_back`).
    4. After ``forget`` seconds without an attempt everything is forgotten.

    An attempt that is refused here counts for nothing, so asking on does not make it longer.
    ``free`` 0 counts nothing.
    """

    def __init__(self, free: int, longest: float, forget: float) -> None:
        self._free = free
        self._longest = longest
        self._forget = forget
        self._failures: OrderedDict[Hashable, _Failures] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failures)

    def attempt(self, key: Hashable, now: float) -> float:
        """Count an attempt and give 0, or refuse it and give the seconds until the next may be."""
        if not self._free:
            return 0.0
        found = self._failures.get(key)
        if found is None or now - found.latest >= self._forget:
            if len(self._failures) >= MAX_KEYS:
                self._failures.popitem(last=False)
            found = self._failures[key] = _Failures()
        if now < found.due:
            return found.due - now
        self._failures.move_to_end(key)
        found.count += 1
        found.latest = now
        found.before = found.due
        if found.count >= self._free:
            # The exponent is bounded: 2**1024 is no float.
            found.due = now + min(2.0 ** min(found.count - self._free, 30), self._longest)
        return 0.0

    def take_back(self, key: Hashable) -> None:
        """The latest attempt was none, or was right."""
        found = self._failures.get(key)
        if found is not None and found.count:
            found.count -= 1
            found.due = found.before
