"""Holds every asyncio task that netcore and the app start.

The event loop keeps only weak references to tasks: one that nobody holds may be collected in
mid-flight, and its exception is never seen. So nothing but this file calls ``loop.create_task``
(ruff forbids the bare call).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_log = logging.getLogger("netcore.runtime.task_holder")


class TaskHolder:
    """A set of running asyncio tasks with one owner.

    ``on_error(name, error)`` is called for a task that ends in an exception nobody awaited;
    by default the exception is logged. :meth:`close` cancels what still runs and waits for it.
    """

    def __init__(
        self, name: str, *, on_error: Callable[[str, BaseException], None] | None = None
    ) -> None:
        self._name = name
        self._on_error = on_error
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start ``work`` on the running loop and hold it until it ends."""
        task = asyncio.get_running_loop().create_task(work, name=f"{self._name}:{name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        if self._on_error is not None:
            self._on_error(task.get_name(), error)
        else:
            _log.error("task %s failed", task.get_name(), exc_info=error)

    def cancel(self) -> None:
        """Ask every held task to stop, without waiting."""
        for task in tuple(self._tasks):
            task.cancel()

    async def close(self) -> None:
        """Cancel every held task and wait until each has ended; errors are reported as ever.

        The calling task itself, if held here, is left alone.
        """
        this = asyncio.current_task()
        waiting = [task for task in self._tasks if task is not this]
        for task in waiting:
            task.cancel()
        if waiting:
            await asyncio.gather(*waiting, return_exceptions=True)
