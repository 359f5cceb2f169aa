"""The server's one SQLite file: opening it, its tables, its transactions.

A transaction is on the disk before its ``with`` is left (``synchronous`` is FULL), so what was
acknowledged survives a SIGKILL and a power cut. The file is locked against a second server while it
is open.

Each change that a member should hear of moves one global ``revision`` on; a client that names the
latest revision it knows gets exactly the conversations that changed since.

A file can go back in time: a backup or a snapshot is put back, a disk loses what it said it had.
Its revisions are then given a second time, to other changes. So each opening of the file begins an
**epoch**, with a random id of its own, at the revision it finds; a client names the latest revision
that it has seen and the epoch it saw it in. :meth:`Database.shares` tells whether that is part of
this file's history (as Kafka's leader epochs do, KIP-101):

=========================================  ==================================================
the epoch named is                         the client's history is ours
=========================================  ==================================================
the one of this opening                    up to the latest revision
an earlier one in this file                up to the revision at which the next epoch began
in this file nowhere                       not at all: it saw what was lost
=========================================  ==================================================
"""

from __future__ import annotations

import contextlib
import errno
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.server.errors import UnusableStoreError

FILE_NAME = "server.sqlite3"
LARGEST = 2**62  # numbers beyond are taken for this one: SQLite's integers have 63 bits

EPOCHS = 1000  # openings that are remembered; a client of an older one fetches all it has afresh
COPY_PAGES = 256  # of 4 KiB: a step takes 1 ms or 2
COPY_PAUSE = 0.001  # seconds between two steps, in which others come to their turn

_VERSION = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL, created REAL NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    token_hash BLOB PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts,
    device TEXT NOT NULL, created REAL NOT NULL, used REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS networks (
    account_id INTEGER NOT NULL REFERENCES accounts, network TEXT NOT NULL, used REAL NOT NULL,
    PRIMARY KEY (account_id, network)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS looks (
    cased INTEGER NOT NULL, skeleton TEXT NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts,
    PRIMARY KEY (cased, skeleton, account_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, kind INTEGER NOT NULL, title TEXT NOT NULL, direct_key TEXT UNIQUE,
    creator INTEGER, client_id TEXT, last_seq INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL, UNIQUE (creator, client_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS members (
    conversation_id TEXT NOT NULL REFERENCES conversations,
    account_id INTEGER NOT NULL REFERENCES accounts,
    read_seq INTEGER NOT NULL DEFAULT 0, revision INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation_id, account_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS members_by_account ON members (account_id);
CREATE TABLE IF NOT EXISTS messages (
    conversation_id TEXT NOT NULL REFERENCES conversations, seq INTEGER NOT NULL,
    account_id INTEGER, sender TEXT NOT NULL, client_id TEXT, text TEXT NOT NULL,
    time_ms INTEGER NOT NULL, content BLOB NOT NULL DEFAULT x'',
    PRIMARY KEY (conversation_id, seq)) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS messages_by_client_id ON messages (account_id, client_id)
    WHERE account_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS bodies (
    hash BLOB PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS body_owners (
    account_id INTEGER NOT NULL REFERENCES accounts, hash BLOB NOT NULL REFERENCES bodies,
    created REAL NOT NULL, PRIMARY KEY (hash, account_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS body_owners_by_account ON body_owners (account_id);
CREATE TABLE IF NOT EXISTS body_uses (
    hash BLOB NOT NULL REFERENCES bodies, conversation_id TEXT NOT NULL REFERENCES conversations,
    PRIMARY KEY (hash, conversation_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
    account_id INTEGER NOT NULL REFERENCES accounts, hash BLOB NOT NULL, size INTEGER NOT NULL,
    used REAL NOT NULL, PRIMARY KEY (account_id, hash)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS epochs (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, began INTEGER NOT NULL);
"""
_UPGRADES = {
    1: "ALTER TABLE messages ADD COLUMN content BLOB NOT NULL DEFAULT x'';",
}
"""From a format to the next one; new tables come with the schema."""


class Database:
    """The open file. All its users' calls are quick and run on the loop's thread.

    ``now`` is the wall clock in seconds since the epoch.
    """

    def __init__(self, folder: Path, *, wall: Callable[[], float] = time.time) -> None:
        """Open (and make) the file in ``folder``; raises :class:`UnusableStoreError`."""
        self.now = wall
        self._batching = False
        self._batched = False  # whether anything was written in the batch
        path = folder / FILE_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Before SQLite is there: the files beside it take their modes from this one.
            path.touch(0o600)
            with contextlib.suppress(OSError):
                path.chmod(0o600)
            self._connection = sqlite3.connect(
                path, isolation_level=None, timeout=0.5, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise UnusableStoreError(
                f"the data folder {folder} cannot be used ({error}); choose one that can be "
                "written with --data"
            ) from error
        try:
            self._open()
        except sqlite3.Error as error:
            self._connection.close()
            raise UnusableStoreError(_reason(error, path)) from error
        self.server_id = str(self.one("SELECT value FROM meta WHERE key = 'server_id'")[0])
        self.epoch = bytes(self.one("SELECT id FROM epochs ORDER BY number DESC LIMIT 1")[0])

    def _open(self) -> None:
        run = self._connection.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run("PRAGMA foreign_keys = ON")
        version = run("PRAGMA user_version").fetchone()[0]
        if not 0 <= version <= _VERSION:
            raise sqlite3.DatabaseError(f"it has format {version}, this server knows {_VERSION}")
        found = run("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(f"it is damaged, {found}")
        upgrades = "".join(_UPGRADES[old] for old in range(version or _VERSION, _VERSION))
        self._connection.executescript(
            "BEGIN IMMEDIATE;" + upgrades + _SCHEMA + f"PRAGMA user_version = {_VERSION}; COMMIT"
        )
        with self.transaction():
            run(
                "INSERT OR IGNORE INTO meta VALUES ('server_id', ?), ('revision', 0)",
                (secrets.token_hex(8),),
            )
            run(
                "INSERT INTO epochs (id, began) VALUES (?, ?)",
                (secrets.token_bytes(6), self.revision()),
            )
            run(
                "DELETE FROM epochs WHERE number <= (SELECT max(number) FROM epochs) - ?", (EPOCHS,)
            )

    def copy_to(self, path: Path, ended: threading.Event) -> None:
        """Copy the whole database as of one moment to ``path``; for a worker thread.

        The loop's thread goes on writing: SQLite takes what it writes into the copy, and holds it
        up for a step of ``COPY_PAGES`` at most. Raises :class:`sqlite3.Error`, too when ``ended``
        is set.
        """

        def progress(_status: int, _left: int, _all: int) -> None:
            if ended.wait(COPY_PAUSE):
                raise sqlite3.OperationalError("the server ends")

        with contextlib.closing(sqlite3.connect(path)) as copy:
            self._connection.backup(copy, pages=COPY_PAGES, progress=progress, sleep=COPY_PAUSE)

    def close(self) -> None:
        """Write everything out and free the file."""
        self._connection.close()

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Let the transactions within reach the disk together, at the end: one wait for all.

        Nothing of them may be told to anybody before. Raises :class:`sqlite3.Error` where none of
        them is kept.
        """
        self._batching = True
        try:
            yield
            if self._batched:
                if not self._connection.in_transaction:
                    raise sqlite3.OperationalError("SQLite has undone the transactions of a batch")
                self._connection.execute("COMMIT")
        except BaseException:
            if self._batched and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._batching = self._batched = False

    @contextlib.contextmanager
    def _part(self) -> Iterator[None]:
        """A transaction within a batch."""
        if not self._batched:
            self._connection.execute("BEGIN IMMEDIATE")
            self._batched = True
        elif not self._connection.in_transaction:
            raise sqlite3.OperationalError("SQLite has undone the transactions of a batch")
        self._connection.execute("SAVEPOINT part")
        try:
            yield
            self._connection.execute("RELEASE part")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO part")
                self._connection.execute("RELEASE part")
            raise

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is done within, or nothing; raises :class:`sqlite3.Error`."""
        if self._batching:
            with self._part():
                yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # SQLite has rolled back by itself after some errors, a full disk among them.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def execute(self, sql: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self._connection.execute(sql, values)

    def executemany(self, sql: str, values: list[tuple[object, ...]]) -> None:
        """Run one statement for each of the values."""
        self._connection.executemany(sql, values)

    def one(self, sql: str, values: tuple[object, ...] = ()) -> tuple[Any, ...]:
        """The first row of a statement that always gives one."""
        row: tuple[Any, ...] = self._connection.execute(sql, values).fetchone()
        return row

    def next_revision(self) -> int:
        """Move the revision on and give it; within a transaction."""
        sql = "UPDATE meta SET value = value + 1 WHERE key = 'revision' RETURNING value"
        return int(self.one(sql)[0])

    def revision(self) -> int:
        """The revision of the latest change."""
        return int(self.one("SELECT value FROM meta WHERE key = 'revision'")[0])

    def shares(self, epoch: bytes, seen: int) -> bool:
        """Whether revision ``seen`` of ``epoch`` is part of this file's history."""
        if epoch == self.epoch:
            return seen <= self.revision()
        found = self.execute(
            "SELECT (SELECT min(began) FROM epochs later WHERE later.number > e.number)"
            " FROM epochs e WHERE id = ?",
            (epoch,),
        ).fetchone()
        return found is not None and seen <= found[0]


def is_full(error: BaseException) -> bool:
    """Whether an error says that the disk, or this user's share of it, is full."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return (
        isinstance(error, sqlite3.Error)
        and getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    )


def _reason(error: sqlite3.Error, path: Path) -> str:
    if is_full(error):
        return (
            f"the disk of the data folder {path.parent} is full: make room on it, or choose "
            "another folder with --data"
        )
    if "locked" in str(error):
        return (
            f"another server uses the data folder {path.parent}: end it, or choose another folder "
            "with --data"
        )
    return (
        f"{path} cannot be used as the server's database ({error}); put a good copy in its place, "
        "or move it away to begin with an empty one"
    )
