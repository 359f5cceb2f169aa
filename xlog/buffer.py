"""The memory buffer: a mapped file that keeps what a killed process had logged.

:class:`Mapping` is the file: reserved on the disk before it is mapped (a full disk would otherwise
kill the process with SIGBUS at the first store), and locked, so that a second process on the same
prefix takes a buffer of its own (``PREFIX-2.mmap3`` and so on). Where no file can be had the
memory is the process's own: nothing else changes, but a kill loses what is in it.

The two layouts of it are :class:`StagedBuffer` (:mod:`xlog.stage`) and :class:`MarsBuffer`. Both
are filled under the appender's lock and written out under its file lock; neither locks itself.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import sys
from collections import deque
from pathlib import Path
from typing import Protocol

from xlog import stage
from xlog.blocks import BlockMaker, GrowingBlock, room_for, undone
from xlog.format import (
    BEGIN_HOUR_OFFSET,
    END_HOUR_OFFSET,
    HEADER_SIZE,
    LENGTH,
    LENGTH_OFFSET,
)
from xlog.settings import BUFFER_SIZE

SUFFIX = ".mmap3"
SLOTS = 64
"""Processes that can have buffers of one prefix at once."""

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
            self.memory = memoryview(bytearray(BUFFER_SIZE))
            return
        self._handle = _open_locked(path)
        try:
            _reserve(self._handle, BUFFER_SIZE)
            self._map = mmap.mmap(self._handle, BUFFER_SIZE)
        except BaseException:
            os.close(self._handle)
            raise
        self.memory = memoryview(self._map)

    def in_place(self) -> bool:
        """Whether the file still stands under its name."""
        if self.path is None:
            return False
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._handle))
        except OSError:
            return False

    def clear(self) -> None:
        """All zeros; the first byte first, so that a kill in between leaves no half buffer."""
        self.memory[:HEADER_SIZE] = bytes(HEADER_SIZE)
        self.memory[HEADER_SIZE:] = bytes(BUFFER_SIZE - HEADER_SIZE)

    def set_aside(self, name: str) -> Path:
        """Give the file another name and let go of it; raises OSError."""
        assert self.path is not None
        target = self.path.with_name(name)
        self.path.rename(target)
        self.close()
        return target

    def close(self, *, remove: bool = False) -> None:
        """Let go of the file; ``remove`` also takes its name away."""
        if remove and self.path is not None and self.in_place():
            with contextlib.suppress(OSError):
                self.path.unlink()
        self.memory.release()
        if self._map is not None:
            with contextlib.suppress(BufferError, ValueError):
                self._map.close()
            os.close(self._handle)
        self._map = None
        self.path = None


def _open_locked(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | _O_EXTRA, 0o600)
        try:
            _lock(handle)
            # Between open and lock the one before may have taken the name away.
            if os.path.samestat(path.stat(), os.fstat(handle)):
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
        os.write(handle, bytes(size - here))
    if here > size:
        os.ftruncate(handle, size)


class Pending:
    """Something of a buffer that waits to be written out: a region's text, or a block."""

    __slots__ = ("at", "base", "begin_hour", "block", "used")

    def __init__(
        self, at: int, begin_hour: int, *, used: int = 0, base: int = 0, block: bytes = b""
    ) -> None:
        self.at = at
        self.begin_hour = begin_hour
        self.used = used
        self.base = base
        self.block = block


class Buffer(Protocol):
    """What the appender needs of a layout."""

    mapping: Mapping
    limit: int
    """Bytes of the longest line that fits."""

    def append(self, line: bytes) -> bool:
        """Keep ``line``; False where there is no room (nothing was done then)."""

    def roll(self, hour: int) -> bool:
        """Make room by sealing what is there; False where it must be written out first."""

    def has_room(self) -> bool:
        """Whether :meth:`roll` would make room."""

    def seal(self) -> bool:
        """Close what is there, so that it can be written out; whether there is anything."""

    def oldest(self) -> Pending | None:
        """The sealed text to write out next."""

    def text(self, pending: Pending) -> bytes:
        """The lines of ``pending`` that are in no block yet."""

    def intend(self, pending: Pending, intent: stage.Intent | None) -> None:
        """Note what is about to be written, or that it was taken back (None)."""

    def release(self, pending: Pending) -> None:
        """``pending`` is safely in the file."""

    def repair(self) -> None:
        """Put right what an exception in the middle of a method left half done."""


class StagedBuffer:
    """Lines as text, enciphered where there is a key, in three regions used in turn."""

    def __init__(self, mapping: Mapping, maker: BlockMaker, *, pid: int, now: float) -> None:
        self.mapping = mapping
        self._memory = mapping.memory
        size = stage.region_size(BUFFER_SIZE)
        self._size = size
        self.limit = size - stage.REGION_HEADER_SIZE
        self._key = maker.stage_key
        self._encipher = stage.stream_cipher(self._key).update if self._key else None
        self._free = deque(stage.region_offset(place, size) for place in range(stage.REGIONS))
        self._sealed: deque[Pending] = deque()
        self._order = 0
        self._base = 0  # of the key stream, at the active region's first byte
        self._at = 0  # header of the active region; 0: there is none
        self._hour = 0
        self._start = self._position = self._end = 0
        self._store_used = stage.USED.pack_into
        prologue = stage.build_prologue(
            maker.kind,
            size=BUFFER_SIZE,
            pid=pid,
            begun=now,
            key=self._key,
            client_key=maker.client_key,
        )
        for at in self._free:
            stage.clear_region(self._memory, at)
        signature = len(stage.SIGNATURE)
        self._memory[signature : len(prologue)] = prologue[signature:]
        self._memory[:signature] = prologue[:signature]

    def append(self, line: bytes) -> bool:
        """Copy the line in, then store how much is used."""
        position = self._position
        end = position + len(line)
        if end > self._end:
            return False
        if self._encipher is not None:
            line = self._encipher(line)
        self._memory[position:end] = line
        self._position = end
        self._store_used(self._memory, self._at, end - self._start)
        return True

    def roll(self, hour: int) -> bool:
        """Seal the active region and begin a free one."""
        self.seal()
        if not self._free:
            return False
        at = self._free.popleft()
        self._order += 1
        stage.begin_region(self._memory, at, hour=hour, order=self._order, base=self._base)
        self._at, self._hour = at, hour
        self._start = self._position = at + stage.REGION_HEADER_SIZE
        self._end = at + self._size
        return True

    def has_room(self) -> bool:
        """Whether a region is free."""
        return bool(self._free)

    def seal(self) -> bool:
        """Hand the active region over to be written out."""
        at, used = self._at, self._position - self._start
        if at and used:
            self._sealed.append(Pending(at, self._hour, used=used, base=self._base))
            self._base += used
            self._at = self._start = self._position = self._end = 0
        return bool(self._sealed)

    def oldest(self) -> Pending | None:
        """The region sealed first."""
        return self._sealed[0] if self._sealed else None

    def text(self, pending: Pending) -> bytes:
        """Out of the region, which nobody changes until it is released."""
        start = pending.at + stage.REGION_HEADER_SIZE
        text = bytes(self._memory[start : start + pending.used])
        return text if self._key is None else stage.decipher(text, self._key, pending.base)

    def intend(self, pending: Pending, intent: stage.Intent | None) -> None:
        """Into the region's header."""
        if intent is None:
            stage.clear_intent(self._memory, pending.at)
        else:
            stage.set_intent(self._memory, pending.at, intent)

    def release(self, pending: Pending) -> None:
        """The region is free."""
        stage.clear_region(self._memory, pending.at)
        self._sealed.popleft()
        self._free.append(pending.at)

    def repair(self) -> None:
        """Set the cipher to where the text ends; find the regions that nobody has."""
        if self._key is not None:
            used = self._position - self._start
            self._encipher = stage.stream_cipher(self._key, self._base + used).update
        sealed = {pending.at for pending in self._sealed}
        self._free = deque(
            at
            for at in (stage.region_offset(place, self._size) for place in range(stage.REGIONS))
            if at != self._at and at not in sealed
        )


class MarsBuffer:
    """One growing block at offset 0, which Mars's own programs can take in.

    What is sealed is a copy in the process; the mapped block stays until the copy is in the file,
    so a write-out holds the caller up. There is no room for an intent: recovery looks for the
    block's bytes in the files instead.
    """

    def __init__(self, mapping: Mapping, maker: BlockMaker) -> None:
        self.mapping = mapping
        self._memory = mapping.memory
        self._maker = maker
        self._block: GrowingBlock | None = None
        self._pending: Pending | None = None
        self._third = BUFFER_SIZE // 3
        self.limit = BUFFER_SIZE // 2

    def append(self, line: bytes) -> bool:
        """Compress, encrypt and store the line."""
        block = self._block
        if block is None or self._pending is not None or block.end >= self._third:
            return False
        if block.end + room_for(line) > BUFFER_SIZE:
            return False
        block.append(line)
        return True

    def roll(self, hour: int) -> bool:
        """Begin a block; False while one waits."""
        if self.seal():
            return False
        self._block = self._maker.growing(self._memory, hour)
        return True

    def has_room(self) -> bool:
        """Whether no block waits."""
        return self._pending is None

    def seal(self) -> bool:
        """Copy the block to be written out."""
        block = self._block
        if self._pending is None and block is not None and block.end > HEADER_SIZE:
            data = bytes(self._memory[: block.end]) + b"\0"
            self._pending = Pending(0, data[BEGIN_HOUR_OFFSET], block=data)
        return self._pending is not None

    def oldest(self) -> Pending | None:
        """The block, once sealed."""
        return self._pending

    def text(self, pending: Pending) -> bytes:
        """Nothing: all of it is in the block."""
        return b""

    def intend(self, pending: Pending, intent: stage.Intent | None) -> None:
        """The end hour belongs to the write-out; recovery knows the block without it."""

    def release(self, pending: Pending) -> None:
        """Clear the buffer."""
        self.mapping.clear()
        self._block = self._pending = None

    def repair(self) -> None:
        """The stream may miss a line that its compressor has: end the block as it stands."""
        if self._block is not None and self._pending is None:
            data = undone(bytes(self._memory))
            end = HEADER_SIZE + LENGTH.unpack_from(data, LENGTH_OFFSET)[0]
            if end > HEADER_SIZE:
                self._pending = Pending(0, data[BEGIN_HOUR_OFFSET], block=data[:end] + b"\0")
            else:
                self._block = None


def with_end_hour(block: bytes, hour: int) -> bytes:
    """``block`` as written out at ``hour``."""
    return block[:END_HOUR_OFFSET] + bytes((hour,)) + block[END_HOUR_OFFSET + 1 :]


def buffer_path(folder: Path, prefix: str, slot: int) -> Path:
    """The buffer of the ``slot``-th process on a prefix, counted from 1."""
    return folder / f"{slot_prefix(prefix, slot)}{SUFFIX}"


def slot_prefix(prefix: str, slot: int) -> str:
    """What the names of the ``slot``-th process's files begin with."""
    return prefix if slot == 1 else f"{prefix}-{slot}"


def open_mapping(folder: Path, prefix: str) -> tuple[Mapping, int]:
    """The first buffer of ``prefix`` that no other process has, and its slot.

    Raises OSError where the folder gives none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for slot in range(1, SLOTS + 1):
        try:
            return Mapping(buffer_path(folder, prefix, slot)), slot
        except BusyError:
            continue
    raise BusyError(errno.EAGAIN, f"{SLOTS} processes have buffers of {prefix!r}")
