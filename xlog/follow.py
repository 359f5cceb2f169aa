"""Following a log that grows: what ``tail -f`` and the live view stand on.

A :class:`Follower` is polled and never waits. A block that is not whole yet is left for the next
poll; it becomes a finding only when something else follows it. With the memory buffer (``.mmap3``)
beside the log, records are seen as they are logged and not twice: when their block comes to the
file, only what was not shown before is given.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

from xlog import buffer_reader
from xlog.buffer_reader import Seam, is_staged, live_text, staged_blocks
from xlog.decode import TEXT_LIMIT, Block, decode_batch
from xlog.errors import FormatError, SourceError
from xlog.findings import Finding, FindingKind
from xlog.format import LOG_SUFFIX, Header, is_log_name
from xlog.keys import KeyRing, PrivateKey
from xlog.scan import Scanner
from xlog.sliding_reader import SlidingReader
from xlog.spans import BlockSpan

POLL_SECONDS = 0.25
_FINGERPRINT = 512
_OPEN_ENDED = frozenset(
    {FindingKind.CUT_SHORT, FindingKind.ZERO_GAP, FindingKind.FOREIGN_BYTES, FindingKind.BAD_TAIL}
)
"""Findings at the very end that more bytes may still turn into a block."""


class Follower:
    """A log file and, if given, the memory buffer of its writer.

    ``position`` is how far the file was read.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        keys: Iterable[PrivateKey] | KeyRing = (),
        *,
        buffer: str | os.PathLike[str] | None = None,
        start: int = 0,
        from_end: bool = False,
        text_limit: int = TEXT_LIMIT,
    ) -> None:
        """Open nothing yet.

        ``start`` is where reading begins, the ``position`` of a :class:`xlog.reader.Reader` that
        has read so far; ``from_end`` passes over what is there at the first poll.
        """
        self.path = Path(path)
        self.buffer = None if buffer is None else Path(buffer)
        self.keys = keys if isinstance(keys, KeyRing) else KeyRing(keys)
        self._limit = text_limit
        self._skip = from_end
        self._file_id: tuple[int, int] | None = None
        self._head = b""
        self._size = -1
        self._scanner = Scanner(SlidingReader(_Bytes(b""), start), again=True)
        self._shown: tuple[Header, bytes] | None = None
        self._buffer_seen = b""
        self._seam = Seam()
        self._locked: set[bytes] = set()

    @property
    def position(self) -> int:
        """How far the file was read."""
        return self._scanner.position

    def add_key(self, key: PrivateKey) -> None:
        """Use one more private key from now on; raises :class:`BadPrivateKeyError`."""
        self.keys.add(key)
        self._locked.clear()
        self._buffer_seen = b""

    def poll(self) -> list[Block | Finding]:
        """What is new since the last poll; empty while the file does not exist.

        A file that became shorter or was replaced gives a RESTARTED finding and is read from its
        start. Raises :class:`xlog.errors.SourceError` where it exists but cannot be read.
        """
        # A writer that closes its log clears the buffer; what it wrote may not be read yet.
        if self.buffer is not None and (self._seam.open or is_staged(self.buffer)):
            return self._poll_staged(self.buffer)
        # The buffer first: were it read last, a block written out in between would be missed, and
        # its successor shown before it.
        live = self._live_block()
        skip = self._skip
        items = self._poll_file()
        if live is not None and skip:
            self._shown = (live.header, live.data)
        elif live is not None:
            self._add_live(live, items)
        return items

    def _poll_staged(self, buffer: Path) -> list[Block | Finding]:
        skip = self._skip
        items: list[Block | Finding] = []
        while new := self._poll_file():
            for item in new:
                if isinstance(item, Block):
                    item = replace(item, data=self._seam.from_file(item.data))
                items.append(item)
        # The file has nothing new: what is in the buffer comes behind all that was shown.
        text = live_text(buffer, self.keys)
        if text is None:
            return items + self._locked_buffer(buffer)
        rest = self._seam.from_buffer(text)
        if rest and not skip:
            with contextlib.suppress(FormatError):
                for block in staged_blocks(_read_buffer(buffer), self.keys):
                    items.append(replace(block, data=rest, live=True))
                    break
        return items

    def _locked_buffer(self, buffer: Path) -> list[Block | Finding]:
        """Once for each writer: that a key is missing."""
        with contextlib.suppress(FormatError):
            for block in staged_blocks(_read_buffer(buffer), self.keys):
                key = block.needs_key
                if key is not None and key not in self._locked:
                    self._locked.add(key)
                    return [replace(block, live=True)]
                break
        return []

    def _poll_file(self) -> list[Block | Finding]:
        items: list[Block | Finding] = []
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                head = file.read(_FINGERPRINT)
                if self._restarted((status.st_dev, status.st_ino), status.st_size, head):
                    detail = "the log was truncated or replaced; it is read from its start"
                    items.append(Finding(FindingKind.RESTARTED, 0, 0, detail))
                    self._scanner = Scanner(SlidingReader(_Bytes(b"")), again=True)
                    self._shown = None
                    self._seam = Seam()
                    self._size = -1
                self._file_id = (status.st_dev, status.st_ino)
                self._head = head
                if status.st_size == self._size:
                    return items
                self._size = status.st_size
                file.seek(self.position)
                self._scanner.resume(
                    SlidingReader(_Upto(cast("BinaryIO", file), status.st_size), self.position)
                )
                self._read(status.st_size, items)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise SourceError(str(self.path), error.strerror or str(error)) from error
        self._skip = False
        return items

    def _restarted(self, file_id: tuple[int, int], size: int, head: bytes) -> bool:
        if self._file_id is None:
            return False
        return (
            file_id != self._file_id
            or size < self.position
            or not head.startswith(self._head[: len(head)])
        )

    def _read(self, size: int, items: list[Block | Finding]) -> None:
        scanner = self._scanner
        for item in scanner:
            if _open_ended(item, size):
                # Not whole yet: the next poll begins at its start again.
                scanner.resume(SlidingReader(_Bytes(b""), item.offset))
                return
            if self._skip:
                continue
            if isinstance(item, Finding):
                items.append(item)
                continue
            start = item.body_offset
            body = scanner.window.take(start, start + item.body_length)
            items.extend(
                self._without_shown(decoded) if isinstance(decoded, Block) else decoded
                for decoded in decode_batch([(item, body)], self.keys, self._limit)
            )

    def _without_shown(self, block: Block) -> Block:
        if self._shown is None:
            return block
        header, text = self._shown
        if not _same_block(header, block.header) or not block.data.startswith(text):
            return block
        self._shown = None
        return replace(block, data=block.data[len(text) :])

    def _live_block(self) -> Block | None:
        """The block in the buffer, where it is stable and can be read."""
        if self.buffer is None:
            return None
        data = _read_buffer(self.buffer)
        if data[:1] in (b"", b"\0") or data == self._buffer_seen:
            return None
        if data != _read_buffer(self.buffer):
            return None  # being written right now
        self._buffer_seen = data
        window = SlidingReader(_Bytes(data))
        for item in Scanner(window, buffer=True):
            if isinstance(item, BlockSpan):
                body = window.take(item.body_offset, item.body_offset + item.body_length)
                for block in decode_batch([(item, body)], self.keys, self._limit):
                    if isinstance(block, Block) and (not block.findings or block.needs_key):
                        return replace(block, live=True)
            break
        return None

    def _add_live(self, live: Block, items: list[Block | Finding]) -> None:
        for item in items:
            if isinstance(item, Block) and _same_block(item.header, live.header):
                return  # it came to the file in the meantime
        if not live.data and live.needs_key is None:
            return
        text = live.data
        if self._shown is not None and _same_block(self._shown[0], live.header):
            if not text.startswith(self._shown[1]):
                return
            text = text[len(self._shown[1]) :]
            if not text:
                return
        self._shown = (live.header, live.data)
        items.append(replace(live, data=text))


def _read_buffer(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(buffer_reader.LIMIT)
    except OSError:
        return b""


def _same_block(one: Header, other: Header) -> bool:
    return one.seq == other.seq and one.kind == other.kind and one.client_key == other.client_key


def _open_ended(item: BlockSpan | Finding, size: int) -> bool:
    if item.offset + item.length < size:
        return False
    if isinstance(item, Finding):
        return item.kind in _OPEN_ENDED
    return item.in_doubt or any(finding.kind in _OPEN_ENDED for finding in item.findings)


def newest_log(folder: Path, prefix: str = "") -> Path | None:
    """The log in ``folder`` that was written to last; of equals, the last by name."""
    logs = []
    try:
        names = list(folder.iterdir())
    except OSError:
        return None
    for path in names:
        with contextlib.suppress(OSError):  # removed since
            if is_log_name(path.name) and path.name.startswith(prefix) and path.is_file():
                logs.append((path.stat().st_mtime_ns, path.name, path))
    return max(logs)[2] if logs else None


def tail(
    path: str | os.PathLike[str],
    keys: Iterable[PrivateKey] | KeyRing = (),
    *,
    buffer: str | os.PathLike[str] | None = None,
    start: int = 0,
    from_end: bool = False,
    poll: float = POLL_SECONDS,
    wait: Callable[[float], object] = time.sleep,
) -> Iterator[Block | Finding]:
    """Blocks and findings as they come, without end.

    ``path`` may be a folder: its newest log is followed, and the next one when there is a newer.
    ``start`` and ``from_end`` are those of :class:`Follower`.
    ``poll`` is in seconds; ``wait`` sleeps that long, and ends the following by a true result (as
    ``threading.Event.wait`` does).
    """
    ring = keys if isinstance(keys, KeyRing) else KeyRing(keys)
    folder = Path(path)
    follower: Follower | None = None
    while True:
        if folder.is_dir():
            newest = newest_log(folder)
            if newest is None and follower is None and buffer is not None:
                # The writer has not written anything out yet.
                none_yet = folder / f"{Path(buffer).stem}{LOG_SUFFIX}"
                follower = Follower(none_yet, ring, buffer=buffer, from_end=from_end)
            elif newest is not None and follower is not None and not follower.path.exists():
                follower.path = newest
            elif newest is not None and (follower is None or newest != follower.path):
                if follower is not None:
                    yield from follower.poll()
                    from_end = False
                follower = Follower(newest, ring, buffer=buffer, from_end=from_end)
        elif follower is None:
            follower = Follower(path, ring, buffer=buffer, start=start, from_end=from_end)
        if follower is not None:
            yield from follower.poll()
        if wait(poll):
            return


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int, /) -> bytes:
        piece, self._data = self._data[:size], self._data[size:]
        return piece


class _Upto:
    """A file up to the size it had, so that one poll ends even while the writer goes on."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size - file.tell()

    def read(self, size: int, /) -> bytes:
        piece = self._file.read(min(size, max(0, self._left)))
        self._left -= len(piece)
        return piece
