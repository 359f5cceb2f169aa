"""The block: its eight kinds, its header and its tail, as bytes (sans-I/O).

A log file is a row of blocks and nothing else (``mars/xlog/src/log_base_buffer.cc``,
``mars/xlog/crypt/log_crypt.cc``). All numbers are little-endian, nothing is padded::

    offset size  field
    0      1     magic        which of the eight kinds (:class:`BlockKind`)
    1      2     seq          1..65535 for async blocks, then 1 again; 0 for sync blocks
    3      1     begin hour   0..23, local time of the writer, when the block was begun
    4      1     end hour     0..23, when it was written out
    5      4     length       bytes of the body
    9      64    client key   x then y of the writer's one-time public key; zeros when plain
    73     ...   body
    73+n   1     tail         0x00

In a left-over memory buffer (``.mmap3``) the same header stands at offset 0 and the body behind
it, but the tail is not written yet and zeros fill the rest.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Literal, NamedTuple

from xlog.errors import FormatError

HEADER_SIZE = 73
TAIL_SIZE = 1
LOG_SUFFIX = ".xlog"
BUFFER_SUFFIX = ".mmap3"
CLIENT_KEY_SIZE = 64
NO_CLIENT_KEY = bytes(CLIENT_KEY_SIZE)
SEQ_LAST = 0xFFFF
"""The sequence number after which 1 follows; 0 is never used by async blocks."""

BEGIN_HOUR_OFFSET = 3
END_HOUR_OFFSET = 4
LENGTH_OFFSET = 5

LENGTH = struct.Struct("<I")
HEADER = struct.Struct("<BHBBI64s")

CodecName = Literal["zlib", "zstd"]


class BlockKind(IntEnum):
    """The magic bytes of ``mars/xlog/crypt/log_magic_num.h``.

    A sync kind's body is one record's bare text, whatever its name says: Mars neither compresses
    nor encrypts it. An async kind's body is one compressed stream, encrypted in the crypt kinds.
    """

    SYNC_ZLIB_CRYPT = 0x06
    ASYNC_ZLIB_CRYPT = 0x07
    SYNC_ZLIB_PLAIN = 0x08
    ASYNC_ZLIB_PLAIN = 0x09
    SYNC_ZSTD_CRYPT = 0x0A
    SYNC_ZSTD_PLAIN = 0x0B
    ASYNC_ZSTD_CRYPT = 0x0C
    ASYNC_ZSTD_PLAIN = 0x0D

    @classmethod
    def of(cls, *, is_async: bool, codec: CodecName, crypt: bool) -> BlockKind:
        """The kind with these three properties."""
        return cls[
            f"{'ASYNC' if is_async else 'SYNC'}_{codec.upper()}_{'CRYPT' if crypt else 'PLAIN'}"
        ]

    @property
    def is_async(self) -> bool:
        """Whether the body is a compressed stream of many records."""
        return self in _ASYNC

    @property
    def is_crypt(self) -> bool:
        """Whether the writer had a key (for a sync kind the body is plain all the same)."""
        return self in _CRYPT

    @property
    def is_encrypted(self) -> bool:
        """Whether the body really is encrypted."""
        return self in _CRYPT and self in _ASYNC

    @property
    def codec(self) -> CodecName:
        """Which codec the writer was set to."""
        return "zstd" if self >= BlockKind.SYNC_ZSTD_CRYPT else "zlib"


_ASYNC = frozenset(
    {
        BlockKind.ASYNC_ZLIB_CRYPT,
        BlockKind.ASYNC_ZLIB_PLAIN,
        BlockKind.ASYNC_ZSTD_CRYPT,
        BlockKind.ASYNC_ZSTD_PLAIN,
    }
)
_CRYPT = frozenset(
    {
        BlockKind.SYNC_ZLIB_CRYPT,
        BlockKind.ASYNC_ZLIB_CRYPT,
        BlockKind.SYNC_ZSTD_CRYPT,
        BlockKind.ASYNC_ZSTD_CRYPT,
    }
)

MAGICS = frozenset(int(kind) for kind in BlockKind)
OLD_MAGICS = frozenset(range(0x01, 0x06))
"""Kinds that Mars wrote before its first public release; named in messages, never decoded."""


class Header(NamedTuple):
    """A parsed header; ``length`` is what it claims, which need not be true."""

    kind: BlockKind
    seq: int
    begin_hour: int
    end_hour: int
    length: int
    client_key: bytes


def build_header(
    kind: BlockKind,
    *,
    seq: int,
    begin_hour: int,
    end_hour: int,
    length: int,
    client_key: bytes = NO_CLIENT_KEY,
) -> bytes:
    """The 73 bytes of a header.

    Raises :class:`xlog.errors.FormatError` where a value does not fit its field.
    """
    if len(client_key) != CLIENT_KEY_SIZE:
        raise FormatError(f"a client key has 64 bytes, not {len(client_key)}")
    try:
        return HEADER.pack(kind, seq, begin_hour, end_hour, length, client_key)
    except struct.error as error:
        raise FormatError(f"a header field does not fit: {error}") from None


def parse_header(buffer: bytes | bytearray | memoryview, offset: int = 0) -> Header:
    """The header at ``offset``.

    Raises :class:`xlog.errors.FormatError` where fewer than 73 bytes are left or the magic byte is
    none of the eight. Nothing else is judged here.
    """
    if len(buffer) - offset < HEADER_SIZE:
        raise FormatError(f"a header has 73 bytes, only {max(0, len(buffer) - offset)} are here")
    magic, seq, begin_hour, end_hour, length, client_key = HEADER.unpack_from(buffer, offset)
    if magic not in MAGICS:
        old = " (a kind from before Mars was published)" if magic in OLD_MAGICS else ""
        raise FormatError(f"byte 0x{magic:02x} at {offset} begins no block{old}")
    return Header(BlockKind(magic), seq, begin_hour, end_hour, length, client_key)


def build_block(
    kind: BlockKind,
    body: bytes,
    *,
    seq: int,
    begin_hour: int,
    end_hour: int,
    client_key: bytes = NO_CLIENT_KEY,
) -> bytes:
    """Header, body and tail in one; ``body`` is compressed and encrypted already."""
    header = build_header(
        kind,
        seq=seq,
        begin_hour=begin_hour,
        end_hour=end_hour,
        length=len(body),
        client_key=client_key,
    )
    return header + body + b"\0"


def next_seq(seq: int) -> int:
    """The sequence number after ``seq``: 1 after 65535, never 0."""
    return seq + 1 if seq < SEQ_LAST else 1
