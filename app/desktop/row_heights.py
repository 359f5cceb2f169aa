"""The heights of a long list's rows, where most rows have never been measured.

A row holds an estimate until it is first shown; offsets are sums, made anew only after a change.
With 50,000 rows a change costs some two milliseconds, a look-up microseconds.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate


class RowHeights:
    """Heights in pixels by row, with the sums that place them."""

    def __init__(self) -> None:
        self._heights: list[int] = []
        self._exact: list[bool] = []
        self._ends: list[int] | None = []

    def __len__(self) -> int:
        return len(self._heights)

    def reset(self, estimates: list[int]) -> None:
        """Start again with estimates only."""
        self._heights = list(estimates)
        self._exact = [False] * len(estimates)
        self._ends = None

    def insert(self, row: int, estimates: list[int]) -> None:
        """New rows before ``row``."""
        self._heights[row:row] = estimates
        self._exact[row:row] = [False] * len(estimates)
        self._ends = None

    def remove(self, row: int, count: int) -> None:
        """Forget ``count`` rows from ``row`` on."""
        del self._heights[row : row + count]
        del self._exact[row : row + count]
        self._ends = None

    def forget(self, first: int, last: int) -> None:
        """The rows from ``first`` to ``last`` have changed: measure them again when shown."""
        for row in range(max(0, first), min(last + 1, len(self._exact))):
            self._exact[row] = False

    def forget_all(self) -> None:
        """Every height is an estimate from now on (another width, another font)."""
        self._exact = [False] * len(self._exact)

    def is_exact(self, row: int) -> bool:
        """Whether the row has been measured."""
        return self._exact[row]

    def measured(self, row: int, height: int) -> bool:
        """Put in a measured height; whether it moved anything."""
        self._exact[row] = True
        if self._heights[row] == height:
            return False
        self._heights[row] = height
        self._ends = None
        return True

    def _sums(self) -> list[int]:
        if self._ends is None:
            self._ends = list(accumulate(self._heights))
        return self._ends

    @property
    def total(self) -> int:
        """The height of all rows."""
        sums = self._sums()
        return sums[-1] if sums else 0

    def height(self, row: int) -> int:
        """One row's height."""
        return self._heights[row]

    def top(self, row: int) -> int:
        """Where the row begins."""
        return self._sums()[row] - self._heights[row]

    def row_at(self, y: int) -> int:
        """The row that holds ``y``, the first above all, the last below all; -1 with no rows."""
        if not self._heights:
            return -1
        return min(bisect_right(self._sums(), max(0, y)), len(self._heights) - 1)
