"""From spans to text: decrypt, decompress, and say what could not be.

Blocks are decoded in batches, because TEA over one array of many blocks costs a fraction of TEA
over many arrays of one block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from xlog.codec import Decompressed, decompress, decompress_pieces
from xlog.crypt import GROUP_SIZE, tea_decrypt
from xlog.findings import Finding, FindingKind
from xlog.format import AnyKind, Header, LegacyKind
from xlog.keys import KeyRing
from xlog.record import Record, cut_text, parse_records
from xlog.spans import BlockSpan, bad_tail, foreign_bytes

TEXT_LIMIT = 1 << 24
"""A block that gives more than 16 MiB of text is cut there. Mars closes a block at 150 KiB of body,
and a record that is longer than our writer's buffer goes to the file in blocks of 8 MiB."""
PORTION = 1 << 20
"""Bytes of text after which decoded blocks are handed on, and of the pieces records are made of:
a small body may give a text as long as the limit, and a line of two bytes a record of 200."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block, decoded.

    ``data`` is its text, exactly as it was logged (as far as it could be read); ``findings`` is
    what is wrong with this block. ``length`` counts header, body and tail: the block is bytes
    ``offset`` to ``offset + length`` of the log. ``span`` is what :meth:`Reader.decode` takes to
    decode the block again. A ``live`` block is in a writer's memory buffer, not in the log yet.
    """

    span: BlockSpan = field(repr=False)
    length: int
    data: bytes = field(repr=False)
    findings: tuple[Finding, ...] = ()
    live: bool = False

    @property
    def offset(self) -> int:
        """Where the block begins in the log."""
        return self.span.offset

    @property
    def header(self) -> Header:
        """Its header, as found (of a block that lost its own: the neighbour's)."""
        return self.span.header

    def records(self) -> Iterator[Record]:
        """The records of this block; a record never reaches over two blocks."""
        return parse_records(self.data)

    @property
    def needs_key(self) -> bytes | None:
        """The client key of the writer, where no given key opens the block."""
        for finding in self.findings:
            if finding.kind is FindingKind.NEEDS_KEY:
                return finding.client_key
        return None


Piece = tuple[BlockSpan, bytes]
"""A span and the bytes of its body."""


Batch = Sequence[Piece | Finding]
Items = list[Block | Finding]


def decode_batch(
    batch: Batch, keys: KeyRing, text_limit: int = TEXT_LIMIT
) -> Iterator[Block | Finding]:
    """Decode in order; findings between the pieces pass through."""
    for _, items in _decode_each(batch, keys, text_limit):
        yield from items


def decode_portions(
    batch: Batch, keys: KeyRing, text_limit: int = TEXT_LIMIT, size: int = PORTION
) -> Iterator[tuple[Items, int]]:
    """As :func:`decode_batch`, in portions of about ``size`` bytes of text.

    With each portion goes how many pieces of ``batch`` are behind it. Only one portion is in
    memory: small bodies can give texts a thousand times as long.
    """
    portion: Items = []
    text = 0
    for index, items in _decode_each(batch, keys, text_limit):
        for item in items:
            portion.append(item)
            if isinstance(item, Block):
                text += len(item.data)
        if text >= size:
            yield portion, index + 1
            portion, text = [], 0
    if portion:
        yield portion, len(batch)


def split_blocks(items: Items) -> Iterator[Items]:
    """``items`` with long blocks cut between records, a block of such a length by itself.

    For work that makes records of them. The findings of a block stay with its first piece.
    """
    short: Items = []
    for item in items:
        if isinstance(item, Finding) or len(item.data) <= 2 * PORTION:
            short.append(item)
            continue
        if short:
            yield short
            short = []
        for number, piece in enumerate(cut_text(item.data, PORTION)):
            yield [replace(item, data=piece, findings=() if number else item.findings)]
    if short:
        yield short


def _decode_each(
    batch: Batch, keys: KeyRing, text_limit: int
) -> Iterator[tuple[int, Iterable[Block | Finding]]]:
    """The place of each piece in the batch, and what it gives."""
    decoder = _Decoder(keys, text_limit)
    opened = _decrypt_batch(batch, keys)
    for index, piece in enumerate(batch):
        if isinstance(piece, Finding):
            yield index, (piece,)
            continue
        span, raw = piece
        if span.headless:
            yield index, decoder.headless(span, raw)
            continue
        body, key = opened.get(index, (raw, b""))
        if raw and not key and span.header.kind.is_encrypted:
            yield index, decoder.locked(span, raw)
        elif span.in_doubt:
            yield index, decoder.in_doubt(span, raw, body, key)
        else:
            yield index, (decoder.block(span, body),)


def _decrypt_batch(pieces: Batch, keys: KeyRing) -> dict[int, tuple[bytes, bytes]]:
    """The decrypted bodies of all pieces whose key is at hand, by their index, and that key."""
    by_key: dict[bytes, list[tuple[int, bytes]]] = {}
    if not len(keys):
        return {}
    for index, piece in enumerate(pieces):
        if isinstance(piece, Finding):
            continue
        span, raw = piece
        kind = span.header.kind
        if kind.is_encrypted and not span.headless:
            key = keys.find(span.header.client_key, kind.codec, raw)
            if key is not None:
                by_key.setdefault(key, []).append((index, _whole_groups(span, raw)))
    return {
        index: (body, key)
        for key, bodies in by_key.items()
        for index, body in _decrypt_together(key, bodies)
    }


def _decrypt_together(key: bytes, bodies: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    if len(bodies) == 1:
        index, body = bodies[0]
        yield index, tea_decrypt(body, key)
        return
    sizes = [len(body) // GROUP_SIZE * GROUP_SIZE for _, body in bodies]
    joined = tea_decrypt(
        b"".join([body[:size] for size, (_, body) in zip(sizes, bodies, strict=True)]), key
    )
    start = 0
    for size, (index, body) in zip(sizes, bodies, strict=True):
        yield index, joined[start : start + size] + body[size:]
        start += size


def _whole_groups(span: BlockSpan, raw: bytes) -> bytes:
    """A body without the group it was cut in: a part of it cannot be deciphered."""
    if span.findings and any(finding.kind is FindingKind.CUT_SHORT for finding in span.findings):
        return raw[: len(raw) // GROUP_SIZE * GROUP_SIZE]
    return raw


class _Decoder:
    """Turns one span into a block and what is to be said about it."""

    def __init__(self, keys: KeyRing, text_limit: int) -> None:
        self._keys = keys
        self._limit = text_limit

    def block(self, span: BlockSpan, body: bytes) -> Block:
        """A span of which only the body, decrypted already, may be damaged."""
        found = self._text(span.header.kind, body)
        findings = span.findings + _stream_findings(span, found, span.length)
        return Block(span, span.length, found.data, findings)

    def _text(self, kind: AnyKind, body: bytes) -> Decompressed:
        if kind is LegacyKind.ASYNC_PIECES:
            return decompress_pieces(body, self._limit)
        if kind.is_async:
            return decompress(kind.codec, body, self._limit)
        if len(body) > self._limit:
            return Decompressed(body[: self._limit], limited=True)
        return Decompressed(body)

    def in_doubt(
        self, span: BlockSpan, raw: bytes, body: bytes, key: bytes
    ) -> Iterator[Block | Finding]:
        """A span whose length is in doubt; ``body`` is ``raw`` decrypted with ``key``."""
        kind = span.header.kind
        found = self._text(kind, body)
        # A body that can be read up to the next block shows that only the length is wrong. A
        # record ends with a line break, so bare text is told by that.
        claimed = span.header.length
        if kind.is_async:
            right = found.broken_at is not None
        else:
            right = body[claimed - 1 : claimed] == b"\n"
        if not right:
            findings = (*span.findings, _wrong_length(span))
            yield Block(span, span.length, found.data, findings)
            return
        yield from self._bad_tail(span, raw, key)

    def _bad_tail(self, span: BlockSpan, raw: bytes, key: bytes) -> Iterator[Block | Finding]:
        """The length was right after all: damage begins at the tail or before it."""
        claimed = span.header.length
        header_size = span.header.kind.header_size
        length = header_size + claimed + 1
        # Decrypted again: which bytes are the plain rest depends on where the body ends.
        body = tea_decrypt(raw[:claimed], key) if key else raw[:claimed]
        found = self._text(span.header.kind, body)
        findings = (*span.findings, bad_tail(span.offset + length - 1))
        findings += _stream_findings(span, found, length)
        yield Block(span, length, found.data, findings)
        left = span.length - length
        if left <= 0:
            return
        start = span.offset + length
        foreign = (foreign_bytes(start, left),)
        rest = raw[claimed + 1 + header_size :]
        guess = span.header._replace(seq=0, length=len(rest))
        yield from self.headless(
            BlockSpan(start, left, guess, len(rest), foreign, headless=True), rest
        )

    def headless(self, span: BlockSpan, raw: bytes) -> Iterator[Block | Finding]:
        """Bytes behind a destroyed header: the neighbour's kind and key, or they are foreign."""
        kind = span.header.kind
        key = self._keys.proven(span.header.client_key) if kind.is_encrypted else None
        if raw and kind.is_async and (key is not None or not kind.is_encrypted):
            body = raw if key is None else tea_decrypt(raw, key)
            found = self._text(kind, body)
            if found.data and found.broken_at is None and not found.limited:
                finding = Finding(
                    FindingKind.LOST_HEADER,
                    span.offset,
                    kind.header_size,
                    "the header is destroyed; the body was read with its neighbour's",
                )
                yield Block(span, span.length, found.data, (finding,))
                return
        yield from span.findings

    def locked(self, span: BlockSpan, raw: bytes) -> Iterator[Block | Finding]:
        """An encrypted block for which no key was found by its client key."""
        client_key = span.header.client_key
        if self._keys.is_point(client_key):
            given = "none of the given keys opens it" if len(self._keys) else "no key is given"
            finding = Finding(
                FindingKind.NEEDS_KEY,
                span.offset,
                span.length,
                f"the block is encrypted and {given}",
                client_key=client_key,
            )
            yield Block(span, span.length, b"", (*span.findings, finding))
            return
        key = self._keys.find_neighbour(span.header.kind.codec, raw)
        finding = Finding(
            FindingKind.WRONG_CLIENT_KEY,
            span.offset,
            span.header.kind.header_size,
            "the client key in the header is no point on secp256k1; "
            + ("a neighbour's opens the block" if key else "the block cannot be decrypted"),
        )
        span = span._replace(findings=(*span.findings, finding))
        if key is None:
            yield Block(span, span.length, b"", span.findings)
            return
        body = tea_decrypt(_whole_groups(span, raw), key)
        if span.in_doubt:
            yield from self.in_doubt(span, raw, body, key)
        else:
            yield self.block(span, body)


def _wrong_length(span: BlockSpan) -> Finding:
    return Finding(
        FindingKind.WRONG_LENGTH,
        span.offset,
        span.length,
        f"the header tells of {span.header.length} bytes, {span.body_length} stand there",
    )


def _stream_findings(span: BlockSpan, found: Decompressed, length: int) -> tuple[Finding, ...]:
    if found.limited:
        cut = f"the text was cut after {len(found.data)} bytes"
        return (Finding(FindingKind.TOO_LARGE, span.offset, length, cut),)
    if found.broken_at is None:
        return ()
    at = span.body_offset + found.broken_at
    return (
        Finding(
            FindingKind.BAD_STREAM,
            at,
            max(0, span.offset + length - at),
            f"the stream cannot be read on after {len(found.data)} bytes of text: {found.reason}",
        ),
    )
