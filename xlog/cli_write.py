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

from xlog import buffer_reader, staging
from xlog.blocks import BlockMaker, WriterKeys
from xlog.cli_output import ProgressMeter, Report, is_stdout, keep_apart, output, stdin, tell
from xlog.codec import ZLIB_LEVELS, ZSTD_LEVELS, new_compressor
from xlog.crypt import KeyPair, parse_public_key
from xlog.errors import FormatError, NotXlogError, SourceError, XlogConfigError
from xlog.findings import Finding
from xlog.format import build_block
from xlog.keys import KeyRing
from xlog.reader import Reader
from xlog.record import RECORD_START
from xlog.scan import Scanner
from xlog.sliding_reader import SlidingReader
from xlog.spans import BlockSpan

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

    No key is needed but for a staged buffer (:mod:`xlog.staging`) of a writer with a key. Raises
    :class:`xlog.errors.SourceError` where there is no block to save.
    """
    name = arguments.path
    target: Path = arguments.output
    if not is_stdout(target) and target.exists() and not arguments.force:
        raise XlogConfigError(f"{target} exists; name another file, or give --force to replace it")
    keep_apart(target, [name])
    saved = 0
    try:
        source = Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise SourceError(name, error.strerror or str(error)) from error
    with source, output(target) as out:
        window = SlidingReader(cast("BinaryIO", source))
        window.reach(staging.PROLOGUE_SIZE)
        if staging.is_stage(window.data):
            window.reach(buffer_reader.LIMIT)
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


def _whole_blocks(name: str, window: SlidingReader, report: Report) -> Iterator[bytes]:
    buffer = Reader(name).is_buffer
    size = Path(name).stat().st_size
    progress = ProgressMeter(name)
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
        found = staging.parse(data)
    except FormatError as error:
        raise NotXlogError(name, str(error)) from None
    writer_keys, key = None, None
    if found.kind.is_crypt and found.regions:
        opened = buffer_reader.find_keys(found, keys)
        if opened is None:
            raise SourceError(
                name,
                "the memory buffer is enciphered: give the private key (--key or --keyfile), "
                "or open the log again with the program that wrote it",
            )
        key, tea_key = opened
        writer_keys = WriterKeys(found.client_key, tea_key, key)
    maker = BlockMaker(found.kind.codec, None, keys=writer_keys)
    now = time.localtime().tm_hour
    for region in found.regions:
        if region.intent is not None and _stands(region.intent, Path(name)):
            continue
        yield maker.stream(found.text(region, key), region.begin_hour % 24, now)


def _stands(intent: staging.Intent, buffer: Path) -> bool:
    """Whether the region was written to a log beside the buffer before the kill."""
    with contextlib.suppress(OSError), buffer.with_name(intent.name).open("rb") as file:
        file.seek(intent.offset)
        return zlib.crc32(file.read(intent.length)) == intent.crc
    return False


def _whole(span: BlockSpan, window: SlidingReader) -> bytes:
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


def _streams(maker: BlockMaker, lines: Iterator[bytes], body_size: int) -> Iterator[bytes]:
    """Async blocks; a block is closed at ``body_size`` and before a line that begins a record.

    A record that alone is longer than a mebibyte may be closed anywhere.
    """
    compressor = None
    body = bytearray()
    hour = time.localtime().tm_hour
    for line in lines:
        full = len(body) >= body_size and (
            RECORD_START.match(line) is not None or len(body) >= body_size + _LINE_LIMIT
        )
        if full and compressor is not None:
            yield maker.block(bytes(body) + maker.end(compressor), hour, hour)
            compressor = None
            body.clear()
        if compressor is None:
            compressor = new_compressor(maker.codec, maker.level)
        body += compressor.compress(line)
    if compressor is not None:
        yield maker.block(bytes(body) + maker.end(compressor), hour, hour)


def _bare(maker: BlockMaker, lines: Iterator[bytes]) -> Iterator[bytes]:
    """Mars's sync blocks: each line's bare text, whatever key there is."""
    hour = time.localtime().tm_hour
    return (maker.bare(line, hour) for line in lines)


def encode(arguments: argparse.Namespace) -> None:
    """Lines of text to blocks; every byte of the text comes out again."""
    levels = ZLIB_LEVELS if arguments.codec == "zlib" else ZSTD_LEVELS
    if arguments.compression is not None and arguments.compression not in levels:
        raise XlogConfigError(
            f"compression {arguments.compression} is none of {arguments.codec}; "
            f"give {levels.start} to {levels.stop - 1}"
        )
    public = None if arguments.public_key is None else parse_public_key(arguments.public_key)
    maker = BlockMaker(arguments.codec, arguments.compression, public)
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
            blocks = _bare(maker, lines)
        else:
            blocks = _streams(maker, lines, 1 if arguments.mode == "sync" else _BODY_SIZE)
        progress = ProgressMeter(arguments.path)
        written = 0
        for block in blocks:
            out.write(block)
            written += len(block)
            progress.at(written, None)
        progress.done()
