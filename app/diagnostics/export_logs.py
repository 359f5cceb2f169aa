"""The logs of an export: decoded, redacted, and made into .xlog again.

A log that is encrypted for a key that was not given cannot be looked into. It is *locked*: left out
unless the person wants it, and then copied as it is, for the owner of the key alone.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.diagnostics.redact import Redactor
from xlog.blocks import BlockMaker
from xlog.errors import XlogError
from xlog.findings import Finding
from xlog.keys import KeyRing
from xlog.reader import Reader
from xlog.record import Level, Record, format_line, parse_line, split_records

MAX_TEXT = 16 << 20  # bytes of decoded log in one export, the newest; some 100,000 lines
BLOCK_TEXT = 96 << 10  # bytes of text in one block
SHOWN = 200_000  # characters of a log that a preview shows, the end of it

PACE, REST = 64, 0.001  # lines between two rests, and the seconds of one

Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Log:
    """One log as it goes into the archive; ``text`` is its end, decoded, for the preview.

    ``size`` is bytes of the whole text.
    """

    name: str
    data: bytes
    text: str = ""
    size: int = 0
    locked: bool = False
    problem: str = ""  # why it is not whole


def log_files(folder: Path) -> list[Path]:
    """The log files and left-over buffers of a folder, the newest first."""
    found = []
    for path in (*folder.glob("*.xlog"), *folder.glob("*.mmap3")):
        try:
            found.append((path.stat().st_mtime, path))
        except OSError:
            continue
    return [path for _, path in sorted(found, reverse=True)]


def export_log(
    path: Path,
    redactor: Redactor,
    *,
    keys: KeyRing,
    public_key: bytes | None,
    room: int = MAX_TEXT,
    cancelled: Cancelled = lambda: False,
) -> Log | None:
    """One log file, redacted; None when it holds no line. Blocks; never raises for a bad file.

    ``public_key`` encrypts what is written; None leaves it plain. A file of which any block is
    encrypted for a key that is not in ``keys`` is locked. Of a file with more text than ``room``
    bytes the end is taken.
    """
    name = f"{path.name}.xlog" if path.suffix == ".mmap3" else path.name
    blocks: deque[bytes] = deque()
    size = damaged = 0
    cut = False
    try:
        for item in Reader(path, keys):
            if isinstance(item, Finding):
                damaged += 1
                continue
            if item.needs_key is not None:
                return Log(name, _copy(path), locked=True)
            damaged += len(item.findings)
            blocks.append(item.data)
            size += len(item.data)
            while size > room and len(blocks) > 1:
                size -= len(blocks.popleft())
                cut = True
    except XlogError as error:
        return Log(name, b"", problem=str(error))
    if not size:
        return None
    problems = [f"{damaged} damaged parts were left out"] if damaged else []
    if cut:
        problems.append(f"only the latest {size >> 20} MiB")
    text = b"".join(blocks)
    return make_log(name, text, redactor, public_key, "; ".join(problems), cancelled)


def _copy(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def make_log(
    name: str,
    text: bytes,
    redactor: Redactor,
    public_key: bytes | None,
    problem: str = "",
    cancelled: Cancelled = lambda: False,
) -> Log:
    """The lines ``text``, redacted, as a log file."""
    maker = BlockMaker("zlib", None, public_key)
    blocks: list[bytes] = []
    lines: list[bytes] = []
    size = 0
    hours: list[int] = []
    tail = ""
    for record in _redacted(text, redactor):
        if cancelled():
            break
        line = format_line(record)
        if lines and size + len(line) > BLOCK_TEXT:
            blocks.append(maker.stream(b"".join(lines), hours[0], hours[-1]))
            tail = _tail(tail, lines)
            lines, hours, size = [], [], 0
        lines.append(line)
        hours.append(record.when.hour if record.time else (hours[-1] if hours else 0))
        size += len(line)
    if lines:
        blocks.append(maker.stream(b"".join(lines), hours[0], hours[-1]))
        tail = _tail(tail, lines)
    return Log(name, b"".join(blocks), tail, len(text), problem=problem)


def _tail(before: str, lines: Iterable[bytes]) -> str:
    return (before + b"".join(lines).decode("utf-8", "backslashreplace"))[-SHOWN:]


def _redacted(text: bytes, redactor: Redactor) -> Iterator[Record]:
    known: dict[str, str] = {}  # tags, files and functions are few

    def short(word: str) -> str:
        if word not in known:
            known[word] = redactor.text(word) if word else ""
        return known[word]

    for number, line in enumerate(split_records(text)):
        if number % PACE == 0:
            time.sleep(REST)  # so that a window in this process stays quick
        record = parse_line(line)
        message = redactor.text(record.message)
        if record.level is Level.NONE:
            yield replace(record, message=message)
        else:
            yield replace(
                record,
                message=message,
                tag=short(record.tag),
                file=short(record.file),
                function=short(record.function),
            )
