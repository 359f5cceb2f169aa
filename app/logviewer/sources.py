"""What was asked to be opened, as logs: files, folders, and exported diagnosis archives."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from xlog.buffer_reader import is_staged

LOG_SUFFIXES = (".xlog", ".mmap3")
ARCHIVE_LIMIT = 1 << 30
"""Bytes that the logs in an archive may unpack to; more is refused (a zip bomb, most likely)."""


class OpenError(Exception):
    """Something asked for could not be opened; ``code`` says why, ``path`` what, ``detail`` more.

    Codes: ``missing``, ``unreadable``, ``no-logs`` (a folder or archive without one),
    ``bad-archive``, ``archive-too-large``.
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
        return self.name.endswith(".mmap3")

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


def find_sources(
    paths: Iterable[str | os.PathLike[str]],
) -> tuple[list[LogSource], list[OpenError]]:
    """The logs behind ``paths``, each once, and what could not be opened."""
    found: dict[str, LogSource] = {}
    errors: list[OpenError] = []
    for each in paths:
        path = Path(each).expanduser()
        try:
            for source in _behind(path):
                found.setdefault(source.path, source)
        except OpenError as error:
            errors.append(error)
        except OSError as error:
            errors.append(OpenError("unreadable", str(path), error.strerror or str(error)))
    return list(found.values()), errors


def _behind(path: Path) -> list[LogSource]:
    if not path.exists():
        raise OpenError("missing", str(path))
    if path.is_dir():
        logs = sorted(
            each for each in path.rglob("*") if each.suffix in LOG_SUFFIXES and each.is_file()
        )
        if not logs:
            raise OpenError("no-logs", str(path))
        buffers = _buffers_among(logs)
        joined = set(buffers.values())
        return [
            LogSource(
                each.relative_to(path).as_posix(),
                str(each.absolute()),
                buffer=str(buffers[each].absolute()) if each in buffers else "",
            )
            for each in logs
            if each not in joined and not _is_unused_buffer(each)
        ]
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PK\x03\x04":
        return _in_archive(path)
    return [LogSource(path.name, str(path.absolute()))]


def _buffers_among(logs: list[Path]) -> dict[Path, Path]:
    """Log -> the staged buffer of its writer, which goes on with the newest of its logs alone."""
    newest: dict[Path, Path] = {}
    for each in logs:
        buffer = None if each.suffix == ".mmap3" else buffer_of(each)
        if buffer is not None and is_staged(buffer):
            newest[buffer] = max(newest.get(buffer, each), each, key=place_of)
    return {log: buffer for buffer, log in newest.items()}


def _is_unused_buffer(path: Path) -> bool:
    """A buffer that holds nothing now: its writer is closed, or has just written it out."""
    if path.suffix != ".mmap3":
        return False
    with path.open("rb") as file:
        return file.read(1) in (b"", b"\0")


def _in_archive(path: Path) -> list[LogSource]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                info
                for info in archive.infolist()
                if not info.is_dir() and PurePosixPath(info.filename).suffix in LOG_SUFFIXES
            ]
            if not members:
                raise OpenError("no-logs", str(path))
            left = ARCHIVE_LIMIT
            sources = []
            for info in members:
                # What the directory claims may be a lie: at most what is left is unpacked.
                with archive.open(info) as member:
                    data = member.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise OpenError("archive-too-large", str(path))
                name = f"{path.name}/{info.filename}"
                sources.append(LogSource(name, f"{path.absolute()}!{info.filename}", data))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise OpenError("bad-archive", str(path), str(error)) from error
    return sources


def buffer_of(path: Path) -> Path | None:
    """The memory buffer of the program that writes log ``path``, where it stands beside it."""
    buffers = [each for each in path.parent.glob("*.mmap3") if each.is_file()]
    fitting = [each for each in buffers if path.name.startswith(each.stem)]
    return max(fitting, key=lambda each: len(each.stem), default=None)


_DAY_NAME = re.compile(r"(?P<prefix>.+)_(?P<day>\d{8})(?:_(?P<number>\d+))?\.xlog")


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
    for each in path.parent.glob("*.xlog"):
        other = _DAY_NAME.fullmatch(each.name)
        same = other is not None and other["prefix"] == own["prefix"]
        if same and place_of(each)[:2] > place_of(path)[:2]:
            after.append(each)
    return sorted(after, key=place_of)
