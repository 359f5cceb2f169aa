"""Streams that stop, break, go on too long or grow too large."""

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from xlog.codec import ZLIB_LEVELS, ZSTD_LEVELS, decompress, new_compressor

LIMIT = 1 << 20
codecs = pytest.mark.parametrize("codec", ["zlib", "zstd"])


@given(
    st.sampled_from(["zlib", "zstd"]), st.lists(st.binary(max_size=300), max_size=20), st.booleans()
)
def test_text_comes_back_with_and_without_an_end(codec, pieces, ended):
    compressor = new_compressor(codec)
    body = b"".join(map(compressor.compress, pieces))
    if ended:
        body += compressor.finish()
    found = decompress(codec, body, LIMIT)
    assert found == (b"".join(pieces), None, "", False)


@codecs
def test_every_piece_can_be_read_as_soon_as_it_is_written(codec):
    compressor = new_compressor(codec)
    body = text = b""
    for number in range(50):
        piece = b"line %d\n" % number
        body += compressor.compress(piece)
        text += piece
        assert decompress(codec, body, LIMIT).data == text


@pytest.mark.parametrize(
    ("codec", "level"),
    [("zlib", level) for level in ZLIB_LEVELS] + [("zstd", level) for level in (1, 3, 9, 19, 22)],
)
def test_every_level_gives_the_same_text(codec, level):
    assert level in (ZLIB_LEVELS if codec == "zlib" else ZSTD_LEVELS)
    body = new_compressor(codec, level).compress(b"some text " * 500)
    assert decompress(codec, body, LIMIT).data == b"some text " * 500


@codecs
@given(st.data())
def test_what_stands_before_the_damage_is_given(codec, data):
    compressor = new_compressor(codec)
    pieces = [b"record %d of this body\n" % number for number in range(40)]
    ends = []
    body = b""
    for piece in pieces:
        body += compressor.compress(piece)
        ends.append(len(body))
    at = data.draw(st.integers(0, len(body) - 1))
    broken = body[:at] + data.draw(st.binary(min_size=1, max_size=40)) + body[at + 20 :]
    whole = sum(end <= at for end in ends)
    found = decompress(codec, broken, LIMIT)
    expected = b"".join(pieces[:whole])
    if codec == "zlib":
        assert found.data.startswith(expected)
    else:
        # zstd gives nothing of a frame whose first bytes are damaged, and whole blocks else.
        assert found.data.startswith(expected) or at < 20
    if found.broken_at is not None:
        assert 0 <= found.broken_at <= len(broken)
        assert found.reason


@codecs
def test_bytes_behind_the_end_are_told(codec):
    compressor = new_compressor(codec)
    body = compressor.compress(b"text\n") + compressor.finish()
    found = decompress(codec, body + b"junk", LIMIT)
    assert found.data == b"text\n"
    assert found.broken_at == len(body)
    assert decompress(codec, body + bytes(9), LIMIT).data == b"text\n"


@codecs
@pytest.mark.parametrize("size", [1 << 18, (1 << 18) + 1, 300_000, 1 << 19, 900_000])
@pytest.mark.parametrize("ended", [False, True])
def test_text_far_larger_than_its_body_comes_back_whole(codec, size, ended):
    compressor = new_compressor(codec)
    text = (b"x" * 997 + b"\n") * (size // 998 + 1)
    body = compressor.compress(text[:size]) + (compressor.finish() if ended else b"")
    assert decompress(codec, body, LIMIT) == (text[:size], None, "", False)
    lines = new_compressor(codec)
    body = b"".join(lines.compress(text[at : at + 998]) for at in range(0, size, 998))
    assert decompress(codec, body, LIMIT).data == text[: (size + 997) // 998 * 998]


@codecs
@pytest.mark.parametrize("damaged", [False, True])
def test_text_is_cut_at_the_limit(codec, damaged):
    compressor = new_compressor(codec)
    body = compressor.compress(bytes(4 * LIMIT))
    if damaged:
        body += b"\xff\xff\xff\xff"
    found = decompress(codec, body, LIMIT)
    assert found.limited
    assert found.data == bytes(LIMIT)


@codecs
def test_text_of_exactly_the_limit_is_not_cut(codec):
    body = new_compressor(codec).compress(bytes(LIMIT))
    found = decompress(codec, body, LIMIT)
    assert not found.limited
    assert len(found.data) == LIMIT


@codecs
def test_an_empty_body_gives_an_empty_text(codec):
    assert decompress(codec, b"", LIMIT) == (b"", None, "", False)


def test_a_frame_that_claims_a_huge_window_is_refused():
    parameters = zstandard.ZstdCompressionParameters(window_log=27, compression_level=1)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    body = compressor.compress(b"x" * 100) + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    found = decompress("zstd", body, LIMIT)
    assert found.data == b""
    assert found.broken_at is not None
