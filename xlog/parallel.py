"""Decoding in other processes, for large logs.

The caller's process reads and scans, which is cheap; batches of bodies go to the workers and text
comes back in order. At most two batches a worker are under way, so memory stays constant.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from xlog.decode import Block, Piece, decode_batch
from xlog.findings import Finding
from xlog.keys import KeyRing

Batch = list[Piece | Finding]

_AHEAD = 2
_worker_keys = KeyRing()
_worker_limit = 0


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def decode_in_processes(
    batches: Iterable[Batch], keys: KeyRing, text_limit: int, workers: int
) -> Iterator[list[Block | Finding]]:
    """Decode ``batches`` in ``workers`` processes; results in the order of the batches.

    Processes are spawned, not forked, so this is safe from threads and on every system; a packaged
    program must call ``multiprocessing.freeze_support()`` first thing. When a worker dies, its
    batches are decoded here.
    """
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(keys.private_keys, text_limit),
    )
    waiting: deque[tuple[Batch, Future[list[Block | Finding]] | None]] = deque()
    broken = False

    def result() -> list[Block | Finding]:
        nonlocal broken
        batch, future = waiting.popleft()
        if future is not None:
            try:
                return future.result()
            except BrokenProcessPool:
                broken = True
        return list(decode_batch(batch, keys, text_limit))

    try:
        for batch in batches:
            future = None
            if not broken:
                try:
                    future = pool.submit(_decode, batch)
                except BrokenProcessPool:
                    broken = True
            waiting.append((batch, future))
            if len(waiting) > workers * _AHEAD:
                yield result()
        while waiting:
            yield result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_worker(private_keys: tuple[bytes, ...], text_limit: int) -> None:
    global _worker_keys, _worker_limit  # noqa: PLW0603 - a worker is one process with one task
    _worker_keys = KeyRing(private_keys)
    _worker_limit = text_limit


def _decode(batch: Batch) -> list[Block | Finding]:
    return list(decode_batch(batch, _worker_keys, _worker_limit))
