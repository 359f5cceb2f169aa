"""The latest lines of the log, in memory: for exports of a log that is encrypted.

The writer of an encrypted log cannot read it again, so nobody can look through its files before
they leave the machine. What was logged recently is kept here as well, to be redacted, and encrypted
for the same key again.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass

from xlog.handler import level_of
from xlog.record import Record, format_line

LINES = 4000
LONGEST = 2000  # characters of a message
_PLAIN = logging.Formatter("%(message)s")


@dataclass(frozen=True, slots=True)
class RecentLines:
    """Log lines of one moment. Can be sent to another process."""

    records: tuple[Record, ...]

    def __call__(self) -> bytes:
        """The lines as they would be in the log, times in UTC."""
        return b"".join(map(format_line, self.records))


class RecentLog(logging.Handler):
    """A bounded queue of log lines; thread-safe, for an append to a deque is."""

    def __init__(self) -> None:
        super().__init__()
        self._records: deque[Record] = deque(maxlen=LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        try:
            message = _PLAIN.format(record)[:LONGEST]
        except Exception:
            self.handleError(record)
            return
        self._records.append(
            Record(
                level_of(record.levelno),
                message,
                record.created,
                pid=record.process or 0,
                tid=record.thread or 0,
                main=record.threadName == "MainThread",
                tag=record.name,
                file=record.filename,
                line=record.lineno,
                function=record.funcName or "",
            )
        )

    def lines(self) -> RecentLines:
        """The lines so far."""
        return RecentLines(tuple(self._records))
