"""The writer: records in from any thread, blocks out to files (``mars/xlog/src/appender.cc``).

Asynchronous mode: a call formats its line and copies it into the mapped buffer (``xlog.buffer``);
when it returns, a kill of the process cannot lose the line. One thread per open log writes the
buffer out: when a third of it is full, every 15 minutes, at a fatal record and on :meth:`flush`. If
the callers are faster than it, they write out themselves, so memory is bounded. Synchronous
mode: a block a line, in the file when the call returns.

No method raises but the constructor, for settings that cannot be used. What cannot be written
stays in the buffer and is tried again; what the buffer cannot take is counted in :attr:`lost`,
and the log says so as soon as it can be written. :attr:`Appender.trouble` holds the reason.

After ``fork`` the child has a log of its own, begun at its first record: the buffer
``PREFIX-2.mmap3`` and the files ``PREFIX-2_YYYYMMDD.xlog`` (the next free number). So has any
second process on one prefix in one folder. What the parent had buffered stays the parent's.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from xlog import registry
from xlog.appender_base import AppenderBase
from xlog.files import day_of, files_of_day
from xlog.line_format import (
    LEVEL_HEADS,
    MILLISECONDS,
    SecondText,
    closing_mark,
    encode,
    thread_text,
)
from xlog.record import Level
from xlog.registry import flush_all
from xlog.settings import AppenderConfig, Mode

__all__ = ["Appender", "AppenderConfig", "Mode", "flush_all"]

_FATAL = int(Level.FATAL)
_CLOSED = sys.maxsize


class Appender(AppenderBase):
    """One log; see the module's text. Close it, or let the interpreter's exit do so."""

    def __init__(self, config: AppenderConfig) -> None:
        """Open the log and take in what a killed process left.

        Raises :class:`xlog.errors.XlogError` for settings that cannot be used, and for nothing
        else: where the folder cannot be written the log is open all the same, and in trouble.
        """
        config.check()
        super().__init__(config)
        self._level = int(config.level)
        self._console = config.console
        with self._lock:
            self._guarded(self._open)
        registry.add(self)
        self._tell_trouble()

    # -- for the one who logs ---------------------------------------------------------------------

    def log(
        self,
        level: int,
        tag: str,
        message: str,
        *,
        file: str = "",
        line: int = 0,
        function: str = "",
    ) -> None:
        """Log ``message`` (of any length) at ``level`` (:class:`xlog.record.Level`); never raises.

        ``file`` is a base name. When this returns, the record outlives the process.
        """
        if level < self._level:
            return
        try:
            now = time.time()
            second = self._second
            whole = int(now)
            if second.second != whole:
                second = self._second = SecondText(whole)
            if message[-1:] == "\n":
                message = message[:-1]
            text = (
                f"{LEVEL_HEADS[level]}{second.text}{MILLISECONDS[int((now - whole) * 1000)]}"
                f"{self._thread_text.text}{tag}][{file}:{line}, {function}][{message}\n"
            )
            try:
                data = text.encode()
            except UnicodeEncodeError:
                data = encode(text)
            # As in _put, whose call would cost a tenth of the whole.
            with self._lock:
                if self._busy:
                    self._late.append(data)
                    return
                self._busy = True
                try:
                    if not self._append(data):
                        self._make_room(data)
                except BaseException:
                    self._repair()
                    raise
                finally:
                    self._busy = False
                if self._late:
                    self._take_late()
            if level >= _FATAL:
                self.flush()
            if self._console:
                self._mirror(text)
            if self._file_writer.untold:
                self._tell_trouble()
        except Exception:
            self.lost += 1

    def log_from(
        self,
        level: int,
        tag: str,
        message: str,
        *,
        file: str = "",
        line: int = 0,
        function: str = "",
        time: float,
        tid: int,
        main: bool = False,
    ) -> None:
        """As :meth:`log`, for a record made at another time or by another thread; never raises."""
        if level < self._level:
            return
        try:
            now = SecondText(int(time))
            message = message.removesuffix("\n")
            self.write(
                f"{LEVEL_HEADS[level]}{now.text}{MILLISECONDS[int((time - now.second) * 1000)]}"
                f"{thread_text(tid, main=main)}{tag}][{file}:{line}, {function}][{message}\n"
            )
            if level >= _FATAL:
                self.flush()
        except Exception:
            self.lost += 1

    def write(self, text: str) -> None:
        """Log ``text`` as it is, with a line break behind it where there is none; never raises."""
        if self._level == _CLOSED:
            return
        try:
            if text[-1:] != "\n":
                text += "\n"
            self._put(encode(text))
            if self._console:
                self._mirror(text)
        except Exception:
            self.lost += 1

    @property
    def level(self) -> int:
        """Records below it are dropped; may be set."""
        return self._level

    @level.setter
    def level(self, level: int) -> None:
        if not self._closed:
            self._level = int(level)

    def set_console(self, on: bool) -> None:
        """Mirror every line to standard error, or not."""
        self._console = on

    @property
    def trouble(self) -> str:
        """Why the log cannot be written at the moment; empty where it can."""
        return self._file_writer.trouble

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._closed

    @property
    def prefix(self) -> str:
        """What the files' names begin with: the configured prefix, or ``PREFIX-2`` and so on."""
        return self._file_writer.files.prefix

    @property
    def current_file(self) -> Path | None:
        """The file last written to."""
        return self._file_writer.files.current

    def files_of(self, day: str | None = None) -> list[Path]:
        """The files of a local day (``YYYYMMDD``; today by default), in the order of their text.

        Those of the cache folder too; those of further processes on the prefix are not among them.
        """
        files = self._file_writer.files
        return files_of_day(files.folders, files.prefix, day or day_of(time.time()))

    def flush(self) -> None:
        """Have the buffer written out soon; does not wait."""
        if self._buffer is not None:
            self._guarded(self._writer.wake_to_flush)

    def flush_sync(self) -> bool:
        """Write the buffer out now; whether all of it is in the file."""
        done = self._guarded(self._write_out)
        self._tell_trouble()
        return bool(done)

    def make_space(self) -> list[Path]:
        """Remove expired files, and the oldest ones over the cap; what was removed.

        Done by itself 2 minutes after the open, every hour, and at each new file if there is a cap.
        """
        return self._guarded(self._file_writer.make_space) or []

    def close(self) -> None:
        """Write everything out and close the log; a second call does nothing.

        What cannot be written stays in the mapped buffer, for the next open to take in.
        """
        with self._lock:
            if self._closed:
                return
            if self.config.marks and self._mapping is not None:
                self._guarded(lambda: self._put(encode(closing_mark())))
            self._closed = True
            self._level = _CLOSED
        registry.discard(self)
        self._writer.end()
        self._guarded(self._shut)
        self._tell_trouble()

    def __enter__(self) -> Appender:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
