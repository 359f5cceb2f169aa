"""More processors for large logs: threads where C does the work, processes where Python does.

Decompressing releases the interpreter's lock, so two threads inflate 1.8 times as fast as one, and
text need not be copied between processes. TEA is hundreds of numpy's calls, between which threads
wait for each other, so they take turns at it (:mod:`xlog.tea`): of logs with a key two threads read
1.1 to 1.3 times as much. Work on records is Python's own: it goes
to processes, which decode their blocks themselves and send back only what they found. In both the
caller's thread reads and scans, results come in order, and a bounded number of batches is under
way, so memory stays constant.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from xlog.decode import Batch, Block, Items, decode_portions, split_blocks
from xlog.keys import KeyRing

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

T = TypeVar("T")

_AHEAD = 2
"""Batches under way for each worker."""
_TEXT_AHEAD = 1 << 24
"""Bytes of text that a worker makes of a batch; of a bomb the rest is made where it is used."""


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def decode_in_threads(
    batches: Iterable[Batch], keys: KeyRing, text_limit: int, workers: int
) -> Iterator[Items]:
    """Decode ``batches`` in ``workers`` threads, in order."""

    def decode(batch: Batch) -> tuple[Items, Iterator[tuple[Items, int]]]:
        portions = decode_portions(batch, keys, text_limit, _TEXT_AHEAD)
        return next(portions, ([], 0))[0], portions

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers, "xlog-decode") as pool:
        for first, others in _in_order(pool, batches, decode, decode, workers):
            yield first
            # A batch that gives far more text than is usual: the rest of it bit by bit, here.
            yield from (items for items, _ in others)


def map_in_processes(
    batches: Iterable[Batch],
    task: Callable[[Items], T],
    keys: KeyRing,
    text_limit: int,
    workers: int,
) -> Iterator[T]:
    """``task`` over the decoded ``batches`` in ``workers`` processes, in order.

    ``task`` and its results must be picklable. Processes are spawned, not forked, so this is safe
    with threads and on every system; a packaged program must call
    ``multiprocessing.freeze_support()`` first thing. The batches of a worker that dies (killed for
    want of memory, say) are done here.
    """
    # Imported here, as in the other functions: most logs are read without.
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(task, keys.private_keys, text_limit),
    )

    def do_here(batch: Batch) -> tuple[list[T], Batch]:
        return [], batch

    try:
        for results, rest in _in_order(pool, batches, _do_there, do_here, workers):
            yield from results
            if rest:
                yield from map_here(rest, task, keys, text_limit)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def map_here(
    batch: Batch, task: Callable[[Items], T], keys: KeyRing, text_limit: int
) -> Iterator[T]:
    """``task`` over a decoded batch, in this thread, a portion after the other."""
    for items, _ in decode_portions(batch, keys, text_limit):
        yield from map(task, split_blocks(items))


def _in_order(
    pool: Executor,
    batches: Iterable[Batch],
    there: Callable[[Batch], T],
    here: Callable[[Batch], T],
    workers: int,
) -> Iterator[T]:
    from concurrent.futures.process import BrokenProcessPool

    waiting: deque[tuple[Batch, Future[T] | None]] = deque()

    def submit(batch: Batch) -> Future[T] | None:
        try:
            return pool.submit(there, batch)
        except BrokenProcessPool:
            return None

    def result() -> T:
        batch, future = waiting.popleft()
        if future is not None:
            try:
                return future.result()
            except BrokenProcessPool:
                pass
        return here(batch)

    try:
        for batch in batches:
            waiting.append((batch, submit(batch)))
            if len(waiting) > workers * _AHEAD:
                yield result()
        while waiting:
            yield result()
    finally:
        for _, future in waiting:
            if future is not None:
                future.cancel()


class _ReadWorker:
    """What one worker process was started for."""

    task: Callable[[Items], Any]
    keys: KeyRing
    text_limit: int


def _start_worker(
    task: Callable[[Items], Any], private_keys: tuple[bytes, ...], text_limit: int
) -> None:
    _ReadWorker.task = staticmethod(task)
    _ReadWorker.keys = KeyRing(private_keys)
    _ReadWorker.text_limit = text_limit


def _do_there(batch: Batch) -> tuple[list[Any], Batch]:
    """The results of a batch, and what is left of it: as a rule nothing."""
    results: list[Any] = []
    text = done = 0
    for items, behind in decode_portions(batch, _ReadWorker.keys, _ReadWorker.text_limit):
        text += sum(len(item.data) for item in items if isinstance(item, Block))
        if text > _TEXT_AHEAD:
            return results, batch[done:]
        results.extend(map(_ReadWorker.task, split_blocks(items)))
        done = behind
    return results, ()
