"""The mapped file: memory that keeps what a killed process had logged.

It is reserved on the disk before it is mapped (a full disk would otherwise kill the process with
SIGBUS at the first store), and locked, so that a second process on the same prefix takes a buffer
of its own (``PREFIX-2.mmap3`` and so on). Where no file can be had the memory is the process's own:
nothing else changes, but a kill loses what is in it.

What says how much of the memory counts is stored by one instruction, through ``words`` and
``quads``. ``struct.pack_into`` clears its bytes before it stores them one by one: a kill in between
left a buffer that seemed empty, once in some hundred kills.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import struct
import sys
from pathlib import Path
from typing import Any

from xlog.files import make_folder
from xlog.format import BUFFER_SUFFIX
from xlog.settings import BUFFER_SIZE

SLOTS = 64
"""Processes that can have buffers of one prefix at once."""

HOLDS_NAMES = sys.platform == "win32"
"""Whether an open or mapped file can be neither renamed nor removed: then it is let go of first."""
_O_EXTRA = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class BusyError(OSError):
    """Another process has the buffer."""


class Mapping:
    """``BUFFER_SIZE`` bytes: a mapped and locked file, or plain memory where ``path`` is None."""

    def __init__(self, path: Path | None) -> None:
        """Raises :class:`BusyError` where another has it, other OSErrors where it cannot be had."""
        self.path = path
        self._handle = -1
        self._map: mmap.mmap | None = None
        if path is None:
            self._view(memoryview(bytearray(BUFFER_SIZE)))
            return
        self._handle = _open_locked(path)
        try:
            _reserve(self._handle, BUFFER_SIZE)
            self._map = _map(self._handle)
        except BaseException:
            os.close(self._handle)
            raise
        self._view(memoryview(self._map))

    def _view(self, memory: memoryview) -> None:
        self.memory = memory
        self.words: Any = _numbers(memory, "I")
        """The memory as numbers of 32 bits: item ``n`` is at offset ``4 * n``."""
        self.quads: Any = _numbers(memory, "Q")
        """The same with 64 bits, at offset ``8 * n``."""

    def in_place(self) -> bool:
        """Whether the file still stands under its name."""
        if self.path is None:
            return False
        if HOLDS_NAMES:
            return True
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._handle))
        except OSError:
            return False

    def clear(self) -> None:
        """All zeros; the first eight bytes first, so that a kill leaves no half buffer."""
        self.quads[0] = 0
        self.memory[8:] = bytes(BUFFER_SIZE - 8)

    def set_aside(self, name: str) -> Path:
        """Give the file another name and let go of it; raises OSError."""
        assert self.path is not None
        path, target = self.path, self.path.with_name(name)
        if HOLDS_NAMES:
            self.close()
            path.rename(target)
        else:  # still locked while it has its name
            path.rename(target)
            self.close()
        return target

    def close(self, *, remove: bool = False) -> None:
        """Let go of the file; ``remove`` also takes its name away."""
        path = self.path if remove and self.in_place() else None
        if path is not None and not HOLDS_NAMES:
            with contextlib.suppress(OSError):
                path.unlink()
        for view in (self.words, self.quads, self.memory):
            view.release()
        if self._map is not None:
            with contextlib.suppress(BufferError, ValueError):
                self._map.close()
            os.close(self._handle)
        self._map = None
        self.path = None
        if path is not None and HOLDS_NAMES:
            # Where another process has opened it meanwhile, this is refused, and the file is its.
            with contextlib.suppress(OSError):
                path.unlink()


def _numbers(memory: memoryview, form: str) -> Any:
    return memory.cast(form) if sys.byteorder == "little" else _Swapped(memory, form)  # type: ignore[call-overload]


class _Swapped:
    """Little-endian numbers on a big-endian machine."""

    def __init__(self, memory: memoryview, form: str) -> None:
        self._memory = memory
        self._struct = struct.Struct(f"<{form}")

    def __setitem__(self, index: int, value: int) -> None:
        self._struct.pack_into(self._memory, index * self._struct.size, value)

    def release(self) -> None:
        """There is no view of its own to let go of."""


def _open_locked(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | _O_EXTRA, 0o600)
        try:
            _lock(handle)
            # Between open and lock the one before may have taken the name away.
            if HOLDS_NAMES or os.path.samestat(path.stat(), os.fstat(handle)):
                return handle
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        # The lock is mandatory there: a byte far behind the end, which nobody reads.
        os.lseek(handle, 1 << 30, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BusyError(error.errno, "another process has the buffer") from None
else:
    import fcntl

    def _lock(handle: int) -> None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(error.errno, "another process has the buffer") from None
        except OSError as error:
            # A file system without locks: one process is taken for granted.
            if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS):
                raise


def _reserve(handle: int, size: int) -> None:
    """Give the file ``size`` bytes that the disk really has."""
    here = os.fstat(handle).st_size
    reserved = False
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(handle, 0, size)
            reserved = True
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise
    if not reserved and here < size:
        os.lseek(handle, here, os.SEEK_SET)
        while here < size:  # a disk that is nearly full takes a part; the next write says why
            here += os.write(handle, bytes(size - here))
    if here > size:
        os.ftruncate(handle, size)


def _map(handle: int) -> mmap.mmap:
    try:
        return mmap.mmap(handle, BUFFER_SIZE)
    except ValueError as error:  # shorter than it was made: another process cut it
        raise OSError(
            errno.EAGAIN, f"the memory buffer was cut while it was opened: {error}"
        ) from None


def buffer_path(folder: Path, prefix: str, slot: int) -> Path:
    """The buffer of the ``slot``-th process on a prefix, counted from 1."""
    return folder / f"{slot_prefix(prefix, slot)}{BUFFER_SUFFIX}"


def slot_prefix(prefix: str, slot: int) -> str:
    """What the names of the ``slot``-th process's files begin with."""
    return prefix if slot == 1 else f"{prefix}-{slot}"


def open_mapping(folder: Path, prefix: str) -> tuple[Mapping, int]:
    """The first buffer of ``prefix`` that no other process has, and its slot.

    Raises OSError where the folder gives none.
    """
    make_folder(folder)
    for slot in range(1, SLOTS + 1):
        try:
            return Mapping(buffer_path(folder, prefix, slot)), slot
        except BusyError:
            continue
    raise BusyError(errno.EAGAIN, f"{SLOTS} processes have buffers of {prefix!r}")
