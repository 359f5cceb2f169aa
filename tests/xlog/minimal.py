"""A decoder of its own, written from docs/xlog.md alone: nothing of xlog's code is used here.

It reads undamaged logs and stops at anything else, so what it gives of our writer's files is what
any decoder that follows the page gives.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import zstandard

PRIME = 2**256 - 2**32 - 977
CODECS = {
    6: "bare",
    7: "zlib",
    8: "bare",
    9: "zlib",
    10: "bare",
    11: "bare",
    12: "zstd",
    13: "zstd",
}
ENCRYPTED = {7, 12}


def add(one, two):
    """The sum of two points of y**2 = x**3 + 7; None is the point at infinity."""
    if one is None or two is None:
        return one or two
    if one[0] == two[0]:
        if (one[1] + two[1]) % PRIME == 0:
            return None
        slope = 3 * one[0] ** 2 * pow(2 * one[1], -1, PRIME)
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, PRIME)
    x = (slope * slope - one[0] - two[0]) % PRIME
    return x, (slope * (one[0] - x) - one[1]) % PRIME


def shared_x(private: bytes, client_key: bytes) -> bytes:
    """x of the client's point times the reader's number."""
    number = int.from_bytes(private, "big")
    point = int.from_bytes(client_key[:32], "big"), int.from_bytes(client_key[32:], "big")
    product = None
    while number:
        if number & 1:
            product = add(product, point)
        point = add(point, point)
        number >>= 1
    return product[0].to_bytes(32, "big")


def decipher(body: bytes, key: bytes) -> bytes:
    """TEA, 16 rounds, each whole group of 8 bytes alone; the rest as it is."""
    k = struct.unpack("<4I", key)
    out = bytearray(body)
    for at in range(0, len(body) - 7, 8):
        v0, v1 = struct.unpack_from("<2I", body, at)
        total = 0x9E3779B9 * 16
        for _ in range(16):
            total &= 0xFFFFFFFF
            v1 = (v1 - (((v0 << 4) + k[2]) ^ (v0 + total) ^ ((v0 >> 5) + k[3]))) & 0xFFFFFFFF
            v0 = (v0 - (((v1 << 4) + k[0]) ^ (v1 + total) ^ ((v1 >> 5) + k[1]))) & 0xFFFFFFFF
            total -= 0x9E3779B9
        struct.pack_into("<2I", out, at, v0, v1)
    return bytes(out)


def blocks(data: bytes, private: bytes = b"") -> Iterator[tuple[int, int, bytes]]:
    """Magic, sequence number and text of each block; raises ValueError for anything else."""
    at = 0
    keys: dict[bytes, bytes] = {}
    while at < len(data):
        magic, seq, begin, end, length, client_key = struct.unpack_from("<BHBBI64s", data, at)
        if magic not in CODECS or begin > 23 or end > 23 or data[at + 73 + length] != 0:
            raise ValueError(f"no block at {at}")
        body = data[at + 73 : at + 73 + length]
        if magic in ENCRYPTED:
            if client_key not in keys:
                keys[client_key] = shared_x(private, client_key)[:16]
            body = decipher(body, keys[client_key])
        if CODECS[magic] == "zlib":
            body = zlib.decompressobj(-15).decompress(body)
        elif CODECS[magic] == "zstd":
            body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
        yield magic, seq, body
        at += 73 + length + 1


def text(data: bytes, private: bytes = b"") -> bytes:
    """The whole text."""
    return b"".join(body for _, _, body in blocks(data, private))
