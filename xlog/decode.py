"""From spans to text: decrypt, decompress, and say what could not be.

Blocks are decoded in batches, because TEA over one array of many blocks costs a fraction of TEA
over many arrays of one block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from xlog.codec import Decompressed, decompress
from xlog.crypt import GROUP_SIZE, tea_decrypt
from xlog.findings import Finding, FindingKind
from xlog.format import HEADER_SIZE, Header
from xlog.keys import KeyRing
from xlog.record import Record, parse_records
from xlog.scan import Span, foreign_bytes

TEXT_LIMIT = 1 << 26
"""A block that gives more than 64 MiB of text is cut there."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block, decoded.

    ``data`` is its text, exactly as it was logged (as far as it could be read); ``findings`` is
    what is wrong with this block. ``length`` counts header, body and tail: the block is bytes
    ``offset`` to ``offset + length`` of the log. ``span`` is what :meth:`Reader.decode` takes to
    decode the block again.
    """

    span: Span = field(repr=False)
    length: int
    data: bytes = field(repr=False)
    findings: tuple[Finding, ...] = ()

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


Piece = tuple[Span, bytes]
"""A span and the bytes of its body."""


def decode_batch(
    pieces: Sequence[Piece | Finding], keys: KeyRing, text_limit: int = TEXT_LIMIT
) -> Iterator[Block | Finding]:
    """Decode in order; findings between the pieces pass through."""
    plain = _decrypt_batch(pieces, keys)
    for index, piece in enumerate(pieces):
        if isinstance(piece, Finding):
            yield piece
            continue
        span, body = piece
        if index in plain:
            yield from _decompress(span, plain[index], text_limit)
        elif span.header.kind.is_encrypted:
            yield from _decode_hard(span, body, keys, text_limit)
        else:
            yield from _decompress(span, body, text_limit)


def _decrypt_batch(pieces: Sequence[Piece | Finding], keys: KeyRing) -> dict[int, bytes]:
    """The decrypted bodies of all pieces whose key is at hand, by their index."""
    by_key: dict[bytes, list[tuple[int, bytes]]] = {}
    for index, piece in enumerate(pieces):
        if isinstance(piece, Finding):
            continue
        span, body = piece
        kind = span.header.kind
        if kind.is_encrypted and not span.headless and len(keys):
            key = keys.find(span.header.client_key, kind.codec, body)
            if key is not None:
                by_key.setdefault(key, []).append((index, body))
    return {
        index: body
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


def _decode_hard(
    span: Span, body: bytes, keys: KeyRing, text_limit: int
) -> Iterator[Block | Finding]:
    """An encrypted block for which no key was found by its client key."""
    header = span.header
    if span.headless:
        yield from _decode_headless(span, body, keys, text_limit)
        return
    if not keys.is_point(header.client_key):
        key = keys.find_neighbour(header.kind.codec, body)
        finding = Finding(
            FindingKind.WRONG_CLIENT_KEY,
            span.offset,
            span.length,
            "the client key in the header is no point on secp256k1"
            + ("; a neighbour's opens the block" if key else "; the block cannot be decrypted"),
        )
        span = replace(span, findings=(*span.findings, finding))
        if key is not None:
            yield from _decompress(span, tea_decrypt(body, key), text_limit)
            return
        yield Block(span, span.length, b"", span.findings)
        return
    finding = Finding(
        FindingKind.NEEDS_KEY,
        span.offset,
        span.length,
        "the block is encrypted and "
        + ("none of the given keys opens it" if len(keys) else "no key is given"),
        client_key=header.client_key,
    )
    yield Block(span, span.length, b"", (*span.findings, finding))


def _decode_headless(
    span: Span, body: bytes, keys: KeyRing, text_limit: int
) -> Iterator[Block | Finding]:
    """Bytes behind a destroyed header: try the neighbour's kind and key, else they are foreign."""
    kind = span.header.kind
    if kind.is_async and body:
        key = keys.proven(span.header.client_key) if kind.is_encrypted else None
        if key is not None or not kind.is_encrypted:
            found = decompress(
                kind.codec, body if key is None else tea_decrypt(body, key), text_limit
            )
            if found.data and found.broken_at is None and not found.limited:
                finding = Finding(
                    FindingKind.LOST_HEADER,
                    span.offset,
                    HEADER_SIZE,
                    "the header is destroyed; the body was read with its neighbour's",
                )
                yield Block(span, span.length, found.data, (finding,))
                return
    yield from span.findings


def _decompress(span: Span, body: bytes, text_limit: int) -> Iterator[Block | Finding]:
    header = span.header
    if not header.kind.is_async:
        yield from _plain_text(span, body)
        return
    if span.headless:
        yield from _decode_headless(span, body, KeyRing(), text_limit)
        return
    found = decompress(header.kind.codec, body, text_limit)
    findings = span.findings
    rest: Finding | None = None
    length = span.length
    if span.in_doubt:
        claimed = header.length
        if found.broken_at is None:
            findings += (_wrong_length(span),)
        else:
            length = HEADER_SIZE + claimed + 1
            findings += (
                Finding(
                    FindingKind.BAD_TAIL,
                    span.offset + length - 1,
                    1,
                    "the block does not end with the byte 0x00",
                ),
            )
            rest = foreign_bytes(span.offset + length, span.length - length)
            found = decompress(header.kind.codec, body[:claimed], text_limit)
    findings += _stream_findings(span, found, length)
    yield Block(span, length, found.data, findings)
    if rest is not None and rest.length:
        yield rest


def _plain_text(span: Span, body: bytes) -> Iterator[Block | Finding]:
    if span.headless:
        yield from span.findings
        return
    if not span.in_doubt:
        yield Block(span, span.length, body, span.findings)
        return
    # A record ends with a line break: a length that leads to one is more likely right than not.
    claimed = span.header.length
    if body[claimed - 1 : claimed] == b"\n":
        length = HEADER_SIZE + claimed + 1
        finding = Finding(
            FindingKind.BAD_TAIL, span.offset + length - 1, 1, "the block does not end with 0x00"
        )
        yield Block(span, length, body[:claimed], (*span.findings, finding))
        if span.length > length:
            yield foreign_bytes(span.offset + length, span.length - length)
        return
    yield Block(span, span.length, body, (*span.findings, _wrong_length(span)))


def _wrong_length(span: Span) -> Finding:
    return Finding(
        FindingKind.WRONG_LENGTH,
        span.offset,
        span.length,
        f"the header tells of {span.header.length} bytes, {span.body_length} stand there",
    )


def _stream_findings(span: Span, found: Decompressed, length: int) -> tuple[Finding, ...]:
    if found.limited:
        return (
            Finding(
                FindingKind.TOO_LARGE,
                span.offset,
                length,
                f"the text was cut after {len(found.data)} bytes",
            ),
        )
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
