"""Keeps the cipher key of a staged buffer in memory that outlives the process.

A process that is killed leaves its last lines in the mapped file, enciphered. The next open in that
folder has to make a block of them, for which it needs the key; only the private key's holder could
compute it again. So the writer puts it where a killed process's things stay until the machine goes
down, and nothing is written to a disk: a file of mode 0600 in ``/dev/shm``. It is removed when the
log is closed, and of no use without the buffer. A process that can read it runs as the same user,
and could have read the lines in the living process.

After a reboot the key is gone. The left-over buffer is then set aside under a name of its own, for
the holder of the private key. Where there is no such folder (macOS, Windows) a keyed log uses
the layout ``"mars"``, whose buffer needs no key to be taken in.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path

from xlog.format import CLIENT_KEY_SIZE
from xlog.staging import KEY_SIZE

MEMORY_DIR = Path("/dev/shm")


def available(folder: Path = MEMORY_DIR) -> bool:
    """Whether there is a memory-backed folder to keep a key in."""
    return _user() is not None and os.path.ismount(folder) and os.access(folder, os.W_OK)


def keep(buffer: Path, client_key: bytes, key: bytes, folder: Path = MEMORY_DIR) -> bool:
    """Keep ``key`` for the buffer at ``buffer``; False where that cannot be done."""
    path = _path(buffer, folder)
    if path is None:
        return False
    try:
        _remove_own(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        handle = os.open(path, flags, 0o600)
        try:
            return os.write(handle, client_key + key) == CLIENT_KEY_SIZE + KEY_SIZE
        finally:
            os.close(handle)
    except OSError:
        return False


def find(buffer: Path, client_key: bytes, folder: Path = MEMORY_DIR) -> bytes | None:
    """The key kept for the buffer whose client key this is."""
    path = _path(buffer, folder)
    if path is None:
        return None
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != _user():
            return None
        data = os.read(handle, CLIENT_KEY_SIZE + KEY_SIZE)
    except OSError:
        return None
    finally:
        os.close(handle)
    if len(data) != CLIENT_KEY_SIZE + KEY_SIZE or data[:CLIENT_KEY_SIZE] != client_key:
        return None
    return data[CLIENT_KEY_SIZE:]


def forget(buffer: Path, folder: Path = MEMORY_DIR) -> None:
    """The buffer is empty: its key goes."""
    path = _path(buffer, folder)
    if path is not None:
        with contextlib.suppress(OSError):
            _remove_own(path)


def _remove_own(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if path.lstat().st_uid == _user():
            path.unlink()


def _user() -> int | None:
    """Who runs this; None on Windows, which has neither such numbers nor a folder for the keys."""
    return os.getuid() if hasattr(os, "getuid") else None


def _path(buffer: Path, folder: Path) -> Path | None:
    user = _user()
    if user is None:
        return None
    name = hashlib.sha256(os.fsencode(os.path.realpath(buffer))).hexdigest()[:32]
    return folder / f"phobos-xlog-{user}-{name}"
