"""Keys and TEA, against a plain reading of the algorithm."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xlog.samples import PRIVATE_KEY, PUBLIC_KEY
from xlog.crypt import (
    KeyPair,
    derive_tea_key,
    parse_private_key,
    parse_public_key,
    tea_decrypt,
    tea_encrypt,
)
from xlog.errors import BadPrivateKeyError, BadPublicKeyError

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def encipher_one(group: bytes, key: bytes) -> bytes:
    """TEA with 16 rounds on one group, word by word."""
    v0, v1 = struct.unpack("<2I", group)
    k = struct.unpack("<4I", key)
    total = 0
    for _ in range(16):
        total = (total + 0x9E3779B9) & 0xFFFFFFFF
        v0 = v0 + (((v1 << 4) + k[0]) ^ (v1 + total) ^ ((v1 >> 5) + k[1])) & 0xFFFFFFFF
        v1 = v1 + (((v0 << 4) + k[2]) ^ (v0 + total) ^ ((v0 >> 5) + k[3])) & 0xFFFFFFFF
    return struct.pack("<2I", v0, v1)


sizes = st.one_of(st.integers(0, 80), st.integers(2030, 2080), st.integers(0, 5000))


@given(st.data(), st.binary(min_size=16, max_size=16), sizes)
def test_whole_groups_are_enciphered_and_the_rest_stays(data, key, size):
    plain = data.draw(st.binary(min_size=size, max_size=size))
    whole = size // 8 * 8
    expected = b"".join(encipher_one(plain[i : i + 8], key) for i in range(0, whole, 8))
    enciphered = tea_encrypt(plain, key)
    assert enciphered == expected + plain[whole:]
    assert tea_decrypt(enciphered, key) == plain


@pytest.mark.parametrize("filler", [b"\x00", b"\xff"])
@pytest.mark.parametrize("size", [64, 2048, 2056, 700_000])
def test_carries_stay_in_their_word(filler, size):
    for key in (b"\x00" * 16, b"\xff" * 16):
        enciphered = tea_encrypt(filler * size, key)
        assert enciphered == encipher_one(filler * 8, key) * (size // 8)
        assert tea_decrypt(enciphered, key) == filler * size


def test_other_buffers_than_bytes_are_taken():
    key = bytes(range(16))
    expected = tea_encrypt(b"0123456789", key)
    assert tea_encrypt(bytearray(b"0123456789"), key) == expected
    assert tea_encrypt(memoryview(b"0123456789"), key) == expected


def test_a_tea_key_of_another_size_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        tea_encrypt(b"12345678", b"short")


def test_both_sides_come_to_the_same_tea_key():
    for _ in range(20):
        one, two = KeyPair.generate(), KeyPair.generate()
        shared = derive_tea_key(one.private, two.public)
        assert len(shared) == 16
        assert shared == derive_tea_key(two.private, one.public)


def test_the_public_key_by_mars_belongs_to_its_private_key():
    pair = KeyPair.from_private(parse_private_key(PRIVATE_KEY))
    assert pair.public == parse_public_key(PUBLIC_KEY)


def test_a_pair_does_not_show_its_private_key():
    pair = KeyPair.generate()
    assert pair.private.hex() not in repr(pair)
    assert repr(pair.private) not in repr(pair)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "is empty"),
        ("  \n", "is empty"),
        ("12", "has 2 hex digits; it must have 64"),
        ("g" * 64, "character 1"),
        ("0" * 10 + "x" + "0" * 53, "character 11"),
        ("00" * 32, "no number of secp256k1"),
        (f"{ORDER:064x}", "no number of secp256k1"),
        (PUBLIC_KEY, "as long as a public key"),
        (PRIVATE_KEY[2:], "without its leading zeros"),
    ],
)
def test_a_bad_private_key_is_named(text, wrong):
    with pytest.raises(BadPrivateKeyError, match=wrong) as caught:
        parse_private_key(text)
    assert not text.strip() or len(text) < 10 or text not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "is empty"),
        ("zz" * 64, "character 1"),
        ("12" * 63, "has 126 hex digits; it must have 128"),
        ("00" * 64, "no point"),
        (PUBLIC_KEY[:-2] + "00", "no point"),
        (PRIVATE_KEY, "as long as a private key"),
    ],
)
def test_a_bad_public_key_is_named(text, wrong):
    with pytest.raises(BadPublicKeyError, match=wrong):
        parse_public_key(text)


def test_key_bytes_of_another_size_are_refused():
    with pytest.raises(BadPrivateKeyError, match="32 bytes"):
        KeyPair.from_private(b"1")
    with pytest.raises(BadPublicKeyError, match="64 bytes"):
        derive_tea_key(bytes.fromhex(PRIVATE_KEY), b"1")


def test_spaces_around_a_key_do_no_harm():
    assert parse_private_key(f" {PRIVATE_KEY.upper()}\n") == bytes.fromhex(PRIVATE_KEY)
