"""The staged memory buffer, as bytes (sans-I/O): what ``PREFIX.mmap3`` holds between write-outs.

Mars compresses and encrypts each record as it comes, straight into a block in the mapped file.
That costs the caller a flush of the compressor (1.0 to 1.6 us a record from Python) and with a key
16 rounds of TEA (4 us and more), and each flush costs bytes in the file. Here a call only *stages*
its line, and who writes the buffer out compresses and encrypts a third of it at once:

====================  =============================  ==============================
a record of 200       as Mars does it                staged
====================  =============================  ==============================
zlib, no key          1.6 us                         0.1 us (a copy)
zlib, key             6 us                           0.25 us (a copy, AES-CTR)
in the file           compressed line by line        compressed 50 KiB at once
====================  =============================  ==============================

Where a key is set the staged text is enciphered with AES-128-CTR before it touches the mapping.
The key of that cipher comes from the same shared point as the TEA key, so the holder of the private
key can read a left-over buffer as it is. The next open in the same folder cannot (it has only the
public key), and has to turn the left-over into a block that Mars's decoders read; for it the cipher
key is kept in memory that outlives the process but not the machine (:mod:`xlog.key_cache`).

Layout, little-endian::

    prologue, 512 bytes
      0   8   "PHOBOSX1" (no byte of it begins a block)
      8   1   kind of the blocks to be made (:class:`xlog.format.BlockKind`)
      9   1   number of regions
      12  4   bytes of a region, its header included
      16  4   process id
      20  8   when the buffer was begun, seconds since the epoch (double)
      28  8   key check: the first 8 bytes of SHA-256 over the cipher key; zeros without a key
      36  64  client key, as in a block's header
    regions, one after the other; each has a header of 512 bytes, then its text
      0   4   used: committed bytes of text (the only field a call changes; 0: nothing here)
      4   1   hour at which the region was begun
      5   1   intent: 1 while the fields below are valid
      6   1   1: the intent's file is in the cache folder
      8   8   order: regions are read by rising order
      16  8   base: position of the region's first byte in the key stream
      24  8   intent: size of the file before the write
      32  4   intent: bytes to be written
      36  4   intent: CRC-32 of them
      40  2   intent: length of the file's name
      42  ... intent: the file's name, UTF-8

Order of stores: text, then ``used``, by one store of 32 bits. To write a region out: the intent's
fields, then its flag; then the file; then ``used = 0``. After a kill between the last two, the
intent says where to look: the bytes are in the file (drop the region), or in part (cut them off),
or not (write it).
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from xlog.errors import FormatError
from xlog.format import CLIENT_KEY_SIZE, MAGICS, NO_CLIENT_KEY, BlockKind

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

SIGNATURE = b"PHOBOSX1"
PROLOGUE_SIZE = 512
REGION_HEADER_SIZE = 512
REGIONS = 3
KEY_SIZE = 16
NAME_LIMIT = REGION_HEADER_SIZE - 42

USED = struct.Struct("<I")
_PROLOGUE = struct.Struct(f"<8sBB2xIId8s{CLIENT_KEY_SIZE}s")
_REGION = struct.Struct("<IBBBxQQQIIH")
_BEGUN = struct.Struct("<BBBxQQ")
_INTENT = struct.Struct("<QIIH")
_INTENT_FLAG = 5
_INTENT_CACHED = 6
_INTENT_OFFSET = 24
_NAME_OFFSET = 42
_BLOCK = 16

Memory = memoryview


class Intent(NamedTuple):
    """A write to a log file, said before it is done."""

    cached: bool
    name: str
    offset: int
    length: int
    crc: int

    @classmethod
    def of(cls, data: bytes, *, cached: bool, name: str, offset: int) -> Intent:
        """The intent of appending ``data`` at ``offset``."""
        return cls(cached, name, offset, len(data), zlib.crc32(data))


class Region(NamedTuple):
    """A region with text: ``data`` is enciphered where the stage has a key."""

    place: int
    order: int
    base: int
    begin_hour: int
    data: bytes
    intent: Intent | None


class StagingArea(NamedTuple):
    """A left-over buffer: its regions with text, in order."""

    kind: BlockKind
    pid: int
    begun: float
    key_check: bytes
    client_key: bytes
    region_size: int
    regions: list[Region]

    def fits(self, key: bytes) -> bool:
        """Whether ``key`` is the cipher key of this buffer."""
        return self.key_check == key_check(key)

    def text(self, region: Region, key: bytes | None) -> bytes:
        """The region's lines; ``key`` is not looked at where the stage has none."""
        if not self.kind.is_crypt or key is None:
            return region.data
        return decipher(region.data, key, region.base)


def is_stage(data: bytes | bytearray | memoryview) -> bool:
    """Whether ``data`` begins as a staged buffer does."""
    return bytes(data[: len(SIGNATURE)]) == SIGNATURE


def stage_key(shared: bytes) -> bytes:
    """The cipher key from the 32 bytes of the shared point's x."""
    import hashlib  # here, as the cipher's: a log without a key needs none

    return hashlib.sha256(b"phobos xlog stage\0" + shared).digest()[:KEY_SIZE]


def key_check(key: bytes) -> bytes:
    """What tells the right cipher key from a wrong one."""
    import hashlib

    return hashlib.sha256(key).digest()[:8]


def stream_cipher(key: bytes, position: int = 0) -> CipherContext:
    """The cipher at ``position`` of its key stream; enciphers and deciphers alike."""
    # Imported here: a log without a key needs no cipher.
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    counter, skip = divmod(position, _BLOCK)
    cipher = Cipher(algorithms.AES(key), modes.CTR(counter.to_bytes(_BLOCK, "big"))).encryptor()
    cipher.update(bytes(skip))
    return cipher


def decipher(data: bytes, key: bytes, base: int) -> bytes:
    """``data`` that was enciphered from position ``base`` of the key stream on."""
    return stream_cipher(key, base).update(data)


def region_size(size: int) -> int:
    """Bytes of each of the three regions of a buffer of ``size`` bytes."""
    return (size - PROLOGUE_SIZE) // REGIONS & ~7


def build_prologue(
    kind: BlockKind,
    *,
    size: int,
    pid: int,
    begun: float,
    key: bytes | None,
    client_key: bytes = NO_CLIENT_KEY,
) -> bytes:
    """The prologue of a buffer of ``size`` bytes."""
    check = key_check(key) if key else bytes(8)
    return _PROLOGUE.pack(
        SIGNATURE, kind, REGIONS, region_size(size), pid & 0xFFFFFFFF, begun, check, client_key
    )


def begin_region(memory: Memory, at: int, *, hour: int, order: int, base: int) -> None:
    """Make the region whose header is at ``at`` an empty one."""
    USED.pack_into(memory, at, 0)
    _BEGUN.pack_into(memory, at + 4, hour, 0, 0, order, base)


def set_intent(memory: Memory, at: int, intent: Intent) -> None:
    """Say what is about to be written, fields first, flag last."""
    clear_intent(memory, at)
    name = intent.name.encode("utf-8", "surrogateescape")[:NAME_LIMIT]
    _INTENT.pack_into(
        memory, at + _INTENT_OFFSET, intent.offset, intent.length, intent.crc, len(name)
    )
    memory[at + _NAME_OFFSET : at + _NAME_OFFSET + len(name)] = name
    memory[at + _INTENT_CACHED] = int(intent.cached)
    memory[at + _INTENT_FLAG] = 1


def clear_intent(memory: Memory, at: int) -> None:
    """Nothing was written, or it was taken back."""
    memory[at + _INTENT_FLAG] = 0


def clear_region(memory: Memory, at: int) -> None:
    """The region's text is in the file: it is free."""
    USED.pack_into(memory, at, 0)
    memory[at + _INTENT_FLAG] = 0


def region_offset(index: int, size: int) -> int:
    """Where the header of region ``index`` stands, for regions of ``size`` bytes."""
    return PROLOGUE_SIZE + index * size


def parse(data: bytes | bytearray | memoryview) -> StagingArea:
    """The buffer's regions that hold text.

    Raises :class:`xlog.errors.FormatError` where it is no staged buffer or its prologue is damaged.
    A region that claims more than it can hold gives what is there.
    """
    if len(data) < PROLOGUE_SIZE or not is_stage(data):
        raise FormatError("this is no staged memory buffer")
    _, magic, count, size, pid, begun, check, client = _PROLOGUE.unpack_from(data, 0)
    if magic not in MAGICS or not REGION_HEADER_SIZE < size <= len(data):
        raise FormatError("the prologue of the memory buffer is damaged")
    regions = []
    for index in range(count):
        at = region_offset(index, size)
        if at + REGION_HEADER_SIZE > len(data):
            break
        region = _parse_region(data, index, at, size)
        if region is not None:
            regions.append(region)
    regions.sort(key=lambda region: region.order)
    return StagingArea(BlockKind(magic), pid, begun, check, client, size, regions)


def _parse_region(
    data: bytes | bytearray | memoryview, index: int, at: int, size: int
) -> Region | None:
    used, hour, flag, cached, order, base, offset, length, crc, named = _REGION.unpack_from(
        data, at
    )
    if not used:
        return None
    intent = None
    if flag == 1:
        name = bytes(data[at + _NAME_OFFSET : at + _NAME_OFFSET + min(named, NAME_LIMIT)])
        intent = Intent(bool(cached), name.decode("utf-8", "surrogateescape"), offset, length, crc)
    start = at + REGION_HEADER_SIZE
    text = bytes(data[start : start + min(used, size - REGION_HEADER_SIZE)])
    return Region(index, order, base, hour, text, intent)
