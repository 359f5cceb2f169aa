"""Copies of the store: making one, checking one, putting one back. Blocking; no server is needed.

A backup is a folder laid out as a data folder, so a server can be started on it and ``check`` looks
at both alike. Files that a body's hash names are never changed, so they are copied after the
database that refers to them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from app.server.database import FILE_NAME
from netcore.connect.certificate import FILE_NAME as CERTIFICATE

BODIES = "bodies"
SHOWN = 20  # findings of one kind that are named


class UpkeepError(Exception):
    """A backup cannot be made or put back; the message says why and what to do."""


class StoreFault(NamedTuple):
    """Something wrong in a store, and what to do about it."""

    what: str
    advice: str


_RESTORE = "restore a backup of before: phobos-server restore BACKUP"
_GAP = "messages are missing here: restore a backup; their senders send what it lacks again"
_QUERIES = (
    (
        "SELECT id, last_seq, (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id),"
        " (SELECT ifnull(max(seq), 0) FROM messages m WHERE m.conversation_id = c.id) AS top"
        " FROM conversations c WHERE last_seq <> (SELECT count(*) FROM messages m"
        " WHERE m.conversation_id = c.id) OR last_seq <> top",
        "conversation {0} has numbers up to {1}, but {2} messages, the last of them {3}",
        _GAP,
    ),
    (
        "SELECT conversation_id, seq, account_id FROM messages WHERE account_id IS NOT NULL"
        " AND account_id NOT IN (SELECT id FROM accounts)",
        "message {1} of conversation {0} is of account {2}, which does not exist",
        _RESTORE,
    ),
    (
        "SELECT conversation_id, account_id, read_seq FROM members JOIN conversations c"
        " ON c.id = conversation_id WHERE read_seq > last_seq",
        "account {1} has read conversation {0} up to {2}, beyond its last message",
        _GAP,
    ),
    (
        "SELECT id, revision FROM conversations"
        " WHERE revision > (SELECT value FROM meta WHERE key = 'revision')",
        "conversation {0} has revision {1}, which was not given yet",
        _RESTORE,
    ),
)


def check(folder: Path) -> list[StoreFault]:
    """What is wrong in the store of a data folder or a backup, at most ``SHOWN`` of a kind.

    Raises :class:`UpkeepError` where there is none, or a server uses it.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise UpkeepError(f"there is no store in {folder}; name its folder with --data")
    try:
        with _locked(path) as database:
            return list(_findings(database, folder))
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise UpkeepError(
                f"a server uses {folder}: end it, or make a backup and check that one"
            ) from error
        return [StoreFault(f"{path} cannot be read ({error})", _RESTORE)]


def _findings(database: sqlite3.Connection, folder: Path) -> Iterator[StoreFault]:
    for (text,) in database.execute(f"PRAGMA integrity_check({SHOWN})"):
        if text != "ok":
            yield StoreFault(f"the file is damaged: {text}", _RESTORE)
    for table, row, parent, _ in database.execute("PRAGMA foreign_key_check").fetchmany(SHOWN):
        where = table if row is None else f"{table} (row {row})"
        yield StoreFault(f"a row of {where} refers to one of {parent} that is not there", _RESTORE)
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    if not {"meta", "accounts", "conversations", "members", "messages"} <= tables:
        yield StoreFault("it is not a store of this server, or an empty one", _RESTORE)
        return
    for sql, words, advice in _QUERIES:
        for row in database.execute(sql).fetchmany(SHOWN):
            yield StoreFault(words.format(*row), advice)
    missing = 0
    for body_hash, size in _bodies(database):
        body = _body(folder, body_hash)
        if missing < SHOWN and (not body.is_file() or body.stat().st_size != size):
            missing += 1
            yield StoreFault(
                f"the file {body} is missing or not whole", "copy it from a backup's folder bodies"
            )


def back_up(copy: Callable[[Path], None], data: Path, target: Path) -> int:
    """Make the backup ``target`` of ``data``; ``copy`` writes the database to a path.

    Gives the bytes of the database. ``target`` is there only when it is whole and good. Raises
    :class:`UpkeepError`.
    """
    if target.exists():
        raise UpkeepError(f"{target} is there already; give a name that is free")
    partial = target.with_name(target.name + ".partial")
    try:
        partial.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise UpkeepError(
            f"{partial} is there: another backup is being made, or one was cut; then delete it"
        ) from None
    except OSError as error:
        raise UpkeepError(f"{partial} cannot be made ({error.strerror or error})") from error
    try:
        path = partial / FILE_NAME
        path.touch(0o600)
        copy(path)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
            known = list(_bodies(database))
        _copy_bodies(known, data, partial)
        if (data / CERTIFICATE).is_file():
            shutil.copy2(data / CERTIFICATE, partial)
        found = check(partial)
        if found:
            raise UpkeepError(f"the copy is not good ({found[0].what}); check the store itself")
        size = path.stat().st_size
        for each in partial.rglob("*"):
            _sync(each)
        partial.rename(target)
        _sync(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise UpkeepError(f"the backup {target} cannot be made ({error})") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return size


def copy_idle(data: Path, target: Path) -> None:
    """Copy the database of a folder that no server uses; raises :class:`UpkeepError`."""
    path = data / FILE_NAME
    if not path.is_file():
        raise UpkeepError(f"there is no store in {data}; name its folder with --data")
    try:
        with _locked(path) as source, contextlib.closing(sqlite3.connect(target)) as copy:
            source.execute("COMMIT")  # the lock stays
            source.backup(copy)
    except sqlite3.Error as error:
        raise UpkeepError(f"{path} cannot be copied ({error}); is it in use?") from error


def restore(backup: Path, data: Path, *, wall: Callable[[], float] = time.time) -> Path | None:
    """Put a backup in the place of the store; gives the folder that has the old one, if any.

    The server's next start begins an epoch of its own, by which clients send what the backup
    lacks. Raises :class:`UpkeepError`; the old database is in its place then, unless the message
    names the certificate, which is copied last.
    """
    source = backup / FILE_NAME
    if source.with_name(FILE_NAME + "-wal").exists():
        raise UpkeepError(
            f"{source}-wal is there: the folder is a copy of files, not a backup. A -wal that is "
            "not of the same moment would damage the store; make backups by phobos-server backup"
        )
    found = check(backup)
    if found:
        raise UpkeepError(f"{backup} is no good backup: {found[0].what}; take another one")
    path = data / FILE_NAME
    new = data / (FILE_NAME + ".restored")
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(wall()))
    aside = data / f"replaced-{stamp}"
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            old = path.exists()
            if old:
                _hold(stack, path)
                aside.mkdir(mode=0o700)
            shutil.copyfile(source, new)
            new.chmod(0o600)
            with contextlib.closing(sqlite3.connect(source)) as database:
                _copy_bodies(list(_bodies(database)), backup, data)
            _sync(new)
            if old:
                _set_aside(path, aside)
                for each in (*aside.iterdir(), aside):
                    _sync(each)
            new.replace(path)
            if (backup / CERTIFICATE).is_file():
                if old and (data / CERTIFICATE).is_file():
                    shutil.copy2(data / CERTIFICATE, aside)
                shutil.copy2(backup / CERTIFICATE, data)
                _sync(data / CERTIFICATE)
            _sync(data)
    except (OSError, sqlite3.Error) as error:
        raise UpkeepError(f"{backup} cannot be put into {data} ({error})") from error
    finally:
        new.unlink(missing_ok=True)
    return aside if old else None


def _hold(stack: contextlib.ExitStack, path: Path) -> None:
    """Keep servers off the old store until the new one is in its place, and end its -wal."""
    try:
        database = stack.enter_context(_locked(path))
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise UpkeepError(
                f"a server uses {path.parent}: end it before a backup is put back"
            ) from error
        # Otherwise it is damaged, which may be why a backup is put back.


def _set_aside(path: Path, aside: Path) -> None:
    shutil.copy2(path, aside)
    for end in ("-wal", "-shm"):  # of a damaged one; beside another store they would damage it
        beside = path.with_name(path.name + end)
        if beside.exists():
            beside.rename(aside / beside.name)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[sqlite3.Connection]:
    """The database of a folder, with everybody else locked out; raises sqlite3.Error."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=0.5)) as database:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("BEGIN IMMEDIATE")
        yield database


def _bodies(database: sqlite3.Connection) -> Iterator[tuple[bytes, int]]:
    if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'bodies'").fetchone():
        yield from database.execute("SELECT hash, size FROM bodies")


def _body(folder: Path, body_hash: bytes) -> Path:
    name = body_hash.hex()
    return folder / BODIES / name[:2] / name


def _copy_bodies(known: list[tuple[bytes, int]], source: Path, target: Path) -> None:
    for body_hash, size in known:
        path = _body(target, body_hash)
        if path.is_file() and path.stat().st_size == size:
            continue
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(_body(source, body_hash), path)
        _sync(path)
        _sync(path.parent)


def _sync(path: Path) -> None:
    """Wait until the disk has a file, or the names in a folder; raises OSError.

    What was said to be done must outlive a power cut. Windows syncs no folders.
    """
    folder = path.is_dir()
    if folder and sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
