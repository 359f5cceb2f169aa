"""asyncio on Qt's event loop: qasync's, but nothing of it is left behind once it is closed."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from contextvars import Context

import qasync
import shiboken6

_SIGNALLERS: list[object] = []  # of closed loops; see QtLoop.call_soon_threadsafe


class QtLoop(qasync.QEventLoop):
    """The loop that the app lives on.

    qasync stops none of its timers at :meth:`close`: each rings on in Qt's own loop until its time,
    those that asyncio cancelled too. If Python collects the closed loop before that, in whichever
    thread happens to allocate just then, Qt is left with a timer of an object that is no more, and
    the process ends when it rings. So its timers end here, in the thread that they belong to.
    """

    def close(self) -> None:
        """Close it; what is asked of it afterwards is dropped without a word, as by qasync."""
        if self.is_closed():
            return
        _SIGNALLERS.append(self._QEventLoop__call_soon_signaller)
        super().close()
        shiboken6.delete(self._timer)

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> None:
        """As qasync's, but once the loop is closed nothing is emitted any longer.

        qasync emits a Qt signal whatever the loop's state, and threads that nobody waits for
        (:mod:`netcore.runtime.guarded`, the watchdog) may call at any time. One that is past the
        check while the loop closes still needs the object that emits, so that is kept.
        """
        if self.is_closed():
            return
        super().call_soon_threadsafe(callback, *args, context=context)

    def call_later(
        self,
        delay: float,
        callback: Callable[..., object],
        *args: object,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """As qasync's, without asyncio.iscoroutinefunction, which Python 3.14 deprecates."""
        if not callable(callback) or inspect.iscoroutinefunction(callback):
            raise TypeError(f"call_later wants a plain callable, not {callback!r}")
        return self._add_callback(asyncio.Handle(callback, args, self, context=context), delay)

    def _add_callback(self, handle: asyncio.Handle, delay: float = 0) -> asyncio.Handle:
        if not self.is_closed():
            super()._add_callback(handle, delay)
        return handle
