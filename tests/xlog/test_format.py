"""The header: its bytes, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xlog.samples import DATA
from xlog.errors import FormatError
from xlog.format import (
    HEADER_SIZE,
    MAGICS,
    NO_CLIENT_KEY,
    BlockKind,
    Header,
    build_block,
    build_header,
    next_seq,
    parse_header,
)

kinds = st.sampled_from(list(BlockKind))
hours = st.integers(0, 23)


@given(
    kinds,
    st.integers(0, 0xFFFF),
    hours,
    hours,
    st.integers(0, 0xFFFFFFFF),
    st.binary(min_size=64, max_size=64),
)
def test_a_header_comes_back_as_it_was_built(kind, seq, begin, end, length, client_key):
    built = build_header(
        kind, seq=seq, begin_hour=begin, end_hour=end, length=length, client_key=client_key
    )
    assert len(built) == HEADER_SIZE
    assert parse_header(built) == Header(kind, seq, begin, end, length, client_key)


def test_the_fields_stand_where_mars_has_them():
    built = build_header(
        BlockKind.ASYNC_ZLIB_CRYPT,
        seq=0x0102,
        begin_hour=3,
        end_hour=4,
        length=0x05060708,
        client_key=bytes(range(64)),
    )
    assert built[:9] == bytes([0x07, 0x02, 0x01, 3, 4, 0x08, 0x07, 0x06, 0x05])
    assert built[9:] == bytes(range(64))


def test_a_header_by_mars_is_parsed():
    header = parse_header((DATA / "async_zlib_plain.xlog").read_bytes())
    assert header == Header(BlockKind.ASYNC_ZLIB_PLAIN, 1, 14, 14, 785, NO_CLIENT_KEY)


@pytest.mark.parametrize("magic", sorted(set(range(256)) - MAGICS))
def test_any_other_magic_is_refused(magic):
    with pytest.raises(FormatError, match=f"0x{magic:02x}"):
        parse_header(bytes([magic]) + bytes(72))


def test_too_few_bytes_are_refused():
    with pytest.raises(FormatError, match="only 72 are here"):
        parse_header(bytes([6]) + bytes(71))


@pytest.mark.parametrize(
    "wrong", [{"seq": 65536}, {"begin_hour": 256}, {"length": 1 << 32}, {"client_key": bytes(63)}]
)
def test_what_does_not_fit_is_refused(wrong):
    fields = {"seq": 1, "begin_hour": 0, "end_hour": 0, "length": 0, **wrong}
    with pytest.raises(FormatError):
        build_header(BlockKind.SYNC_ZLIB_PLAIN, **fields)


def test_a_block_is_header_body_and_tail():
    block = build_block(BlockKind.SYNC_ZSTD_PLAIN, b"text\n", seq=0, begin_hour=1, end_hour=2)
    assert parse_header(block).length == 5
    assert block[HEADER_SIZE:] == b"text\n\0"


@pytest.mark.parametrize("kind", list(BlockKind))
def test_a_kind_is_found_by_its_properties(kind):
    found = BlockKind.of(is_async=kind.is_async, codec=kind.codec, crypt=kind.is_crypt)
    assert found is kind
    assert kind.is_encrypted == (kind.is_async and kind.is_crypt)


def test_numbers_go_from_65535_to_1():
    assert next_seq(0) == 1
    assert next_seq(65534) == 65535
    assert next_seq(65535) == 1
