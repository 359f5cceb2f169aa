"""Ends the app on SIGINT, SIGTERM and Ctrl+Break as if its window had been closed.

Python runs signal handlers between two of its instructions, and Qt's loop may sit in the system
for minutes: the byte that Python writes for each signal wakes it.
"""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier

NAMES = ("SIGINT", "SIGTERM", "SIGBREAK")  # the last is Windows's Ctrl+Break


class EndSignals(QObject):
    """Calls ``end`` on the loop's thread; :meth:`close` gives the signals back."""

    def __init__(self, end: Callable[[], object]) -> None:
        super().__init__()
        self._end = end
        self._reader, self._writer = socket.socketpair()
        for each in (self._reader, self._writer):
            each.setblocking(False)
        self._before_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._before = {
            number: signal.signal(number, self._note)
            for number in (getattr(signal, name, None) for name in NAMES)
            if number is not None
        }
        self._noted = False
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)

    def _note(self, _number: int, _frame: object) -> None:
        self._noted = True

    def _woken(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._reader.recv(4096):
                pass
        if self._noted:
            self._noted = False
            self._end()

    def close(self) -> None:
        """Give the signals back to their previous handlers."""
        self._notifier.setEnabled(False)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before_fd)
        self._reader.close()
        self._writer.close()
