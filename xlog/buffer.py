"""The memory buffer's two layouts: :class:`StagedBuffer` (:mod:`xlog.staging`),
:class:`MarsBuffer`.

Both are filled under the appender's lock and written out under its file lock; neither locks itself.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from xlog import staging
from xlog.blocks import BlockMaker, GrowingBlock, room_for, undone
from xlog.format import (
    BEGIN_HOUR_OFFSET,
    END_HOUR_OFFSET,
    HEADER_SIZE,
    LENGTH,
    LENGTH_OFFSET,
)
from xlog.mapping import Mapping
from xlog.settings import BUFFER_SIZE


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

    def intend(self, pending: Pending, intent: staging.Intent | None) -> None:
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
        size = staging.region_size(BUFFER_SIZE)
        self._size = size
        self.limit = size - staging.REGION_HEADER_SIZE
        self._key = maker.stage_key
        self._encipher = staging.stream_cipher(self._key).update if self._key else None
        self._free = deque(staging.region_offset(place, size) for place in range(staging.REGIONS))
        self._sealed: deque[Pending] = deque()
        self._order = 0
        self._base = 0  # of the key stream, at the active region's first byte
        self._at = 0  # header of the active region; 0: there is none
        self._hour = 0
        self._start = self._position = self._end = 0
        self._words = mapping.words
        prologue = staging.build_prologue(
            maker.kind,
            size=BUFFER_SIZE,
            pid=pid,
            begun=now,
            key=self._key,
            client_key=maker.client_key,
        )
        for at in self._free:
            staging.clear_region(self._memory, at)
        signature = len(staging.SIGNATURE)
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
        self._words[self._at >> 2] = end - self._start
        return True

    def roll(self, hour: int) -> bool:
        """Seal the active region and begin a free one."""
        self.seal()
        if not self._free:
            return False
        at = self._free.popleft()
        self._order += 1
        staging.begin_region(self._memory, at, hour=hour, order=self._order, base=self._base)
        self._at, self._hour = at, hour
        self._start = self._position = at + staging.REGION_HEADER_SIZE
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
        start = pending.at + staging.REGION_HEADER_SIZE
        text = bytes(self._memory[start : start + pending.used])
        return text if self._key is None else staging.decipher(text, self._key, pending.base)

    def intend(self, pending: Pending, intent: staging.Intent | None) -> None:
        """Into the region's header."""
        if intent is None:
            staging.clear_intent(self._memory, pending.at)
        else:
            staging.set_intent(self._memory, pending.at, intent)

    def release(self, pending: Pending) -> None:
        """The region is free."""
        staging.clear_region(self._memory, pending.at)
        self._sealed.popleft()
        self._free.append(pending.at)

    def repair(self) -> None:
        """Set the cipher to where the text ends; find the regions that nobody has."""
        if self._key is not None:
            used = self._position - self._start
            self._encipher = staging.stream_cipher(self._key, self._base + used).update
        sealed = {pending.at for pending in list(self._sealed)}
        self._free = deque(
            at
            for at in (staging.region_offset(place, self._size) for place in range(staging.REGIONS))
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
        # Looked at in this order: a write-out may end at any moment and forget both.
        if self._pending is not None:
            return False
        block = self._block
        if block is None or block.end >= self._third:
            return False
        if block.end + room_for(line) > BUFFER_SIZE:
            return False
        block.append(line)
        return True

    def roll(self, hour: int) -> bool:
        """Begin a block; False while one waits."""
        if self.seal():
            return False
        self._block = self._maker.growing(self._memory, self.mapping.quads, hour)
        return True

    def has_room(self) -> bool:
        """Whether no block waits."""
        return self._pending is None

    def seal(self) -> bool:
        """Copy the block to be written out."""
        if self._pending is not None:  # first, as in append
            return True
        block = self._block
        if block is not None and block.end > HEADER_SIZE:
            data = bytes(self._memory[: block.end]) + b"\0"
            self._pending = Pending(0, data[BEGIN_HOUR_OFFSET], block=data)
        return self._pending is not None

    def oldest(self) -> Pending | None:
        """The block, once sealed."""
        return self._pending

    def text(self, pending: Pending) -> bytes:
        """Nothing: all of it is in the block."""
        return b""

    def intend(self, pending: Pending, intent: staging.Intent | None) -> None:
        """The end hour belongs to the write-out; recovery knows the block without it."""

    def release(self, pending: Pending) -> None:
        """Clear the buffer."""
        self.mapping.clear()
        self._block = None
        self._pending = None

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
