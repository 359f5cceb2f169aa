"""Takes out of a photo what says where, when and with what it was taken; the pixels stay.

A place stands in EXIF (and in makers' notes there), in XMP and in IPTC. So all metadata go but what
the picture needs to look right: how it is turned, and its colour profile. The compressed pixels are
copied as they are.

Sources: ITU T.81 (JPEG), CIPA DC-008 (EXIF), the PNG specification (W3C), RFC 9649 (WebP).
"""

from __future__ import annotations

import struct
import zlib

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_DROPPED = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_WEBP_DROPPED = frozenset({b"EXIF", b"XMP "})
_APP1, _APP2, _APP13, _COMMENT, _SCAN = 0xE1, 0xE2, 0xED, 0xFE, 0xDA


def without_places(data: bytes, orientation: int = 1) -> bytes:
    """The picture without metadata, turned as EXIF's ``orientation`` says.

    What is no JPEG, PNG or WebP is given back as it is. Raises ValueError for a broken one.
    """
    if data[:3] == b"\xff\xd8\xff":
        return _jpeg(data, orientation)
    if data.startswith(_PNG):
        return _png(data, orientation)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data, orientation)
    return data


def _exif(orientation: int) -> bytes:
    """A TIFF with one entry."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)


def _jpeg(data: bytes, orientation: int) -> bytes:
    out = [data[:2]]
    if 1 < orientation <= 8:
        exif = b"Exif\0\0" + _exif(orientation)
        out.append(struct.pack(">BBH", 0xFF, _APP1, len(exif) + 2) + exif)
    at = 2
    while True:
        if data[at : at + 2] == b"\xff\xd9":
            # What comes after the end (a second picture, a video) has metadata of its own.
            out.append(data[at : at + 2])
            return b"".join(out)
        if at + 4 > len(data) or data[at] != 0xFF:
            raise ValueError("a JPEG whose segments do not follow each other")
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise ValueError("a JPEG whose segment is not whole")
        segment = data[at:end]
        if marker == _SCAN:
            end = _scan_end(data, end)
            out.append(data[at:end])
            at = end
            continue
        icc = marker == _APP2 and segment[4:].startswith(b"ICC_PROFILE\0")
        if icc or marker not in (_APP1, _APP2, _APP13, _COMMENT):
            out.append(segment)
        at = end


def _scan_end(data: bytes, at: int) -> int:
    """Where the compressed data end: at a marker that may not stand within them."""
    while (at := data.find(0xFF, at)) >= 0 and at + 1 < len(data):
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        elif data[at + 1] == 0xFF:
            at += 1
        else:
            return at
    raise ValueError("a JPEG that does not end")


def _png(data: bytes, orientation: int) -> bytes:
    out, at, first = [_PNG], len(_PNG), True
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            raise ValueError("a PNG whose chunk is not whole")
        if kind not in _PNG_DROPPED:
            out.append(data[at:end])
        if first and 1 < orientation <= 8:
            body = b"eXIf" + _exif(orientation)
            size = struct.pack(">I", len(body) - 4)
            out.append(size + body + struct.pack(">I", zlib.crc32(body)))
        first = False
        at = end
        if kind == b"IEND":
            break
    return b"".join(out)


def _webp(data: bytes, orientation: int) -> bytes:
    chunks, at = [], 12
    end_of_all = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    keep = 1 < orientation <= 8
    while at + 8 <= end_of_all:
        kind = data[at : at + 4]
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + length + length % 2
        if at + 8 + length > end_of_all:
            raise ValueError("a WebP whose chunk is not whole")
        body = data[at:end]
        if kind == b"VP8X":
            flags = body[8] & ~0x0C | (0x08 if keep else 0)  # no XMP; EXIF as below
            body = body[:8] + bytes([flags]) + body[9:]
        if kind not in _WEBP_DROPPED:
            chunks.append(body)
        at = end
    if keep and chunks and chunks[0][:4] == b"VP8X":
        exif = _exif(orientation)
        chunks.append(b"EXIF" + struct.pack("<I", len(exif)) + exif)
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body
