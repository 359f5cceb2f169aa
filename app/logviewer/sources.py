"""What was asked to be opened, as logs: files, folders, and exported diagnosis archives."""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from xlog.buffer_reader import is_staged
from xlog.follow import newest_log
from xlog.format import is_buffer_name, is_log_name

_TOLD_EVERY = 1000
_UNPACKED_AT_ONCE = 1 << 20
ARCHIVE_LIMIT = 1 << 30
"""Bytes that the logs in an archive may unpack to; more is refused (a zip bomb, most likely)."""


class OpenError(Exception):
    """Something asked for could not be opened; ``code`` says why, ``path`` what, ``detail`` more.

    Codes: ``missing``, ``unreadable``, ``no-file`` (a pipe, a device), ``no-logs`` (a folder or
    archive without one), ``bad-archive``, ``archive-too-large``.
    """

    def __init__(self, code: str, path: str, detail: str = "") -> None:
        super().__init__(f"{path}: {code} {detail}".rstrip())
        self.code = code
        self.path = path
        self.detail = detail


@dataclass(frozen=True, slots=True)
class LogSource:
    """One log: a file, or with ``data`` a member of an archive. ``path`` is its identity.

    ``buffer`` is the memory buffer of its writer, read with it as one log; "" reads the file alone.
    """

    name: str
    path: str
    data: bytes | None = None
    buffer: str = ""

    @property
    def is_buffer(self) -> bool:
        """Whether it is a writer's memory buffer."""
        return is_buffer_name(self.name)

    @property
    def size(self) -> int:
        """Bytes, 0 where it cannot be told."""
        if self.data is not None:
            return len(self.data)
        try:
            return Path(self.path).stat().st_size
        except OSError:
            return 0

    def open(self) -> str | BinaryIO:
        """What :class:`xlog.reader.Reader` takes."""
        return self.path if self.data is None else io.BytesIO(self.data)


class Found(NamedTuple):
    """What a look for logs came to."""

    sources: list[LogSource]
    errors: list[OpenError]


class Discovery:
    """One look for logs, in whatever thread: it can be given up, and tells how far it is.

    ``progress`` is called now and then with the number of files looked at.
    """

    def __init__(self, progress: Callable[[int], None] = lambda _files: None) -> None:
        self._progress = progress
        self._cancelled = threading.Event()
        self._files = 0

    def cancel(self) -> None:
        """Give up as soon as the present file is done."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether it was given up: then what was found is not all."""
        return self._cancelled.is_set()

    def find(self, paths: Iterable[str | os.PathLike[str]]) -> Found:
        """The logs behind ``paths``, each once, and what could not be opened."""
        found: dict[str, LogSource] = {}
        errors: list[OpenError] = []
        for each in paths:
            path = Path(each).expanduser()
            try:
                for source in self._behind(path):
                    found.setdefault(source.path, source)
            except OpenError as error:
                errors.append(error)
            except OSError as error:
                errors.append(OpenError("unreadable", str(path), error.strerror or str(error)))
        return Found(list(found.values()), errors)

    def find_newest(self, folder: Path) -> Found:
        """The log in ``folder`` that was written to last, or its memory buffer alone."""
        newest = newest_log(folder)
        return self.find([folder if newest is None else newest])

    def _behind(self, path: Path) -> list[LogSource]:
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            raise OpenError("missing", str(path)) from None
        if stat.S_ISDIR(mode):
            return self._in_folder(path)
        if not stat.S_ISREG(mode):  # a pipe or a device may give nothing for ever
            raise OpenError("no-file", str(path))
        with path.open("rb") as file:
            head = file.read(4)
        if head == b"PK\x03\x04":
            return self._in_archive(path)
        return [LogSource(path.name, str(path.absolute()))]

    def _in_folder(self, folder: Path) -> list[LogSource]:
        logs = sorted(self._walk(folder))
        if not logs and not self.cancelled:
            raise OpenError("no-logs", str(folder))
        buffers = _buffers_among(logs)
        joined = set(buffers.values())
        return [
            LogSource(
                each.relative_to(folder).as_posix(),
                str(each.absolute()),
                buffer=str(buffers[each].absolute()) if each in buffers else "",
            )
            for each in logs
            if each not in joined and not _is_unused_buffer(each)
        ]

    def _walk(self, folder: Path) -> Iterator[Path]:
        """The logs in ``folder`` and in all folders in it; links to folders are not followed."""
        waiting = [folder]
        while waiting and not self.cancelled:
            inside = waiting.pop()
            try:
                entries = os.scandir(inside)
            except OSError:
                if inside == folder:
                    raise
                continue  # one that may not be read hides nothing of the others
            with entries:
                for entry in entries:
                    self._count()
                    if self.cancelled:
                        return
                    with contextlib.suppress(OSError):
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(inside / entry.name)
                        elif _is_log(entry.name) and entry.is_file():
                            yield inside / entry.name

    def _count(self) -> None:
        self._files += 1
        if self._files % _TOLD_EVERY == 0:
            self._progress(self._files)

    def _in_archive(self, path: Path) -> list[LogSource]:
        try:
            with zipfile.ZipFile(path) as archive:
                members = [
                    info
                    for info in archive.infolist()
                    if not info.is_dir() and _is_log(info.filename)
                ]
                if not members:
                    raise OpenError("no-logs", str(path))
                left = ARCHIVE_LIMIT
                sources = []
                for info in members:
                    data = self._unpacked(archive, info, left)
                    left -= len(data)
                    if left < 0:
                        raise OpenError("archive-too-large", str(path))
                    name = f"{path.name}/{info.filename}"
                    sources.append(LogSource(name, f"{path.absolute()}!{info.filename}", data))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
            raise OpenError("bad-archive", str(path), str(error)) from error
        return sources

    def _unpacked(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
        # What the directory claims may be a lie: at most what is left is unpacked.
        pieces = []
        with archive.open(info) as member:
            while left >= 0 and not self.cancelled:
                piece = member.read(min(left + 1, _UNPACKED_AT_ONCE))
                if not piece:
                    break
                self._count()
                pieces.append(piece)
                left -= len(piece)
        return b"".join(pieces)


def find_sources(paths: Iterable[str | os.PathLike[str]]) -> Found:
    """The logs behind ``paths``, each once, and what could not be opened; waits for the disk."""
    return Discovery().find(paths)


def _is_log(name: str) -> bool:
    return is_log_name(name) or is_buffer_name(name)


def _buffers_among(logs: list[Path]) -> dict[Path, Path]:
    """Log -> the staged buffer of its writer, which goes on with the newest of its logs alone."""
    beside: dict[Path, list[Path]] = {}
    for each in logs:
        if is_buffer_name(each.name):
            beside.setdefault(each.parent, []).append(each)
    newest: dict[Path, Path] = {}
    for each in logs:
        buffers = beside.get(each.parent)
        buffer = buffer_among(each, buffers) if buffers and is_log_name(each.name) else None
        if buffer is not None and is_staged(buffer):
            newest[buffer] = max(newest.get(buffer, each), each, key=place_of)
    return {log: buffer for buffer, log in newest.items()}


def _is_unused_buffer(path: Path) -> bool:
    """A buffer that holds nothing now: its writer is closed, or has just written it out."""
    if not is_buffer_name(path.name):
        return False
    with path.open("rb") as file:
        return file.read(1) in (b"", b"\0")


def buffer_among(log: Path, buffers: list[Path]) -> Path | None:
    """The one of ``buffers`` that the writer of ``log`` has: the longest name that begins its."""
    fitting = [each for each in buffers if log.name.startswith(each.stem)]
    return max(fitting, key=lambda each: len(each.stem), default=None)


def buffer_of(path: Path) -> Path | None:
    """The memory buffer of the program that writes log ``path``, where it is beside it."""
    return buffer_among(path, buffers_beside(path))


def buffers_beside(path: Path) -> list[Path]:
    """The memory buffers in the folder of ``path``."""
    return _files_beside(path, is_buffer_name)


def logs_beside(path: Path) -> list[Path]:
    """The logs in the folder of ``path``."""
    return _files_beside(path, is_log_name)


def _files_beside(path: Path, wanted: Callable[[str], bool]) -> list[Path]:
    """The regular files of the folder of ``path`` whose names are wanted."""
    try:
        with os.scandir(path.parent) as entries:
            return [
                path.parent / entry.name
                for entry in entries
                if wanted(entry.name) and entry.is_file()
            ]
    except OSError:
        return []


_DAY_NAME = re.compile(r"(?P<prefix>.+)_(?P<day>\d{8})(?:_(?P<number>\d+))?\.xlog", re.I)


def place_of(path: Path) -> tuple[str, int, str]:
    """Where a log stands among those of its writer: by day and number, else by name."""
    found = _DAY_NAME.fullmatch(path.name)
    if found is None:
        return "", 0, path.name
    return found["day"], int(found["number"] or 0), path.name


def successors_of(path: Path) -> list[Path]:
    """The logs that the writer of ``path`` has begun since: of a later day, or of a higher number.

    A writer names its files ``PREFIX_YYYYMMDD[_N].xlog``.
    """
    own = _DAY_NAME.fullmatch(path.name)
    if own is None:
        return []
    after = []
    for each in logs_beside(path):
        other = _DAY_NAME.fullmatch(each.name)
        same = other is not None and other["prefix"] == own["prefix"]
        if same and place_of(each)[:2] > place_of(path)[:2]:
            after.append(each)
    return sorted(after, key=place_of)
