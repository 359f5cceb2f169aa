"""Makes blocks of text: compresses, encrypts, numbers (``mars/xlog/crypt/log_crypt.cc``).

Each maker has a one-time key pair of its own, so the files of two runs share no key.

A block holds a compressed stream of many lines, or of one line (sync mode), or one bare line
(Mars's sync block). A zstd stream is ended, a deflate stream is not: both as Mars's decoders like
it best. Its C decoder stops when it has taken the last byte in, though text may still be pending;
behind an ended zstd frame's last, empty block none is.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import zstandard

from xlog.codec import ZLIB_LEVEL, ZSTD_LEVEL, ZSTD_WINDOW_LOG, Compressor, new_compressor
from xlog.crypt import GROUP_SIZE, TEA_KEY_SIZE, KeyPair, derive_shared, tea_encrypt
from xlog.format import (
    HEADER_SIZE,
    LENGTH,
    LENGTH_OFFSET,
    NO_CLIENT_KEY,
    SEQ_LAST,
    BlockKind,
    CodecName,
    build_block,
    build_header,
)
from xlog.settings import BUFFER_SIZE
from xlog.staging import stage_key

_SHORT_LINE = 480
"""Up to here a deflate window of 512 bytes holds the line, and setting it up costs a tenth."""


UNDO = struct.Struct("<8sII")
UNDO_SIZE = UNDO.size
_UNDO_REST = (BUFFER_SIZE - UNDO_SIZE) // 8


class WriterKeys(NamedTuple):
    """What one opening of a log with a key encrypts with."""

    client_key: bytes
    tea_key: bytes
    stage_key: bytes

    @classmethod
    def generate(cls, public_key: bytes) -> WriterKeys:
        """For the holder of ``public_key``'s private half; raises :class:`BadPublicKeyError`."""
        pair = KeyPair.generate()
        shared = derive_shared(pair.private, public_key)
        return cls(pair.public, shared[:TEA_KEY_SIZE], stage_key(shared))


class BlockMaker:
    """One writer's codec, keys and sequence numbers."""

    def __init__(
        self,
        codec: CodecName,
        level: int | None,
        public_key: bytes | None = None,
        *,
        keys: WriterKeys | None = None,
    ) -> None:
        """With a key: new ``keys`` for ``public_key``, or those of a writer that is gone."""
        if keys is None and public_key is not None:
            keys = WriterKeys.generate(public_key)
        self.codec: CodecName = codec
        self.level = level
        self.client_key = keys.client_key if keys else NO_CLIENT_KEY
        self.stage_key = keys.stage_key if keys else None
        self.tea_key = keys.tea_key if keys else b""
        self.is_crypt = crypt = keys is not None
        self.kind = BlockKind.of(is_async=True, codec=codec, crypt=crypt)
        self.sync_kind = BlockKind.of(is_async=False, codec=codec, crypt=crypt)
        # Drawn by the maker of a block, under whatever lock: a cycle's next is one C call.
        self._seqs = itertools.cycle(range(1, SEQ_LAST + 1))
        self._compress_line = self._line_compressor()

    def stream(self, text: bytes, begin_hour: int, end_hour: int) -> bytes:
        """A block of all of ``text``'s lines."""
        compressor = new_compressor(self.codec, self.level)
        return self.block(compressor.compress(text) + self.end(compressor), begin_hour, end_hour)

    def end(self, compressor: Compressor) -> bytes:
        """What a stream's body ends with, so that Mars's C decoder reads all of it."""
        return compressor.finish() if self.codec == "zstd" else b""

    def line(self, text: bytes, hour: int) -> bytes:
        """A block of one line, compressed, and encrypted where there is a key."""
        if len(text) > _SHORT_LINE:
            return self.stream(text, hour, hour)
        return self.block(self._compress_line(text), hour, hour)

    def note(self, text: bytes, hour: int) -> bytes:
        """A block of one line with number 0: one that may stand between any two others."""
        return self.block(self._compress_line(text), hour, hour, seq=0)

    def bare(self, text: bytes, hour: int) -> bytes:
        """Mars's sync block: the text as it is, whether there is a key or not."""
        return build_block(
            self.sync_kind,
            text,
            seq=0,
            begin_hour=hour,
            end_hour=hour,
            client_key=self.client_key,
        )

    def block(self, body: bytes, begin_hour: int, end_hour: int, seq: int | None = None) -> bytes:
        """A block of a compressed ``body``, encrypted here; ``seq`` is the next number if None."""
        if self.tea_key:
            body = tea_encrypt(body, self.tea_key)
        return build_block(
            self.kind,
            body,
            seq=next(self._seqs) if seq is None else seq,
            begin_hour=begin_hour,
            end_hour=end_hour,
            client_key=self.client_key,
        )

    def _line_compressor(self) -> Callable[[bytes], bytes]:
        if self.codec == "zlib":
            level = ZLIB_LEVEL if self.level is None else self.level

            def deflate(text: bytes) -> bytes:
                stream = zlib.compressobj(level, zlib.DEFLATED, -9, 1)
                return stream.compress(text) + stream.flush(zlib.Z_SYNC_FLUSH)

            return deflate
        context = zstandard.ZstdCompressor(
            compression_params=zstandard.ZstdCompressionParameters.from_level(
                ZSTD_LEVEL if self.level is None else self.level,
                source_size=_SHORT_LINE,
                window_log=min(ZSTD_WINDOW_LOG, 10),
            )
        )

        def pack(text: bytes) -> bytes:
            stream = context.compressobj()
            body = stream.compress(text) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
            return body + stream.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH)

        return pack

    def growing(self, memory: memoryview, quads: Any, hour: int) -> GrowingBlock:
        """A block that takes lines in where it stands (layout "mars").

        ``quads`` is the same memory as numbers of 64 bits.
        """
        header = build_header(
            self.kind,
            seq=next(self._seqs),
            begin_hour=hour,
            end_hour=hour,
            length=0,
            client_key=self.client_key,
        )
        return GrowingBlock(memory, quads, header, self)


class GrowingBlock:
    """A block in the mapped file, as ``mars/xlog/src/log_base_buffer.cc`` keeps it.

    After every line the body is flushed, its whole groups are encrypted and the length says so;
    up to seven bytes of the compressed stream's end wait for the next line to fill their group.
    That group is written over them, so until the length is stored they would be lost to a kill:
    they are noted in the last 16 bytes of the buffer before (:func:`undone`).
    """

    def __init__(self, memory: memoryview, quads: Any, header: bytes, maker: BlockMaker) -> None:
        self._memory = memory
        self._quads = quads
        self._head = int.from_bytes(header[:LENGTH_OFFSET], "little")
        self._compressor = new_compressor(maker.codec, maker.level)
        self._tea_key = maker.tea_key
        self._rest = b""
        self.end = HEADER_SIZE
        memory[8:HEADER_SIZE] = header[8:]
        self._store_length(0)

    def append(self, line: bytes) -> None:
        """Take ``line`` in; who calls has seen to it that there is room for it."""
        body = self._compressor.compress(line)
        start = self.end
        memory = self._memory
        if self._tea_key:
            rest = self._rest
            if rest:
                self._quads[_UNDO_REST] = int.from_bytes(rest, "little")
                self._quads[_UNDO_REST + 1] = len(rest) | start - HEADER_SIZE << 32
                start -= len(rest)
                body = rest + body
            self._rest = body[len(body) // GROUP_SIZE * GROUP_SIZE :]
            body = tea_encrypt(body, self._tea_key)
        self.end = start + len(body)
        memory[start : self.end] = body
        self._store_length(self.end - HEADER_SIZE)

    def _store_length(self, length: int) -> None:
        # With what stands before it, in one store; its fourth byte is always 0 here.
        self._quads[0] = self._head | length << 8 * LENGTH_OFFSET


def undone(data: bytes) -> bytes:
    """A left-over buffer of layout "mars" without what a kill left half done in it."""
    rest: bytes
    rest, size, length = UNDO.unpack(data[-UNDO_SIZE:])
    if not 0 < size < GROUP_SIZE or length != LENGTH.unpack_from(data, LENGTH_OFFSET)[0]:
        return data
    end = HEADER_SIZE + length
    if not HEADER_SIZE + size <= end <= len(data) - UNDO_SIZE:
        return data
    return data[: end - size] + rest[:size] + data[end:]


def room_for(line: bytes) -> int:
    """Bytes that ``line`` can need in a growing block at worst: a flush, a tail, the undo note."""
    return len(line) + len(line) // 512 + 64 + UNDO_SIZE
