"""The two block codecs: raw deflate and zstd (``mars/xlog/src/log_{zlib,zstd}_buffer.cc``).

A compressor makes one stream, the body of one block. What :meth:`Compressor.compress` returns is
flushed: a decoder that has it and all before it has every byte put in, so a process may be killed
after any record. Mars never ends its streams, ours may: a decoder must take both.

The decompressors are tolerant: they give what the stream yields up to where it breaks, and say
where that is, instead of raising.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple, Protocol

import zstandard

from xlog.format import CodecName

if TYPE_CHECKING:
    import zlib as deflate
else:
    try:  # the same streams at 1.5 times zlib's speed; not every machine has a wheel of it
        from zlib_ng import zlib_ng as deflate
    except ImportError:
        import zlib as deflate

ZLIB_LEVEL = 6
"""Mars compresses with 9. A block compressed at once is smaller at 6 than Mars's, flushed line by
line, at 9; 9 would save 3 % more and cost 2.6 times as much."""
ZSTD_LEVEL = 3
"""The default of Mars's ``XLogConfig.compress_level_`` is 6: 1 % smaller, three times as dear."""
ZSTD_WINDOW_LOG = 16
"""Mars's window: 64 KiB, so a decoder needs no more."""
ZSTD_LEVELS = range(1, 23)
ZLIB_LEVELS = range(1, 10)

_RAW_DEFLATE = -15
_MEMORY_LEVEL = 9
_MAX_DECODER_WINDOW = 1 << 23
"""A frame that asks for a window above 8 MiB is refused: a decoder would have to allocate it."""
_STEP = 512
_PIECE_LENGTH = 2
_ZSTD_OUT = 1 << 16
_MOST_GROWTH = 32
_ZSTD_STEP = 1024
"""Bytes given to zstd at once; worst they grow to 32 MiB (runs of 128 KiB in 4 bytes each)."""


class Compressor(Protocol):
    """One stream: the body of one block."""

    def compress(self, data: bytes) -> bytes:
        """What to append to the body so that ``data`` can be decoded from it, flushed."""

    def finish(self) -> bytes:
        """What ends the stream; the compressor takes nothing after it."""


class ZlibCompressor:
    """Raw deflate with a sync flush after each piece."""

    __slots__ = ("_compress", "_flush")

    def __init__(self, level: int = ZLIB_LEVEL) -> None:
        stream = deflate.compressobj(level, deflate.DEFLATED, _RAW_DEFLATE, _MEMORY_LEVEL)
        self._compress = stream.compress
        self._flush = stream.flush

    def compress(self, data: bytes) -> bytes:
        """Append ``data``; returns it compressed and flushed to a byte boundary."""
        return self._compress(data) + self._flush(deflate.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        """The last, empty deflate block."""
        return self._flush(deflate.Z_FINISH)


class ZstdCompressor:
    """One zstd frame with a block flush after each piece."""

    __slots__ = ("_compress", "_flush")

    def __init__(self, level: int = ZSTD_LEVEL) -> None:
        stream = _zstd_context(level).compressobj()
        self._compress = stream.compress
        self._flush = stream.flush

    def compress(self, data: bytes) -> bytes:
        """Append ``data``; returns it compressed and flushed."""
        return self._compress(data) + self._flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    def finish(self) -> bytes:
        """The last block of the frame."""
        return self._flush(zstandard.COMPRESSOBJ_FLUSH_FINISH)


def new_compressor(codec: CodecName, level: int | None = None) -> Compressor:
    """A compressor for one block; ``level`` as the codec counts them, or its default."""
    if codec == "zlib":
        return ZlibCompressor(ZLIB_LEVEL if level is None else level)
    return ZstdCompressor(ZSTD_LEVEL if level is None else level)


def _zstd_context(level: int) -> zstandard.ZstdCompressor:
    # A context may carry only one stream at a time, so each stream gets its own.
    parameters = zstandard.ZstdCompressionParameters.from_level(level, window_log=ZSTD_WINDOW_LOG)
    return zstandard.ZstdCompressor(compression_params=parameters)


class Decompressed(NamedTuple):
    """What a stream gave.

    ``broken_at`` is the offset in the body where it could not be read on, None if it could;
    ``reason`` says why. ``limited`` tells that ``data`` was cut at the caller's limit.
    """

    data: bytes
    broken_at: int | None = None
    reason: str = ""
    limited: bool = False


def decompress(codec: CodecName, body: bytes, limit: int) -> Decompressed:
    """All that ``body`` gives, at most ``limit`` bytes; never raises on bad input.

    A stream that simply stops (Mars never ends one) is whole.
    """
    return _inflate(body, limit) if codec == "zlib" else _unzstd(body, limit)


def decompress_pieces(body: bytes, limit: int) -> Decompressed:
    """As :func:`decompress`, for raw deflate that is in pieces (magic 0x05).

    Before each piece its length is given, in two bytes, little-endian; the last may be cut.
    """
    pieces: list[bytes] = []
    at = 0
    while at + _PIECE_LENGTH < len(body):
        end = at + _PIECE_LENGTH + int.from_bytes(body[at : at + _PIECE_LENGTH], "little")
        pieces.append(body[at + _PIECE_LENGTH : end])
        at = end
    found = _inflate(b"".join(pieces), limit)
    if found.broken_at is None:
        return found
    # The offset was that in the joined stream.
    broken = found.broken_at
    for number, piece in enumerate(pieces, 1):
        if broken <= len(piece):
            offset = sum(map(len, pieces[: number - 1])) + number * _PIECE_LENGTH + broken
            return found._replace(broken_at=min(offset, len(body)))
        broken -= len(piece)
    return found._replace(broken_at=len(body))


def _inflate(body: bytes, limit: int) -> Decompressed:
    stream = deflate.decompressobj(_RAW_DEFLATE)
    try:
        data = stream.decompress(body, limit)
    except deflate.error:
        return _inflate_stepwise(body, limit)
    if stream.unconsumed_tail and len(data) >= limit:
        return _limited(data, limit)
    if stream.unused_data.strip(b"\0"):
        used = len(body) - len(stream.unused_data)
        return Decompressed(data, used, "bytes follow the end of the stream")
    return Decompressed(data)


def _inflate_stepwise(body: bytes, limit: int) -> Decompressed:
    """A failing call drops what it had decoded, so go again in steps, the failing one bytewise."""
    stream = deflate.decompressobj(_RAW_DEFLATE)
    parts: list[bytes] = []
    left = limit
    for start in range(0, len(body), _STEP):
        before = stream.copy()
        piece = body[start : start + _STEP]
        try:
            data = stream.decompress(piece, left + 1)
        except deflate.error:
            broken, reason = _inflate_bytewise(before, piece, left + 1, parts)
            data = b"".join(parts)
            if len(data) > limit:
                return _limited(data, limit)
            return Decompressed(data, start + broken, reason)
        parts.append(data)
        left -= len(data)
        if left < 0:
            return _limited(b"".join(parts), limit)
    return Decompressed(b"".join(parts), len(body), "the stream breaks at its end")


def _inflate_bytewise(
    stream: deflate._Decompress, piece: bytes, limit: int, parts: list[bytes]
) -> tuple[int, str]:
    for index in range(len(piece)):
        try:
            data = stream.decompress(piece[index : index + 1], limit)
        except deflate.error as error:
            return index, str(error).rpartition(": ")[2]
        parts.append(data)
        limit -= len(data)
        if limit <= 0:
            break
    return len(piece), "the stream breaks"


def _unzstd(body: bytes, limit: int) -> Decompressed:
    # Across frames, so that bytes behind the end of the stream are an error here, too.
    stream = _thread.context.stream_reader(body, read_across_frames=True)
    parts: list[bytes] = []
    left = limit
    step = min(limit + 1, max(_ZSTD_OUT, _thread.growth * len(body)))
    try:
        while left >= 0:
            data = stream.read(step)
            parts.append(data)
            left -= len(data)
            if data and len(data) < step:  # no more to come: there was room for it
                break
            if not data:
                # The reader stops once it has taken the whole body in, though text that did not
                # fit into the last piece may still be inside.
                return _unzstd_stepwise(body, limit) if len(parts) > 1 else Decompressed(b"")
    except zstandard.ZstdError:
        return _unzstd_stepwise(body, limit)
    whole = b"".join(parts)
    if left < 0:
        return _limited(whole, limit)
    _thread.growth = min(len(whole) // len(body) + 2, _MOST_GROWTH)
    return Decompressed(whole)


def _unzstd_stepwise(body: bytes, limit: int) -> Decompressed:
    """A failing call drops what it had decoded, so go again in steps."""
    stream = _unzstd_context().decompressobj()
    parts: list[bytes] = []
    left = limit
    for start in range(0, len(body), _ZSTD_STEP):
        piece = body[start : start + _ZSTD_STEP]
        try:
            data = stream.decompress(piece)
        except zstandard.ZstdError:
            return _unzstd_bytewise(body, start, limit)
        parts.append(data)
        left -= len(data)
        if left < 0:
            return _limited(b"".join(parts), limit)
        if stream.eof:
            used = start + len(piece) - len(stream.unused_data)
            whole = b"".join(parts)
            if body[used:].strip(b"\0"):
                return Decompressed(whole, used, "bytes follow the end of the stream")
            return Decompressed(whole)
    return Decompressed(b"".join(parts))


def _unzstd_bytewise(body: bytes, start: int, limit: int) -> Decompressed:
    """And once more, bytewise from ``start`` on: zstd's streams cannot be copied."""
    stream = _unzstd_context().decompressobj()
    parts = [stream.decompress(body[i : i + _ZSTD_STEP]) for i in range(0, start, _ZSTD_STEP)]
    left = limit - sum(map(len, parts))
    for index in range(start, len(body)):
        try:
            data = stream.decompress(body[index : index + 1])
        except zstandard.ZstdError as error:
            reason = str(error).rpartition(": ")[2].lower()
            return Decompressed(b"".join(parts), index, reason)
        parts.append(data)
        left -= len(data)
        if left < 0:
            return _limited(b"".join(parts), limit)
        if stream.eof:
            return Decompressed(b"".join(parts), index + 1, "bytes follow the end of the stream")
    return Decompressed(b"".join(parts), len(body), "the stream breaks at its end")


def _unzstd_context() -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(max_window_size=_MAX_DECODER_WINDOW)


class _Thread(threading.local):
    """What a thread keeps from block to block.

    ``context`` carries one stream at a time, and making one costs 10 us. ``growth`` is how many
    times longer than its body a text may be for one piece to hold it: blocks of a log are alike,
    and far too large a piece costs its memory's pages.
    """

    def __init__(self) -> None:
        self.context = _unzstd_context()
        self.growth = 4


_thread = _Thread()


def _limited(data: bytes, limit: int) -> Decompressed:
    return Decompressed(data[:limit], None, f"more than {limit} bytes of text", True)
