"""What a folder of logs may hold: how old files may be, and how much they may have together."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Collection
from pathlib import Path

from xlog.files import parse_name

_DUMP_FOLDER = re.compile(r"\d{8}")
_SET_ASIDE = re.compile(r".+_\d{8}_\d{6}(?:_\d+)?\.mmap3")


def is_log(name: str) -> bool:
    """Whether a file of this name is a log or a buffer that was set aside."""
    return parse_name(name) is not None or _SET_ASIDE.fullmatch(name) is not None


def expire(folder: Path, *, now: float, max_age: float) -> list[Path]:
    """Remove logs in ``folder`` untouched for more than ``max_age`` seconds; what was removed.

    Every prefix's logs go, and the dated folders in which Mars dumps memory (``YYYYMMDD``). Files
    with other names stay, and files from the future (a clock set back).
    """
    removed = []
    for path in _entries(folder):
        with contextlib.suppress(OSError):
            if now - path.lstat().st_mtime <= max_age:
                continue
            if path.is_file() and is_log(path.name):
                path.unlink()
                removed.append(path)
            elif path.is_dir() and _DUMP_FOLDER.fullmatch(path.name):
                shutil.rmtree(path)
                removed.append(path)
    return removed


def cap(folder: Path, *, max_size: int, keep: Collection[Path] = ()) -> list[Path]:
    """Remove the oldest logs in ``folder`` until all have ``max_size`` bytes; what was removed.

    Never one of ``keep`` (the files being written).
    """
    logs = []
    for path in _entries(folder):
        with contextlib.suppress(OSError):
            if is_log(path.name) and path.is_file():
                status = path.stat()
                parts = parse_name(path.name)
                logs.append((status.st_mtime, parts.number if parts else 0, status.st_size, path))
    total = sum(size for _, _, size, _ in logs)
    removed = []
    for _, _, size, path in sorted(logs):
        if total <= max_size:
            break
        if path in keep:
            continue
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size
            removed.append(path)
    return removed


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
