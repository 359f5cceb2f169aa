"""What an appender is told when it is opened (``mars/xlog/appender.h``, XLogConfig)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Literal

from xlog.codec import ZLIB_LEVELS, ZSTD_LEVELS
from xlog.crypt import PUBLIC_KEY_SIZE, parse_public_key
from xlog.errors import XlogConfigError
from xlog.format import CodecName
from xlog.record import Level

BUFFER_SIZE = 150 * 1024
"""Bytes of the memory buffer, as in Mars; a third of it is written out at once."""

FLUSH_INTERVAL = 15 * 60.0
MAX_AGE_DAYS = 10.0
MIN_AGE_DAYS = 1.0

Layout = Literal["staged", "mars"]


class Mode(Enum):
    """How a record goes to the file."""

    ASYNC = "async"
    """Into the memory buffer; a thread writes that out. A killed process loses nothing."""
    SYNC = "sync"
    """A block of its own in the file, before the call returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppenderConfig:
    """Settings of one :class:`xlog.appender.Appender`.

    ``log_dir`` and ``prefix`` say where: files are ``PREFIX_YYYYMMDD[_N].xlog`` there, the memory
    buffer is ``PREFIX.mmap3`` in ``cache_dir``, or in ``log_dir`` where there is no cache folder.
    """

    log_dir: str | Path
    prefix: str
    mode: Mode = Mode.ASYNC
    codec: CodecName = "zlib"
    compress_level: int | None = None
    """1..9 for zlib (6 by default), 1..22 for zstd (3 by default)."""
    public_key: str | bytes | None = None
    """128 hex digits or 64 bytes: only who has the private key can read the log."""
    cache_dir: str | Path | None = None
    cache_days: int = 0
    """How long files stay in the cache folder before they go to ``log_dir``; 0: at once."""
    max_file_size: int = 0
    """Bytes after which a further file of the day is begun; 0: never."""
    max_age_days: float = MAX_AGE_DAYS
    """Files untouched for longer are removed; at least one day."""
    max_folder_size: int = 0
    """Bytes that all logs in a folder may have together, the oldest go first; 0: no cap."""
    flush_interval: float = FLUSH_INTERVAL
    """Seconds after which the buffer is written out though it is not a third full."""
    level: Level = Level.VERBOSE
    """Records below it are dropped."""
    console: bool = False
    """Mirror every line to standard error."""
    plain_sync: bool = False
    """Sync mode with a key: write Mars's own sync blocks, which are NOT encrypted."""
    layout: Layout = "staged"
    """How the memory buffer is laid out: see :mod:`xlog.staging`."""
    marks: bool = True
    """Write a line when the log is opened and when it is closed."""
    fsync: bool = False
    """Wait until each block is on the medium (power loss), not only with the system (kill)."""
    on_trouble: Callable[[str], None] | None = None
    """Told once when the log cannot be written; by default one line goes to standard error."""

    def public_key_bytes(self) -> bytes | None:
        """The key as 64 bytes; raises :class:`xlog.errors.BadPublicKeyError`."""
        if not self.public_key:
            return None
        key = self.public_key
        if isinstance(key, bytes):
            key = key.hex() if len(key) == PUBLIC_KEY_SIZE else key.decode("ascii", "replace")
        return parse_public_key(key)

    def check(self) -> None:
        """Raise :class:`xlog.errors.XlogError` for what cannot be used; touches no disk."""
        if not self.prefix or self.prefix != Path(self.prefix).name or "\0" in self.prefix:
            raise XlogConfigError(f"the prefix begins the files' names, {self.prefix!r} cannot")
        if len(self.prefix.encode("utf-8", "replace")) > 200:
            raise XlogConfigError("the prefix has more than 200 bytes")
        if not str(self.log_dir):
            raise XlogConfigError("log_dir is empty; give the folder of the log")
        if self.codec not in ("zlib", "zstd"):
            raise XlogConfigError(f"codec is 'zlib' or 'zstd', not {self.codec!r}")
        levels = ZLIB_LEVELS if self.codec == "zlib" else ZSTD_LEVELS
        if self.compress_level is not None and self.compress_level not in levels:
            raise XlogConfigError(
                f"compress_level for {self.codec} is {levels[0]} to {levels[-1]}, "
                f"not {self.compress_level}"
            )
        if self.max_age_days < MIN_AGE_DAYS:
            raise XlogConfigError(
                f"max_age_days is at least {MIN_AGE_DAYS:g}, not {self.max_age_days}"
            )
        if self.flush_interval <= 0:
            raise XlogConfigError(f"flush_interval is above 0 s, not {self.flush_interval}")
        for name in ("cache_days", "max_file_size", "max_folder_size"):
            if getattr(self, name) < 0:
                raise XlogConfigError(f"{name} is 0 or more, not {getattr(self, name)}")
        if self.layout not in ("staged", "mars"):
            raise XlogConfigError(f"layout is 'staged' or 'mars', not {self.layout!r}")
        self.public_key_bytes()

    @property
    def file_size_limit(self) -> int:
        """``max_file_size``, or an eighth of the folder's cap, so that there is a file to drop."""
        return self.max_file_size or self.max_folder_size // 8
