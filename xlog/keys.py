"""The reader's private keys, and which of them opens which block."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from xlog.codec import decompress
from xlog.crypt import (
    KeyPair,
    derive_tea_key,
    parse_private_key,
    tea_decrypt,
)
from xlog.errors import BadPublicKeyError
from xlog.format import CodecName
from xlog.record import RECORD_START

PrivateKey = KeyPair | bytes | str
"""A pair, 32 bytes, or 64 hex digits."""

_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_PROBE = 2048
_PROBE_TEXT = 1 << 16
_REMEMBERED = 1024
_NEIGHBOURS = 8


class KeyRing:
    """Private keys and the TEA keys derived from them.

    The costly step, ECDH, is done once per private key and client key; a writer keeps its client
    key as long as it runs, so a log of gigabytes needs a few of them.
    """

    def __init__(self, keys: Iterable[PrivateKey] = ()) -> None:
        """Raises :class:`xlog.errors.BadPrivateKeyError` for what is no key."""
        self._private: list[bytes] = []
        self._candidates: OrderedDict[bytes, tuple[bytes, ...]] = OrderedDict()
        self._proven: OrderedDict[bytes, bytes] = OrderedDict()
        for key in keys:
            self.add(key)

    def __len__(self) -> int:
        return len(self._private)

    @property
    def private_keys(self) -> tuple[bytes, ...]:
        """The keys, to hand them on to another process."""
        return tuple(self._private)

    def add(self, key: PrivateKey) -> None:
        """Take one more key; blocks that could not be opened may open now."""
        if isinstance(key, KeyPair):
            private = key.private
        elif isinstance(key, str):
            private = parse_private_key(key)
        else:
            private = KeyPair.from_private(key).private
        if private not in self._private:
            self._private.append(private)
            self._candidates.clear()

    def proven(self, client_key: bytes) -> bytes | None:
        """The TEA key that has opened a block of this client key before."""
        return self._proven.get(client_key)

    def find(self, client_key: bytes, codec: CodecName, body: bytes) -> bytes | None:
        """The TEA key that opens ``body``, or None where no private key does.

        Tells by the beginning of the body; a proven key is given without looking.
        """
        known = self._proven.get(client_key)
        if known is not None:
            return known
        for tea_key in self._derive(client_key):
            if _opens(tea_key, codec, body):
                self._proven[client_key] = tea_key
                if len(self._proven) > _REMEMBERED:
                    self._proven.popitem(last=False)
                return tea_key
        return None

    def is_point(self, client_key: bytes) -> bool:
        """Whether a client key can be one; told only while there is a private key to try."""
        return not self._private or bool(self._derive(client_key))

    def find_neighbour(self, codec: CodecName, body: bytes) -> bytes | None:
        """The TEA key of another client key that opens ``body``: for a damaged client key."""
        for tea_key in list(reversed(self._proven.values()))[:_NEIGHBOURS]:
            if _opens(tea_key, codec, body):
                return tea_key
        return None

    def _derive(self, client_key: bytes) -> tuple[bytes, ...]:
        found = self._candidates.get(client_key)
        if found is None:
            try:
                found = tuple(derive_tea_key(key, client_key) for key in self._private)
            except BadPublicKeyError:
                found = ()
            self._candidates[client_key] = found
            if len(self._candidates) > _REMEMBERED:
                self._candidates.popitem(last=False)
        return found


def _opens(tea_key: bytes, codec: CodecName, body: bytes) -> bool:
    head = tea_decrypt(body[:_PROBE], tea_key)
    if codec == "zstd":
        return head[: len(_ZSTD_MAGIC)] == _ZSTD_MAGIC
    found = decompress(codec, head, _PROBE_TEXT)
    return found.broken_at is None or RECORD_START.match(found.data) is not None
