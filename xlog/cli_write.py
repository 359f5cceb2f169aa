"""The commands that write: keygen, recover, encode."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

from xlog.cli_output import Progress, Report, output
from xlog.codec import ZLIB_LEVELS, ZSTD_LEVELS, new_compressor
from xlog.crypt import KeyPair, derive_tea_key, parse_public_key, tea_encrypt
from xlog.errors import ConfigError, NotXlogError, SourceError
from xlog.findings import Finding
from xlog.format import NO_CLIENT_KEY, CodecName, Kind, build_block, next_seq
from xlog.reader import Reader
from xlog.record import RECORD_START
from xlog.scan import Scanner, Span
from xlog.window import Window

_BODY_SIZE = 50 << 10
"""Where a block is closed, as Mars closes its buffer."""
_LINE_LIMIT = 1 << 20


def keygen() -> None:
    """A new pair, printed as Mars's gen_key prints it."""
    pair = KeyPair.generate()
    text = (
        f"save private key\n{pair.private.hex()}\n"
        f"\nappender_open's parameter:\n{pair.public.hex()}\n"
    )
    sys.stdout.write(text)


def recover(arguments: argparse.Namespace, report: Report) -> None:
    """Whole blocks out of a left-over buffer or a damaged log; no key is needed.

    Raises :class:`xlog.errors.SourceError` where there is no block to save.
    """
    name = arguments.path
    target: Path = arguments.output
    if target.exists() and not arguments.force:
        raise ConfigError(f"{target} exists; name another file, or give --force to replace it")
    saved = 0
    try:
        source = Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise SourceError(name, error.strerror or str(error)) from error
    with source, output(target) as out:
        window = Window(cast("BinaryIO", source))
        buffer = Reader(name).is_buffer
        for item in Scanner(window, buffer=buffer):
            if isinstance(item, Finding):
                if not buffer:
                    report.finding(name, item)
                continue
            for finding in item.findings:
                report.finding(name, finding)
            if item.headless or not item.body_length:
                continue
            out.write(_whole(item, window))
            saved += 1
        if not saved:
            raise NotXlogError(name, "holds no block to recover")
    sys.stderr.write(f"{name}: {saved} block{'' if saved == 1 else 's'} written to {target}\n")


def _whole(span: Span, window: Window) -> bytes:
    header = span.header
    body = window.take(span.body_offset, span.body_offset + span.body_length)
    return build_block(
        header.kind,
        body,
        seq=header.seq,
        begin_hour=header.begin_hour,
        end_hour=header.end_hour,
        client_key=header.client_key,
    )


class _Encoder:
    """Text into blocks, one at a time."""

    def __init__(self, codec: CodecName, level: int | None, public_key: bytes | None) -> None:
        self._codec: CodecName = codec
        self._level = level
        self._client_key, self._tea_key = NO_CLIENT_KEY, b""
        if public_key is not None:
            pair = KeyPair.generate()
            self._client_key = pair.public
            self._tea_key = derive_tea_key(pair.private, public_key)
        self._kind = Kind.of(is_async=True, codec=codec, crypt=public_key is not None)
        self._seq = 0

    def compressed(self, lines: Iterator[bytes], body_size: int) -> Iterator[bytes]:
        """Async blocks; a block is closed at ``body_size`` and before a line that begins a record.

        A record that alone is longer than a mebibyte may be closed anywhere.
        """
        compressor = None
        body = bytearray()
        for line in lines:
            full = len(body) >= body_size and (
                RECORD_START.match(line) is not None or len(body) >= body_size + _LINE_LIMIT
            )
            if full and compressor is not None:
                yield self._block(bytes(body) + compressor.finish())
                compressor = None
                body.clear()
            if compressor is None:
                compressor = new_compressor(self._codec, self._level)
            body += compressor.compress(line)
        if compressor is not None:
            yield self._block(bytes(body) + compressor.finish())

    def bare(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        """Mars's sync blocks: each line's bare text, whatever key there is."""
        kind = Kind.of(is_async=False, codec=self._codec, crypt=bool(self._tea_key))
        hour = time.localtime().tm_hour
        for line in lines:
            yield build_block(
                kind, line, seq=0, begin_hour=hour, end_hour=hour, client_key=self._client_key
            )

    def _block(self, body: bytes) -> bytes:
        self._seq = next_seq(self._seq)
        hour = time.localtime().tm_hour
        return build_block(
            self._kind,
            tea_encrypt(body, self._tea_key) if self._tea_key else body,
            seq=self._seq,
            begin_hour=hour,
            end_hour=hour,
            client_key=self._client_key,
        )


def encode(arguments: argparse.Namespace) -> None:
    """Lines of text to blocks; every byte of the text comes out again."""
    levels = ZLIB_LEVELS if arguments.codec == "zlib" else ZSTD_LEVELS
    if arguments.compression is not None and arguments.compression not in levels:
        raise ConfigError(
            f"compression {arguments.compression} is none of {arguments.codec}; "
            f"give {levels.start} to {levels.stop - 1}"
        )
    public = None if arguments.public_key is None else parse_public_key(arguments.public_key)
    encoder = _Encoder(arguments.codec, arguments.compression, public)
    with ExitStack() as stack:
        if arguments.path == "-":
            source = sys.stdin.buffer
        else:
            try:
                source = stack.enter_context(Path(arguments.path).open("rb"))
            except OSError as error:
                raise SourceError(arguments.path, error.strerror or str(error)) from error
        lines = iter(lambda: source.readline(_LINE_LIMIT), b"")
        out = stack.enter_context(output(arguments.output))
        if arguments.mode == "mars-sync":
            blocks = encoder.bare(lines)
        else:
            blocks = encoder.compressed(lines, 1 if arguments.mode == "sync" else _BODY_SIZE)
        progress = Progress(arguments.path)
        written = 0
        for block in blocks:
            out.write(block)
            written += len(block)
            progress.at(written, None)
        progress.done()
