"""The text of a log, compressed in memory: chunks of a quarter megabyte, zstd level 1.

Kept rather than decoded again from the file, because then a file may be deleted, cut or rotated
while it is open and every line stays readable, and because zstd gives back a gigabyte a second
where the log's own streams (deflate at level 9, TEA) give a tenth of that. Log text shrinks five
to ten times. The last chunk is open: its text is kept as it came until it is full.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import zstandard

CHUNK_SIZE = 256 * 1024
CACHE_SIZE = 8 * 1024 * 1024
_LEVEL = 1


class Chunk(NamedTuple):
    """One chunk as it is kept: compressed, or plain while it is open."""

    data: bytes
    size: int
    compressed: bool

    def text(self) -> bytes:
        """The decoded bytes."""
        if not self.compressed:
            return self.data
        return zstandard.ZstdDecompressor().decompress(self.data, max_output_size=self.size)

    def beginning(self, size: int) -> bytes:
        """The first ``size`` decoded bytes, without decoding the rest."""
        if not self.compressed:
            return self.data[:size]
        with zstandard.ZstdDecompressor().stream_reader(self.data) as stream:
            return stream.read(size)


class TextStore:
    """Append-only text; one writer, any number of :class:`ChunkReader`."""

    def __init__(self) -> None:
        self._closed: list[Chunk] = []
        self._open: list[bytes] = []
        self._open_size = 0
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self._kept = 0
        self._taken = 0

    def __len__(self) -> int:
        return len(self._closed) + 1

    @property
    def kept_bytes(self) -> int:
        """Bytes held in memory now."""
        return self._kept + self._open_size

    @property
    def text_bytes(self) -> int:
        """Bytes of decoded text taken in."""
        return self._taken

    def append(self, text: bytes) -> tuple[int, int]:
        """Take ``text`` in; gives the number of its chunk and its offset there."""
        if self._open_size and self._open_size + len(text) > CHUNK_SIZE:
            self._close()
        place = len(self._closed), self._open_size
        self._open.append(text)
        self._open_size += len(text)
        self._taken += len(text)
        return place

    def _close(self) -> None:
        text = b"".join(self._open)
        data = self._compressor.compress(text)
        # The list is replaced, not emptied: a reader may hold it. Closed first, then opened again,
        # so that number len(closed) never names two texts.
        self._kept += len(data)
        self._closed.append(Chunk(data, len(text), True))
        self._open, self._open_size = [], 0

    def chunk(self, number: int) -> Chunk:
        """Chunk ``number``; an open one may be shorter than it will be, never other."""
        pieces = self._open
        if number < len(self._closed):
            return self._closed[number]
        data = b"".join(pieces)
        # Closed while it was being joined: the closed one is the whole.
        if number < len(self._closed):
            return self._closed[number]
        return Chunk(data, len(data), False)


class ChunkReader:
    """One thread's way to the text: decompresses, and keeps the latest few megabytes."""

    def __init__(self, chunks: TextStore, cache_size: int = CACHE_SIZE) -> None:
        self._chunks = chunks
        self._cache: OrderedDict[int, bytes] = OrderedDict()
        self._cached = 0
        self._cache_size = cache_size

    def text(self, number: int, least: int = 0) -> bytes:
        """The text of chunk ``number``, at least its first ``least`` bytes."""
        found = self._cache.get(number)
        if found is not None and len(found) >= least:
            self._cache.move_to_end(number)
            return found
        if found is not None:
            self._cached -= len(self._cache.pop(number))
        text = self._chunks.chunk(number).text()
        self._cache[number] = text
        self._cached += len(text)
        while self._cached > self._cache_size and len(self._cache) > 1:
            _, old = self._cache.popitem(last=False)
            self._cached -= len(old)
        return text

    def beginning(self, number: int, size: int) -> bytes:
        """The first ``size`` bytes of chunk ``number``; of a long one, quickly."""
        found = self._cache.get(number)
        if found is not None and len(found) >= size:
            return found[:size]
        return self._chunks.chunk(number).beginning(size)
