"""The thread that writes an open log out, so that who logs need not wait for the disk."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable


class WriterThread:
    """Wakes when it is told to, when something is due, and every ``interval`` seconds to flush.

    ``work(flush)`` is done then and must not raise; ``next_due`` tells when it has something to do
    by the clock (``time.monotonic``).
    """

    def __init__(
        self,
        name: str,
        interval: float,
        *,
        work: Callable[[bool], None],
        next_due: Callable[[], float],
    ) -> None:
        self._name = name
        self._interval = interval
        self._work = work
        self._next_due = next_due
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._flush_wanted = False
        self._ended = False

    def start(self) -> None:
        """Begin; where no thread can be had any more, callers write out themselves."""
        thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        with contextlib.suppress(RuntimeError):  # at the interpreter's end
            thread.start()
            self._thread = thread

    def wake(self) -> None:
        """There is something to write."""
        if self._thread is None and not self._ended:
            self.start()
        self._wake.set()

    def wake_to_flush(self) -> None:
        """Write out what there is, however little."""
        self._flush_wanted = True
        self.wake()

    def end(self) -> None:
        """Wait until it is done with what it is at; at most 10 s."""
        self._ended = True
        self._wake.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(10.0)

    def _run(self) -> None:
        flush_at = time.monotonic() + self._interval
        while not self._ended:
            due = min(flush_at, self._next_due())
            self._wake.wait(max(0.01, due - time.monotonic()))
            self._wake.clear()
            if self._ended:
                return
            flush = self._flush_wanted or time.monotonic() >= flush_at
            if flush:
                self._flush_wanted = False
                flush_at = time.monotonic() + self._interval
            self._work(flush)
