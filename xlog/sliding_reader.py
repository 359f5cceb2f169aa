"""A sliding window over a log: sequential reads, constant memory."""

from __future__ import annotations

from typing import Protocol

READ_SIZE = 1 << 18
"""Bytes read at once: a processor's cache holds them until they are decoded."""


class Readable(Protocol):
    """The part of a binary file that reading needs; ``read`` may give less than asked."""

    def read(self, size: int, /) -> bytes | None:
        """At most ``size`` bytes, empty at the end."""


class SlidingReader:
    """Bytes ``base`` to ``end`` of a log, in ``data``; positions are offsets in the log.

    The window grows forward by :meth:`reach` and is cut at its start by :meth:`release`. An
    ``OSError`` while reading ends the log there and is kept in ``error``.
    """

    __slots__ = ("_file", "base", "data", "ended", "error")

    def __init__(self, file: Readable, base: int = 0) -> None:
        self._file = file
        self.base = base
        self.data = b""
        self.ended = False
        self.error: OSError | None = None

    @property
    def end(self) -> int:
        """Where the bytes read so far end."""
        return self.base + len(self.data)

    def reach(self, position: int) -> bool:
        """Read until byte ``position - 1`` is here; False where the log ends before."""
        missing = position - self.end
        if missing <= 0:
            return True
        if self.ended:
            return False
        # As large again as what is here, so that a long reach does not copy again and again.
        pieces = [self.data]
        wanted = max(missing, READ_SIZE, min(len(self.data), 16 * READ_SIZE))
        while wanted > 0:
            piece = self._read(min(wanted, READ_SIZE))
            if not piece:
                self.ended = True
                break
            pieces.append(piece)
            wanted -= len(piece)
            missing -= len(piece)
            if missing <= 0 and len(piece) < READ_SIZE:
                break  # a pipe gives what it has: do not wait for more than is needed
        self.data = b"".join(pieces)
        return missing <= 0

    def release(self, position: int) -> None:
        """Forget the bytes before ``position``, once they are enough to be worth the copy."""
        spare = position - self.base
        if spare >= READ_SIZE or spare == len(self.data):
            self.data = self.data[spare:]
            self.base = position

    def take(self, start: int, end: int) -> bytes:
        """Bytes ``start`` to ``end``, which must be in the window."""
        return self.data[start - self.base : end - self.base]

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size) or b""
        except OSError as error:
            self.error = error
            return b""
