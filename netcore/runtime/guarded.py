"""Calls that may block for ever, such as name look-ups: guarded, so that nothing waits for them.

The loop's own executor (``asyncio.to_thread``, ``loop.getaddrinfo``) will not do for these: its few
threads are shared with all other work, and both the loop's end and the interpreter's wait for each
of them. With a DNS that never answers, a program then starves and ends many seconds late.

Here each call has a daemon thread of its own, of which there are :data:`MAX_THREADS` at most for a
loop. Callers with the same key share one call. A caller that has waited long enough leaves; the
thread is abandoned with its call, and holds up neither the loop's end nor the program's.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

MAX_THREADS = 32


class GuardedCalls:
    """The guarded calls of one event loop; use it on that loop alone."""

    def __init__(self, limit: int = MAX_THREADS) -> None:
        self._limit = limit
        self._running: dict[Hashable, asyncio.Future[Any]] = {}
        self._threads = 0
        self._turns: deque[asyncio.Future[None]] = deque()

    @property
    def threads(self) -> int:
        """How many calls have not come back, abandoned ones included."""
        return self._threads

    async def run(self, key: Hashable, call: Callable[[], T], *, timeout: float) -> T:
        """What ``call()`` gives, or raises; one call for all who give the same ``key`` meanwhile.

        Raises TimeoutError after ``timeout`` seconds, those included in which the call waited for
        one of the threads.
        """
        async with asyncio.timeout(timeout):
            while key not in self._running and self._threads >= self._limit:
                turn = asyncio.get_running_loop().create_future()
                self._turns.append(turn)
                await turn
            running = self._running.get(key) or self._start(key, call)
            found: T = await asyncio.shield(running)
            return found

    def _start(self, key: Hashable, call: Callable[[], T]) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._running[key] = future
        self._threads += 1

        def finish(found: T | None, error: BaseException | None) -> None:
            self._threads -= 1
            if self._running.get(key) is future:
                del self._running[key]
            while self._turns:
                turn = self._turns.popleft()
                if not turn.done():
                    turn.set_result(None)
                    break
            if future.done():
                return
            if error is None:
                future.set_result(found)  # type: ignore[arg-type]
            else:
                future.set_exception(error)
                future.exception()  # seen, even when everybody who waited has gone

        def work() -> None:
            found: T | None = None
            failure: BaseException | None = None
            try:
                found = call()
            except Exception as error:
                failure = error
            try:
                loop.call_soon_threadsafe(finish, found, failure)
            except RuntimeError:
                pass  # the loop has closed in the meantime: nobody waits

        threading.Thread(target=work, name=f"guarded {key}", daemon=True).start()
        return future


_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, GuardedCalls] = WeakKeyDictionary()


def guarded_calls() -> GuardedCalls:
    """The guarded calls of the running loop."""
    loop = asyncio.get_running_loop()
    found = _of_loops.get(loop)
    if found is None:
        found = _of_loops[loop] = GuardedCalls()
    return found


async def guarded(key: Hashable, call: Callable[[], T], *, timeout: float) -> T:
    """``call()`` in a thread that nothing waits for; see :meth:`GuardedCalls.run`."""
    return await guarded_calls().run(key, call, timeout=timeout)
