"""Growing numpy columns: one writer, any number of readers, no lock.

The writer puts values behind the count and raises the count last; a reader takes the count first
and looks only at what lies before it. Growing copies into a new array and leaves the old one to
whoever still holds it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_FIRST_CAPACITY = 1024
_GROWTH = 1.5


class Columns:
    """Arrays of one length, by name."""

    def __init__(self, **types: npt.DTypeLike) -> None:
        self._arrays = {name: np.empty(_FIRST_CAPACITY, kind) for name, kind in types.items()}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def row_bytes(self) -> int:
        """Bytes that one row takes."""
        return sum(array.itemsize for array in self._arrays.values())

    @property
    def nbytes(self) -> int:
        """Bytes held now, with the room to grow."""
        return sum(array.nbytes for array in self._arrays.values())

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """The column as far as it is written: a view, valid for good."""
        count = self._count
        return self._arrays[name][:count]

    def append(self, count: int, **values: npt.ArrayLike) -> None:
        """Put ``count`` rows behind the others; a scalar fills its column. Every column is due."""
        start, end = self._count, self._count + count
        if end > len(next(iter(self._arrays.values()))):
            self._grow(end)
        for name, array in self._arrays.items():
            array[start:end] = values[name]
        self._count = end

    def _grow(self, least: int) -> None:
        capacity = max(least, int(self._count * _GROWTH))
        for name, array in self._arrays.items():
            wider = np.empty(capacity, array.dtype)
            wider[: self._count] = array[: self._count]
            self._arrays[name] = wider
