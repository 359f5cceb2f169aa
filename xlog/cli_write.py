"""The commands that write: keygen, recover, encode."""

from __future__ import annotations

import argparse
import contextlib
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

from xlog import leftover, stage
from xlog.cli_output import Progress, Report, is_stdout, keep_apart, output, stdin, tell
from xlog.codec import ZLIB_LEVELS, ZSTD_LEVELS, Compressor, new_compressor
from xlog.crypt import KeyPair, derive_tea_key, parse_public_key, tea_encrypt
from xlog.errors import ConfigError, FormatError, NotXlogError, SourceError
from xlog.findings import Finding
from xlog.format import NO_CLIENT_KEY, CodecName, Kind, build_block, next_seq
from xlog.keys import KeyRing
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
    with output(None) as out:
        out.write(text.encode())


def recover(arguments: argparse.Namespace, keys: KeyRing, report: Report) -> None:
    """Whole blocks out of a left-over buffer or a damaged log.

    No key is needed but for a staged buffer (:mod:`xlog.stage`) of a writer with a key. Raises
    :class:`xlog.errors.SourceError` where there is no block to save.
    """
    name = arguments.path
    target: Path = arguments.output
    if not is_stdout(target) and target.exists() and not arguments.force:
        raise ConfigError(f"{target} exists; name another file, or give --force to replace it")
    keep_apart(target, [name])
    saved = 0
    try:
        source = Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise SourceError(name, error.strerror or str(error)) from error
    with source, output(target) as out:
        window = Window(cast("BinaryIO", source))
        window.reach(stage.PROLOGUE_SIZE)
        if stage.is_stage(window.data):
            window.reach(leftover.LIMIT)
            blocks = _of_stage(name, window.data, keys)
        else:
            blocks = _whole_blocks(name, window, report)
        for block in blocks:
            out.write(block)
            saved += 1
        if not saved:
            raise NotXlogError(name, "holds no block to recover")
    where = "stdout" if is_stdout(target) else target
    tell(f"{name}: {saved} block{'' if saved == 1 else 's'} written to {where}")


def _whole_blocks(name: str, window: Window, report: Report) -> Iterator[bytes]:
    buffer = Reader(name).is_buffer
    size = Path(name).stat().st_size
    progress = Progress(name)
    for item in Scanner(window, buffer=buffer):
        progress.at(item.offset, size)
        if isinstance(item, Finding):
            if not buffer:
                report.finding(name, item)
            continue
        for finding in item.findings:
            report.finding(name, finding)
        if not item.headless and item.body_length:
            yield _whole(item, window)
    progress.done()


def _of_stage(name: str, data: bytes, keys: KeyRing) -> Iterator[bytes]:
    """A block for each region, as its writer would have made it."""
    try:
        found = stage.parse(data)
    except FormatError as error:
        raise NotXlogError(name, str(error)) from None
    key, tea_key = None, b""
    if found.kind.is_crypt and found.regions:
        opened = leftover.find_keys(found, keys)
        if opened is None:
            raise SourceError(
                name,
                "the memory buffer is enciphered: give the private key (--key or --keyfile), "
                "or open the log again with the program that wrote it",
            )
        key, tea_key = opened
    encoder = _Encoder(found.kind.codec, None, found.client_key, tea_key)
    for region in found.regions:
        if region.intent is not None and _stands(region.intent, Path(name)):
            continue
        yield encoder.block(found.text(region, key), region.begin_hour % 24)


def _stands(intent: stage.Intent, buffer: Path) -> bool:
    """Whether the region was written to a log beside the buffer before the kill."""
    with contextlib.suppress(OSError), buffer.with_name(intent.name).open("rb") as file:
        file.seek(intent.offset)
        return zlib.crc32(file.read(intent.length)) == intent.crc
    return False


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
    """Text into blocks, one at a time; encrypted where there is a TEA key."""

    def __init__(
        self,
        codec: CodecName,
        level: int | None,
        client_key: bytes = NO_CLIENT_KEY,
        tea_key: bytes = b"",
    ) -> None:
        self._codec: CodecName = codec
        self._level = level
        self._client_key, self._tea_key = client_key, tea_key
        self._kind = Kind.of(is_async=True, codec=codec, crypt=bool(tea_key))
        self._seq = 0

    @classmethod
    def for_reader(cls, codec: CodecName, level: int | None, public_key: bytes | None) -> _Encoder:
        """With a one-time key of its own, where there is a reader's public key."""
        if public_key is None:
            return cls(codec, level)
        pair = KeyPair.generate()
        return cls(codec, level, pair.public, derive_tea_key(pair.private, public_key))

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
                yield self._block(bytes(body) + self._end(compressor))
                compressor = None
                body.clear()
            if compressor is None:
                compressor = new_compressor(self._codec, self._level)
            body += compressor.compress(line)
        if compressor is not None:
            yield self._block(bytes(body) + self._end(compressor))

    def block(self, text: bytes, begin_hour: int) -> bytes:
        """One async block of ``text``."""
        compressor = new_compressor(self._codec, self._level)
        return self._block(compressor.compress(text) + self._end(compressor), begin_hour)

    def _end(self, compressor: Compressor) -> bytes:
        # As xlog.blocks has it: Mars's C decoder loses text of an ended deflate stream, and of a
        # zstd frame that is not ended.
        return compressor.finish() if self._codec == "zstd" else b""

    def bare(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        """Mars's sync blocks: each line's bare text, whatever key there is."""
        kind = Kind.of(is_async=False, codec=self._codec, crypt=bool(self._tea_key))
        hour = time.localtime().tm_hour
        for line in lines:
            yield build_block(
                kind, line, seq=0, begin_hour=hour, end_hour=hour, client_key=self._client_key
            )

    def _block(self, body: bytes, begin_hour: int | None = None) -> bytes:
        self._seq = next_seq(self._seq)
        hour = time.localtime().tm_hour
        return build_block(
            self._kind,
            tea_encrypt(body, self._tea_key) if self._tea_key else body,
            seq=self._seq,
            begin_hour=hour if begin_hour is None else begin_hour,
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
    encoder = _Encoder.for_reader(arguments.codec, arguments.compression, public)
    keep_apart(arguments.output, [arguments.path])
    with ExitStack() as stack:
        if arguments.path == "-":
            source = stdin()
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
