"""From the buffer to the files: opens the buffer, writes it out, keeps the folder in order.

Everything here is done under :attr:`FileWriter.lock`, the file lock; who holds it takes no other.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path

from xlog import key_cache, recovery, registry, retention, staging
from xlog.blocks import BlockMaker
from xlog.buffer import Buffer, MarsBuffer, Pending, StagedBuffer, with_end_hour
from xlog.files import LogFiles
from xlog.line_format import encode, mark_text
from xlog.mapping import SLOTS, BusyError, Mapping, buffer_path, open_mapping, slot_prefix
from xlog.settings import AppenderConfig

RETRY_FIRST = 0.5
RETRY_LAST = 30.0
"""Seconds between tries to write where writing fails: doubled from the first to the last."""
BLOCK_TEXT_LIMIT = 8 << 20
"""A record that no buffer holds goes to the file in blocks of this much text."""
SPACE_DELAY = 120.0
MOVE_DELAY = 180.0
SPACE_INTERVAL = 3600.0
"""Mars looks for files to remove 2 min and to move 3 min after the open; here every hour too."""
CLOCK_JUMP = 300.0
"""Seconds by which the wall clock may run from the steady one before the log says so."""


class FileWriter:
    """The files of one open log."""

    def __init__(self, config: AppenderConfig) -> None:
        self.config = config
        self.lock = threading.RLock()
        self._take_new_keys()
        self.files = self._new_files(config.prefix)
        self.slot = 1
        self.trouble = ""
        """Why nothing can be written at the moment; empty where it can."""
        self.untold = ""
        """A problem that has not been reported yet; reported by a caller that holds no lock."""
        self.retry_at = 0.0
        self._retry_pause = RETRY_FIRST
        now = time.monotonic()
        self._clock = (time.time(), now)
        self._space_at = now + SPACE_DELAY
        self._move_at = now + MOVE_DELAY
        self._capped_for: Path | None = None
        self._caller_waits = False

    # -- opening ----------------------------------------------------------------------------------

    def open_mapping(self) -> Mapping:
        """A mapping with nothing in it, in the process's memory where no file can be had."""
        with self.lock:
            try:
                mapping = self._empty_mapping()
            except OSError as error:
                self.in_trouble(error)
                return Mapping(None)
            try:
                self._take_in_other_buffers()
            except OSError as error:
                self.in_trouble(error)
            return mapping

    def new_buffer(self, mapping: Mapping) -> Buffer:
        """A buffer in an empty mapping, of the layout that is set and can be had."""
        staged = self.config.layout == "staged"
        key = self.maker.stage_key
        if staged and key is not None and mapping.path is not None:
            # Without a kept key the next open could not take a left-over in.
            staged = key_cache.available(key_cache.MEMORY_DIR) and key_cache.keep(
                mapping.path, self.maker.client_key, key, key_cache.MEMORY_DIR
            )
        if staged:
            return StagedBuffer(mapping, self.maker, pid=os.getpid(), now=time.time())
        return MarsBuffer(mapping, self.maker)

    def replace(self, buffer: Buffer) -> Buffer:
        """A new buffer for an empty one whose file is gone, or the same where none can be had."""
        with self.lock:
            try:
                mapping = self._empty_mapping()
            except OSError:
                return buffer
            buffer.mapping.close()
            # A key stream is used once: a new buffer has new keys.
            self._take_new_keys()
            return self.new_buffer(mapping)

    def close(self, mapping: Mapping, *, emptied: bool) -> None:
        """Let go of everything; what is left in the mapping stays for the next open."""
        with self.lock:
            self.files.close()
            if emptied and mapping.path is not None:
                mapping.clear()
                key_cache.forget(mapping.path, key_cache.MEMORY_DIR)
            mapping.close(remove=emptied and self.slot > 1)

    def _take_new_keys(self) -> None:
        config = self.config
        maker = BlockMaker(config.codec, config.compress_level, config.public_key_bytes())
        self.maker = maker
        self._line_block = maker.line if maker.is_crypt and not config.plain_sync else maker.bare

    def _new_files(self, prefix: str) -> LogFiles:
        config = self.config
        return LogFiles(
            Path(config.log_dir),
            prefix,
            cache_dir=Path(config.cache_dir) if config.cache_dir else None,
            cache_days=config.cache_days,
            max_file_size=config.file_size_limit,
            fsync=config.fsync,
        )

    @property
    def _buffer_dir(self) -> Path:
        return Path(self.config.cache_dir or self.config.log_dir)

    def _empty_mapping(self) -> Mapping:
        """Raises OSError where there is none, or where what is in it cannot be written."""
        for _ in range(3):
            mapping, self.slot = open_mapping(self._buffer_dir, self.config.prefix)
            prefix = slot_prefix(self.config.prefix, self.slot)
            if prefix != self.files.prefix:
                self.files.close()
                self.files = self._new_files(prefix)
            try:
                self.files.finish_moves()
                outcome = self._recover(mapping, self.files)
            except BaseException:
                mapping.close()
                raise
            if outcome is not recovery.RecoveryOutcome.ASIDE:
                return mapping
        raise OSError("the memory buffer cannot be emptied")

    def _take_in_other_buffers(self) -> None:
        """Those of further processes that are gone; each into files of its own number."""
        for slot in range(1, SLOTS + 1):
            path = buffer_path(self._buffer_dir, self.config.prefix, slot)
            if slot == self.slot or not path.exists():
                continue
            with contextlib.suppress(BusyError):
                mapping = Mapping(path)
                try:
                    files = self._new_files(slot_prefix(self.config.prefix, slot))
                    done = self._recover(mapping, files) is not recovery.RecoveryOutcome.ASIDE
                except BaseException:
                    mapping.close()
                    raise
                if done:
                    mapping.close(remove=slot > 1)

    def _recover(self, mapping: Mapping, files: LogFiles) -> recovery.RecoveryOutcome:
        now = time.time()
        return recovery.recover(
            mapping, self.maker, files, now=now, mark=lambda: encode(mark_text(now))
        )

    # -- writing ----------------------------------------------------------------------------------

    def drain(self, buffer: Buffer, *, force: bool = False) -> bool:
        """Write out all that is sealed; whether nothing sealed is left.

        While writing fails it is tried again only after a pause, unless by ``force``.
        """
        if buffer.oldest() is None:
            return True
        if not force and time.monotonic() < self.retry_at:
            return False
        with self.lock:
            while (pending := buffer.oldest()) is not None:
                if not self._write_out(buffer, pending):
                    return False
                if self._caller_waits and not force:
                    return False
        return True

    def make_room(self, buffer: Buffer) -> None:
        """For a caller whose buffer is full: returns once one region is in the file.

        Who drains the buffer stops for that, and is to be woken afterwards.
        """
        if time.monotonic() < self.retry_at:
            return
        self._caller_waits = True
        try:
            with self.lock:
                pending = buffer.oldest()
                if pending is not None and not buffer.has_room():
                    self._write_out(buffer, pending)
        finally:
            self._caller_waits = False

    def _write_out(self, buffer: Buffer, pending: Pending) -> bool:
        try:
            self._write(buffer, pending)
        except OSError as error:
            buffer.intend(pending, None)
            self.in_trouble(error)
            return False
        buffer.release(pending)
        self.files.settle()
        if self.trouble:
            self.out_of_trouble()
        return True

    def _write(self, buffer: Buffer, pending: Pending) -> None:
        now = time.time()
        hour = time.localtime(now).tm_hour
        if not pending.block:
            # Kept for the next try: a second block would leave a gap in the numbers.
            pending.block = self.maker.stream(buffer.text(pending), pending.begin_hour, hour)
        block = with_end_hour(pending.block, hour)
        note = self._clock_note(now)

        def intending(cached: bool, name: str, offset: int) -> None:
            intent = staging.Intent.of(note + block, cached=cached, name=name, offset=offset)
            buffer.intend(pending, intent)

        self.files.append(note + block, now, intending)

    def write_long(self, data: bytes, hour: int) -> bool:
        """A record longer than the buffer, while all before it is in the file."""
        with self.lock:
            try:
                blocks = b"".join(self.maker.stream(piece, hour, hour) for piece in _pieces(data))
                self.files.append(blocks, time.time(), lambda cached, name, offset: None)
            except OSError as error:
                self.in_trouble(error)
                return False
            self.files.settle()
        return True

    def write_line(self, data: bytes, hour: int) -> bool:
        """A line into blocks of its own (sync mode)."""
        if self.retry_at and time.monotonic() < self.retry_at:
            return False
        now = time.time()
        with self.lock:
            try:
                if len(data) <= BLOCK_TEXT_LIMIT:
                    self.files.append_line(self._line_block(data, hour), now)
                else:
                    for piece in _pieces(data):
                        self.files.append_line(self._line_block(piece, hour), now)
            except OSError as error:
                self.files.close()
                self.in_trouble(error)
                return False
        if self.trouble:
            self.out_of_trouble()
        return True

    def _clock_note(self, now: float) -> bytes:
        """A block that reports a jump of the wall clock since the last write-out, or nothing."""
        wall, steady = self._clock
        self._clock = (now, time.monotonic())
        jump = (now - wall) - (self._clock[1] - steady)
        if abs(jump) <= CLOCK_JUMP or not self.config.marks:
            return b""
        form = "%Y-%m-%d %z %H:%M:%S"
        before = time.strftime(form, time.localtime(wall))
        after = time.strftime(form, time.localtime(now))
        text = f"[F][ the clock jumped: from {before} to {after}, {jump:+.0f} s\n"
        return self.maker.note(encode(text), time.localtime(now).tm_hour)

    def in_trouble(self, error: BaseException) -> None:
        """Writing failed: say so once, and wait longer each time before it is tried again."""
        self.retry_at = time.monotonic() + self._retry_pause
        self._retry_pause = min(2 * self._retry_pause, RETRY_LAST)
        text = f"xlog: {self.config.prefix} cannot be written: {error}"
        if not self.trouble:
            self.untold = text
        self.trouble = text

    def out_of_trouble(self) -> None:
        """Writing works."""
        self.retry_at, self._retry_pause, self.trouble = 0.0, RETRY_FIRST, ""

    # -- order in the folder ----------------------------------------------------------------------

    @property
    def next_due(self) -> float:
        """When there is something to do by the clock (``time.monotonic``)."""
        due = min(self._space_at, self._move_at)
        return min(due, self.retry_at) if self.trouble else due

    def look_after(self) -> None:
        """Expiry, the folder's cap, and what has been in the cache folder for long enough."""
        now = time.monotonic()
        if now >= self._move_at:
            self._move_at = now + SPACE_INTERVAL
            with self.lock:
                self.files.move_old(time.time())
        if now >= self._space_at:
            self._space_at = now + SPACE_INTERVAL
            self.make_space()
        elif self.config.max_folder_size and self.files.current != self._capped_for:
            self._capped_for = self.files.current
            self.make_space()

    def make_space(self) -> list[Path]:
        """Remove expired files, and the oldest ones over the cap; what was removed."""
        config = self.config
        removed: list[Path] = []
        keep = {path for log in registry.open_logs() if (path := log.current_file) is not None}
        if self.files.current is not None:
            keep.add(self.files.current)
        for folder in self.files.folders:
            removed += retention.expire(
                folder, now=time.time(), max_age=config.max_age_days * 86400
            )
            if config.max_folder_size:
                removed += retention.cap(folder, max_size=config.max_folder_size, keep=keep)
        return removed


def _pieces(data: bytes) -> list[bytes]:
    return [data[at : at + BLOCK_TEXT_LIMIT] for at in range(0, len(data), BLOCK_TEXT_LIMIT)]
