"""Pictures, good and bad, through the process that decodes them."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from app.chat import pictures
from app.chat.photo_places import without_places
from app.chat.pictures import THUMBNAIL, decode, describe

GPS, ORIENTATION, MAKER = 0x8825, 0x0112, 0x010F
SECRET = b"Rue de la Paix"


def photo(kind: str = "JPEG", *, orientation: int = 6, size=(800, 600)) -> bytes:
    picture = Image.new("RGB", size, "red")
    picture.paste("blue", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MAKER] = "Phone"
    exif[GPS] = {1: "N", 2: (48.0, 51.0, 30.0)}
    out = io.BytesIO()
    more = {"xmp": b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"} if kind != "PNG" else {}
    picture.save(out, kind, exif=exif, **more)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of 60,000 x 60,000 pixels in a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + crc

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_says_no_more_where_it_was_taken_and_looks_as_before(kind):
    before = photo(kind)
    after = without_places(before, 6)
    old, new = Image.open(io.BytesIO(before)), Image.open(io.BytesIO(after))
    assert old.getexif().get_ifd(GPS)
    assert dict(new.getexif()) == {ORIENTATION: 6}
    assert SECRET not in after and b"Phone" not in after
    assert new.convert("RGB").tobytes() == old.convert("RGB").tobytes()


def test_what_follows_a_jpegs_end_goes_too():
    assert SECRET not in without_places(photo() + SECRET, 6)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_broken_one_is_no_endless_loop(kind):
    data = photo(kind)
    for cut in range(0, len(data), 97):
        try:
            without_places(data[:cut], 6)
        except ValueError:
            continue


def test_a_photo_is_described_as_it_is_shown(tmp_path):
    path = tmp_path / "photo"
    path.write_bytes(photo())
    found = describe(path, keep_places=False)
    assert found is not None and (found.width, found.height) == (600, 800)
    small = Image.open(io.BytesIO(found.thumbnail))
    assert small.size == (THUMBNAIL * 3 // 4, THUMBNAIL)
    assert len(found.thumbnail) <= 24 * 1024 and 0 < len(found.blur) <= 1024
    with Image.open(path) as cleaned:
        assert dict(cleaned.getexif()) == {ORIENTATION: 6}
    kept = photo()
    path.write_bytes(kept)
    assert describe(path, keep_places=True) == found
    assert path.read_bytes() == kept
    pixels = decode(path, 100)
    assert pixels is not None and pixels[:2] == (75, 100)
    assert len(pixels.rgba) == 4 * 75 * 100


@pytest.mark.parametrize(
    "data",
    [bomb(), photo()[:2000], b"\x89PNG\r\n\x1a\n" + b"x" * 500, b"\xff\xd8\xff" + b"\0" * 90],
    ids=["bomb", "cut", "no PNG", "no JPEG"],
)
def test_what_cannot_be_shown_stays_a_file_as_it_was(tmp_path, data):
    path = tmp_path / "file"
    path.write_bytes(data)
    assert describe(path, keep_places=False) is None
    assert path.read_bytes() == data
    assert decode(data, 100) is None


def test_a_file_that_is_no_picture_is_not_decoded_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "_ask", None)
    (tmp_path / "a").write_bytes(b"#!/bin/sh\n")
    assert describe(tmp_path / "a", keep_places=False) is None


def test_a_process_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "PATIENCE", 0.0)
    assert decode(photo(), 100) is None
