"""Accounts and their log-ins, one for each device."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import name_key
from app.server.database import Database
from app.server.errors import RefusedError
from app.server.lookalikes import skeletons

SESSION_DAYS = 90  # without use
_MAX_DEVICE = 100  # characters
_MAX_TOKEN = 100  # characters; ours have 43
_NETWORKS = 20  # kept of one account, those used last
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """Somebody who signed up; ``name`` as it was given."""

    id: int
    name: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class LogIn:
    """Somebody's log-in on one device."""

    account_id: int
    name: str
    token_hash: bytes


def hash_token(token: str) -> bytes:
    """What is kept of a token: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).digest()


class Accounts:
    """The accounts in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.on_added: Callable[[ServerAccount], None] = lambda _account: None  # somebody signed up
        self._note_looks()

    def _note_looks(self) -> None:
        """Of accounts that are older than the table of looks."""
        rows = self._database.execute(
            "SELECT id, name FROM accounts WHERE id NOT IN (SELECT account_id FROM looks)"
        ).fetchall()
        if rows:
            with self._database.transaction():
                for account_id, name in rows:
                    self._add_looks(account_id, skeletons(name))

    def _add_looks(self, account_id: int, looks: tuple[str, str]) -> None:
        for cased, skeleton in zip((1, 0), looks, strict=True):
            self._database.execute(
                "INSERT INTO looks VALUES (?, ?, ?)", (cased, skeleton, account_id)
            )

    def looks_taken(self, looks: tuple[str, str]) -> bool:
        """Whether somebody's name looks like the one with these skeletons."""
        row = self._database.execute(
            "SELECT 1 FROM looks WHERE (cased = 1 AND skeleton = ?) OR (cased = 0 AND skeleton = ?)"
            " LIMIT 1",
            looks,
        ).fetchone()
        return row is not None

    def add(
        self, name: str, password_hash: str, looks: tuple[str, str] | None = None
    ) -> ServerAccount:
        """A new account, in all public conversations from here on.

        Refuses a name that is taken, or looks like one that is. ``looks`` are the name's skeletons,
        where they were made beforehand: the first time takes a tenth of a second.
        """
        looks = looks or skeletons(name)
        with self._database.transaction():
            if self.find(name) is None and self.looks_taken(looks):
                raise RefusedError(pb.NAME_LOOKS_TAKEN)
            try:
                account_id = self._database.one(
                    "INSERT INTO accounts (name, name_key, password_hash, created)"
                    " VALUES (?, ?, ?, ?) RETURNING id",
                    (name, name_key(name), password_hash, self._database.now()),
                )[0]
            except sqlite3.IntegrityError:
                raise RefusedError(pb.NAME_TAKEN) from None
            self._add_looks(account_id, looks)
            self._database.execute(
                "INSERT INTO members (conversation_id, account_id, read_seq)"
                " SELECT id, ?, last_seq FROM conversations WHERE kind = ?",
                (account_id, pb.PUBLIC),
            )
        account = ServerAccount(account_id, name, password_hash)
        self.on_added(account)
        return account

    def find(self, name: str) -> ServerAccount | None:
        """Who is called so, whatever the case."""
        row = self._database.execute(
            "SELECT id, name, password_hash FROM accounts WHERE name_key = ?", (name_key(name),)
        ).fetchone()
        return None if row is None else ServerAccount(*row)

    def names(self, prefix: str, limit: int, *, without: int) -> list[str]:
        """Names that begin with ``prefix``, whatever the case, in order; not ``without``'s."""
        key = name_key(prefix)
        rows = self._database.execute(
            "SELECT name FROM accounts WHERE name_key >= ? AND name_key < ? AND id != ?"
            " ORDER BY name_key LIMIT ?",
            (key, key + "\U0010ffff", without, limit),
        )
        return [row[0] for row in rows]

    def log_in(self, account: ServerAccount, device: str) -> tuple[str, LogIn]:
        """(a new token, of which only the hash is kept, and its log-in)."""
        token = secrets.token_urlsafe(32)
        key = hash_token(token)
        now = self._database.now()
        with self._database.transaction():
            self._database.execute("DELETE FROM sessions WHERE used < ?", (_oldest(now),))
            self._database.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)",
                (key, account.id, device[:_MAX_DEVICE], now, now),
            )
        return token, LogIn(account.id, account.name, key)

    def log_in_of(self, token: str) -> LogIn | None:
        """Whose token it is; None for one that was ended, has expired or never was."""
        if len(token) > _MAX_TOKEN:
            return None
        key = hash_token(token)
        row = self._database.execute(
            "SELECT a.id, a.name, s.used FROM sessions s JOIN accounts a ON a.id = s.account_id"
            " WHERE s.token_hash = ?",
            (key,),
        ).fetchone()
        now = self._database.now()
        if row is None or row[2] < _oldest(now):
            return None
        if now - row[2] > 3600:  # an hour's precision is enough and saves writing
            with contextlib.suppress(sqlite3.Error), self._database.transaction():
                # On a full disk it is not noted, and everything can still be read.
                self._database.execute(
                    "UPDATE sessions SET used = ? WHERE token_hash = ?", (now, key)
                )
        return LogIn(row[0], row[1], key)

    def end(self, log_in: LogIn) -> None:
        """The token is good no more."""
        with self._database.transaction():
            self._database.execute(
                "DELETE FROM sessions WHERE token_hash = ?", (log_in.token_hash,)
            )

    def knows_network(self, account_id: int, network: str) -> bool:
        """Whether somebody was logged in as the account from there, in the last 90 days."""
        row = self._database.execute(
            "SELECT used FROM networks WHERE account_id = ? AND network = ?", (account_id, network)
        ).fetchone()
        return row is not None and row[0] >= _oldest(self._database.now())

    def note_network(self, account_id: int, network: str) -> None:
        """The account's owner is there; best effort, so a full disk keeps nobody out."""
        now = self._database.now()
        row = self._database.execute(
            "SELECT used FROM networks WHERE account_id = ? AND network = ?", (account_id, network)
        ).fetchone()
        if row is not None and now - row[0] < _DAY:
            return
        with contextlib.suppress(sqlite3.Error), self._database.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO networks VALUES (?, ?, ?)", (account_id, network, now)
            )
            self._database.execute(
                "DELETE FROM networks WHERE account_id = ? AND network NOT IN (SELECT network"
                " FROM networks WHERE account_id = ? ORDER BY used DESC LIMIT ?)",
                (account_id, account_id, _NETWORKS),
            )


def _oldest(now: float) -> float:
    """When a log-in must have been used last to be good still."""
    return now - SESSION_DAYS * 86400
