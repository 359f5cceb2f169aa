"""Bodies of messages (files, pictures): who may send and read which, sans-I/O.

A body is known by its SHA-256 and kept once, whoever sent it. An account may read what it has sent
itself, and what a message refers to in a conversation it is in. Knowing a hash is not having the
bytes: who may not read a body sends all of it, though it is here already.

==================  ===============================================================
a body is           until
==================  ===============================================================
an upload           all its bytes are here and have the hash, or nobody has gone on
                    with it for ``Limits.unfinished``
its sender's        a message refers to it, or ``Limits.unfinished`` have passed
a conversation's    for good
==================  ===============================================================

What an account has announced counts for its quota from the first byte on.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import HASH_SIZE, MAX_BODIES, MAX_PIECE
from app.server.accounts import LogIn
from app.server.body_files import BodyFiles, PartKey, Taken
from app.server.database import Database
from app.server.errors import RefusedError
from app.server.settings import Limits

SWEEP = 600.0  # seconds between two looks for what has expired
SWEPT = 100  # files that one look deletes
BUSY_WAIT = 1.0  # seconds until a piece is sent again whose copy is being written
_log = logging.getLogger("app.server.bodies")


class Bodies:
    """What is known of bodies; the bytes are in ``files``. Times are the database's."""

    def __init__(self, database: Database, files: BodyFiles, limits: Limits) -> None:
        self._database = database
        self._files = files
        self._limits = limits
        self._busy: set[PartKey] = set()
        self._swept = float("-inf")

    # -- sending --------------------------------------------------------------------------------

    def upload(self, who: LogIn, request: pb.Upload) -> PartKey | None:
        """Judge a piece: the upload that it belongs to, or None where the body is there.

        Until :meth:`finish` no other piece of that upload is taken. Raises :class:`RefusedError`.
        """
        _check_hash(request.hash)
        if request.size == 0 or request.offset + len(request.data) > request.size:
            raise RefusedError(pb.BAD_REQUEST, "the piece is not within the body")
        if len(request.data) > MAX_PIECE:
            raise RefusedError(pb.BAD_REQUEST, f"a piece has at most {MAX_PIECE} bytes")
        if request.size > self._limits.body_size:
            raise RefusedError(
                pb.BODY_TOO_LARGE, f"a file has at most {self._limits.body_size} bytes"
            )
        if self.may_read(who, request.hash):
            if self._size(request.hash) != request.size:
                raise RefusedError(pb.BAD_BODY, "the body of this hash has another size")
            return None
        key = PartKey(who.account_id, request.hash)
        if key in self._busy:
            raise RefusedError(
                pb.TOO_EARLY, "another piece is being written", retry_after=BUSY_WAIT
            )
        self._reserve(key, request.size)
        self._busy.add(key)
        return key

    def _reserve(self, key: PartKey, size: int) -> None:
        """Count an upload for the account's quota, and note that somebody goes on with it."""
        with self._database.transaction():
            others = self._database.one(
                "SELECT (SELECT coalesce(sum(b.size), 0) FROM body_owners o"
                " JOIN bodies b ON b.hash = o.hash WHERE o.account_id = ?)"
                " + (SELECT coalesce(sum(size), 0) FROM uploads"
                " WHERE account_id = ? AND hash != ?)",
                (key.account_id, key.account_id, key.hash),
            )[0]
            if others + size > self._limits.bodies:
                raise RefusedError(
                    pb.QUOTA_FULL, f"an account keeps at most {self._limits.bodies} bytes here"
                )
            self._database.execute(
                "INSERT INTO uploads (account_id, hash, size, used) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET size = excluded.size, used = excluded.used",
                (*key, size, self._database.now()),
            )

    def take(self, key: PartKey, request: pb.Upload) -> Taken:
        """Write a piece; for a worker thread."""
        return self._files.take(key, request.size, request.offset, request.data)

    def finish(self, key: PartKey, size: int, taken: Taken) -> None:
        """A piece is written."""
        self._busy.discard(key)
        if not taken.complete:
            return
        with self._database.transaction():
            self._database.execute("INSERT OR IGNORE INTO bodies VALUES (?, ?)", (key.hash, size))
            self._database.execute(
                "INSERT OR IGNORE INTO body_owners (account_id, hash, created) VALUES (?, ?, ?)",
                (*key, self._database.now()),
            )
            self._database.execute(
                "DELETE FROM uploads WHERE account_id = ? AND hash = ?", tuple(key)
            )
        self._drop_parts([key])

    def undo(self, key: PartKey) -> None:
        """A piece could not be written."""
        self._busy.discard(key)

    # -- reading --------------------------------------------------------------------------------

    def download(self, who: LogIn, request: pb.Download) -> tuple[int, Callable[[], bytes]]:
        """(the body's size, what reads the piece in a thread); raises :class:`RefusedError`."""
        _check_hash(request.hash)
        if not self.may_read(who, request.hash):
            raise RefusedError(pb.NO_SUCH_BODY)
        size = self._size(request.hash)
        offset = min(request.offset, size)
        limit = min(request.limit or MAX_PIECE, MAX_PIECE)

        def read() -> bytes:
            try:
                return self._files.read(request.hash, offset, limit)
            except FileNotFoundError:
                _log.error("the file of the body %s is gone", request.hash.hex())
                raise RefusedError(pb.NO_SUCH_BODY, "its file is gone") from None

        return size, read

    def may_read(self, who: LogIn, body_hash: bytes) -> bool:
        """Whether the body is here, and this account's to read."""
        found = self._database.execute(
            "SELECT 1 FROM body_owners WHERE hash = ? AND account_id = ?"
            " UNION ALL SELECT 1 FROM body_uses u JOIN conversations c ON c.id = u.conversation_id"
            " WHERE u.hash = ? AND (c.kind = ? OR EXISTS (SELECT 1 FROM members m"
            " WHERE m.conversation_id = c.id AND m.account_id = ?)) LIMIT 1",
            (body_hash, who.account_id, body_hash, int(pb.PUBLIC), who.account_id),
        ).fetchone()
        return found is not None

    def check_uses(self, who: LogIn, hashes: Sequence[bytes]) -> None:
        """Refuse a message that refers to what its sender may not read."""
        if len(hashes) > MAX_BODIES:
            raise RefusedError(pb.BAD_REQUEST, f"a message refers to at most {MAX_BODIES} bodies")
        for each in hashes:
            _check_hash(each)
            if not self.may_read(who, each):
                raise RefusedError(pb.NO_SUCH_BODY, each.hex())

    def _size(self, body_hash: bytes) -> int:
        return int(self._database.one("SELECT size FROM bodies WHERE hash = ?", (body_hash,))[0])

    # -- what expires ---------------------------------------------------------------------------

    def sweep(self) -> None:
        """Forget what nobody has gone on with, a few at a time."""
        now = self._database.now()
        if now - self._swept < SWEEP:
            return
        self._swept = now
        old = now - self._limits.unfinished
        unused = "hash NOT IN (SELECT hash FROM body_uses)"
        with self._database.transaction():
            rows = self._database.execute(
                "SELECT account_id, hash FROM uploads WHERE used < ? LIMIT ?", (old, SWEPT)
            ).fetchall()
            parts = [key for row in rows if (key := PartKey(*row)) not in self._busy]
            for key in parts:
                self._database.execute(
                    "DELETE FROM uploads WHERE account_id = ? AND hash = ?", tuple(key)
                )
            self._database.execute(
                f"DELETE FROM body_owners WHERE created < ? AND {unused}", (old,)
            )
            busy = {key.hash for key in self._busy}  # may be about to get an owner
            rows = self._database.execute(
                f"SELECT hash FROM bodies WHERE {unused}"
                " AND hash NOT IN (SELECT hash FROM body_owners) LIMIT ?",
                (SWEPT,),
            ).fetchall()
            bodies = [row[0] for row in rows if row[0] not in busy]
            for each in bodies:
                self._database.execute("DELETE FROM bodies WHERE hash = ?", (each,))
        # Here and not in a thread: the next upload of the same body must not lose its file.
        self._drop_parts(parts)
        for each in bodies:
            with contextlib.suppress(OSError):
                self._files.drop(each)

    def _drop_parts(self, keys: Sequence[PartKey]) -> None:
        for key in keys:
            with contextlib.suppress(OSError):  # the next start deletes it
                self._files.drop_part(key)

    def tidy(self) -> None:
        """Delete files that a kill has left; at the start, before anything is asked for."""
        rows = self._database.execute("SELECT account_id, hash FROM uploads").fetchall()
        self._files.tidy(PartKey(*row) for row in rows)


def _check_hash(value: bytes) -> None:
    if len(value) != HASH_SIZE:
        raise RefusedError(pb.BAD_REQUEST, f"a hash has {HASH_SIZE} bytes")
