"""The files of a log: names per day and size, the cache folder, appending (``appender.cc``).

A file is ``PREFIX_YYYYMMDD.xlog``; with a size limit the further ones of a day are
``PREFIX_YYYYMMDD_1.xlog`` and so on. Days and hours are local time.

With a cache folder, as in Mars: while ``cache_days`` is above 0, there is no file of today in the
log folder and the cache folder's disk has 1 GiB free, blocks go to the file in the cache folder. A
file that is in the cache folder is continued there, and unless it is to stay it is moved to the
log folder afterwards: appended to the file of the same name. If the log folder cannot be written,
the cache folder takes the block.

Where Mars may write a moved file twice after a crash, a note beside it (``NAME.xlog.moving``) says
how long its target was, and the move is done again from there.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from xlog.format import LOG_SUFFIX

CACHE_FREE_MIN = 1 << 30
"""Bytes that must be free for files to be kept in the cache folder."""
_COPY = 1 << 18
_NO_FILE = "a link or a device has the name of the log; remove it"
# A log is the text of people's lives: for its owner alone, and what stands under its name must be a
# file of the folder, not a link to another or a pipe that keeps its writer waiting.
_MODE = 0o600
_O_SAFE = (
    getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
_O_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _O_SAFE
_NAME = re.compile(r"(?P<prefix>.+)_(?P<day>\d{8})(?:_(?P<number>\d{1,9}))?\.xlog")

Intending = Callable[[bool, str, int], None]
"""Called with (in the cache folder?, name, size before) just before a block is appended."""


class LogName(NamedTuple):
    """What a log file's name says."""

    prefix: str
    day: str
    number: int


def parse_name(name: str) -> LogName | None:
    """The parts of a log file's name; None where it is none."""
    match = _NAME.fullmatch(name)
    return match and LogName(match["prefix"], match["day"], int(match["number"] or 0))


def make_name(prefix: str, day: str, index: int = 0) -> str:
    """The name of the ``index``-th file of a day (``YYYYMMDD``)."""
    return f"{prefix}_{day}{f'_{index}' if index else ''}{LOG_SUFFIX}"


def day_of(now: float) -> str:
    """The local day as ``YYYYMMDD``."""
    return time.strftime("%Y%m%d", time.localtime(now))


def files_of_day(folders: list[Path], prefix: str, day: str) -> list[Path]:
    """Files of ``day`` in order of their index; of one index, by the order of ``folders``."""
    found = []
    for rank, folder in enumerate(folders):
        for name in _names(folder):
            parts = parse_name(name)
            if parts is not None and parts.prefix == prefix and parts.day == day:
                found.append((parts.number, rank, folder / name))
    return [path for _, _, path in sorted(found)]


class LogFiles:
    """Where the blocks of one prefix go. Not locked: the appender's file lock holds."""

    def __init__(
        self,
        log_dir: Path,
        prefix: str,
        *,
        cache_dir: Path | None = None,
        cache_days: int = 0,
        max_file_size: int = 0,
        fsync: bool = False,
    ) -> None:
        self.log_dir = log_dir
        self.cache_dir = cache_dir if cache_dir != log_dir else None
        self.prefix = prefix
        self.cache_days = cache_days
        self.max_file_size = max_file_size
        self.fsync = fsync
        self.current: Path | None = None
        """The file last written to."""
        self._last_time = 0.0
        self._day = ""
        self._quarter = -1
        self._move: str | None = None
        self._handle = -1
        self._handle_day = ""

    @property
    def folders(self) -> list[Path]:
        """The log folder, and the cache folder where there is one."""
        return [self.log_dir] if self.cache_dir is None else [self.log_dir, self.cache_dir]

    def append(self, data: bytes, now: float, intending: Intending, *, move: bool = True) -> None:
        """Append ``data``, whole or not at all; raises OSError where no folder takes it.

        ``intending`` is called before each attempt. Call :meth:`settle` once the buffer is clear.
        """
        day = self._day_for(now)
        if self.cache_dir is None:
            self._append_to(self.log_dir, day, data, intending, cached=False)
            return
        stays = self._stays_in_cache(day)
        name = self._name(day)
        if stays or (self.cache_dir / name).exists():
            try:
                self._append_to(self.cache_dir, day, data, intending, cached=True)
            except OSError:
                pass
            else:
                self._move = name if move and not stays else None
                return
        try:
            self._append_to(self.log_dir, day, data, intending, cached=False)
        except OSError:
            self._append_to(self.cache_dir, day, data, intending, cached=True)

    def append_line(self, data: bytes, now: float) -> None:
        """Append a small block to a file that stays open (sync mode); raises OSError."""
        handle = self._handle
        if handle >= 0:
            status = os.fstat(handle)
            size = status.st_size
            if (
                status.st_nlink  # nobody has removed the file
                and self._handle_day == self._day_for(now)
                and not 0 < self.max_file_size <= size
            ):
                write_whole(handle, data, size, fsync=self.fsync)
                return
            self.close()
        self.append(data, now, _nothing_intended)
        self.settle()
        if self.cache_dir is None and self.current is not None:
            self._handle = open_for_append(self.current)
            self._handle_day = self._day

    def close(self) -> None:
        """Close the file that :meth:`append_line` keeps open."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def settle(self) -> None:
        """Move the file just written out of the cache folder, if it is to go."""
        name, self._move = self._move, None
        if name is not None and self.cache_dir is not None:
            with contextlib.suppress(OSError):
                move_file(self.cache_dir / name, self.log_dir / name)

    def move_old(self, now: float) -> None:
        """Move what has been in the cache folder for ``cache_days`` to the log folder."""
        if self.cache_dir is None:
            return
        for name in sorted(_names(self.cache_dir)):
            parts = parse_name(name)
            if parts is None or parts.prefix != self.prefix:
                continue
            path = self.cache_dir / name
            with contextlib.suppress(OSError):
                age = now - path.stat().st_mtime
                if self.cache_days > 0 and 0 < age < self.cache_days * 86400:
                    continue
                move_file(path, self.log_dir / name)

    def finish_moves(self) -> None:
        """Do again the moves that a crash cut short."""
        if self.cache_dir is None:
            return
        for name in _names(self.cache_dir):
            if name.endswith(_MOVING) and name.startswith(f"{self.prefix}_"):
                log = name.removesuffix(_MOVING)
                with contextlib.suppress(OSError):
                    move_file(self.cache_dir / log, self.log_dir / log)

    def _day_for(self, now: float) -> str:
        # A clock that was set back must not send blocks to the files of days gone by: as in Mars,
        # the last file goes on until the clock has caught up.
        if now < self._last_time:
            return self._day
        self._last_time = now
        quarter = int(now) // 900  # a day begins at a whole quarter of an hour in every zone
        if quarter != self._quarter:
            self._quarter = quarter
            self._day = day_of(now)
        return self._day

    def _name(self, day: str) -> str:
        index = 0
        if self.max_file_size > 0:
            sizes: dict[int, int] = {}
            for path in files_of_day(self.folders, self.prefix, day):
                parts = parse_name(path.name)
                if parts is not None:
                    with contextlib.suppress(OSError):
                        size = path.stat().st_size
                        sizes[parts.number] = sizes.get(parts.number, 0) + size
            index = max(sizes, default=0)
            if sizes.get(index, 0) >= self.max_file_size:
                index += 1
        return make_name(self.prefix, day, index)

    def _stays_in_cache(self, day: str) -> bool:
        if self.cache_dir is None or self.cache_days <= 0:
            return False
        if (self.log_dir / self._name(day)).exists():
            return False
        with contextlib.suppress(OSError):
            self.cache_dir.mkdir(parents=True, exist_ok=True)
            return shutil.disk_usage(self.cache_dir).free >= CACHE_FREE_MIN
        return False

    def _append_to(
        self, folder: Path, day: str, data: bytes, intending: Intending, *, cached: bool
    ) -> None:
        name = self._name(day)
        path = folder / name
        handle = open_for_append(path)
        try:
            size = os.fstat(handle).st_size
            intending(cached, name, size)
            write_whole(handle, data, size, fsync=self.fsync)
        finally:
            os.close(handle)
        self.current = path


def _nothing_intended(cached: bool, name: str, offset: int) -> None:
    """A line goes to the file in one call of the system: there is nothing to tell before."""


def open_for_append(path: Path) -> int:
    """A file handle for appending; makes the folder where it has gone.

    Raises OSError, also for what is no regular file (a link, a pipe).
    """
    try:
        return _open_regular(path, _O_APPEND)
    except FileNotFoundError:
        make_folder(path.parent)
        return _open_regular(path, _O_APPEND)


def truncate(path: Path, size: int) -> None:
    """Cut a regular file; raises OSError as :func:`open_for_append` does."""
    handle = _open_regular(path, os.O_WRONLY | _O_SAFE)
    try:
        os.ftruncate(handle, size)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make ``folder`` and those above it; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)


def _open_regular(path: Path, flags: int) -> int:
    try:
        handle = os.open(path, flags, _MODE)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link; a pipe that nobody reads
            raise OSError(error.errno, _NO_FILE, str(path)) from None
        raise
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, _NO_FILE, str(path))
    except BaseException:
        os.close(handle)
        raise
    return handle


def write_whole(handle: int, data: bytes, size: int, *, fsync: bool = False) -> None:
    """Append all of ``data`` to a file of ``size`` bytes, or take it back and raise OSError."""
    try:
        written = os.write(handle, data)
        while written < len(data):
            written += os.write(handle, data[written:])
        if fsync:
            os.fsync(handle)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(handle, size)
        raise


_MOVING = ".moving"


def move_file(source: Path, target: Path) -> None:
    """Append ``source`` to ``target`` and remove it, once even if it is cut short and done again.

    Raises OSError where it cannot be done; then ``source`` is whole.
    """
    note = source.with_name(source.name + _MOVING)
    if not source.exists():
        note.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    size = target.stat().st_size if target.exists() else 0
    if note.exists():
        begun = note.read_text()
        if begun.isdecimal() and int(begun) <= size:
            size = int(begun)
    if size == 0:
        with contextlib.suppress(OSError):  # another disk: copy
            source.replace(target)
            note.unlink(missing_ok=True)
            return
    fresh = note.with_name(note.name + ".new")
    fresh.write_text(str(size))
    fresh.replace(note)
    with source.open("rb") as reader, os.fdopen(open_for_append(target), "ab") as writer:
        writer.truncate(size)
        try:
            shutil.copyfileobj(reader, writer, _COPY)
            writer.flush()
            os.fsync(writer.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(writer.fileno(), size)
            raise
    source.unlink()
    note.unlink(missing_ok=True)


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []
