"""The reader's front door: a log in, blocks and findings out.

::

    reader = Reader("phobos_20261124.xlog", keys=["8466…2d9c"])
    for item in reader:                      # in the order of the log
        if isinstance(item, Finding):        # between blocks: gaps, missing numbers
            print(item)
        else:                                # a Block
            write(item.data)                 # the exact text
            for finding in item.findings:    # what is wrong with this block
                print(finding)
            for record in item.records():    # or its records
                ...

For a program that shows logs:

- Progress: ``reader.position`` of ``reader.size`` bytes are behind the last item given.
- Cancel: leave the loop; closing the iterator ends the workers too.
- Random access: keep ``block.span`` (a hundred bytes) instead of the text and call
  ``reader.decode(span)`` to have the block again; ``reader.spans()`` finds all spans of a log
  without decoding anything.
- Keys: ``block.needs_key`` is the writer's client key when no given key opens the block. After
  ``reader.add_key(...)``, ``reader.decode(block.span)`` gives the text.
- A growing log: :class:`xlog.follow.Follower`.
- A left-over memory buffer (``.mmap3``, ``.mmap2``) of Mars, or of our writer in either layout, is
  a log, too.

Memory is constant: about 4 MiB plus the largest block, with two workers some 40 MiB. A header that
claims more than 32 MiB is damage; text over 16 MiB in one block is cut.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from xlog import buffer_reader, staging
from xlog.decode import TEXT_LIMIT, Batch, Block, Items, Piece, decode_batch, decode_portions
from xlog.errors import FormatError, NotXlogError, SourceError
from xlog.findings import Finding, FindingKind
from xlog.format import OLD_MAGICS, is_buffer_name
from xlog.keys import KeyRing, PrivateKey
from xlog.parallel import decode_in_threads, map_here, map_in_processes, processors
from xlog.record import Record
from xlog.scan import Scanner
from xlog.sliding_reader import SlidingReader
from xlog.spans import UNUSED, BlockSpan

__all__ = [
    "Block",
    "BlockSpan",
    "Finding",
    "FindingKind",
    "KeyRing",
    "Reader",
    "Record",
    "read_records",
    "read_text",
]

Source = str | os.PathLike[str] | BinaryIO
T = TypeVar("T")

BATCH_BYTES = 1 << 17
THREAD_BATCH_BYTES = 1 << 18
"""For threads, which wait for each other at every batch: fewer and larger ones."""
BATCH_BLOCKS = 512
PARALLEL_FROM = 16 << 20
"""Below 16 MiB starting processes costs more than it saves."""


class Reader:
    """One log: a path, or a binary stream that is read once."""

    def __init__(
        self,
        source: Source,
        keys: Iterable[PrivateKey] | KeyRing = (),
        *,
        buffer: bool | None = None,
        workers: int | None = 1,
        text_limit: int = TEXT_LIMIT,
    ) -> None:
        """Open nothing yet.

        ``buffer`` tells that the log is a left-over memory buffer (by default: its name ends with
        ``.mmap3`` or ``.mmap2``). ``workers`` is how many threads decode (and processes do the work
        of :meth:`map`) for logs from 16 MiB on; 1 does all in the caller's thread, None takes one a
        processor. ``text_limit`` cuts the text of a block.

        Raises :class:`xlog.errors.BadPrivateKeyError` for what is no key.
        """
        self.keys = keys if isinstance(keys, KeyRing) else KeyRing(keys)
        self.position = 0
        self.size: int | None = None
        """Bytes of the log; None for a stream, and before a path was opened."""
        self._stream: BinaryIO | None = None
        self._path = Path()
        if isinstance(source, str | os.PathLike):
            self._path = Path(source)
            self.name = os.fspath(source)
        else:
            self._stream = source
            self.name = str(getattr(source, "name", "<stream>"))
        self.is_buffer = is_buffer_name(self.name) if buffer is None else buffer
        self._workers = processors() if workers is None else max(1, workers)
        self._text_limit = text_limit

    def add_key(self, key: PrivateKey) -> None:
        """Use one more private key from now on; raises :class:`BadPrivateKeyError`."""
        self.keys.add(key)

    def __iter__(self) -> Generator[Block | Finding]:
        """Blocks and findings in the order of the log.

        Raises :class:`xlog.errors.SourceError` where the log cannot be opened, and
        :class:`xlog.errors.NotXlogError` at the end of a log that held bytes but no block.
        """
        for items in self._runs():
            for number in range(len(items)):
                item = items[number]
                items[number] = _GIVEN  # each is let go before the next: its text may be long
                self.position = max(self.position, item.offset + item.length)
                yield item

    def _runs(self) -> Iterator[Items]:
        """Blocks and findings, some at a time, decoded in threads if that is worth it."""
        with self._open() as window:
            if staging.is_stage(window.data):
                yield list(self._staged(window))
                return
            limit, workers = self._text_limit, self._workers
            if workers > 1 and self._is_large:
                batches = self._batches(window, THREAD_BATCH_BYTES)
                yield from decode_in_threads(batches, self.keys, limit, workers)
            else:
                for batch in self._batches(window):
                    yield from (items for items, _ in decode_portions(batch, self.keys, limit))

    def map(self, task: Callable[[Items], T]) -> Iterator[T]:
        """``task(items)`` for each run of blocks and findings, in order.

        For work on records: long blocks come in pieces, cut between records. With several workers
        and a large log it is done in other processes, so ``task`` (a function of a module, or a
        ``functools.partial`` of one) and its results must be picklable; see
        :func:`xlog.parallel.map_in_processes`. Raises as iterating does.
        """
        with self._open() as window:
            if staging.is_stage(window.data):
                yield task(list(self._staged(window)))
                return
            batches = self._batches(window)
            limit, workers = self._text_limit, self._workers
            if workers > 1 and self._is_large:
                yield from map_in_processes(batches, task, self.keys, limit, workers)
            else:
                for batch in batches:
                    yield from map_here(batch, task, self.keys, limit)

    @property
    def _is_large(self) -> bool:
        return self.size is None or self.size >= PARALLEL_FROM

    def blocks(self) -> Iterator[Block]:
        """Only the blocks; findings between them are left out."""
        return (item for item in self if isinstance(item, Block))

    def records(self) -> Iterator[Record | Finding]:
        """All records and all findings, those of a block before its records."""
        for item in self:
            if isinstance(item, Finding):
                yield item
            else:
                yield from item.findings
                yield from item.records()

    def spans(self) -> Iterator[BlockSpan | Finding]:
        """Where the blocks are, without decoding: some hundred megabytes a second and more."""
        with self._open() as window:
            if staging.is_stage(window.data):
                yield from (block.span for block in self._staged(window))
                return
            for item in Scanner(window, buffer=self.is_buffer):
                if isinstance(item, Finding) and item.detail is UNUSED:
                    continue
                self.position = item.offset + item.length
                yield item

    def decode(self, span: BlockSpan) -> Block:
        """Decode one block again (of a path, not of a stream).

        Raises :class:`xlog.errors.SourceError` where the log cannot be read, or is shorter by now.
        """
        if self._stream is not None:
            raise SourceError(self.name, "a stream can be read only once")
        try:
            with self._path.open("rb") as file:
                if staging.is_stage(file.read(len(staging.SIGNATURE))):
                    file.seek(0)
                    return self._staged_block(span, file.read(buffer_reader.LIMIT))
                file.seek(span.body_offset)
                body = file.read(span.body_length)
        except OSError as error:
            raise SourceError(self.name, error.strerror or str(error)) from error
        if len(body) < span.body_length:
            raise SourceError(self.name, f"is shorter than it was; no block at {span.offset} now")
        for item in decode_batch([(span, body)], self.keys, self._text_limit):
            if isinstance(item, Block):
                return item
        return Block(span, span.length, b"", span.findings)

    def _staged(self, window: SlidingReader) -> Iterator[Block]:
        window.reach(buffer_reader.LIMIT)
        try:
            yield from buffer_reader.staged_blocks(window.data[: buffer_reader.LIMIT], self.keys)
        except FormatError as error:
            raise NotXlogError(self.name, str(error)) from None

    def _staged_block(self, span: BlockSpan, data: bytes) -> Block:
        with contextlib.suppress(FormatError):
            for block in buffer_reader.staged_blocks(data, self.keys):
                if block.offset == span.offset:
                    return block
        raise SourceError(self.name, f"was written out; no text at {span.offset} now")

    @contextlib.contextmanager
    def _open(self) -> Iterator[SlidingReader]:
        self.position = 0
        self._what_it_is = ""
        if self._stream is not None:
            yield self._sniffed(SlidingReader(self._stream))
            return
        try:
            file = self._path.open("rb")
        except OSError as error:
            raise SourceError(self.name, error.strerror or str(error)) from error
        with file:
            self.size = os.fstat(file.fileno()).st_size
            yield self._sniffed(SlidingReader(cast("BinaryIO", file)))

    def _sniffed(self, window: SlidingReader) -> SlidingReader:
        window.reach(512)
        self._what_it_is = _what_it_is(window.data[:512])
        return window

    def _batches(self, window: SlidingReader, batch_bytes: int = BATCH_BYTES) -> Iterator[Batch]:
        held: list[Finding] = []  # until the first block shows that this is a log
        batch: list[Piece | Finding] = []
        size = 0
        begun = False
        for item in Scanner(window, buffer=self.is_buffer):
            if isinstance(item, BlockSpan):
                if not begun:
                    begun = True
                    batch.extend(held)
                start = item.body_offset
                batch.append((item, window.take(start, start + item.body_length)))
                size += item.body_length
            elif item.detail is not UNUSED:
                (batch if begun else held).append(item)
            if size >= batch_bytes or len(batch) >= BATCH_BLOCKS:
                yield batch
                self.position = max(self.position, item.offset + item.length)
                batch, size = [], 0
        if not begun:
            for finding in held:
                if finding.kind is FindingKind.FOREIGN_BYTES:
                    raise NotXlogError(self.name, f"holds no xlog block{self._what_it_is}")
            batch.extend(held)
        if batch:
            yield batch


_GIVEN = Finding(FindingKind.UNREADABLE, 0, 0, "")
"""Is in a run where an item was handed on."""


def read_records(
    source: Source, keys: Iterable[PrivateKey] | KeyRing = ()
) -> Iterator[Record | Finding]:
    """All records and findings of a log; see :meth:`Reader.records`."""
    return Reader(source, keys).records()


def read_text(source: Source, keys: Iterable[PrivateKey] | KeyRing = ()) -> bytes:
    """The whole text of a small log, findings left out."""
    return b"".join(block.data for block in Reader(source, keys).blocks())


_SIGNS = (
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"PK\x03\x04", "a zip archive: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd file: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"SQLite format 3", "a SQLite database"),
)


def _what_it_is(head: bytes) -> str:
    for sign, name in _SIGNS:
        if head.startswith(sign):
            return f" (it looks like {name})"
    if head and head[0] in OLD_MAGICS:
        return f" (it may be a log from before Mars was published: it begins with 0x{head[0]:02x})"
    if _is_text(head):
        return " (it looks like plain text; it may be decoded already)"
    return ""


def _is_text(head: bytes) -> bool:
    try:
        text = head[:-3].decode()  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return bool(text) and all(
        character.isprintable() or character in "\t\r\n" for character in text
    )
