"""A ``logging.Handler``: any Python program's log as xlog.

::

    handler = XlogHandler("logs", prefix="chat", public_key=KEY)
    logging.getLogger().addHandler(handler)

The logger's name becomes the tag; a traceback and stack follow the message in the same record. Put
no lock around it and no queue before it: a call costs less than ``logging.FileHandler``'s.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

from xlog.appender import Appender
from xlog.errors import XlogConfigError
from xlog.record import Level
from xlog.settings import AppenderConfig

_PLAIN = logging.Formatter("%(message)s")


def level_of(number: int) -> Level:
    """Mars's level for one of ``logging``: below DEBUG is VERBOSE, from CRITICAL on FATAL."""
    if number < logging.DEBUG:
        return Level.VERBOSE
    if number < logging.INFO:
        return Level.DEBUG
    if number < logging.WARNING:
        return Level.INFO
    if number < logging.ERROR:
        return Level.WARN
    return Level.ERROR if number < logging.CRITICAL else Level.FATAL


_KNOWN = {number: int(level_of(number)) for number in (10, 20, 30, 40, 50)}


class XlogHandler(logging.Handler):
    """Sends records to an :class:`xlog.appender.Appender`.

    Given a folder or settings, it opens the appender and closes it with itself; given an appender,
    it leaves that open. A formatter, where one is set, makes the message only: Mars's line has the
    rest.
    """

    def __init__(
        self,
        target: str | os.PathLike[str] | AppenderConfig | Appender,
        level: int = logging.NOTSET,
        **settings: Any,
    ) -> None:
        """With a folder, ``settings`` are those of :class:`AppenderConfig`, ``prefix`` at least.

        Raises :class:`xlog.errors.XlogError` for settings that cannot be used.
        """
        super().__init__(level)
        if isinstance(target, str | os.PathLike):
            target = AppenderConfig(log_dir=os.fspath(target), **settings)
        elif settings:
            raise XlogConfigError(f"give {', '.join(settings)} in the settings themselves")
        self._own = not isinstance(target, Appender)
        self.appender = Appender(target) if isinstance(target, AppenderConfig) else target
        self._log = self.appender.log
        self._log_elsewhere = self.appender.log_from

    def createLock(self) -> None:  # noqa: N802
        """No lock: the appender has its own, and logs from any thread."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        """Filter and emit; returns whether the record was let through."""
        passed = self.filter(record) if self.filters else record
        if not passed:
            return False
        self.emit(record if passed is True else passed)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Log ``record``; one that cannot be formatted goes to :meth:`handleError`."""
        try:
            if self.formatter is not None:
                message = self.formatter.format(record)
            else:
                message = str(record.msg)
                if record.args:
                    message = message % record.args
                if record.exc_info or record.exc_text or record.stack_info:
                    message = _PLAIN.format(record)
            level = _KNOWN.get(record.levelno)
            if level is None:
                level = level_of(record.levelno)
            if record.thread == threading.get_ident():
                self._log(
                    level,
                    record.name,
                    message,
                    file=record.filename,
                    line=record.lineno,
                    function=record.funcName or "",
                )
            else:
                self._log_elsewhere(
                    level,
                    record.name,
                    message,
                    file=record.filename,
                    line=record.lineno,
                    function=record.funcName or "",
                    time=record.created,
                    tid=record.thread or 0,
                    main=record.threadName == "MainThread",
                )
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        """Write the buffer out now."""
        self.appender.flush_sync()

    def close(self) -> None:
        """Close the appender, if it is this handler's own."""
        if self._own:
            self.appender.close()
        super().close()
