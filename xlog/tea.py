"""TEA over whole arrays with numpy, for more than a few groups (see :mod:`xlog.crypt`)."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from xlog.crypt import DELTA, MASK, ROUNDS

Words = npt.NDArray[np.uint32]

_CHUNK_GROUPS = 32 * 1024
"""Groups worked on at once: four scratch arrays of 128 KiB. Larger ones leave the processor's
cache."""
_turn = threading.Lock()
"""A cipher makes 250 calls of numpy, and at each gives the interpreter's lock away and waits for
it: two at once take as long as one after the other, or longer. So threads take turns, and one that
waits leaves the processor to one that inflates."""


def over_arrays(
    data: bytes | bytearray | memoryview, count: int, key: list[int], *, encrypt: bool
) -> bytes:
    """``data`` with its first ``count`` groups of 8 bytes enciphered, or deciphered.

    ``key`` is four words. It goes in pieces, so that the scratch arrays stay in the processor's
    cache.
    """
    cipher = _encipher if encrypt else _decipher
    parts = [np.uint32(part) for part in key]
    words = np.frombuffer(data, "<u4", count=2 * count).reshape(-1, 2)
    out = bytearray(data)
    result = np.frombuffer(out, "<u4", count=2 * count).reshape(-1, 2)
    size = min(count, _CHUNK_GROUPS)
    left, right, one, two = (np.empty(size, np.uint32) for _ in range(4))
    for start in range(0, count, size):
        some = min(size, count - start)
        v0, v1, t, u = left[:some], right[:some], one[:some], two[:some]
        v0[:] = words[start : start + some, 0]
        v1[:] = words[start : start + some, 1]
        with _turn:
            cipher(v0, v1, t, u, parts)
        result[start : start + some, 0] = v0
        result[start : start + some, 1] = v1
    return bytes(out)


def _mix(v: Words, low: Any, total: Any, high: Any, t: Words, u: Words) -> None:
    """``t`` becomes ``((v << 4) + low) ^ (v + total) ^ ((v >> 5) + high)``, all modulo 2**32."""
    # The third argument is the result: by place it costs less than by its name, `out`.
    np.left_shift(v, _FOUR, t)
    np.add(t, low, t)
    np.add(v, total, u)
    np.bitwise_xor(t, u, t)
    np.right_shift(v, _FIVE, u)
    np.add(u, high, u)
    np.bitwise_xor(t, u, t)


_FOUR = np.uint32(4)
_FIVE = np.uint32(5)
_SUMS = [np.uint32(DELTA * i & MASK) for i in range(ROUNDS + 1)]


def _encipher(v0: Words, v1: Words, t: Words, u: Words, k: list[Any]) -> None:
    for turn in range(1, ROUNDS + 1):
        _mix(v1, k[0], _SUMS[turn], k[1], t, u)
        np.add(v0, t, v0)
        _mix(v0, k[2], _SUMS[turn], k[3], t, u)
        np.add(v1, t, v1)


def _decipher(v0: Words, v1: Words, t: Words, u: Words, k: list[Any]) -> None:
    for turn in range(ROUNDS, 0, -1):
        _mix(v0, k[2], _SUMS[turn], k[3], t, u)
        np.subtract(v1, t, v1)
        _mix(v1, k[0], _SUMS[turn], k[1], t, u)
        np.subtract(v0, t, v0)
