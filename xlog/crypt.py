"""secp256k1 key agreement and TEA over whole arrays (``mars/xlog/crypt/log_crypt.cc``).

Who wants logs that only they can read makes one key pair, keeps the private key and gives the
public key to the writer. Each writer makes a one-time pair of its own; its public half is in
every block header as the client key. Both sides come to the same shared point, and the first 16
bytes of its x are the TEA key.

TEA here has 16 rounds instead of the usual 32 and no chaining: each whole group of 8 bytes from
the body's start is enciphered alone, as two little-endian words; what is left at the end (0 to 7
bytes) stays as it is. It keeps a log from being read by chance, and is no protection by the measure
of today; it is what Mars's files are made of.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from xlog.errors import BadPrivateKeyError, BadPublicKeyError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

PRIVATE_KEY_SIZE = 32
PUBLIC_KEY_SIZE = 64
TEA_KEY_SIZE = 16
GROUP_SIZE = 8
"""Bytes that TEA takes at once."""

DELTA = 0x9E3779B9
ROUNDS = 16
MASK = 0xFFFFFFFF
_FEW_GROUPS = 256
"""Up to here big integers beat numpy (2 KiB)."""

_HEX = re.compile(r"[0-9a-fA-F]*")

_FewCipher = Callable[[int, int, list[int]], bytes]


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A secp256k1 pair: the number as 32 bytes big-endian, the point as x then y (64 bytes)."""

    private: bytes = field(repr=False)
    public: bytes

    @classmethod
    def generate(cls) -> KeyPair:
        """A new pair from the system's randomness."""
        from cryptography.hazmat.primitives.asymmetric import ec  # a log without a key needs none

        key = ec.generate_private_key(ec.SECP256K1())
        number = key.private_numbers().private_value
        return cls(number.to_bytes(PRIVATE_KEY_SIZE, "big"), _public_bytes(key.public_key()))

    @classmethod
    def from_private(cls, private: bytes) -> KeyPair:
        """The pair of a private key; raises :class:`BadPrivateKeyError`."""
        return cls(bytes(private), _public_bytes(_private_key(private).public_key()))


def parse_public_key(text: str) -> bytes:
    """A public key from its 128 hex digits, checked to lie on the curve.

    Raises :class:`BadPublicKeyError` saying what is wrong.
    """
    digits = _hex_digits(text, "public", 2 * PUBLIC_KEY_SIZE, BadPublicKeyError)
    public = bytes.fromhex(digits)
    _public_key(public)
    return public


def parse_private_key(text: str) -> bytes:
    """A private key from its 64 hex digits, checked to be one of the curve.

    Raises :class:`BadPrivateKeyError` saying what is wrong; the message never holds the key.
    """
    digits = _hex_digits(text, "private", 2 * PRIVATE_KEY_SIZE, BadPrivateKeyError)
    private = bytes.fromhex(digits)
    _private_key(private)
    return private


def derive_shared(private: bytes, public: bytes) -> bytes:
    """The x of the point that both sides share, 32 bytes big-endian.

    Writer: its one-time private and the reader's public key; reader: its private and the client
    key of the block. Raises :class:`BadPrivateKeyError` or :class:`BadPublicKeyError`.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    return _private_key(private).exchange(ec.ECDH(), _public_key(public))


def derive_tea_key(private: bytes, public: bytes) -> bytes:
    """The TEA key: the first 16 bytes of :func:`derive_shared`, with the same arguments."""
    return derive_shared(private, public)[:TEA_KEY_SIZE]


def tea_encrypt(data: bytes | bytearray | memoryview, key: bytes) -> bytes:
    """``data`` with every whole group of 8 bytes enciphered, the rest as it is."""
    return _tea(data, key, _encipher_few, encrypt=True)


def tea_decrypt(data: bytes | bytearray | memoryview, key: bytes) -> bytes:
    """The inverse of :func:`tea_encrypt`."""
    return _tea(data, key, _decipher_few, encrypt=False)


def _tea(
    data: bytes | bytearray | memoryview, key: bytes, few: _FewCipher, *, encrypt: bool
) -> bytes:
    if len(key) != TEA_KEY_SIZE:
        raise ValueError(f"a TEA key has 16 bytes, not {len(key)}")
    count = len(data) // GROUP_SIZE
    if not count:
        return bytes(data)
    parts = [int.from_bytes(key[i : i + 4], "little") for i in range(0, TEA_KEY_SIZE, 4)]
    if count <= _FEW_GROUPS:
        whole = count * GROUP_SIZE
        return few(int.from_bytes(data[:whole], "little"), count, parts) + bytes(data[whole:])
    # numpy takes longer to import than most programs take to start; a log without a key needs none.
    from xlog.tea import over_arrays

    return over_arrays(data, count, parts, encrypt=encrypt)


# A call of numpy costs about a microsecond and a cipher makes 450 of them. For few groups one big
# integer is faster: each group is a lane of 64 bits with one word in its low half, so shifts and
# sums stay inside the lane. Only `v >> 5` lets five bits of the next lane into the top of this
# one; nothing carries up to them, and the mask at the end of each step removes them.


@lru_cache(maxsize=_FEW_GROUPS)
def _lanes(count: int) -> tuple[int, int, int, list[int]]:
    """For ``count`` lanes: a one, a mask and a borrow in each, and the round sums."""
    ones = int.from_bytes(b"\1\0\0\0\0\0\0\0" * count, "little")
    return ones, ones * MASK, ones << 32, [ones * (DELTA * i & MASK) for i in range(ROUNDS + 1)]


def _encipher_few(groups: int, count: int, parts: list[int]) -> bytes:
    ones, mask, _, sums = _lanes(count)
    k0, k1, k2, k3 = (ones * part for part in parts)
    v0, v1 = groups & mask, groups >> 32 & mask
    for total in sums[1:]:
        v0 = (v0 + (((v1 << 4) + k0) ^ (v1 + total) ^ ((v1 >> 5) + k1))) & mask
        v1 = (v1 + (((v0 << 4) + k2) ^ (v0 + total) ^ ((v0 >> 5) + k3))) & mask
    return (v0 | v1 << 32).to_bytes(count * GROUP_SIZE, "little")


def _decipher_few(groups: int, count: int, parts: list[int]) -> bytes:
    ones, mask, borrow, sums = _lanes(count)
    k0, k1, k2, k3 = (ones * part for part in parts)
    v0, v1 = groups & mask, groups >> 32 & mask
    for total in sums[:0:-1]:
        mixed = (((v0 << 4) + k2) ^ (v0 + total) ^ ((v0 >> 5) + k3)) & mask
        v1 = ((v1 | borrow) - mixed) & mask
        mixed = (((v1 << 4) + k0) ^ (v1 + total) ^ ((v1 >> 5) + k1)) & mask
        v0 = ((v0 | borrow) - mixed) & mask
    return (v0 | v1 << 32).to_bytes(count * GROUP_SIZE, "little")


def _hex_digits(
    text: str, name: str, wanted: int, error: type[BadPublicKeyError] | type[BadPrivateKeyError]
) -> str:
    digits = text.strip()
    if not digits:
        raise error(f"the {name} key is empty; give {wanted} hex digits")
    match = _HEX.match(digits)
    good = match.end() if match else 0
    if good < len(digits):
        raise error(f"character {good + 1} of the {name} key is no hex digit")
    if len(digits) == wanted:
        return digits
    hint = f"the {name} key has {len(digits)} hex digits; it must have {wanted}"
    if name == "private" and len(digits) == 2 * PUBLIC_KEY_SIZE:
        hint += " (this is as long as a public key; give the private one, which was kept)"
    elif name == "public" and len(digits) == 2 * PRIVATE_KEY_SIZE:
        hint += " (this is as long as a private key; keep that secret and give the public one)"
    elif name == "private" and len(digits) in (wanted - 2, wanted - 4):
        hint += " (a key printed without its leading zeros: put them back in front)"
    raise error(hint)


def _private_key(private: bytes) -> ec.EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    if len(private) != PRIVATE_KEY_SIZE:
        raise BadPrivateKeyError(f"a private key has 32 bytes, not {len(private)}")
    try:
        return ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256K1())
    except ValueError:
        raise BadPrivateKeyError(
            "the private key is no number of secp256k1 (zero, or not below the curve's order)"
        ) from None


def _public_key(public: bytes) -> ec.EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    if len(public) != PUBLIC_KEY_SIZE:
        raise BadPublicKeyError(f"a public key has 64 bytes, not {len(public)}")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), b"\x04" + bytes(public))
    except ValueError:
        raise BadPublicKeyError("the public key is no point on secp256k1") from None


def _public_bytes(key: ec.EllipticCurvePublicKey) -> bytes:
    numbers = key.public_numbers()
    return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
