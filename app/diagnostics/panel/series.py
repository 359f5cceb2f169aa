"""Numbers over time in bounded memory: the oldest are dropped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Series:
    """Pairs of a moment (seconds since the epoch) and a value; NaN as a value is a gap.

    With ``step`` above 0, values of the same ``step`` seconds are one, the largest of them.
    """

    __slots__ = ("_data", "_first", "_last", "capacity", "step", "total")

    def __init__(self, capacity: int, *, step: float = 0.0) -> None:
        self.capacity = capacity
        self.step = step
        self.total = 0  # ever appended, those that were joined left out
        self._data = np.empty((2, 2 * capacity))
        self._first = self._last = 0

    def __len__(self) -> int:
        return self._last - self._first

    def append(self, at: float, value: float) -> None:
        """Add one at the end."""
        if self.step:
            at -= at % self.step
            if len(self) and self._data[0, self._last - 1] == at:
                self._data[1, self._last - 1] = max(self._data[1, self._last - 1], value)
                return
        if self._last == 2 * self.capacity:
            self._data[:, : self.capacity] = self._data[:, self.capacity :]
            self._first, self._last = 0, self.capacity
        self._data[:, self._last] = at, value
        self._last += 1
        self._first = max(self._first, self._last - self.capacity)
        self.total += 1

    def gap(self, at: float) -> None:
        """End the line here; a second gap adds nothing."""
        if len(self) and not np.isnan(self._data[1, self._last - 1]):
            self.append(at, float("nan"))

    def arrays(self, since: float = float("-inf")) -> tuple[Floats, Floats]:
        """Moments and values from ``since`` on; views, so do not keep them."""
        times = self._data[0, self._first : self._last]
        start = self._first
        if since > float("-inf"):
            start += int(np.searchsorted(times, since))
        return self._data[0, start : self._last], self._data[1, start : self._last]

    def last(self) -> tuple[float, float] | None:
        """The newest pair, or None."""
        if not len(self):
            return None
        return float(self._data[0, self._last - 1]), float(self._data[1, self._last - 1])
