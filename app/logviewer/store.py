"""Every record of every open log: numbers in columns, text in compressed chunks.

One writer (the loading thread) appends; anyone reads, up to the count taken first. A row is 41
bytes and its share of compressed text; see ``docs/viewer.md`` for what that comes to. Records keep
the order in which they were read; :mod:`app.logviewer.filter_engine` puts those of several logs in
order of time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from app.logviewer.columns import Columns
from app.logviewer.lines import NO_ID, NO_PLACE, NO_ZONE, Heads, Vocabulary, parse_heads
from app.logviewer.text_store import CHUNK_SIZE, ChunkReader, TextStore
from xlog.findings import Finding
from xlog.record import Level, Record, cut_text, parse_line
from xlog.sanitize import one_line

MARK = int(Level.NONE)
"""The level of rows that are no record: what a writer puts between them."""
FINDING = MARK + 1
"""The level of rows that stand for damage."""
LEVELS = FINDING + 1
_PARSED_AT_ONCE = 1 << 20
DEFAULT_LIMIT = 1 << 30
"""Bytes of memory that the rows may take before loading stops and says so."""


@dataclass(slots=True)
class OpenFile:
    """One log among those in the store."""

    name: str
    path: str
    rows: int = 0
    findings: int = 0
    last_time: int = 0


@dataclass(frozen=True, slots=True)
class FoundAt:
    """A finding, the file it is in and the row that shows it."""

    row: int
    file: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class Row:
    """One row, put together for showing or export. ``time`` in milliseconds, 0 where unknown."""

    number: int
    file: int
    level: int
    time: int
    zone: int | None
    tag: str
    thread: str
    place: str
    text: str
    message: str


@dataclass(slots=True)
class LogStore:
    """See the module's text."""

    limit: int = DEFAULT_LIMIT
    files: list[OpenFile] = field(default_factory=list)
    findings: list[FoundAt] = field(default_factory=list)
    words: Vocabulary = field(default_factory=Vocabulary)
    chunks: TextStore = field(default_factory=TextStore)
    columns: Columns = field(
        default_factory=lambda: Columns(
            time=np.int64,
            zone=np.int16,
            level=np.uint8,
            file=np.int32,
            tag=np.int32,
            thread=np.int32,
            place=np.int32,
            chunk=np.int32,
            start=np.int32,
            length=np.int32,
            message=np.uint16,
        )
    )

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def nbytes(self) -> int:
        """Bytes of memory held by rows and text."""
        return self.columns.nbytes + self.chunks.kept_bytes

    @property
    def full(self) -> bool:
        """Whether the limit is reached."""
        return self.nbytes >= self.limit

    @property
    def zone(self) -> int:
        """Minutes east of UTC of the first record that tells, else 0."""
        zones = self.columns["zone"][:500]
        known = zones[zones != NO_ZONE]
        return int(known[0]) if len(known) else 0

    def reader(self) -> ChunkReader:
        """A way to the text for one thread."""
        return ChunkReader(self.chunks)

    def add_file(self, name: str, path: str) -> int:
        """Begin a log; gives its number."""
        self.files.append(OpenFile(one_line(name), path))
        return len(self.files) - 1

    def append_text(self, file: int, text: bytes, blocks: Sequence[int] = (0,)) -> int:
        """Take in the text of a block, or of several of one file; gives the number of rows.

        ``blocks`` are the offsets at which each block's text begins. A text larger than a chunk is
        cut at record boundaries; one far larger is taken in piece by piece until the store is full,
        so that a small log of a long text does not take a hundred times its memory.
        """
        if not text:
            return 0
        if len(text) <= _PARSED_AT_ONCE:
            return self._append_parsed(file, text, blocks)
        rows = 0
        for start, end in pairwise([*blocks, len(text)]):
            for piece in cut_text(text[start:end], _PARSED_AT_ONCE // 2):
                rows += self._append_parsed(file, piece, (0,))
                if self.full:
                    return rows
        return rows

    def _append_parsed(self, file: int, text: bytes, blocks: Sequence[int]) -> int:
        heads = parse_heads(text, self.words, blocks)
        first = 0
        while first < len(heads.start):
            begin = int(heads.start[first])
            last = int(np.searchsorted(heads.start, begin + CHUNK_SIZE, "left"))
            end = int(heads.start[last]) if last < len(heads.start) else len(text)
            piece = heads.part(first, last)
            self._append(file, text[begin:end] if end - begin < len(text) else text, piece, begin)
            first = last
        return len(heads.start)

    def _append(self, file: int, text: bytes, heads: Heads, begin: int) -> None:
        chunk, offset = self.chunks.append(text)
        entry = self.files[file]
        times = _filled(heads.time, entry.last_time)
        self.columns.append(
            len(heads.start),
            time=times,
            zone=heads.zone,
            level=heads.level,
            file=file,
            tag=heads.tag,
            thread=heads.thread,
            place=heads.place,
            chunk=chunk,
            start=heads.start - begin + offset,
            length=heads.length,
            message=heads.message,
        )
        entry.last_time = int(times[-1])
        entry.rows += len(heads.start)

    def append_finding(self, file: int, finding: Finding) -> None:
        """Put a row for ``finding`` where it was met."""
        text = f"{finding.kind}: {finding.detail}".encode("utf-8", "replace")
        chunk, offset = self.chunks.append(text + b"\n")
        entry = self.files[file]
        entry.findings += 1
        self.findings.append(FoundAt(len(self), file, finding))
        self.columns.append(
            1,
            time=entry.last_time,
            zone=NO_ZONE,
            level=FINDING,
            file=file,
            tag=NO_ID,
            thread=NO_ID,
            place=NO_ID,
            chunk=chunk,
            start=offset,
            length=len(text) + 1,
            message=0,
        )
        entry.rows += 1

    def finding_at(self, row: int) -> FoundAt | None:
        """The finding that ``row`` shows."""
        low, high = 0, len(self.findings)
        while low < high:
            middle = (low + high) // 2
            if self.findings[middle].row < row:
                low = middle + 1
            else:
                high = middle
        if low < len(self.findings) and self.findings[low].row == row:
            return self.findings[low]
        return None

    def raw(self, row: int, reader: ChunkReader, limit: int | None = None) -> bytes:
        """The bytes of a row, with the line break; at most ``limit``."""
        columns = self.columns
        start, length = int(columns["start"][row]), int(columns["length"][row])
        if limit is not None and length > limit:
            return reader.beginning(int(columns["chunk"][row]), start + limit)[start:]
        text = reader.text(int(columns["chunk"][row]), start + length)
        return text[start : start + length]

    def row(self, number: int, reader: ChunkReader, limit: int | None = None) -> Row:
        """Everything about one row, or of its text and message the first ``limit`` bytes."""
        columns = self.columns
        raw = self.raw(number, reader, limit)
        zone = int(columns["zone"][number])
        text = raw.decode("utf-8", "backslashreplace").removesuffix("\n")
        message = raw[int(columns["message"][number]) :].decode("utf-8", "backslashreplace")
        place = _text(self.words.places.texts, int(columns["place"][number]))
        return Row(
            number,
            int(columns["file"][number]),
            int(columns["level"][number]),
            int(columns["time"][number]),
            None if zone == NO_ZONE else zone,
            _text(self.words.tags.texts, int(columns["tag"][number])),
            _text(self.words.threads.texts, int(columns["thread"][number])),
            "" if place == NO_PLACE else place,
            text,
            message.removesuffix("\n"),
        )

    def record(self, number: int, reader: ChunkReader) -> Record:
        """The row as :mod:`xlog.record` parses it."""
        return parse_line(self.raw(number, reader))

    def ordinal(self, number: int) -> int:
        """Which row of its own file a row is: what a bookmark keeps."""
        files = self.columns["file"]
        return int(np.count_nonzero(files[:number] == files[number]))

    def at_ordinal(self, file: int, ordinal: int) -> int | None:
        """The row that is number ``ordinal`` of ``file``."""
        rows = np.flatnonzero(self.columns["file"] == file)
        return int(rows[ordinal]) if ordinal < len(rows) else None


def _text(texts: list[str], number: int) -> str:
    return texts[number] if number != NO_ID else ""


def _filled(times: npt.NDArray[np.int64], last: int) -> npt.NDArray[np.int64]:
    """Rows without a time are at that of the row before, or of the first that has one."""
    known = times != 0
    if known.all():
        return times
    if not last and known.any():
        last = int(times[np.argmax(known)])
    before = np.maximum.accumulate(np.where(known, np.arange(len(times)), -1))
    return np.where(before >= 0, times[before], last)
