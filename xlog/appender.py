"""The writer: records in from any thread, blocks out to files (``mars/xlog/src/appender.cc``).

Asynchronous mode: a call formats its line and copies it into the mapped buffer (``xlog.buffer``);
when it returns, a kill of the process cannot lose the line. One thread per open log writes the
buffer out: when a third of it is full, every 15 minutes, at a fatal record and on :meth:`flush`. If
the callers are faster than it, they write out themselves, so memory is bounded. Synchronous
mode: a block a line, in the file when the call returns.

Logging comes from any thread, so this is the one place of the package with locks:

- ``_lock`` (re-entrant) guards the buffer. A record logged by a signal handler or a finalizer while
  its own thread is inside waits in ``_late`` until that is done.
- The outlet's lock guards the files (``xlog.outlet``). It may be taken under ``_lock``, never the
  other way round.

No method raises but the constructor, for settings that cannot be used. What cannot be written
stays in the buffer and is tried again; what the buffer cannot take is counted in :attr:`lost`,
and the log says so as soon as it can be written. :attr:`trouble` holds the reason.

After ``fork`` the child has a log of its own, begun at its first record: the buffer
``PREFIX-2.mmap3`` and the files ``PREFIX-2_YYYYMMDD.xlog`` (the next free number). So has any
second process on one prefix in one folder. What the parent had buffered stays the parent's.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from xlog import registry
from xlog.buffer import Buffer, Mapping
from xlog.files import day_of, files_of_day
from xlog.lines import (
    LEVEL_HEADS,
    MILLISECONDS,
    SecondText,
    ThreadText,
    encode,
    mark_text,
    thread_text,
)
from xlog.outlet import Outlet
from xlog.record import Level
from xlog.registry import flush_all
from xlog.settings import AppenderConfig, Mode

__all__ = ["Appender", "AppenderConfig", "Mode", "flush_all"]

_T = TypeVar("_T")
_FATAL = int(Level.FATAL)
_CLOSED = sys.maxsize


class Appender:
    """One log; see the module's text. Close it, or let the interpreter's exit do so."""

    def __init__(self, config: AppenderConfig) -> None:
        """Open the log and take in what a killed process left.

        Raises :class:`xlog.errors.XlogError` for settings that cannot be used, and for nothing
        else: where the folder cannot be written the log is open all the same, and in trouble.
        """
        config.check()
        self.config = config
        self.lost = 0
        """Records that could not be kept."""
        self._told_lost = 0
        self._level = int(config.level)
        self._console = config.console
        self._closed = False
        self._set_up()
        with self._lock:
            self._guarded(self._open)
        registry.add(self)
        self._tell_trouble()

    def _set_up(self) -> None:
        """Everything that a forked child needs anew."""
        self._lock = threading.RLock()
        self._busy = False
        self._late: deque[bytes] = deque()
        self._second = SecondText(int(time.time()))
        self._thread_text = ThreadText()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._flush_wanted = False
        self._outlet = Outlet(self.config)
        self._mapping: Mapping | None = None
        self._buffer: Buffer | None = None
        self._append: Callable[[bytes], bool] = self._append_first

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
            if self._outlet.untold:
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
        return self._outlet.trouble

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._closed

    @property
    def prefix(self) -> str:
        """What the files' names begin with: the configured prefix, or ``PREFIX-2`` and so on."""
        return self._outlet.files.prefix

    @property
    def current_file(self) -> Path | None:
        """The file last written to."""
        return self._outlet.files.current

    @property
    def buffer_file(self) -> Path | None:
        """The mapped file; None while the buffer is in the process's memory alone."""
        return self._mapping.path if self._mapping is not None else None

    def files_of(self, day: str | None = None) -> list[Path]:
        """The files of a local day (``YYYYMMDD``; today by default), in the order of their text.

        Those of the cache folder too; those of further processes on the prefix are not among them.
        """
        files = self._outlet.files
        return files_of_day(files.folders, files.prefix, day or day_of(time.time()))

    def flush(self) -> None:
        """Have the buffer written out soon; does not wait."""
        self._flush_wanted = True
        self._guarded(self._wake_writer)

    def flush_sync(self) -> bool:
        """Write the buffer out now; whether all of it is in the file."""
        done = self._guarded(self._write_out)
        self._tell_trouble()
        return bool(done)

    def make_space(self) -> list[Path]:
        """Remove expired files, and the oldest ones over the cap; what was removed.

        Done by itself 2 minutes after the open, every hour, and at each new file if there is a cap.
        """
        return self._guarded(self._outlet.make_space) or []

    def close(self) -> None:
        """Write everything out and close the log; a second call does nothing.

        What cannot be written stays in the mapped buffer, for the next open to take in.
        """
        with self._lock:
            if self._closed:
                return
            if self.config.marks and self._mapping is not None:
                self._guarded(lambda: self._put(encode(_closing_mark())))
            self._closed = True
            self._level = _CLOSED
        registry.discard(self)
        thread = self._thread
        self._wake.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(10.0)
        self._guarded(self._shut)
        self._tell_trouble()

    def __enter__(self) -> Appender:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # -- keeping lines (under _lock) --------------------------------------------------------------

    def _open(self) -> None:
        begun = time.monotonic()
        self._mapping = self._outlet.open_mapping()
        if self.config.mode is Mode.SYNC:
            # The mapping was wanted for its lock and for what was left in it; it stays clear.
            self._append = self._append_sync
        else:
            self._buffer = self._outlet.new_buffer(self._mapping)
            self._append = self._buffer.append
        if self.config.marks:
            for text in self._opening_marks(int((time.monotonic() - begun) * 1000)):
                if not self._append(data := encode(text)):
                    self._make_room(data)
        if self.config.mode is Mode.ASYNC:
            self._start_writer()

    def _opening_marks(self, spent_ms: int) -> list[str]:
        now = time.time()
        stamp = time.strftime("%b %d %Y^^^%H:%M:%S", time.localtime(now))
        mode = 0 if self.config.mode is Mode.ASYNC else 1
        mapped = int(self.buffer_file is not None)
        texts = [
            f"^^^^^^^^^^{stamp}^^^^^^^^^^{mark_text(now)}\n",
            f"get mmap time: {spent_ms}\n",
            f"log appender mode:{mode}, use mmap:{mapped}\n",
        ]
        for name, folder in (("cache", self.config.cache_dir), ("log", self.config.log_dir)):
            with contextlib.suppress(OSError):
                if folder:
                    usage = shutil.disk_usage(folder)
                    texts.append(
                        f"{name} dir space info, capacity:{usage.total} free:{usage.free} "
                        f"available:{usage.free}\n"
                    )
        return texts

    def _append_first(self, data: bytes) -> bool:
        """After a fork: the child's own log, opened at its first record."""
        self._open()
        return self._append(data)

    def _append_sync(self, data: bytes) -> bool:
        if not self._outlet.write_line(data, self._second.hour):
            return False
        if self.lost != self._told_lost:
            self._tell_lost()
        self._outlet.look_after()
        return True

    def _put(self, data: bytes) -> None:
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

    def _take_late(self) -> None:
        while self._late and not self._busy:
            self._put(self._late.popleft())

    def _make_room(self, data: bytes) -> None:
        """The buffer did not take ``data``: it is full, or never could."""
        buffer = self._buffer
        if buffer is None:
            self.lost += 1
            return
        if len(data) > buffer.limit:
            buffer.seal()
            if not (
                self._outlet.drain(buffer) and self._outlet.write_long(data, self._second.hour)
            ):
                self.lost += 1
            return
        hour = self._second.hour
        if not buffer.roll(hour):
            self._outlet.make_room(buffer)
            if not buffer.roll(hour):
                self.lost += 1
                return
        if buffer.oldest() is not None:
            self._wake_writer()
        if not buffer.append(data):
            self.lost += 1

    def _repair(self) -> None:
        """A signal's exception came in the middle of an append."""
        if self._buffer is not None:
            self._buffer.repair()

    def _tell_lost(self) -> None:
        """Say in the log how many records it misses, once it can be written again."""
        with self._lock:
            count = self.lost - self._told_lost
            if count and not self._outlet.trouble:
                self._told_lost = self.lost
                self._put(encode(f"[F][ {count} records lost: the log could not be written\n"))

    def _tell_trouble(self) -> None:
        text, self._outlet.untold = self._outlet.untold, ""
        if text:
            with contextlib.suppress(Exception):
                if self.config.on_trouble is not None:
                    self.config.on_trouble(text)
                else:
                    self._mirror(f"{text}\n")

    def _mirror(self, text: str) -> None:
        with contextlib.suppress(Exception):
            if sys.stderr is not None:
                sys.stderr.write(text)

    # -- writing out ------------------------------------------------------------------------------

    def _start_writer(self) -> None:
        thread = threading.Thread(target=self._run, name=f"xlog {self.config.prefix}", daemon=True)
        with contextlib.suppress(RuntimeError):  # at the interpreter's end: callers write out
            thread.start()
            self._thread = thread

    def _wake_writer(self) -> None:
        if self._thread is None and self._buffer is not None and not self._closed:
            self._start_writer()
        self._wake.set()

    def _run(self) -> None:
        wake, outlet, interval = self._wake, self._outlet, self.config.flush_interval
        flush_at = time.monotonic() + interval
        while not self._closed:
            due = min(flush_at, outlet.next_chore)
            if outlet.trouble:
                due = min(due, outlet.retry_at)
            wake.wait(max(0.01, due - time.monotonic()))
            wake.clear()
            if self._closed:
                return
            if self._flush_wanted or time.monotonic() >= flush_at:
                self._flush_wanted = False
                flush_at = time.monotonic() + interval
                self._guarded(self._seal)
            if self._buffer is not None:
                self._guarded(outlet.drain, self._buffer)
            self._guarded(self._tell_lost)
            self._guarded(self._check_buffer)
            self._guarded(outlet.look_after)
            self._tell_trouble()

    def _seal(self) -> None:
        with self._lock:
            if self._buffer is not None:
                self._buffer.seal()

    def _write_out(self) -> bool:
        if self._buffer is None:
            return not self._outlet.trouble
        self._seal()
        done = self._outlet.drain(self._buffer, force=True)
        self._tell_lost()
        self._check_buffer()
        return done

    def _check_buffer(self) -> None:
        """A new mapping where the file is gone (its folder was removed) or never was to be had."""
        buffer = self._buffer
        if buffer is None or buffer.mapping.in_place() or self._outlet.trouble:
            return
        with self._lock:
            buffer.seal()
            if self._outlet.drain(buffer):
                self._buffer = self._outlet.replace(buffer)
                self._mapping = self._buffer.mapping
                self._append = self._buffer.append

    def _shut(self) -> None:
        with self._lock:
            mapping, buffer = self._mapping, self._buffer
            emptied = True
            if buffer is not None:
                buffer.seal()
                emptied = self._outlet.drain(buffer, force=True)
            if mapping is not None:
                self._outlet.close(mapping, emptied=emptied)
            self._buffer = self._mapping = None

    def _guarded(self, act: Callable[..., _T], *args: object) -> _T | None:
        try:
            return act(*args)
        except Exception as error:
            self._outlet.in_trouble(error)
            return None

    # -- forking (xlog.registry) ------------------------------------------------------------------

    def before_fork(self) -> None:
        """Take both locks, so that the child finds nothing half done."""
        self._lock.acquire()
        self._outlet.lock.acquire()

    def after_fork_in_parent(self) -> None:
        """Give the locks back."""
        self._outlet.lock.release()
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Let go of the parent's buffer and files without touching what is in them."""
        self._outlet.files.close()
        if self._mapping is not None:
            self._mapping.close()
        self._set_up()


def _closing_mark() -> str:
    now = time.time()
    stamp = time.strftime("%b %d %Y$$$%H:%M:%S", time.localtime(now))
    return f"$$$$$$$$$${stamp}$$$$$$$$$${mark_text(now)}\n"
