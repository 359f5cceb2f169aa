"""The local SQLite file: opened, guarded, and replaced when it is damaged.

Every piece of work is one transaction, committed before :meth:`ChatDatabase.run` returns, so it
survives a SIGKILL (WAL; ``synchronous`` is NORMAL: a power cut may cost the last moments, never the
file). What SQLite says is judged by its primary result code:

=============================================  ====================================================
CORRUPT, NOTADB, a format of a later version   the file is set aside under another name, a new one
                                               is begun, ``on_reset`` is told, the work is done anew
FULL, READONLY, IOERR, CANTOPEN, PERM, BUSY..  :class:`~app.chat.errors.ChatError` "storage"
=============================================  ====================================================

All calls but the opening are made on the loop's thread.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from app.chat.errors import ChatError

_log = logging.getLogger("app.chat.database")

T = TypeVar("T")
CHECKED_SIZE = 64 * 2**20  # bytes; a larger file is checked only by use, not at the opening
_SIDE_FILES = ("-wal", "-shm")
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class _DamagedError(Exception):
    """The file is not what it should be."""


class ChatDatabase:
    """One file with one schema; :attr:`on_reset` is told where a damaged one was put."""

    def __init__(
        self,
        path: Path,
        schema: str,
        version: int,
        upgrades: Mapping[int, str] | None = None,
        prepare: Callable[[sqlite3.Connection], None] | None = None,
    ) -> None:
        """Open (and make) the file; raises ChatError "storage" when it cannot be used.

        ``upgrades`` are the scripts that lead from a format to the next; ``prepare`` teaches a
        connection the functions that the schema calls.
        """
        self.path = path
        self.set_aside: list[Path] = []
        self.on_reset: Callable[[Path], None] | None = None
        self._schema = schema
        self._version = version
        self._upgrades = upgrades or {}
        self._prepare = prepare
        self._db: sqlite3.Connection | None = None
        try:
            self._open(check=True)
        except (sqlite3.Error, OSError, _DamagedError) as error:
            self._judge(error)
            self._reset(error)

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do ``work`` in one transaction; raises ChatError "storage"."""
        for again in (False, True):
            if self._db is None:
                raise ChatError("storage", "the store is closed")
            try:
                with self._db as db:  # commits, or rolls back
                    return work(db)
            except sqlite3.Error as error:
                self._failed(error, again=again)
        raise AssertionError("a second failure raises")

    def read(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query; raises ChatError "storage"."""
        held = tuple(values)
        for again in (False, True):
            if self._db is None:
                raise ChatError("storage", "the store is closed")
            try:
                return self._db.execute(sql, held).fetchall()
            except sqlite3.Error as error:
                self._failed(error, again=again)
        raise AssertionError("a second failure raises")

    def close(self) -> None:
        """Write everything out and free the file."""
        if self._db is not None:
            db, self._db = self._db, None
            with contextlib.suppress(sqlite3.Error):
                db.close()

    def _failed(self, error: sqlite3.Error, *, again: bool) -> None:
        """Make the file anew when it is damaged; raises ChatError for whatever else is wrong."""
        if again:
            raise ChatError("storage", str(error)) from error
        self._judge(error)
        self._reset(error)

    def _open(self, *, check: bool) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Made with mode 0600 first: SQLite gives its side files the same.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(self.path, timeout=1.0, check_same_thread=False)
        self._db = db
        if self._prepare is not None:
            self._prepare(db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > self._version:
            raise _DamagedError(f"it has format {version}, this program knows {self._version}")
        if version == 0:
            db.executescript(
                f"BEGIN IMMEDIATE; {self._schema} PRAGMA user_version = {self._version}; COMMIT;"
            )
        elif check and self.path.stat().st_size <= CHECKED_SIZE:
            found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise _DamagedError(found)
        for old in range(version or self._version, self._version):
            db.executescript(
                f"BEGIN IMMEDIATE; {self._upgrades[old]} PRAGMA user_version = {old + 1}; COMMIT;"
            )

    def _judge(self, error: Exception) -> None:
        """Return for a damaged file; raise ChatError for everything else."""
        if isinstance(error, _DamagedError):
            return
        code = getattr(error, "sqlite_errorcode", None)
        # No such table or column: somebody else's file, or half a schema.
        lost = code == sqlite3.SQLITE_ERROR and "no such" in str(error)
        if isinstance(error, sqlite3.Error) and (
            lost or (code is not None and code & 0xFF in _DAMAGED)
        ):
            return
        if isinstance(error, sqlite3.ProgrammingError):
            raise error  # ours, not the disk's
        _log.error("the store %s cannot be used: %s", self.path, error)
        raise ChatError("storage", str(error)) from error

    def _reset(self, error: Exception) -> None:
        """Set the damaged file aside and begin a new one."""
        self.close()
        moment = time.strftime("%Y%m%d-%H%M%S")
        aside = self.path.with_name(f"{self.path.stem}.damaged-{moment}{self.path.suffix}")
        number = 1
        while aside.exists():
            number += 1
            aside = aside.with_name(f"{self.path.stem}.damaged-{moment}-{number}{self.path.suffix}")
        _log.error("%s is damaged (%s); set aside as %s", self.path, error, aside.name)
        try:
            for side in ("", *_SIDE_FILES):
                with contextlib.suppress(FileNotFoundError):
                    Path(f"{self.path}{side}").replace(f"{aside}{side}")
            self._open(check=False)
        except (OSError, sqlite3.Error, _DamagedError) as failed:
            self.close()
            raise ChatError("storage", str(failed)) from failed
        self.set_aside.append(aside)
        if self.on_reset is not None:
            self.on_reset(aside)
