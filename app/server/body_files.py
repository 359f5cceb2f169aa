"""The files of the body store: whole bodies by hash, and the beginnings of unfinished ones.

Blocking; for worker threads. A folder is laid out as ``ab/abcd...`` (a body under its SHA-256) and
``parts/7-abcd...`` (what account 7 has sent of one so far). A part has the bytes from the first on,
so its length says where to go on after any cut; whether they are the right ones is seen by the hash
when all are there. Only then is the body put under its hash, and never changed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from app.chat.proto import chat_pb2 as pb
from app.server.errors import RefusedError


class PartKey(NamedTuple):
    """Whose upload of which body."""

    account_id: int
    hash: bytes

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.account_id}-{self.hash.hex()}"


class Taken(NamedTuple):
    """How many bytes of a body are there, and whether it is under its hash now."""

    held: int
    complete: bool


class BodyFiles:
    """The files under ``folder``. Every method may raise OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts = folder / "parts"

    def take(self, key: PartKey, size: int, offset: int, data: bytes) -> Taken:
        """Keep the bytes of ``data`` that are next, if any are; give what is there now.

        Two calls for the same key may not overlap. Raises :class:`RefusedError` BAD_BODY when all
        are there and are not what they should be; none are then.
        """
        part = self._parts / key.name
        held = _size(part)
        if held > size:  # announced with another size before, and not whole then
            part.unlink()
            held = 0
        if data and offset <= held < offset + len(data):
            self._parts.mkdir(mode=0o700, parents=True, exist_ok=True)
            with part.open("ab") as file:
                file.write(data[held - offset :])
            held = offset + len(data)
        if held < size:
            return Taken(held, complete=False)
        with part.open("rb+") as file:
            if hashlib.file_digest(file, "sha256").digest() != key.hash:
                good = False
            else:
                good = True
                os.fsync(file.fileno())
        if not good:
            part.unlink()
            raise RefusedError(pb.BAD_BODY, "the bytes do not have the hash they came under")
        self._keep(part, key.hash)
        return Taken(size, complete=True)

    def _keep(self, part: Path, body_hash: bytes) -> None:
        """Put a body under its hash; the part stays until the database knows of it."""
        path = self._path(body_hash)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            return
        aside = path.with_name(part.name)
        aside.unlink(missing_ok=True)
        try:
            os.link(part, aside)
        except OSError:  # a file system without links
            shutil.copyfile(part, aside)
            with aside.open("rb+") as file:
                os.fsync(file.fileno())
        aside.replace(path)
        with contextlib.suppress(OSError):  # Windows opens no folders
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def read(self, body_hash: bytes, offset: int, limit: int) -> bytes:
        """At most ``limit`` bytes of a body from ``offset`` on."""
        with self._path(body_hash).open("rb") as file:
            file.seek(offset)
            return file.read(limit)

    def drop_part(self, key: PartKey) -> None:
        """Forget what was sent of a body."""
        (self._parts / key.name).unlink(missing_ok=True)

    def drop(self, body_hash: bytes) -> None:
        """Delete a body."""
        self._path(body_hash).unlink(missing_ok=True)

    def tidy(self, known: Iterable[PartKey]) -> None:
        """Delete parts of which the database knows nothing: left by a kill, or by an older copy."""
        names = {key.name for key in known}
        if self._parts.is_dir():
            for each in self._parts.iterdir():
                if each.name not in names:
                    each.unlink(missing_ok=True)

    def _path(self, body_hash: bytes) -> Path:
        name = body_hash.hex()
        return self._folder / name[:2] / name


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
