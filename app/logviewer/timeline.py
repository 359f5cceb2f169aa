"""Order of time: several logs merged into one row order, and counts of records over time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.logviewer.store import LEVELS, LogStore

BINS = 360
_DAY_MS = 86_400_000

Rows = npt.NDArray[np.int32]


def merged(store: LogStore, count: int) -> Rows | None:
    """Rows 0 to ``count`` in order of time; None where that is their own order (one file).

    The records of one file keep the order of the file, whatever its clock did: a row is at the
    latest time of its file so far. Rows of one time keep the order of the files.
    """
    if len(store.files) < 2:
        return None
    files = store.columns["file"][:count]
    times = store.columns["time"][:count]
    keys = np.empty(count, np.int64)
    by_file = np.argsort(files, kind="stable")
    edges = np.flatnonzero(np.diff(files[by_file])) + 1
    for of_file in np.split(by_file, edges):
        keys[of_file] = np.maximum.accumulate(_without_spikes(times[of_file]))
    # Runs of rising keys: the stable sort of numpy takes them as they are.
    return np.lexsort((files, keys)).astype(np.int32)


def _without_spikes(times: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """A single row more than a day ahead of both neighbours would drag all after it along."""
    if len(times) < 2:
        return times
    after = np.append(times[1:], times[-2])
    before = np.insert(times[:-1], 0, times[1])
    spike = (times - after > _DAY_MS) & (times - before > _DAY_MS)
    return np.where(spike, before, times) if spike.any() else times


class Histogram(NamedTuple):
    """``counts[bin, level]`` of rows from ``start`` on, ``width`` milliseconds a bin."""

    start: int
    width: float
    counts: npt.NDArray[np.int64]

    @property
    def end(self) -> float:
        """Where the last bin ends."""
        return self.start + self.width * len(self.counts)

    def bin_of(self, time: float) -> int:
        """The bin of a time, the nearest where it lies outside."""
        return int(np.clip((time - self.start) // self.width, 0, len(self.counts) - 1))


EMPTY = Histogram(0, 1.0, np.zeros((0, LEVELS), np.int64))


def histogram(store: LogStore, rows: Rows, bins: int = BINS) -> Histogram:
    """Count ``rows`` by time and level; rows without a time are left out."""
    times = store.columns["time"][rows]
    levels = store.columns["level"][rows].astype(np.int64)
    if len(times) and not times.all():
        known = times != 0
        times, levels = times[known], levels[known]
    if not len(times):
        return EMPTY
    start, end = int(times.min()), int(times.max())
    width = max(1.0, (end - start + 1) / bins)
    at = ((times - start) / width).astype(np.int64)
    counts = np.bincount(at * LEVELS + levels, minlength=bins * LEVELS)
    return Histogram(start, width, counts[: bins * LEVELS].reshape(bins, LEVELS))


def row_at_time(store: LogStore, rows: Rows, time: float) -> int:
    """The first position in ``rows`` that is at ``time`` or later (the last one if none)."""
    if not len(rows):
        return -1
    keys = np.maximum.accumulate(_without_spikes(store.columns["time"][rows]))
    return min(int(np.searchsorted(keys, time, "left")), len(rows) - 1)
