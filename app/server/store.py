"""What the server keeps: accounts, log-ins, conversations, messages. One SQLite file, WAL.

Every method is one transaction, committed before it returns: what was acknowledged survives a
SIGKILL. (``synchronous`` is NORMAL, so a power cut may cost the last moments, never the file.) The
file is locked against a second server while it is open.

Each change that a member should hear of moves one global ``revision`` on; a client that names the
latest revision it knows gets exactly the conversations that changed since.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import name_key
from app.server.refusal import Refusal, UnusableStoreError

FILE_NAME = "server.sqlite3"
SYNC_BYTES = 256 * 1024  # of one page of conversations
PULL_BYTES = 512 * 1024  # of one page of messages

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL, created REAL NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    token_hash BLOB PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts,
    device TEXT NOT NULL, created REAL NOT NULL, used REAL NOT NULL) WITHOUT ROWID;
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
    time_ms INTEGER NOT NULL, PRIMARY KEY (conversation_id, seq)) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS messages_by_client_id ON messages (account_id, client_id)
    WHERE account_id IS NOT NULL;
"""
_VERSION = 1
SESSION_DAYS = 90  # without use


@dataclass(frozen=True, slots=True)
class LogIn:
    """Somebody's log-in on one device."""

    account_id: int
    name: str
    token_hash: bytes


def hash_token(token: str) -> bytes:
    """What is kept of a token: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).digest()


class ServerStore:
    """The database; all methods are quick and run on the loop's thread."""

    def __init__(self, folder: Path, *, wall: Callable[[], float] = time.time) -> None:
        """Open (and make) the store in ``folder``; raises :class:`UnusableStoreError`."""
        self._wall = wall
        path = folder / FILE_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=0.5)
        except (OSError, sqlite3.Error) as error:
            raise UnusableStoreError(f"the data folder {folder} cannot be used: {error}") from error
        try:
            self._open()
        except sqlite3.Error as error:
            self._db.close()
            if "locked" in str(error):
                text = f"another server uses the data folder {folder}"
            else:
                text = f"{path} cannot be used as the server's database: {error}"
            raise UnusableStoreError(text) from error
        with contextlib.suppress(OSError):
            path.chmod(0o600)
        self.server_id = str(self._one("SELECT value FROM meta WHERE key = 'server_id'")[0])

    def _open(self) -> None:
        db = self._db
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA foreign_keys = ON")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError(f"it has format {version}, this server knows {_VERSION}")
        db.executescript("BEGIN IMMEDIATE;" + _SCHEMA + f"PRAGMA user_version = {_VERSION}; COMMIT")
        with self._transaction():
            db.execute(
                "INSERT OR IGNORE INTO meta VALUES ('server_id', ?), ('revision', 0)",
                (secrets.token_hex(8),),
            )

    def close(self) -> None:
        """Write everything out and free the file."""
        self._db.close()

    # -- accounts -------------------------------------------------------------------------------

    def add_account(self, name: str, password_hash: str) -> int:
        """A new account, in all public conversations from here on; refuses a taken name."""
        with self._transaction():
            try:
                row = self._db.execute(
                    "INSERT INTO accounts (name, name_key, password_hash, created)"
                    " VALUES (?, ?, ?, ?)",
                    (name, name_key(name), password_hash, self._wall()),
                )
            except sqlite3.IntegrityError:
                raise Refusal(pb.NAME_TAKEN) from None
            account_id = row.lastrowid
            assert account_id is not None
            self._db.execute(
                "INSERT INTO members (conversation_id, account_id, read_seq)"
                " SELECT id, ?, last_seq FROM conversations WHERE kind = ?",
                (account_id, pb.PUBLIC),
            )
            return account_id

    def account(self, name: str) -> tuple[int, str, str] | None:
        """(id, name as it was given, password hash)."""
        row = self._db.execute(
            "SELECT id, name, password_hash FROM accounts WHERE name_key = ?", (name_key(name),)
        ).fetchone()
        return None if row is None else (row[0], row[1], row[2])

    def find_names(self, prefix: str, limit: int) -> list[str]:
        """Names that begin with ``prefix``, whatever the case, in order."""
        key = name_key(prefix)
        rows = self._db.execute(
            "SELECT name FROM accounts WHERE name_key >= ? AND name_key < ?"
            " ORDER BY name_key LIMIT ?",
            (key, key + "\U0010ffff", limit),
        )
        return [row[0] for row in rows]

    # -- log-ins --------------------------------------------------------------------------------

    def add_log_in(self, account_id: int, device: str) -> str:
        """A new token; only its hash is kept."""
        token = secrets.token_urlsafe(32)
        now = self._wall()
        with self._transaction():
            self._db.execute("DELETE FROM sessions WHERE used < ?", (now - SESSION_DAYS * 86400,))
            self._db.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)",
                (hash_token(token), account_id, device[:100], now, now),
            )
        return token

    def log_in_of(self, token: str) -> LogIn | None:
        """Whose token it is; None for one that was ended, has expired or never was."""
        if not token:
            return None
        key = hash_token(token)
        row = self._db.execute(
            "SELECT a.id, a.name, s.used FROM sessions s JOIN accounts a ON a.id = s.account_id"
            " WHERE s.token_hash = ?",
            (key,),
        ).fetchone()
        now = self._wall()
        if row is None or row[2] < now - SESSION_DAYS * 86400:
            return None
        if now - row[2] > 3600:  # an hour's precision is enough and saves writing
            with self._transaction():
                self._db.execute("UPDATE sessions SET used = ? WHERE token_hash = ?", (now, key))
        return LogIn(row[0], row[1], key)

    def end_log_in(self, log_in: LogIn) -> None:
        """The token is good no more."""
        with self._transaction():
            self._db.execute("DELETE FROM sessions WHERE token_hash = ?", (log_in.token_hash,))

    # -- conversations --------------------------------------------------------------------------

    def ensure_public(self, conversation_id: str, title: str) -> None:
        """A public conversation that every account is in."""
        with self._transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO conversations (id, kind, title, revision)"
                " VALUES (?, ?, ?, ?)",
                (conversation_id, pb.PUBLIC, title, self._next_revision()),
            )
            self._db.execute(
                "INSERT OR IGNORE INTO members (conversation_id, account_id)"
                " SELECT ?, id FROM accounts",
                (conversation_id,),
            )

    def create(
        self, creator: LogIn, members: Iterable[str], title: str, client_id: str
    ) -> tuple[str, bool]:
        """(id, whether it is new). Two people without a title have one conversation for good.

        The same creator and ``client_id`` again give the same conversation.
        """
        ids = {creator.account_id: creator.name}
        for name in members:
            found = self.account(name)
            if found is None:
                raise Refusal(pb.NO_SUCH_PERSON, f"nobody is called {name!r}")
            ids[found[0]] = found[1]
        if len(ids) < 2:
            raise Refusal(pb.BAD_MEMBERS, "a conversation needs somebody else")
        direct = len(ids) == 2 and not title
        direct_key = ":".join(str(each) for each in sorted(ids)) if direct else None
        with self._transaction():
            row = self._db.execute(
                "SELECT id FROM conversations WHERE direct_key = ?"
                " OR (creator = ? AND client_id = ?)",
                (direct_key, creator.account_id, client_id or None),
            ).fetchone()
            if row is not None:
                return row[0], False
            conversation_id = secrets.token_hex(12)
            self._db.execute(
                "INSERT INTO conversations (id, kind, title, direct_key, creator, client_id,"
                " revision) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    conversation_id,
                    pb.DIRECT if direct else pb.GROUP,
                    title,
                    direct_key,
                    creator.account_id,
                    client_id or None,
                    self._next_revision(),
                ),
            )
            self._db.executemany(
                "INSERT INTO members (conversation_id, account_id) VALUES (?, ?)",
                [(conversation_id, each) for each in ids],
            )
            return conversation_id, True

    def kind_for(self, conversation_id: str, account_id: int) -> pb.Kind:
        """The conversation's kind; refuses who is not in it, and what is not there."""
        row = self._db.execute(
            "SELECT c.kind, m.account_id FROM conversations c LEFT JOIN members m"
            " ON m.conversation_id = c.id AND m.account_id = ? WHERE c.id = ?",
            (account_id, conversation_id),
        ).fetchone()
        if row is None:
            raise Refusal(pb.NO_SUCH_CONVERSATION)
        if row[1] is None:
            raise Refusal(pb.NOT_A_MEMBER)
        kind: pb.Kind = row[0]
        return kind

    def member_ids(self, conversation_id: str) -> list[int]:
        """The accounts in a conversation."""
        rows = self._db.execute(
            "SELECT account_id FROM members WHERE conversation_id = ?", (conversation_id,)
        )
        return [row[0] for row in rows]

    def conversation(self, conversation_id: str, account_id: int) -> pb.ConversationInfo:
        """A conversation as one of its members sees it."""
        row = self._one(
            "SELECT c.id, c.kind, c.title, c.last_seq, m.read_seq, max(c.revision, m.revision)"
            " FROM conversations c JOIN members m ON m.conversation_id = c.id"
            " WHERE c.id = ? AND m.account_id = ?",
            (conversation_id, account_id),
        )
        return self._conversation_info(row, account_id)

    def changed_since(
        self, account_id: int, revision: int, limit: int = 100
    ) -> tuple[list[pb.ConversationInfo], bool]:
        """(an account's conversations changed after ``revision``, whether there are more)."""
        rows = self._db.execute(
            "SELECT c.id, c.kind, c.title, c.last_seq, m.read_seq,"
            " max(c.revision, m.revision) AS changed"
            " FROM members m JOIN conversations c ON c.id = m.conversation_id"
            " WHERE m.account_id = ? AND changed > ? ORDER BY changed LIMIT ?",
            (account_id, min(revision, 2**62), limit + 1),
        ).fetchall()
        found: list[pb.ConversationInfo] = []
        size = 0
        for row in rows[:limit]:
            found.append(self._conversation_info(row, account_id))
            size += found[-1].ByteSize()
            if size > SYNC_BYTES:
                break
        return found, len(found) < len(rows)

    def _conversation_info(self, row: tuple[object, ...], account_id: int) -> pb.ConversationInfo:
        conversation_id, kind, title, last_seq, read_seq, revision = row
        info = pb.ConversationInfo(
            id=str(conversation_id),
            kind=kind,  # type: ignore[arg-type]
            title=str(title),
            last_seq=last_seq,  # type: ignore[arg-type]
            read_seq=read_seq,  # type: ignore[arg-type]
            revision=revision,  # type: ignore[arg-type]
        )
        if kind != pb.PUBLIC:
            names = self._db.execute(
                "SELECT a.name FROM members m JOIN accounts a ON a.id = m.account_id"
                " WHERE m.conversation_id = ? ORDER BY a.name_key",
                (conversation_id,),
            )
            info.members.extend(each[0] for each in names)
        if last_seq:
            last, _ = self.messages(str(conversation_id), account_id, before=2**62, limit=1)
            info.last.CopyFrom(last[0])
        return info

    def mark_read(self, conversation_id: str, account_id: int, seq: int) -> bool:
        """Move an account's read mark on, never back nor past the end; whether it moved."""
        with self._transaction():
            row = self._db.execute(
                "SELECT m.read_seq, c.last_seq FROM members m JOIN conversations c"
                " ON c.id = m.conversation_id WHERE m.conversation_id = ? AND m.account_id = ?",
                (conversation_id, account_id),
            ).fetchone()
            if row is None or min(seq, row[1]) <= row[0]:
                return False
            self._db.execute(
                "UPDATE members SET read_seq = ?, revision = ?"
                " WHERE conversation_id = ? AND account_id = ?",
                (min(seq, row[1]), self._next_revision(), conversation_id, account_id),
            )
            return True

    # -- messages -------------------------------------------------------------------------------

    def add_message(
        self,
        conversation_id: str,
        sender: str,
        text: str,
        *,
        account_id: int | None = None,
        client_id: str | None = None,
    ) -> tuple[pb.MessageInfo, bool]:
        """(the message with its number and time, whether it is new).

        A ``client_id`` that the account used before gives the message it was used for.
        """
        with self._transaction():
            if account_id is not None:
                row = self._db.execute(
                    "SELECT conversation_id, seq, sender, client_id, text, time_ms, account_id"
                    " FROM messages WHERE account_id = ? AND client_id = ?",
                    (account_id, client_id),
                ).fetchone()
                if row is not None:
                    return _message_info(row, account_id), False
            time_ms = int(self._wall() * 1000)
            seq: int = self._one(
                "UPDATE conversations SET last_seq = last_seq + 1, revision = ? WHERE id = ?"
                " RETURNING last_seq",
                (self._next_revision(), conversation_id),
            )[0]
            row = (conversation_id, seq, sender, client_id, text, time_ms, account_id)
            self._db.execute(
                "INSERT INTO messages (conversation_id, seq, sender, client_id, text, time_ms,"
                " account_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            return _message_info(row, account_id), True

    def messages(
        self, conversation_id: str, account_id: int, *, after: int = 0, before: int = 0, limit: int
    ) -> tuple[list[pb.MessageInfo], bool]:
        """(a page by seq ascending, whether there are more in its direction).

        The oldest after ``after``; with ``before``, the newest between the two.
        """
        after, before = min(after, 2**62), min(before, 2**62)
        order = "DESC" if before else "ASC"
        rows = self._db.execute(
            "SELECT conversation_id, seq, sender, client_id, text, time_ms, account_id"
            " FROM messages WHERE conversation_id = ? AND seq > ? AND seq < ?"
            f" ORDER BY seq {order} LIMIT ?",
            (conversation_id, after, before or 2**62, limit + 1),
        )
        found: list[pb.MessageInfo] = []
        size = 0
        more = False
        for row in rows:
            info = _message_info(row, account_id)
            size += info.ByteSize()
            if len(found) == limit or (found and size > PULL_BYTES):
                more = True
                break
            found.append(info)
        if before:
            found.reverse()
        return found, more

    # -- inside ---------------------------------------------------------------------------------

    def _next_revision(self) -> int:
        row = self._one("UPDATE meta SET value = value + 1 WHERE key = 'revision' RETURNING value")
        return int(row[0])

    def _one(self, sql: str, values: tuple[object, ...] = ()) -> tuple[int, ...]:
        row: tuple[int, ...] = self._db.execute(sql, values).fetchone()
        return row

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _message_info(row: tuple[object, ...], account_id: int | None) -> pb.MessageInfo:
    conversation_id, seq, sender, client_id, text, time_ms, sender_id = row
    mine = sender_id is not None and sender_id == account_id
    return pb.MessageInfo(
        conversation_id=str(conversation_id),
        seq=seq,  # type: ignore[arg-type]
        sender=str(sender),
        client_id=str(client_id) if mine else "",
        text=str(text),
        time_ms=time_ms,  # type: ignore[arg-type]
    )
