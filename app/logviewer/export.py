"""Rows as text, JSON lines or CSV, streamed to a file.

Text and CSV are for people: what acts on a terminal or reorders a line is left out or shown. JSON
says all of it, in escapes. The bytes of the log itself come out of ``phobos-xlog decode``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path

from app.logviewer.query import LEVEL_NAMES
from app.logviewer.store import LogStore, Row
from app.logviewer.text_store import ChunkReader
from netcore.runtime.whole_file import whole_file
from xlog.record import local_time
from xlog.sanitize import json_escaped, readable

_REPORT_EVERY = 2000


class _EndedError(Exception):
    """Nobody wants the file any more."""


class ExportFormat(StrEnum):
    """How rows are written."""

    TEXT = "txt"
    JSON_LINES = "jsonl"
    CSV = "csv"


FIELDS = ("time", "level", "file", "thread", "tag", "place", "message")


def iso_time(row: Row) -> str:
    """The time in the writer's own zone, ISO 8601 with milliseconds; empty where none is known."""
    if not row.time or row.zone is None:
        return ""
    try:
        at = local_time(row.time / 1000, row.zone * 60)
    except (OverflowError, ValueError, OSError):
        return ""
    return at.isoformat(timespec="milliseconds")


def fields(store: LogStore, row: Row) -> dict[str, str]:
    """One row as named texts, in the order of :data:`FIELDS`."""
    return {
        "time": iso_time(row),
        "level": LEVEL_NAMES[row.level],
        "file": store.files[row.file].name,
        "thread": row.thread,
        "tag": row.tag,
        "place": row.place,
        "message": row.message,
    }


def lines(
    store: LogStore, rows: Iterable[int], reader: ChunkReader, form: ExportFormat
) -> Iterator[str]:
    """The text of an export, piece by piece, each ending with a line break."""
    if form is ExportFormat.TEXT:
        for number in rows:
            yield readable(store.row(number, reader).text) + "\n"
    elif form is ExportFormat.JSON_LINES:
        for number in rows:
            values = fields(store, store.row(number, reader))
            yield json_escaped(json.dumps(values, ensure_ascii=False)) + "\n"
    else:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow(FIELDS)
        for number in rows:
            writer.writerow(
                _harmless(readable(value))
                for value in fields(store, store.row(number, reader)).values()
            )
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
        yield buffer.getvalue()


def _harmless(value: str) -> str:
    """A spreadsheet runs what begins like a formula; an apostrophe before it keeps it text."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def export(
    store: LogStore,
    rows: Iterable[int],
    path: Path,
    form: ExportFormat,
    progress: Callable[[int], bool] = lambda _done: True,
) -> bool:
    """Write ``rows`` to ``path``; False where ``progress`` ended it by a false answer.

    ``progress`` is told now and then how many pieces are written. The file is whole or not there:
    it is written beside and then moved. Raises OSError.
    """
    try:
        with whole_file(path, private=False) as file:
            for done, piece in enumerate(lines(store, rows, store.reader(), form)):
                file.write(piece.encode())
                if done % _REPORT_EVERY == 0 and not progress(done):
                    raise _EndedError
    except _EndedError:
        return False
    return True
