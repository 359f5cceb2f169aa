"""Lines in from any thread: into the buffer in their order, and out of it in time.

Logging comes from any thread, so this is the one place of the package with locks:

- ``_lock`` (re-entrant) guards the buffer. A record logged by a signal handler or a finalizer while
  its own thread is inside waits in ``_late`` until that is done.
- The outlet's lock guards the files (``xlog.file_writer``). It may be taken under ``_lock``, never
  the other way round.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from xlog.buffer import Buffer
from xlog.file_writer import FileWriter
from xlog.line_format import SecondText, ThreadText, encode, opening_marks
from xlog.mapping import Mapping
from xlog.settings import AppenderConfig, Mode
from xlog.writer_thread import WriterThread

_T = TypeVar("_T")


class AppenderBase:
    """What :class:`xlog.appender.Appender` stands on: keeps lines and has them written out."""

    def __init__(self, config: AppenderConfig) -> None:
        """Opens nothing yet."""
        self.config = config
        self.lost = 0
        """Records that could not be kept."""
        self._told_lost = 0
        self._closed = False
        self._set_up()

    def _set_up(self) -> None:
        """Everything that a forked child needs again."""
        self._lock = threading.RLock()
        self._busy = False
        self._late: deque[bytes] = deque()
        self._second = SecondText(int(time.time()))
        self._thread_text = ThreadText()
        self._file_writer = FileWriter(self.config)
        self._writer = WriterThread(
            f"xlog {self.config.prefix}",
            self.config.flush_interval,
            work=self._write_by_and_by,
            next_due=lambda: self._file_writer.next_due,
        )
        self._mapping: Mapping | None = None
        self._buffer: Buffer | None = None
        self._append: Callable[[bytes], bool] = self._append_first

    @property
    def buffer_file(self) -> Path | None:
        """The mapped file; None while the buffer is in the process's memory alone."""
        return self._mapping.path if self._mapping is not None else None

    # -- keeping lines (under _lock) --------------------------------------------------------------

    def _open(self) -> None:
        begun = time.monotonic()
        self._mapping = self._file_writer.open_mapping()
        if self.config.mode is Mode.SYNC:
            # The mapping was wanted for its lock and for what was left in it; it stays clear.
            self._append = self._append_sync
        else:
            self._buffer = self._file_writer.new_buffer(self._mapping)
            self._append = self._buffer.append
        if self.config.marks:
            spent = time.monotonic() - begun
            for text in opening_marks(self.config, spent, mapped=self.buffer_file is not None):
                if not self._append(data := encode(text)):
                    self._make_room(data)
        if self.config.mode is Mode.ASYNC:
            self._writer.start()

    def _append_first(self, data: bytes) -> bool:
        """After a fork: the child's own log, opened at its first record."""
        self._open()
        return self._append(data)

    def _append_sync(self, data: bytes) -> bool:
        if not self._file_writer.write_line(data, self._second.hour):
            return False
        if self.lost != self._told_lost:
            self._tell_lost()
        self._file_writer.look_after()
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
                self._file_writer.drain(buffer)
                and self._file_writer.write_long(data, self._second.hour)
            ):
                self.lost += 1
            return
        hour = self._second.hour
        if not buffer.roll(hour):
            self._file_writer.make_room(buffer)
            if not buffer.roll(hour):
                self.lost += 1
                return
        if buffer.oldest() is not None:
            self._writer.wake()
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
            if count and not self._file_writer.trouble:
                self._told_lost = self.lost
                self._put(encode(f"[F][ {count} records lost: the log could not be written\n"))

    def _tell_trouble(self) -> None:
        text, self._file_writer.untold = self._file_writer.untold, ""
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

    def _write_by_and_by(self, flush: bool) -> None:
        """What the writer's thread does each time it wakes."""
        if flush:
            self._guarded(self._seal)
        if self._buffer is not None:
            self._guarded(self._file_writer.drain, self._buffer)
        self._guarded(self._tell_lost)
        self._guarded(self._check_buffer)
        self._guarded(self._file_writer.look_after)
        self._tell_trouble()

    def _seal(self) -> None:
        with self._lock:
            if self._buffer is not None:
                self._buffer.seal()

    def _write_out(self) -> bool:
        if self._buffer is None:
            return not self._file_writer.trouble
        self._seal()
        done = self._file_writer.drain(self._buffer, force=True)
        self._tell_lost()
        self._check_buffer()
        return done

    def _check_buffer(self) -> None:
        """A new mapping where the file is gone (its folder was removed) or was never available."""
        buffer = self._buffer
        if buffer is None or buffer.mapping.in_place() or self._file_writer.trouble:
            return
        with self._lock:
            buffer.seal()
            if self._file_writer.drain(buffer):
                self._buffer = self._file_writer.replace(buffer)
                self._mapping = self._buffer.mapping
                self._append = self._buffer.append

    def _shut(self) -> None:
        with self._lock:
            mapping, buffer = self._mapping, self._buffer
            emptied = True
            if buffer is not None:
                buffer.seal()
                emptied = self._file_writer.drain(buffer, force=True)
            if mapping is not None:
                self._file_writer.close(mapping, emptied=emptied)
            self._buffer = self._mapping = None

    def _guarded(self, act: Callable[..., _T], *args: object) -> _T | None:
        try:
            return act(*args)
        except Exception as error:
            self._file_writer.in_trouble(error)
            return None

    # -- forking (xlog.registry) ------------------------------------------------------------------

    def before_fork(self) -> None:
        """Take both locks, so that the child finds nothing half done."""
        self._lock.acquire()
        self._file_writer.lock.acquire()

    def after_fork_in_parent(self) -> None:
        """Give the locks back."""
        self._file_writer.lock.release()
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Let go of the parent's buffer and files without touching what is in them."""
        self._file_writer.files.close()
        if self._mapping is not None:
            self._mapping.close()
        self._set_up()
