"""Logs for the tests: those written by Mars (tests/data/xlog) and small ones made here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from xlog import key_cache
from xlog.codec import new_compressor
from xlog.crypt import KeyPair, derive_tea_key, tea_encrypt
from xlog.format import NO_CLIENT_KEY, BlockKind, build_block
from xlog.reader import Block, Finding, Reader

NO_KEPT_KEYS = "nothing keeps a buffer's key over a kill here: a keyed log's layout is Mars's"
needs_kept_keys = pytest.mark.skipif(not key_cache.available(), reason=NO_KEPT_KEYS)

DATA = Path(__file__).parent.parent / "data" / "xlog"
PRIVATE_KEY, PUBLIC_KEY = (DATA / "keys.txt").read_text().split()

READER_KEYS = KeyPair.from_private(bytes.fromhex(PRIVATE_KEY))
CLIENT_KEYS = KeyPair.from_private(bytes(range(1, 33)))
OTHER_KEYS = KeyPair.from_private(bytes(range(2, 34)))
TEA_KEY = derive_tea_key(CLIENT_KEYS.private, READER_KEYS.public)


def line(number: int, message: str = "") -> bytes:
    """A line in Mars's form."""
    return (
        f"[I][2026-11-24 +8.0 14:35:02.{number % 1000:03}][57, {number}*][net]"
        f"[link.py:{number}, connect][message {number} {message}\n"
    ).encode()


def body_of(kind: BlockKind, lines: list[bytes], tea_key: bytes = TEA_KEY) -> bytes:
    """What a writer puts in a block of this kind."""
    if not kind.is_async:
        return b"".join(lines)
    compressor = new_compressor(kind.codec)
    body = b"".join(compressor.compress(one) for one in lines)
    return tea_encrypt(body, tea_key) if kind.is_encrypted else body


def block_of(
    kind: BlockKind,
    lines: list[bytes],
    *,
    seq: int = 1,
    client: KeyPair = CLIENT_KEYS,
) -> bytes:
    """A whole block."""
    tea_key = derive_tea_key(client.private, READER_KEYS.public)
    return build_block(
        kind,
        body_of(kind, lines, tea_key),
        seq=seq if kind.is_async else 0,
        begin_hour=14,
        end_hour=15,
        client_key=client.public if kind.is_crypt else NO_CLIENT_KEY,
    )


@dataclass(frozen=True)
class Made:
    """A log made here: its bytes, and offset and text of each block."""

    data: bytes
    blocks: tuple[tuple[int, int, bytes], ...]


def log_of(kinds: list[BlockKind], *, lines_each: int = 4) -> Made:
    """A log with one block for each of ``kinds``, by a writer with a key and one without."""
    data = b""
    blocks = []
    seqs = {True: 0, False: 0}
    for index, kind in enumerate(kinds):
        lines = [line(index * lines_each + i, "π" * (i % 5)) for i in range(lines_each)]
        seqs[kind.is_crypt] += kind.is_async
        block = block_of(kind, lines, seq=seqs[kind.is_crypt])
        blocks.append((len(data), len(block), b"".join(lines)))
        data += block
    return Made(data, tuple(blocks))


def read(path: Path, keys: tuple[str, ...] = (PRIVATE_KEY,)) -> tuple[list[Block], list[Finding]]:
    """All blocks, and all findings wherever they are."""
    blocks: list[Block] = []
    findings: list[Finding] = []
    for item in Reader(path, keys):
        if isinstance(item, Block):
            blocks.append(item)
            findings.extend(item.findings)
        else:
            findings.append(item)
    return blocks, findings


def text_of(blocks: list[Block]) -> bytes:
    """The whole text."""
    return b"".join(block.data for block in blocks)
