"""The block: its kinds, its header and its tail, as bytes (sans-I/O).

A log file is a row of blocks and nothing else (``mars/xlog/src/log_base_buffer.cc``,
``mars/xlog/crypt/log_crypt.cc``). All numbers are little-endian, nothing is padded::

    offset size  field
    0      1     magic        which of the kinds (:class:`BlockKind`, :class:`LegacyKind`)
    1      2     seq          1..65535 for async blocks, then 1 again; 0 for sync blocks
    3      1     begin hour   0..23, local time of the writer, when the block was begun
    4      1     end hour     0..23, when it was written out
    5      4     length       bytes of the body
    9      64    client key   x then y of the writer's one-time public key; zeros when plain
    73     ...   body
    73+n   1     tail         0x00

Old builds leave whatever was in memory in the client key of a plain kind. The kinds from before
March 2017 have a key field of 4 bytes, so their body begins at 13.

In a left-over memory buffer (``.mmap3``, ``.mmap2`` until 2018) the same header is at offset 0
and the body behind it, but the tail is not written yet and zeros fill the rest.
"""

from __future__ import annotations

import os
import struct
from enum import IntEnum
from pathlib import PurePath
from typing import Literal, NamedTuple

from xlog.errors import FormatError

HEADER_SIZE = 73
LEGACY_HEADER_SIZE = 13
TAIL_SIZE = 1
LOG_SUFFIX = ".xlog"
BUFFER_SUFFIX = ".mmap3"
BUFFER_SUFFIXES = (BUFFER_SUFFIX, ".mmap2")
"""What memory buffers are called: by our writer and Mars now, by Mars up to v1.2.2."""
CLIENT_KEY_SIZE = 64
NO_CLIENT_KEY = bytes(CLIENT_KEY_SIZE)
SEQ_LAST = 0xFFFF
"""The sequence number after which 1 follows; 0 is never used by async blocks."""

BEGIN_HOUR_OFFSET = 3
END_HOUR_OFFSET = 4
LENGTH_OFFSET = 5

LENGTH = struct.Struct("<I")
HEADER = struct.Struct("<BHBBI64s")
LEGACY_HEADER = struct.Struct("<BHBBI4s")

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

    @property
    def header_size(self) -> int:
        """Bytes before the body."""
        return HEADER_SIZE


class LegacyKind(IntEnum):
    """The kinds of SDKs of 2016 to 2020 that Mars's own decode scripts still read; never written.

    A pieces body is a row of pieces, each with its length in two bytes before it; joined they are
    one stream. See ``mars/xlog/crypt/decode_mars_nocrypt_log_file.py``.
    """

    SYNC = 0x03
    ASYNC = 0x04
    ASYNC_PIECES = 0x05

    @property
    def is_async(self) -> bool:
        """Whether the body is a compressed stream of many records."""
        return self is not LegacyKind.SYNC

    @property
    def is_crypt(self) -> bool:
        """No: how a program enciphered its body, if it did, it alone knows."""
        return False

    @property
    def is_encrypted(self) -> bool:
        """See :attr:`is_crypt`."""
        return False

    @property
    def codec(self) -> CodecName:
        """Raw deflate."""
        return "zlib"

    @property
    def header_size(self) -> int:
        """Bytes before the body."""
        return LEGACY_HEADER_SIZE


AnyKind = BlockKind | LegacyKind


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
"""The magic bytes of the kinds that are written today."""
OLD_MAGICS = frozenset(range(0x01, 0x06))
"""Kinds from before Mars was published: :class:`LegacyKind`, and two of which nothing is known."""


def is_log_name(name: str | os.PathLike[str]) -> bool:
    """Whether a file of this name is a log, in whatever case its suffix is written."""
    return PurePath(name).suffix.lower() == LOG_SUFFIX


def is_buffer_name(name: str | os.PathLike[str]) -> bool:
    """Whether a file of this name is a memory buffer, in whatever case its suffix is written."""
    return PurePath(name).suffix.lower() in BUFFER_SUFFIXES


class Header(NamedTuple):
    """A parsed header; ``length`` is what it claims, which need not be true.

    ``client_key`` has 64 bytes, 4 in a legacy kind.
    """

    kind: AnyKind
    seq: int
    begin_hour: int
    end_hour: int
    length: int
    client_key: bytes


def build_header(
    kind: AnyKind,
    *,
    seq: int,
    begin_hour: int,
    end_hour: int,
    length: int,
    client_key: bytes = NO_CLIENT_KEY,
) -> bytes:
    """The 73 bytes of a header, or the 13 of a legacy kind with ``client_key``'s first 4.

    Raises :class:`xlog.errors.FormatError` where a value does not fit its field.
    """
    legacy = isinstance(kind, LegacyKind)
    if len(client_key) != CLIENT_KEY_SIZE and not legacy:
        raise FormatError(f"a client key has 64 bytes, not {len(client_key)}")
    form = LEGACY_HEADER if legacy else HEADER
    try:
        return form.pack(kind, seq, begin_hour, end_hour, length, client_key)
    except struct.error as error:
        raise FormatError(f"a header field does not fit: {error}") from None


def parse_header(buffer: bytes | bytearray | memoryview, offset: int = 0) -> Header:
    """The header at ``offset``, of a kind that is written today.

    Raises :class:`xlog.errors.FormatError` where fewer than 73 bytes are left or the magic byte is
    none of the eight. Nothing else is judged here.
    """
    if len(buffer) - offset < HEADER_SIZE:
        raise FormatError(f"a header has 73 bytes, only {max(0, len(buffer) - offset)} are here")
    magic, seq, begin_hour, end_hour, length, client_key = HEADER.unpack_from(buffer, offset)
    if magic not in MAGICS:
        raise FormatError(f"byte 0x{magic:02x} at {offset} begins no block")
    return Header(BlockKind(magic), seq, begin_hour, end_hour, length, client_key)


def build_block(
    kind: AnyKind,
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
