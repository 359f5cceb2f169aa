"""What the command line writes: text, findings, progress; and files that are whole or not there."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from xlog.decode import Block
from xlog.errors import SourceError, XlogError
from xlog.findings import Finding
from xlog.record import Record
from xlog.sanitize import is_suspect, json_escaped, shown

CLEAN, FINDINGS, UNUSABLE = 0, 1, 2

_PROGRESS_SECONDS = 0.1
_PROGRESS_AFTER = 1.0


class OutputError(XlogError):
    """The output could not be written."""


class Report:
    """Tells findings and errors on stderr and keeps the exit code they come to."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.code = CLEAN
        self.errors = 0
        self._json = as_json
        self._locked: Counter[tuple[str, bytes]] = Counter()

    def finding(self, name: str, finding: Finding) -> None:
        """One finding of the log ``name``."""
        self.code = max(self.code, FINDINGS)
        if finding.client_key and not self._json:
            # A log without its key would fill the screen with one line for each block.
            self._locked[name, finding.client_key] += 1
            if self._locked[name, finding.client_key] > 1:
                return
        if self._json:
            line = json_line({"log": name, **finding_fields(finding)}).rstrip("\n")
        else:
            line = f"{name}: {finding}"
            if finding.client_key:
                line += f" (client key {finding.client_key.hex()[:16]}…)"
        tell(line)

    def findings_of(self, name: str, item: Block | Finding) -> None:
        """All findings that an item of a reader carries."""
        for finding in (item,) if isinstance(item, Finding) else item.findings:
            self.finding(name, finding)

    def close(self) -> None:
        """Tell what was only counted."""
        for (name, client_key), count in self._locked.items():
            if count > 1:
                tell(f"{name}: {count} blocks in all need the key for {client_key.hex()[:16]}…")
        self._locked.clear()

    def error(self, message: object) -> None:
        """Something that made a log, a key or the output unusable."""
        self.code = UNUSABLE
        self.errors += 1
        tell(f"phobos-xlog: {message}")


def finding_fields(finding: Finding) -> dict[str, Any]:
    """A finding as JSON carries it; fields that do not apply are left out."""
    fields: dict[str, Any] = {
        "finding": str(finding.kind),
        "offset": finding.offset,
        "length": finding.length,
        "detail": finding.detail,
    }
    if finding.client_key:
        fields["client_key"] = finding.client_key.hex()
    if finding.first_missing:
        fields["first_missing"] = finding.first_missing
        fields["last_missing"] = finding.last_missing
    return fields


def record_json(record: Record) -> bytes:
    """A record as one line of JSON."""
    fields = {
        "when": record.when.isoformat(timespec="milliseconds") if record.time else None,
        "time": record.time or None,
        "level": record.level.letter or None,
        "pid": record.pid,
        "tid": record.tid,
        "main": record.main,
        "tag": record.tag,
        "file": record.file,
        "line": record.line,
        "function": record.function,
        "message": record.message.removesuffix("\r"),
    }
    return json_line(fields).encode()


def json_line(fields: dict[str, Any]) -> str:
    """``fields`` as one line of JSON in which no character acts on its reader."""
    return json_escaped(json.dumps(fields, ensure_ascii=False)) + "\n"


def is_stdout(path: Path | None) -> bool:
    """Whether an output that was asked for is stdout: none, or ``-``."""
    return path is None or str(path) == "-"


def stdin() -> BinaryIO:
    """Standard input; raises :class:`xlog.errors.SourceError` where the program has none."""
    if sys.stdin is None:
        raise SourceError("-", "standard input is closed")
    return sys.stdin.buffer


class Out(Protocol):
    """Where text goes: a file, a pipe, a terminal."""

    def write(self, data: bytes, /) -> int:
        """Write all of ``data``."""

    def flush(self) -> None:
        """Hand on what is kept back."""


class Terminal:
    """A terminal: what would move its cursor, colour or reorder its text is shown as a picture."""

    def __init__(self, file: BinaryIO, encoding: str = "utf-8") -> None:
        self._file = file
        self._encoding = encoding

    def write(self, data: bytes, /) -> int:
        """Write ``data``, made safe."""
        text = (
            shown(data.decode("utf-8", "backslashreplace"))
            if not data.isascii() or (is_suspect(data))
            else data.decode("ascii")
        )
        self._file.write(text.encode(self._encoding, "backslashreplace"))
        return len(data)

    def flush(self) -> None:
        """Hand on what is kept back."""
        self._file.flush()


def stdout() -> Out:
    """Standard output; raises :class:`OutputError` where the program has none."""
    if sys.stdout is None:
        raise OutputError("cannot write: standard output is closed")
    if sys.stdout.isatty():
        return Terminal(sys.stdout.buffer, sys.stdout.encoding or "utf-8")
    return sys.stdout.buffer


def keep_apart(target: Path | None, sources: Iterable[str]) -> None:
    """Raise :class:`OutputError` where the output would replace what is read."""
    if target is None or is_stdout(target):
        return
    for source in sources:
        with contextlib.suppress(OSError):
            if source != "-" and target.is_file() and target.samefile(source):
                raise OutputError(f"{target} is what is to be read; name another file")


@contextlib.contextmanager
def output(path: Path | None) -> Iterator[Out]:
    """Where to write: stdout (None or ``-``), or a file that is there only when it is whole.

    Raises :class:`OutputError` where the file cannot be made.
    """
    if path is None or is_stdout(path):
        out = stdout()
        yield out
        out.flush()
        return
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        with _told(path), path.open("wb") as device:  # /dev/null, a pipe: nothing to rename
            yield Terminal(cast("BinaryIO", device)) if device.isatty() else cast("Out", device)
        return
    with _told(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield cast("Out", file)
            with _told(path):
                file.flush()
                os.fsync(file.fileno())
        with _told(path):
            Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
            Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class ProgressMeter:
    """How far long work is, on stderr where that is a terminal, from the first second on."""

    def __init__(self, name: str, *, shown: bool | None = None) -> None:
        self._name = name
        if shown is None:
            shown = sys.stderr is not None and sys.stderr.isatty()
        self._shown = shown
        self._begin = self._last = time.monotonic()
        self._drawn = False

    def at(self, position: int, size: int | None) -> None:
        """``position`` bytes of ``size`` are done."""
        if not self._shown:
            return
        now = time.monotonic()
        if now - self._begin < _PROGRESS_AFTER or now - self._last < _PROGRESS_SECONDS:
            return
        self._last = now
        self._drawn = True
        share = f"{position * 100 // size:3} %" if size else f"{position >> 20} MiB"
        sys.stderr.write(f"\r{shown(self._name)}: {share}\x1b[K")
        sys.stderr.flush()

    def done(self) -> None:
        """Take the line away."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def tell(line: str) -> None:
    """A line to standard error, where there is one."""
    if sys.stderr is None:
        return
    # A log's name may hold bytes that the terminal's encoding has no characters for.
    encoding = sys.stderr.encoding or "utf-8"
    line = shown(line).encode(encoding, "backslashreplace").decode(encoding)
    sys.stderr.write(line + "\n")
